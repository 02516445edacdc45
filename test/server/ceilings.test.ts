// What the host allows at the most: written by the host alone, for everyone, one component or one person, and
// in force within a second, for calls that run as well.

import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { BOUNDS } from '../../src/policy/limits.ts'
import { Agent, consoleOf, decide, decideAt, denialsOf, errorOf, textOf } from '../support/agent.ts'
import { PROBE, read } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'
import { LATER } from '../support/later.ts'
import { looper } from '../support/looper.ts'
import { fromCore } from '../support/wat.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const EVERY_SCOPE = 'tools:call components:manage console'
const EVERYONE = '/api/ceilings/everyone'
const FETCH = `/api/ceilings/components/${encodeURIComponent('catalogue:fetch')}`
const ALICE = '/api/ceilings/people/alice'

/** `words` answers with an euro sign and letters, `bytes` with as many bytes as are asked for. */
const large = async () => {
  const answer = `
    (memory.fill (i32.const 1024) (i32.const 0x41) (local.get 0))
    (i32.store (i32.const 0) (i32.const 1024))
    (i32.store (i32.const 4) (local.get 0))`
  return await fromCore(
    `package test:large;
    world w { export words: func(n: u32) -> string; export bytes: func(n: u32) -> list<u8>; }`,
    `(module
      (memory (export "memory") 512)
      (func (export "words") (param i32) (result i32) ${answer}
        (i32.store (i32.const 1024) (i32.const 0x41ac82e2))
        (i32.const 0))
      (func (export "bytes") (param i32) (result i32) ${answer} (i32.const 0)))`,
  )
}

const only = (host: string): string =>
  `version: "1.0"\npermissions:\n  network:\n    allow:\n      - host: "${host}"\n`

let alice: Agent
let bob: Agent
let host: Agent
let hers: Browser
beforeAll(async () => {
  alice = await Agent.of(url, 'alice', { scope: EVERY_SCOPE })
  bob = await Agent.of(url, 'bob')
  host = await Agent.of(url, 'host', { scope: EVERY_SCOPE })
  hers = await consoleOf(url, 'alice')
  const his = await consoleOf(url, 'bob')
  for (const [agent, browser] of [
    [alice, hers],
    [bob, his],
  ] as const) {
    await agent.startFresh()
    await agent.load('fetch')
    await decide(browser, await agent.call('fetch', HELLO), 'allow')
  }
})
const clear = async (): Promise<void> => {
  for (const path of [EVERYONE, FETCH, ALICE]) await host.give(path, { method: 'DELETE' })
  for (const agent of [alice, bob]) {
    await vi.waitFor(async () => {
      const { ceilings } = await agent.value('get-policy', { component_id: 'fetch' })
      expect(ceilings).toMatchObject([{ from: 'default' }])
    }, LATER)
  }
}
beforeEach(clear)
afterEach(clear)
afterAll(async () => {
  for (const agent of [alice, bob, host]) {
    await agent.startFresh()
    await agent.close()
  }
})

