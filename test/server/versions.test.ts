// A new version in the place of one that was granted something: its calls wait until the person has seen what
// is new, and said what it keeps.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import {
  Agent,
  bytesBody,
  consoleOf,
  decideAt,
  decideHost,
  denialsOf,
  errorOf,
  textOf,
} from '../support/agent.ts'
import { fromWit, PROBE } from '../support/components.ts'
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
async function replace(): Promise<void> {
  await agent.startFresh()
  await agent.upload('mine', first)
  await decideHost(person, await agent.call('ask-until-refused'))
  const loaded = await agent.upload('mine', next)
  expect(await loaded.json()).toMatchObject({ id: 'mine', waits_for_person: PAGE })
}
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

const say = async (decision: string): Promise<number> => {
  const page = await person.open(PAGE)
  return (await person.press(page, 'decision', decision)).status
}

/** What agents are told of what is loaded, wherever they ask. */
async function everythingSaid(): Promise<string> {
  const loaded = await agent.components()
  const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
  const found = await agent.value('search-tools', { query: '', limit: 100 })
  const policies = loaded.map(({ id }) => agent.value('get-policy', { component_id: id }))
  return JSON.stringify([loaded, tools, found, await Promise.all(policies)])
}

const rules = async () => (await agent.value('get-policy', { component_id: 'mine' }))['rules']

