// A new version in the place of one that was granted something: its calls wait until the person has seen what
// is new, and said what it keeps.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf, decideHost, denialsOf, errorOf, textOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import { looper } from '../support/looper.ts'
import { quitter } from '../support/quitter.ts'

const { url } = inject('server')
const PAGE = `${url}/console/components/mine/version`

let agent: Agent
let person: Browser
let first: Uint8Array
let next: Uint8Array
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  first = await looper()
  next = await quitter()
})
/** Something was granted to the first version, and another one is in its place. */
beforeEach(async () => {
  await agent.startFresh()
  await agent.upload('mine', first)
  await decideHost(person, await agent.call('ask-until-refused'))
  const loaded = await agent.upload('mine', next)
  expect(await loaded.json()).toMatchObject({ id: 'mine', waits_for_person: PAGE })
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

const say = async (decision: string): Promise<number> => {
  const page = await person.open(PAGE)
  return (await person.press(page, 'decision', decision)).status
}

const rules = async () => (await agent.value('get-policy', { component_id: 'mine' }))['rules']

describe('a version that looks different', () => {
  it('is refused every call, with the link, and none of its words are listed', async () => {
    const refused = await agent.call('fetch-and-quit')
    expect(errorOf(refused)).toEqual({ code: 'new-version', component: 'mine', url: PAGE })
    expect(textOf(refused)).toContain(PAGE)
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    const mine = tools.filter(({ _meta }) => _meta?.['wassette-edge/component'] === 'mine')
    expect(mine).toMatchObject([
      { name: 'fetch-and-quit', title: 'fetch-and-quit', inputSchema: { type: 'object' } },
    ])
    expect(mine[0]?.description).toMatch(/^A new version of its component/)
    expect((await person.open(`${url}/console`)).html).toContain('/version')
  })

  it('shows the person what is new and what is gone', async () => {
    const text = pageText((await person.open(PAGE)).html)
    expect(text).toContain('It can use more wasi:cli/exit@0.2.4')
    expect(text).toContain('New tools fetch-and-quit')
    expect(text).toContain('Tools that are gone ask-until-refused')
    expect(text).toContain('http://demo.test/')
  })

  it('keeps what was granted when the person says so', async () => {
    expect(await say('keep')).toBe(200)
    expect(await rules()).toMatchObject([{ rule: expect.stringContaining('demo.test') }])
    expect(errorOf(await agent.call('fetch-and-quit'))).toMatchObject({ code: 'exit' })
    expect((await person.open(PAGE)).status).toBe(404)
  })

  it('starts from nothing when the person says so, and so does the one before', async () => {
    expect(await say('nothing')).toBe(200)
    expect(await rules()).toEqual([])
    expect(denialsOf(await agent.call('fetch-and-quit')).denials).toHaveLength(1)
    await agent.upload('mine', first)
    expect(await agent.result('ask-until-refused')).toBe(0)
  })

  it('keeps waiting when the person says so', async () => {
    await say('wait')
    expect(errorOf(await agent.call('fetch-and-quit'))).toMatchObject({ code: 'new-version' })
  })

  it('is not decided about by who has seen another one', async () => {
    const page = await person.open(PAGE)
    await agent.upload('mine', PROBE)
    expect((await person.press(page, 'decision', 'keep')).status).toBe(409)
    expect(errorOf(await agent.call('check', { ok: true }))).toMatchObject({ code: 'new-version' })
  })

  it('does not wait where nothing was granted', async () => {
    await agent.value('unload-component', { id: 'mine' })
    await agent.upload('mine', first)
    expect(await (await agent.upload('mine', next)).json()).not.toHaveProperty('waits_for_person')
    expect(denialsOf(await agent.call('fetch-and-quit')).denials).toHaveLength(1)
  })
})

describe('the page', () => {
  it('is for its person alone, from a page of this server', async () => {
    const bob = await consoleOf(url, 'bob')
    expect((await bob.open(PAGE)).status).toBe(404)
    const digest = (await agent.components())[0]?.digest ?? ''
    const body = new URLSearchParams({ decision: 'keep', digest })
    expect((await bob.fetch(PAGE, { method: 'POST', body })).status).toBe(404)
    const headers = { origin: 'https://evil.test' }
    expect((await person.fetch(PAGE, { method: 'POST', body, headers })).status).toBe(403)
    const answer = await agent.api('/console/components/mine/version', { method: 'POST', body })
    expect(answer.status).toBe(403)
    expect(errorOf(await agent.call('fetch-and-quit'))).toMatchObject({ code: 'new-version' })
  })
})