const put = async (path: string, body: string, by: Agent = host) => {
  const answer = await by.give(path, { method: 'PUT', body })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** Until the change holds: the copy of a ceiling may be some hundred milliseconds old. */
const reasonFor = (agent: Agent, expected: string | undefined) =>
  vi.waitFor(async () => {
    const result = await agent.call('fetch', HELLO)
    const reason = result.isError === true ? denialsOf(result).denials[0]?.reason : undefined
    expect(reason).toBe(expected)
    return result
  }, LATER)

describe('a ceiling', () => {
  it('for everyone refuses what a person has granted, and offers no question', async () => {
    expect((await put(EVERYONE, only('other.test'))).status).toBe(200)
    const refused = await reasonFor(alice, 'ceiling')
    expect(denialsOf(refused).approvals).toEqual([])
    expect(textOf(refused)).toContain('the host of this server does not allow it')
    expect(textOf(refused)).not.toContain('other.test')
    await reasonFor(bob, 'ceiling')
    await host.give(EVERYONE, { method: 'DELETE' })
    await reasonFor(alice, undefined)
  })

  it('for one component leaves others alone, and for one person other people', async () => {
    await put(FETCH, only('other.test'))
    await reasonFor(alice, 'ceiling')
    await reasonFor(bob, 'ceiling')
    await host.give(FETCH, { method: 'DELETE' })
    await put(ALICE, only('other.test'))
    await reasonFor(alice, 'ceiling')
    await reasonFor(bob, undefined)
  })

  it('for one component holds for its first call after it was loaded', async () => {
    await put(FETCH, only('other.test'))
    await alice.value('unload-component', { id: 'fetch' })
    // Whatever is read of ceilings for this does not know of the component yet.
    await alice.upload('looper', await looper())
    await alice.call('ask-until-refused')
    await alice.load('fetch')
    const refused = await alice.call('fetch', HELLO)
    expect(denialsOf(refused).denials).toMatchObject([{ reason: 'ceiling' }])
    await host.give(FETCH, { method: 'DELETE' })
    await decide(hers, await reasonFor(alice, 'not-granted'), 'allow')
  })

  it('for a person is for who has that subject at that issuer', async () => {
    const { people } = (await (await host.give('/api/people')).json()) as {
      people: { subject: string; issuer: string }[]
    }
    const beyond = (after: string) => host.give(`/api/people?after=${after}`)
    expect(await (await beyond(`9${'0'.repeat(14)}-p`)).json()).toEqual({ people: [] })
    const wrong = await beyond('nobody')
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('bad-after')])
    const issuer = people.find(({ subject }) => subject === 'alice')?.issuer ?? ''
    expect(issuer).toMatch(/^http/)
    const at = (where: string) => `${ALICE}?issuer=${encodeURIComponent(where)}`
    await put(at('https://elsewhere.test'), only('nowhere.test'))
    await put(at(issuer), only('other.test'))
    await reasonFor(alice, 'ceiling')
    const { ceilings } = await alice.value('get-policy', { component_id: 'fetch' })
    expect(JSON.stringify(ceilings)).toContain('other.test')
    expect(JSON.stringify(ceilings)).not.toContain('nowhere.test')
    await reasonFor(bob, undefined)
    await host.give(at(issuer), { method: 'DELETE' })
    await reasonFor(alice, undefined)
    await host.give(at('https://elsewhere.test'), { method: 'DELETE' })
  })

  it('on the drive and on variables refuses what a person has granted, and hands nothing over', async () => {
    await switchTo(hers, alice, 'off')
    await alice.upload('probe', PROBE)
    await alice.upload('filesystem', read('components/filesystem/filesystem.wasm'))
    const give = async (
      kind: 'storage' | 'environment-variable',
      component_id: string,
      details: object,
      fields: Record<string, string> = {},
    ) => {
      const asked = await alice.value(`grant-${kind}-permission`, { component_id, details })
      const link = String(asked['approval_url'])
      await decideAt(hers, link, 'allow', { life: 'always', ...fields })
    }
    const access = ['read', 'write']
    await give('storage', 'filesystem', { uri: 'fs://ceiling.txt', access })
    await give('environment-variable', 'probe', { key: 'CEILING' }, { value: 'seen' })
    const write = () => alice.call('write-file', { path: 'ceiling.txt', content: 'x' })
    const variables = () => alice.result('environment')
    expect((await write()).isError).not.toBe(true)
    expect(await variables()).toEqual([['CEILING', 'seen']])
    await put(
      EVERYONE,
      `version: "1.0"
permissions:
  storage: { allow: [{ uri: "fs://ceiling.txt", access: [read] }] }
  environment: { allow: [{ key: OTHER }] }
`,
    )
    await vi.waitFor(async () => expect(await variables()).toEqual([]), LATER)
    const refused = await write()
    expect(denialsOf(refused)).toMatchObject({
      denials: [{ permission: 'storage', reason: 'ceiling' }],
      approvals: [],
    })
    expect(await alice.result('read-file', { path: 'ceiling.txt' })).toEqual({ ok: 'x' })
    await host.give(EVERYONE, { method: 'DELETE' })
    await vi.waitFor(async () => expect(await variables()).toEqual([['CEILING', 'seen']]), LATER)
    expect((await write()).isError).not.toBe(true)
  })

  it('holds together with the others: what all of them allow', async () => {
    await put(EVERYONE, only('*'))
    await put(FETCH, only('*.test'))
    await put(ALICE, only('demo.test'))
    await reasonFor(alice, undefined)
    await put(FETCH, only('*.example'))
    await reasonFor(alice, 'ceiling')
  })

  it('is shown to whom it applies, with what was refused by it', async () => {
    await put(ALICE, only('other.test'))
    await reasonFor(alice, 'ceiling')
    const policy = await alice.value('get-policy', { component_id: 'fetch' })
    expect(policy).toMatchObject({
      ceilings: [
        {
          scope: 'person',
          from: 'host',
          policy: { permissions: { network: { allow: [{ host: 'other.test' }] } } },
        },
      ],
      rules: [{ effect: 'allow', rule: 'GET http://demo.test/hello/', life: 'always' }],
    })
    const [last] = policy['refused_lately'] as { denial: unknown; tool: string }[]
    expect(last).toMatchObject({
      tool: 'fetch',
      denial: { reason: 'ceiling', host: { theirs: 'demo.test' } },
    })
    expect(JSON.stringify(await bob.value('get-policy', { component_id: 'fetch' }))).not.toContain(
      'other.test',
    )
  })

  it('moves the bounds of a call', async () => {
    await alice.upload('looper', await looper())
    await decide(hers, await alice.call('ask-until-refused'), 'allow')
    await put(EVERYONE, `${only('*')}x-wassette-edge:\n  limits:\n    requests: 2\n`)
    await vi.waitFor(async () => {
      const { limits } = await alice.value('get-policy', { component_id: 'looper' })
      expect(limits).toMatchObject({ requests: { limit: 2 } })
    }, LATER)
    const ended = await alice.call('ask-until-refused')
    expect(errorOf(ended)).toMatchObject({ code: 'bound', bound: 'requests' })
    const { calls } = (await (await alice.api('/api/calls?limit=1')).json()) as {
      calls: { host_calls: unknown[] }[]
    }
    expect(calls[0]?.host_calls).toHaveLength(3)
  })

  it('lets an answer be as long as a session can be given', async () => {
    await alice.upload('large', await large())
    const { most } = BOUNDS.outputBytes
    const limits = (bytes: number) =>
      `${only('*')}x-wassette-edge:\n  limits:\n    output-bytes: ${bytes}\n`
    expect((await put(EVERYONE, limits(most + 1))).status).toBe(422)
    expect((await put(EVERYONE, limits(most))).status).toBe(200)
    await vi.waitFor(async () => {
      const policy = await alice.value('get-policy', { component_id: 'large' })
      expect(policy['limits']).toMatchObject({ 'output-bytes': { limit: most } })
    }, LATER)
    const inSession = await Agent.with(url, alice.signedIn, { mode: 'legacy' })
    // One character beyond Latin-1 makes all of them take two bytes between isolates.
    const words = String(await inSession.result('words', { n: most }))
    expect([words.length, words.slice(0, 2)]).toEqual([most - 2, '€A'])
    const base64 = String(await inSession.result('bytes', { n: (most / 4) * 3 }))
    expect(base64.length).toBe(most)
    const beyond = await inSession.call('words', { n: most + 1 })
    expect(errorOf(beyond)).toMatchObject({ code: 'bound', bound: 'output-bytes' })
    await inSession.close()
  })

  it('reaches a call that runs', async () => {
    await alice.upload('looper', await looper())
    await alice.value('reset-permission', { component_id: 'looper' })
    await decide(hers, await alice.call('ask-until-refused'), 'allow')
    const running = alice.call('ask-until-refused')
    await new Promise((resolve) => setTimeout(resolve, 500))
    await put(EVERYONE, only('other.test'))
    // The answer that is still coming is cut off as well.
    const reasons = denialsOf(await running).denials.map(({ reason }) => reason)
    expect([...new Set(reasons)]).toEqual(['ceiling'])
  })
})