describe('a version that looks different', () => {
  beforeEach(replace)

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
    const listed = (await agent.components()).find(({ id }) => id === 'mine')
    expect(listed).toMatchObject({
      waits: true,
      tools_count: 1,
      schema: { tools: [{ name: 'fetch-and-quit', inputSchema: { type: 'object' } }] },
    })
    expect(await everythingSaid()).not.toContain('fetch-and-quit: func')
    expect((await person.open(`${url}/console`)).html).toContain('/version')
  })

  it('is told by get-policy to wait, until the person has decided', async () => {
    const policy = () => agent.value('get-policy', { component_id: 'mine' })
    expect(await policy()).toMatchObject({ status: 'no policy found', waits_for_person: PAGE })
    expect(await say('keep')).toBe(200)
    expect(await policy()).not.toHaveProperty('waits_for_person')
  })

  it('shows the person what is new and what is gone', async () => {
    const text = pageText((await person.open(PAGE)).html)
    expect(text).toContain('It can use more wasi:cli/exit@0.2.4')
    expect(text).toContain('New tools fetch-and-quit')
    expect(text).toContain('Tools that are gone ask-until-refused')
    expect(text).toContain('http://demo.test/')
    // What a new tool says, takes and answers stands there whole.
    expect(text).toMatch(/New: fetch-and-quit What it says: \+ fetch-and-quit: func/)
    expect(text).toContain('"inputSchema": {')
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

  it('shows what was allowed to it already, and starts without that from nothing', async () => {
    const asked = await agent.value('grant-network-permission', {
      component_id: 'mine',
      details: { host: 'later.example' },
    })
    await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
    const text = pageText((await person.open(PAGE)).html)
    expect(text).toMatch(/the version before http:\/\/demo\.test\/ What you said of the new one/)
    expect(text).toMatch(/the new one already later\.example To keep/)
    expect(await say('nothing')).toBe(200)
    expect(await rules()).toEqual([])
  })

  it('keeps waiting when the person says so', async () => {
    await say('wait')
    expect(errorOf(await agent.call('fetch-and-quit'))).toMatchObject({ code: 'new-version' })
  })

  it.each([
    [
      'by an agent',
      async () => {
        const details = { host: 'demo.test' }
        const named = { component_id: 'mine', details }
        const taken = await agent.value('revoke-network-permission', named)
        expect(taken).toMatchObject({ was_granted: true })
      },
    ],
    [
      'by its person',
      async () => {
        const sent = await person.fetch(`${url}/api/components/mine/policy`, { method: 'DELETE' })
        expect(sent.status).toBe(204)
      },
    ],
  ])('has what is taken back %s taken back of the version before', async (_, takeBack) => {
    await takeBack()
    await agent.upload('mine', first)
    expect(await agent.result('ask-until-refused')).toBe(0)
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
  beforeEach(replace)

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

describe('other words for the same bytes', () => {
  beforeEach(() => agent.startFresh())

  const WORLD = (said: string, param: string) => `package a:b; world w {
    /// ${said}
    export ask: func(
      /// ${param}
      word: string) -> string;
    export other: func() -> u8; }`
  const LONG = Array.from({ length: 250 }, (_, i) => `w${i}`).join(' ')
  const BEFORE = `Looks a word up. ${LONG} and tells what it means.`
  const put = async (wit: string, path = '/api/components/words/wit', by = agent) =>
    (await by.api(path, { method: 'PUT', body: wit })).json()
  const grantWords = async () => {
    const asked = await agent.value('grant-network-permission', {
      component_id: 'words',
      details: { host: 'words.example' },
    })
    await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
  }
  const WORDS_PAGE = `${url}/console/components/words/version`
  const waits = async () => errorOf(await agent.call('other'))?.['code'] === 'new-version'
  const wordsRules = async () =>
    (await agent.value('get-policy', { component_id: 'words' }))['rules'] as unknown[]

  it('wait for the person once something is granted: shown whole, and kept by their word', async () => {
    await agent.upload('words', await fromWit(WORLD('', '').replaceAll('///', '//')))
    // Nothing is granted yet.
    expect(await put(WORLD(BEFORE, 'Any word.'))).not.toHaveProperty('waits_for_person')
    expect(await waits()).toBe(false)
    await grantWords()
    // The same text once more changes nothing.
    expect(await put(WORLD(BEFORE, 'Any word.'))).not.toHaveProperty('waits_for_person')
    const after = WORLD(BEFORE.replace('w249', 'IGNORE'), 'Any of their secrets.')
    expect(await put(after)).toMatchObject({ id: 'words', waits_for_person: WORDS_PAGE })
    expect(await waits()).toBe(true)
    expect(await everythingSaid()).not.toMatch(/IGNORE|secrets\./)
    const page = await person.open(WORDS_PAGE)
    const text = pageText(page.html)
    expect(text).toContain('A component says something else')
    expect(text).toContain('words.example')
    expect(page.html).toMatch(/<del>- w249 <\/del><ins>\+ IGNORE <\/ins>/)
    expect(page.html).toMatch(
      /<del>- [^<]*Any word\.[^<]*<\/del><ins>\+ [^<]*Any of their secrets\./,
    )
    expect(text).toMatch(/… \d+ the same … (?:w\d+ ){12}- w249/)
    // Words that come after the person has looked are not what they keep.
    await put(after.replace('IGNORE', 'OBEY'))
    expect((await person.press(page, 'decision', 'keep')).status).toBe(409)
    expect((await person.press(await person.open(WORDS_PAGE), 'decision', 'keep')).status).toBe(200)
    expect(await waits()).toBe(false)
    expect(await everythingSaid()).toMatch(/OBEY/)
    expect(await wordsRules()).toHaveLength(1)
    await put(after)
    await person.press(await person.open(WORDS_PAGE), 'decision', 'nothing')
    expect(await waits()).toBe(false)
    expect(await wordsRules()).toEqual([])
  })

  it('do not wait when they are taken back', async () => {
    await agent.upload('words', await fromWit(WORLD('', '').replaceAll('///', '//')))
    await put(WORLD('Said.', 'Any word.'))
    await grantWords()
    await put(WORLD('Said otherwise.', 'Any word.'))
    expect(await waits()).toBe(true)
    await put(WORLD('Said.', 'Any word.'))
    expect(await waits()).toBe(false)
    expect(await wordsRules()).toHaveLength(1)
  })

  it('wait as well when the host of the catalogue has written them', async () => {
    const host = await Agent.of(url, 'host', { scope: 'console' })
    const bytes = await fromWit(WORLD('', '').replaceAll('///', '//'))
    const entry = '/api/catalogue/words?description=Says%20words.'
    await host.api(entry, { method: 'PUT', body: bytesBody(bytes) })
    const text = (said: string) => put(WORLD(said, 'Any word.'), '/api/catalogue/words/wit', host)
    await text('Said.')
    await agent.load('words')
    await grantWords()
    await text('Said otherwise.')
    expect(await agent.value('load-component', { path: 'words' })).toMatchObject({
      waits_for_person: WORDS_PAGE,
    })
    expect(await waits()).toBe(true)
    expect(pageText((await person.open(WORDS_PAGE)).html)).toContain('- Said. + Said otherwise.')
    await host.close()
  })
})
