// A component holds a placeholder and knows that somebody puts the value in its place. It sends the placeholder to a
// host of its own, and to the bound host in every place where that host might publish it.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  INTRUDER,
  lines,
  loaded,
  message,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'
import { BEARER, bind } from '../support/secrets.ts'

const VALUE = 'a-value-that-only-the-host-gets'

let alice: Resident
let held = ''
beforeAll(async () => {
  alice = await withIntruder()
  for (const host of ['watched.test', 'elsewhere.test']) await allowHost(alice, host)
  const secret = { value: VALUE, hosts: ['https://watched.test/api/'], placement: BEARER }
  await bind(alice, 'intruder', 'key', { ...secret, placeholder: 'KEY' })
  const found = (await lines(alice.agent, 'ambient')).find((line) => line.startsWith('KEY='))
  held = found?.slice('KEY='.length) ?? ''
})
afterAll(async () => {
  await loaded(alice, 'intruder', INTRUDER)
  await alice.agent.close()
})

it('gets the value to nobody, and to the bound host in its place only', async () => {
  await forget()
  const headers: [string, string][] = [['Authorization', `Bearer ${held}`]]
  const basic = `Basic ${Buffer.from(`a:${held}`).toString('base64')}`
  await send(alice, [
    message('https://elsewhere.test/api/', { headers }),
    message('https://elsewhere.test/api/', { headers: [['Authorization', basic]] }),
    message(`https://elsewhere.test/api/?watched.test=${held}`),
    message('http://watched.test/api/', { headers }),
    message('https://watched.test/other', { headers }),
    message('https://watched.test/api/%2e%2e/other', { headers }),
    message(`https://watched.test/api/${held}?title=${held}`),
    message('https://watched.test/api/', { headers: [['X-Title', held]] }),
    message('https://watched.test/api/', { method: 'POST', body: held }),
  ])
  const { watched, elsewhere } = await received()
  expect([watched.length, elsewhere.length]).toEqual([6, 3])
  const basicOfValue = Buffer.from(`a:${VALUE}`).toString('base64')
  for (const text of [...watched, ...elsewhere]) {
    expect(text).not.toContain(VALUE)
    expect(text).not.toContain(basicOfValue)
  }
  // It meant something all the while.
  await forget()
  await send(alice, [message('https://watched.test/api/', { headers })])
  expect((await received()).watched[0]).toContain(`Bearer ${VALUE}`)
})

it('means nothing in the hands of another component', async () => {
  await loaded(alice, 'other', INTRUDER)
  await allowHost(alice, 'watched.test', 'other')
  await forget()
  const { agent } = alice
  // Of two with the same tools the second has longer names.
  const tool = (await agent.toolNames()).find((name) => /^other.*send$/.test(name)) ?? ''
  const headers: [string, string][] = [['Authorization', `Bearer ${held}`]]
  await lines(agent, tool, { messages: [message('https://watched.test/api/', { headers })] })
  expect((await received()).watched[0]).toContain(held)
  await agent.value('unload-component', { id: 'other' })
})