describe('/api/ceilings', () => {
  it('is for the host: to anybody else every route answers alike, and nothing changes', async () => {
    const paths = ['/api/ceilings', EVERYONE, FETCH, ALICE, '/api/ceilings/people/nobody']
    for (const path of paths) {
      for (const method of path === '/api/ceilings' ? ['GET'] : ['GET', 'PUT', 'DELETE']) {
        const body = method === 'PUT' ? { body: only('*') } : {}
        const answer = await alice.api(path, { method, ...body })
        expect(answer.status, `${method} ${path}`).toBe(403)
        expect(await answer.json()).toMatchObject({ error: { code: 'not-the-host' } })
      }
    }
    expect((await bob.api(EVERYONE)).status).toBe(403)
    expect((await fetch(new URL(EVERYONE, url))).status).toBe(401)
    expect(await (await host.give('/api/ceilings')).json()).toMatchObject({ ceilings: [] })
  })

  it('gives back what was written, as it was written', async () => {
    const text = `# ours\n${only('demo.test')}`
    expect((await put(FETCH, text)).body).toMatchObject({
      scope: 'component',
      subject: 'catalogue:fetch',
      warnings: [],
    })
    expect(await (await host.give(FETCH)).text()).toBe(text)
    expect((await host.give(FETCH, { method: 'DELETE' })).status).toBe(204)
    expect((await host.give(FETCH, { method: 'DELETE' })).status).toBe(404)
    expect((await host.give(FETCH)).status).toBe(404)
  })

  it('tells every fault of what is no policy, and keeps what was there', async () => {
    await put(EVERYONE, only('demo.test'))
    const bad = 'version: "1.0"\npermissions:\n  networks: {}\n  storage:\n    allow: 7\n'
    const { status, body } = await put(EVERYONE, bad)
    expect(status).toBe(422)
    const { error } = body as { error: { code: string; faults: Record<string, unknown>[] } }
    expect(error.code).toBe('bad-policy')
    expect(error.faults).toMatchObject([
      { path: 'permissions.networks', line: 3, suggestion: 'network' },
      { path: 'permissions.storage.allow', line: 5 },
    ])
    expect(await (await host.give(EVERYONE)).text()).toBe(only('demo.test'))
    expect((await put(EVERYONE, 'x'.repeat(70_000))).status).toBe(413)
  })
})
