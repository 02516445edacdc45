// The lethal trifecta through MCP over HTTP, by real clients of both eras: a session that has read private data
// and takes in what strangers write is stopped before it sends something out, whoever comes last, until the
// person says otherwise on a page.

import type { CallToolResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import type { AgentOptions } from '../support/agent.ts'
import { Agent, consoleOf, decideAt, denialsOf, errorOf, linkOf, textOf } from '../support/agent.ts'
import { constants, PROBE, read } from '../support/components.ts'
import { beginAnew, choose, ownerOf, switchTo } from '../support/labels.ts'

const { url } = inject('server')
const EVERY_SCOPE = 'tools:call components:manage console'
const HELLO = { url: 'http://demo.test/hello' }
const DIARY = { path: '/diary/today.txt' }
const ERAS = ['auto', 'legacy'] as const

let setup: Agent
let person: Browser
const open: Agent[] = []
beforeAll(async () => {
  setup = await Agent.of(url, 'bob', { scope: EVERY_SCOPE })
  person = await consoleOf(url, 'bob')
  await setup.startFresh()
  await setup.load('fetch')
  await setup.load('filesystem')
  await grant('fetch', 'network', { host: 'demo.test' })
  await grant('filesystem', 'storage', { uri: 'fs://diary', access: ['read', 'write'] })
  await setup.call('create-directory', { path: '/diary' })
  await setup.call('write-file', { ...DIARY, content: 'dear diary' })
})
beforeEach(async () => {
  // What a test was permitted ends with it; what the others rely on stays.
  for (const component of ['fetch', 'filesystem']) await takeBackLabels(component)
})
afterAll(async () => {
  for (const agent of open) await agent.close()
  await setup.startFresh()
  await setup.close()
})

async function grant(component_id: string, kind: string, details: unknown): Promise<void> {
  const asked = await setup.value(`grant-${kind}-permission`, { component_id, details })
  await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
}

/** A client of its own, or one session of it: nothing was done in it. */
async function fresh(options: AgentOptions): Promise<Agent> {
  const agent = await Agent.of(url, 'bob', { ...options, scope: EVERY_SCOPE })
  open.push(agent)
  return agent
}

interface Rule {
  readonly id?: string
  readonly permission: string
  readonly rule: string
}

async function takeBackLabels(component: string): Promise<void> {
  const { components } = (await (await setup.api('/api/components')).json()) as {
    components: { id: string; grants: Rule[] }[]
  }
  const mine = components.find(({ id }) => id === component)?.grants ?? []
  for (const { permission, rule } of mine) {
    if (permission !== 'labels') continue
    const body = new URLSearchParams({ component, permission, rule })
    await person.fetch(`${url}/console/revoke`, { method: 'POST', body })
  }
}

const isAnswered = (result: CallToolResult) => result.isError !== true
const fetches = (agent: Agent) => agent.call('fetch', HELLO)
const reads = (agent: Agent) => agent.call('read-file', DIARY)

function expectStopped(result: CallToolResult, rule: string): void {
  expect(textOf(result)).toContain('which together is how data are stolen')
  expect(denialsOf(result).denials).toMatchObject([
    { permission: 'labels', reason: 'not-granted', rule },
  ])
}

describe.each(ERAS)('a session (%s)', (mode) => {
  it('that has read what is private is stopped at the request that would go out, and says why', async () => {
    const agent = await fresh({ mode })
    expect(isAnswered(await reads(agent))).toBe(true)
    const refused = await fetches(agent)
    expectStopped(refused, 'untrusted,outward')
    expect(denialsOf(refused).denials[0]).toMatchObject({
      has: ['private'],
      brings: ['untrusted', 'outward'],
      from: [{ label: 'private', tool: 'read-file', component: 'filesystem' }],
    })
    const text = textOf(refused)
    expect(text).toContain('"label":"private","tool":"read-file","component":"filesystem"')
    expect(text).toContain(linkOf(refused))
    expect(text).toContain(`${url}/console/labels`)
    // Nothing left: it is stopped again, and reading goes on.
    expectStopped(await fetches(agent), 'untrusted,outward')
    expect(isAnswered(await reads(agent))).toBe(true)
  })

  it('that was online is stopped at the private file, whichever came first', async () => {
    const agent = await fresh({ mode })
    expect(isAnswered(await fetches(agent))).toBe(true)
    expect(isAnswered(await fetches(agent))).toBe(true)
    const refused = await reads(agent)
    expectStopped(refused, 'private')
    expect(textOf(refused)).not.toContain('dear diary')
    // To write what it has found is no reading.
    const saved = await agent.call('write-file', { path: '/diary/found.txt', content: 'hello' })
    expect(isAnswered(saved)).toBe(true)
    expectStopped(await agent.call('list-directory', { path: '/diary' }), 'private')
  })

  it('goes on for as long as the person lets it: for one call, or for the session', async () => {
    const agent = await fresh({ mode })
    await reads(agent)
    await decideAt(person, linkOf(await fetches(agent)), 'allow', { life: 'once' })
    expect(isAnswered(await fetches(agent))).toBe(true)
    // It has all three now: whatever brings one of them is asked about.
    const again = await fetches(agent)
    expectStopped(again, 'untrusted,outward')
    expectStopped(await reads(agent), 'private')
    await decideAt(person, linkOf(again), 'allow', { life: 'session' })
    for (const _ of [1, 2]) expect(isAnswered(await fetches(agent))).toBe(true)
    expectStopped(await reads(agent), 'private')
  })

  it('begins anew when the person says so, and for nobody else', async () => {
    const [agent, other] = [await fresh({ mode }), await fresh({ mode })]
    await reads(agent)
    await reads(other)
    expect(await beginAnew(person, agent)).toBe(303)
    expect(isAnswered(await fetches(agent))).toBe(true)
    expectStopped(await fetches(other), 'untrusted,outward')
    expectStopped(await reads(agent), 'private')
  })

  it('is stopped at one of the two, however many calls race', async () => {
    const agent = await fresh({ mode })
    const [reading, fetched] = await Promise.all([
      Promise.all(Array.from({ length: 6 }, () => reads(agent))),
      Promise.all(Array.from({ length: 6 }, () => fetches(agent))),
    ])
    const ways = [reading, fetched].map((results) => results.filter(isAnswered).length)
    expect([...ways].sort()).toEqual([0, 6])
    for (const refused of [...reading, ...fetched].filter((result) => !isAnswered(result))) {
      expect(denialsOf(refused).denials[0]).toMatchObject({ permission: 'labels' })
    }
  })

  it('has its call go on when its client opens the page and the person allows it there', async () => {
    const asked: string[] = []
    const agent = await fresh({
      mode,
      async opens(page) {
        asked.push(page.message)
        await decideAt(person, page.url, 'allow', { life: 'once' })
        return { action: 'accept' }
      },
    })
    await reads(agent)
    const answered = await fetches(agent)
    expect(isAnswered(answered), textOf(answered)).toBe(true)
    expect(textOf(answered)).toContain('hello')
    expect(asked).toHaveLength(1)
    expect(asked[0]).toContain(
      'untrusted,outward: to take in what strangers may have written and send something out',
    )
  })
})

describe('another', () => {
  it('session of the same client has done none of it', async () => {
    const agent = await fresh({ mode: 'legacy' })
    await reads(agent)
    const other = await Agent.with(url, agent.signedIn, { mode: 'legacy' })
    open.push(other)
    expect(ownerOf(other)).not.toBe(ownerOf(agent))
    expect(isAnswered(await fetches(other))).toBe(true)
    expectStopped(await fetches(agent), 'untrusted,outward')
  })

  it('connection of a client without sessions has', async () => {
    const agent = await fresh({ mode: 'auto' })
    await reads(agent)
    const other = await Agent.with(url, agent.signedIn, { mode: 'auto' })
    open.push(other)
    expectStopped(await fetches(other), 'untrusted,outward')
  })
})

describe('what a use brings', () => {
  const grantIds = async (component: string): Promise<string[]> => {
    const page = await person.open(`${url}/console/labels`)
    return page.forms
      .filter(({ fields }) =>
        fields.some(([name, value]) => name === 'component' && value === component),
      )
      .map(({ fields }) => fields.find(([name]) => name === 'place')?.[1] ?? '')
  }

  it('is what the person says of the grant, until they say it no more', async () => {
    const agent = await fresh({ mode: 'auto' })
    await reads(agent)
    const [place = ''] = await grantIds('fetch')
    const use = { component: 'fetch', place }
    expect(await choose(person, url, use, [])).toBe(303)
    expect(isAnswered(await fetches(agent))).toBe(true)
    const { rules } = (await agent.value('get-policy', { component_id: 'fetch' })) as {
      rules: { labels?: string[] }[]
    }
    expect(rules).toMatchObject([{ rule: 'demo.test', labels: [] }])
    // A host of one's own: what it answers is private, and nobody else reads what it is sent.
    expect(await choose(person, url, use, ['private'])).toBe(303)
    expect(isAnswered(await fetches(agent))).toBe(true)
    expect(await choose(person, url, use, null)).toBe(303)
    expectStopped(await fetches(agent), 'untrusted,outward')
  })

  it('is not washed off by a move to where it would bring less', async () => {
    const before = await grantIds('filesystem')
    await grant('filesystem', 'storage', { uri: 'fs://downloads', access: ['read', 'write'] })
    const [place = ''] = (await grantIds('filesystem')).filter((id) => !before.includes(id))
    expect(await choose(person, url, { component: 'filesystem', place }, ['untrusted'])).toBe(303)
    await setup.call('create-directory', { path: '/downloads' })
    const agent = await fresh({ mode: 'auto' })
    expect(isAnswered(await fetches(agent))).toBe(true)
    const moves = { source: DIARY.path, destination: '/downloads/today.txt' }
    expectStopped(await agent.call('move-path', moves), 'private')
    expect(isAnswered(await agent.call('read-file', { path: moves.destination }))).toBe(false)
    // A file that comes to be where it is as private is saved as ever.
    await agent.call('write-file', { path: '/diary/draft.txt', content: 'hello' })
    const saves = { source: '/diary/draft.txt', destination: '/diary/saved.txt' }
    expect(isAnswered(await agent.call('move-path', saves))).toBe(true)
  })

  it('is nothing that is said of what is not there, nor by whoever is not there', async () => {
    const at = { component: 'fetch', place: 'no-such-grant' }
    expect(await choose(person, url, at, [])).toBe(404)
    expect(await choose(person, url, { component: 'none', place: 'keyvalue' }, [])).toBe(404)
    const [place = ''] = await grantIds('fetch')
    const alice = await consoleOf(url, 'alice')
    expect(await choose(alice, url, { component: 'fetch', place }, [])).toBe(404)
  })

  it('is a variable that is handed over: the call does not run where that is too much', async () => {
    await setup.upload('probe', PROBE)
    await grant('probe', 'environment-variable', { key: 'TOKEN' })
    const set = await setup.give('/api/components/probe/environment/TOKEN', {
      method: 'PUT',
      body: 'hunter2',
    })
    expect(set.status).toBe(201)
    const agent = await fresh({ mode: 'auto' })
    await fetches(agent)
    const refused = await agent.call('environment')
    expectStopped(refused, 'private')
    expect(textOf(refused)).not.toContain('hunter2')
    expect(await beginAnew(person, agent)).toBe(303)
    expect(JSON.stringify(await agent.result('environment'))).toContain('hunter2')
    expectStopped(await fetches(agent), 'untrusted,outward')
    await setup.value('unload-component', { id: 'probe' })
  })

  it('is what a component keeps, when it is read and not when it is written', async () => {
    await setup.upload('drafts', read('test/fixtures/drafts/drafts.wasm'))
    const agent = await fresh({ mode: 'auto' })
    await fetches(agent)
    const at = { bucket: 'b', key: 'k' }
    expect(await agent.result('set', { ...at, value: 'aGk=' })).toEqual({ ok: null })
    expectStopped(await agent.call('get', at), 'private')
    const kept = { component: 'drafts', place: 'keyvalue' }
    expect(await choose(person, url, kept, ['untrusted'])).toBe(303)
    expect(await agent.result('get', at)).toEqual({ ok: 'aGk=' })
    await setup.value('unload-component', { id: 'drafts' })
  })
})

describe('a component that labels itself', () => {
  /** As any language or tool can append it. */
  const labelled = async (words: string) => {
    const [name, text] = [Buffer.from('wassette-edge:labels'), Buffer.from(words)]
    const content = Buffer.concat([Buffer.from([name.length]), name, text])
    return Buffer.concat([await constants({ seven: 7 }), Buffer.from([0, content.length]), content])
  }

  it('brings that in every call, and says so wherever it is shown', async () => {
    expect((await setup.upload('mine', await labelled('private'))).status).toBe(201)
    const agent = await fresh({ mode: 'auto' })
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    expect(tools.find(({ name }) => name === 'seven')).toMatchObject({
      annotations: { openWorldHint: false },
      _meta: { 'wassette-edge/labels': ['private'] },
    })
    expect(tools.find(({ name }) => name === 'fetch')).toMatchObject({
      annotations: { openWorldHint: true },
      _meta: { 'wassette-edge/labels': ['untrusted', 'outward'] },
    })
    expect(await agent.components()).toContainEqual(
      expect.objectContaining({ id: 'mine', labels: ['private'] }),
    )
    expect(await agent.value('get-policy', { component_id: 'mine' })).toMatchObject({
      labels: { at_most: ['private'], every_call: ['private'] },
    })
    await fetches(agent)
    expectStopped(await agent.call('seven'), 'private')
    expect(await beginAnew(person, agent)).toBe(303)
    expect(await agent.result('seven')).toBe(7)
    expectStopped(await fetches(agent), 'untrusted,outward')
  })

  it('with all three completes a session alone', async () => {
    await setup.upload('mine', await labelled('private untrusted outward'))
    const agent = await fresh({ mode: 'legacy' })
    expectStopped(await agent.call('seven'), 'private,untrusted,outward')
  })

  it('is not loaded with a word that is no label', async () => {
    const answer = await setup.upload('odd', await labelled('secret'))
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({ error: { code: 'bad-labels' } })
  })

  it('is labelled by the host as well, who may have it refused', async () => {
    await setup.upload('mine', await constants({ seven: 7 }))
    const host = await Agent.of(url, 'host', { scope: 'console' })
    const at = `/api/ceilings/components/${encodeURIComponent('upload:mine')}`
    const ceiling = 'labels: { add: [private], mode: refuse }'
    const body = `version: "1.0"\npermissions: {}\nx-wassette-edge: { ${ceiling} }\n`
    expect((await host.api(at, { method: 'PUT', body })).status).toBeLessThan(300)
    const agent = await fresh({ mode: 'auto' })
    await fetches(agent)
    const refused = await agent.call('seven')
    expect(denialsOf(refused)).toMatchObject({
      denials: [{ permission: 'labels', reason: 'ceiling', brings: ['private'] }],
      approvals: [],
    })
    expect(textOf(refused)).toContain('The host of this server has that refused.')
    expect((await host.api(at, { method: 'DELETE' })).status).toBe(204)
    await host.close()
    await setup.value('unload-component', { id: 'mine' })
  })
})

describe('what happens for a client', () => {
  it('is what the person says: refused without being asked, or nothing', async () => {
    const agent = await fresh({ mode: 'auto' })
    await reads(agent)
    expect(await switchTo(person, agent, 'refuse')).toBe(303)
    const refused = await fetches(agent)
    expect(denialsOf(refused)).toMatchObject({ denials: [{ reason: 'denied' }], approvals: [] })
    expect(textOf(refused)).toContain('The person has that refused for this client.')
    expect(await switchTo(person, agent, 'off')).toBe(303)
    expect(isAnswered(await fetches(agent))).toBe(true)
    expect(isAnswered(await reads(agent))).toBe(true)
    // What was done meanwhile counts when it is on again.
    expect(await switchTo(person, agent, 'host')).toBe(303)
    expectStopped(await reads(agent), 'private')
  })
})

describe('two clients of one name', () => {
  it('are told apart by their ids, where a session begins anew and where one is switched', async () => {
    const named = { mode: 'auto', clientName: 'Claude' } as const
    const both = [await fresh(named), await fresh(named)]
    for (const agent of both) await reads(agent)
    const text = pageText((await person.open(`${url}/console/labels`)).html)
    for (const { signedIn } of both) {
      expect(text).toContain(`Claude (client ${signedIn.clientId} ), all of it`)
      expect(text).toContain(`From Claude (client ${signedIn.clientId} )`)
    }
  })
})

describe('an agent', () => {
  it('sends nothing out through the server itself', async () => {
    const agent = await fresh({ mode: 'auto' })
    await reads(agent)
    const refused = await agent.call('load-component', {
      path: 'https://demo.test/x.wasm?dear=diary',
    })
    expect(errorOf(refused)).toMatchObject({
      code: 'permission-denied',
      url: `${url}/console/labels`,
    })
    expect(isAnswered(await agent.call('load-component', { path: 'fetch' }))).toBe(true)
  })

  it('can neither begin anew nor switch anything, whatever its token is for', async () => {
    const agent = await fresh({ mode: 'auto' })
    await reads(agent)
    for (const [path, fields] of [
      ['reset', { owner: ownerOf(agent) }],
      ['switch', { client: agent.signedIn.clientId, client_name: 'x', mode: 'off' }],
      ['choose', { component: 'fetch', place: 'keyvalue', action: 'set' }],
    ] as const) {
      const form = { method: 'POST', body: new URLSearchParams(fields) }
      expect((await agent.api(`/console/labels/${path}`, form)).status).toBe(403)
      const headers = { origin: url }
      expect((await agent.api(`/console/labels/${path}`, { ...form, headers })).status).toBe(401)
    }
    const names = await agent.toolNames()
    expect(names.filter((name) => /label|session|anew/.test(name))).toEqual([])
    expectStopped(await fetches(agent), 'untrusted,outward')
    // Nor does asking for a permission that is no component's to ask for.
    await agent.value('reset-permission', { component_id: 'filesystem' })
    await grant('filesystem', 'storage', { uri: 'fs://diary', access: ['read', 'write'] })
    expectStopped(await fetches(agent), 'untrusted,outward')
  })
})

it('is on the chain: questions, decisions, and what the person said of labels', async () => {
  const agent = await fresh({ mode: 'auto' })
  await reads(agent)
  await decideAt(person, linkOf(await fetches(agent)), 'allow', { life: 'once' })
  await switchTo(person, agent, 'refuse')
  await switchTo(person, agent, 'host')
  await beginAnew(person, agent)
  const lines = (await (await setup.api('/api/audit')).text()).trim().split('\n')
  const bodies = lines.map((line) => JSON.stringify(JSON.parse(line)))
  for (const part of [
    '"kind":"labels-reset"',
    '"kind":"labels-switched"',
    '"kind":"labels-set"',
    '"permission":"labels"',
  ]) {
    expect(
      bodies.some((body) => body.includes(part)),
      part,
    ).toBe(true)
  }
})
