// The record: what the person can read afterwards about every call and every host call of it.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf, decide, decideHost } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import { raw } from '../support/raw-http.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const CLIENT_NAME = 'Recorder <b>bold</b>'

const Call = z.looseObject({ seq: z.number(), id: z.string(), tool: z.string() })
const Calls = z.strictObject({ calls: z.array(Call), next: z.string().nullable() })

let agent: Agent
let person: Browser
beforeAll(async () => {
  const scope = 'tools:call components:manage console'
  agent = await Agent.of(url, 'bob', { scope, clientName: CLIENT_NAME })
  person = await consoleOf(url, 'bob')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.upload('probe', PROBE)
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

async function page(query = ''): Promise<z.infer<typeof Calls>> {
  const answer = await agent.api(`/api/calls${query}`)
  expect(answer.status).toBe(200)
  return Calls.parse(await answer.json())
}

const calls = async (query = '') => (await page(query)).calls

const last = async () => (await calls('?limit=1'))[0]

describe('the record of a call', () => {
  it('says who, what, which version, with what outcome and when', async () => {
    const before = (await last())?.seq ?? 0
    await agent.call('count-calls')
    const [probe] = (await agent.components()).filter(({ id }) => id === 'probe')
    const [listed, counted] = await calls('?limit=2')
    expect(counted).toMatchObject({
      seq: before + 1,
      client: agent.signedIn.clientId,
      client_name: CLIENT_NAME,
      session: null,
      tool: 'count-calls',
      component: 'probe',
      source: 'upload:probe',
      digest: probe?.digest,
      outcome: 'answered',
      reason: null,
      started_at: expect.any(Number),
      ms: expect.any(Number),
      host_calls: [],
    })
    expect(listed).toMatchObject({ tool: 'list-components', outcome: 'answered' })
  })

  it('names the session of a client that has one', async () => {
    const legacy = await Agent.with(url, agent.signedIn, { mode: 'legacy' })
    await legacy.call('count-calls')
    expect(await last()).toMatchObject({ tool: 'count-calls', session: legacy.transport.sessionId })
    await legacy.close()
  })

  it('holds a digest of the arguments, not the arguments', async () => {
    const secret = `secret-${crypto.randomUUID()}`
    await agent.call('echo-string', { value: secret })
    const call = await last()
    expect(call).toMatchObject({
      tool: 'echo-string',
      arguments_digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
    expect(JSON.stringify(call)).not.toContain(secret)
  })

  it.each([
    ['fail', { text: 'no' }, { outcome: 'answered', reason: 'err' }],
    ['trap', {}, { outcome: 'trapped' }],
    ['exit', { ok: false }, { outcome: 'exited', reason: '1' }],
    ['flood-stdout', { bytes: 1_048_576 }, { outcome: 'bound', reason: 'log-bytes' }],
    ['echo-u8', { value: 256 }, { outcome: 'bad-arguments', reason: 'out-of-range' }],
    ['echo-u8', {}, { outcome: 'bad-arguments', reason: 'missing' }],
    ['get-policy', { component_id: 'x' }, { outcome: 'refused', reason: 'unknown-component' }],
    ['get-policy', {}, { outcome: 'bad-arguments' }],
    ['load-component', { path: 'http://x.test/' }, { outcome: 'refused', reason: 'bad-reference' }],
  ])('is there also for %s(%j), which goes wrong', async (tool, args, expected) => {
    await agent.call(tool, args)
    expect(await last()).toMatchObject({ tool, ...expected })
  })

  it('is there also for a tool that does not exist', async () => {
    await agent.call('no-such-tool').catch(() => {})
    expect(await last()).toMatchObject({
      tool: 'no-such-tool',
      component: null,
      outcome: 'unknown-tool',
    })
  })

  it('is there for each of eight calls that came at once', async () => {
    const before = (await last())?.seq ?? 0
    await Promise.all(Array.from({ length: 8 }, () => agent.call('count-calls')))
    const eight = (await calls('?limit=8')).map(({ seq, tool }) => [seq - before, tool] as const)
    // They stand in the order in which they began, and are numbered as they ended.
    expect(eight.toSorted(([a], [b]) => b - a)).toEqual(
      [8, 7, 6, 5, 4, 3, 2, 1].map((n) => [n, 'count-calls']),
    )
  })
})

describe('the record of a host call', () => {
  it('says which host was refused', async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    await agent.call('fetch', HELLO)
    expect(await last()).toMatchObject({
      tool: 'fetch',
      outcome: 'denied',
      reason: 'not-granted',
      host_calls: [
        {
          kind: 'network',
          host: 'demo.test',
          port: 80,
          method: 'GET',
          outcome: 'denied',
          status: null,
          bytes_out: 0,
          bytes_in: 0,
        },
      ],
    })
  })

  it('says it also where the guest hid it and where no grant would help', async () => {
    await agent.call('fetch-and-ignore', { url: 'https://127.0.0.1:8443/' })
    expect(await last()).toMatchObject({
      outcome: 'answered',
      host_calls: [{ host: '127.0.0.1', port: 8443, outcome: 'denied' }],
    })
    await agent.call('fetch-and-ignore', { url: 'ftp://demo.test/' })
    expect(await last()).toMatchObject({ host_calls: [{ host: '', outcome: 'malformed' }] })
  })

  it('counts the bytes out and in, and keeps the status', async () => {
    const body = 'ü'.repeat(10_000)
    const args = { url: 'http://demo.test/echo', body }
    await decide(person, await agent.call('post', args), 'allow')
    await agent.call('post', args)
    expect(await last()).toMatchObject({
      outcome: 'answered',
      host_calls: [
        {
          host: 'demo.test',
          method: 'POST',
          outcome: 'answered',
          status: 200,
          bytes_out: 20_000,
          bytes_in: 20_000,
        },
      ],
    })
    const large = { url: 'http://demo.test/large?bytes=123456' }
    await decideHost(person, await agent.call('fetch-and-ignore', large))
    await agent.call('fetch-and-ignore', large)
    expect(await last()).toMatchObject({ host_calls: [{ bytes_out: 0, bytes_in: 123_456 }] })
    await agent.call('fetch-and-ignore', { url: 'http://demo.test/redirect' })
    expect(await last()).toMatchObject({ host_calls: [{ status: 302 }] })
  })

  it('says when a host did not answer', async () => {
    // Nobody has this name (RFC 6761), so the connection fails.
    const nowhere = { url: 'http://nowhere.invalid/' }
    const refused = await agent.call('fetch-and-ignore', nowhere)
    await decide(person, refused, 'allow')
    const failed = await agent.call('fetch-and-ignore', nowhere)
    expect(failed.structuredContent).toMatchObject({ result: expect.stringMatching(/^ignored: /) })
    expect(await last()).toMatchObject({
      outcome: 'answered',
      host_calls: [{ host: 'nowhere.invalid', outcome: 'failed', status: null }],
    })
  })
})

describe('GET /api/calls', () => {
  it('pages from the newest to the oldest', async () => {
    const ten = await calls('?limit=10')
    expect(ten).toHaveLength(10)
    const [first, ...rest] = ten.map(({ seq }) => seq)
    expect(rest).toEqual(Array.from({ length: 9 }, (_, i) => (first ?? 0) - i - 1))
    const middle = ten[4]?.seq ?? 0
    expect(await calls(`?limit=5&before=${middle}`)).toEqual(ten.slice(5))
    expect(await calls('?before=1')).toEqual([])
    const { next } = await page('?limit=5')
    expect(await calls(`?limit=5&cursor=${next}`)).toEqual(ten.slice(5))
  })

  it.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=1.5',
    'limit=-1',
    'before=x',
    'before=-1',
    'cursor=x',
  ])('refuses ?%s', async (query) => {
    expect((await agent.api(`/api/calls?${query}`)).status).toBe(400)
  })

  it('is read by the person, by a token that is for it, and by nobody else', async () => {
    expect((await person.fetch(`${url}/api/calls`)).status).toBe(200)
    expect((await agent.api('/api/calls')).status).toBe(200)
    const caller = await Agent.of(url, 'bob', { scope: 'tools:call components:manage' })
    const refused = await caller.api('/api/calls')
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('scope="console"')
    expect(await refused.json()).toMatchObject({ error: { code: 'insufficient-scope' } })
    await caller.close()
    expect((await raw(`${url}/api/calls`)).status).toBe(401)
    const headers = { authorization: 'Bearer garbage' }
    expect((await raw(`${url}/api/calls`, { headers })).status).toBe(401)
    expect((await raw(`${url}/console/calls`)).status).toBe(302)
  })
})

describe('the page of calls', () => {
  it('shows each call with its outcome and its host calls', async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    await agent.call('fetch', HELLO)
    const text = pageText((await person.open(`${url}/console/calls`)).html)
    expect(text).toContain('denied: not-granted 1, 1 refused GET demo.test:80 denied, 0 out, 0 in')
    expect(text).toContain('POST demo.test:80 answered 200, 20000 out, 20000 in')
    expect(text).toContain('trapped')
  })

  it('shows what others chose as text: names of tools and of clients', async () => {
    const tool = '<script>alert(1)</script><img src=x>\u202e'
    await agent.call(tool).catch(() => {})
    const { html } = await person.open(`${url}/console/calls`)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).toContain('Recorder &lt;b&gt;bold&lt;/b&gt;')
    expect(html).not.toMatch(/<script|<img|<b>|\u202e/)
  })

  it('leads on to older ones', async () => {
    while ((await calls('?limit=200')).length <= 50) await agent.call('count-calls')
    const first = await person.open(`${url}/console/calls`)
    const older = /href="(\/console\/calls\?cursor=[\d-]+)"/.exec(first.html)?.[1] ?? ''
    expect(older).not.toBe('')
    const second = await person.open(url + older)
    expect(second.status).toBe(200)
    expect(second.html).not.toBe(first.html)
    const rowsOf = (html: string) => html.match(/<tr class="call">/g)?.length ?? 0
    expect(rowsOf(first.html)).toBe(50)
    expect(rowsOf(second.html)).toBeGreaterThan(0)
  })
})
