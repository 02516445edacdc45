// Connections as a person, an agent and a host live with them, on a server of their own: the service is a real OpenID
// provider behind a name that only the server reaches, and the API asks it about each token.

import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Browser as Chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { Browser } from '../../local/browser.ts'
import type { Page } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { findFreePort } from '../../local/ports.ts'
import { passSignIn } from '../../local/sign-in.ts'
import { Agent, consoleOf, decideAt, denialsOf, textOf } from '../support/agent.ts'
import { read, withCustomSection } from '../support/components.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import { LATER } from '../support/later.ts'
import { rows } from '../support/persisted.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import type { UpstreamService } from '../support/upstream-service.ts'
import { CLIENT, ISSUER, startUpstreamService } from '../support/upstream-service.ts'

const EVERY_SCOPE = 'tools:call components:manage console'
const PAGE = '/console/components/fetch/connections'
const API = '/api/components/fetch/connections'

let service: UpstreamService
let stack: Stack
let agent: Agent
let host: Agent
let person: Browser

/** Endpoints that a browser of this machine reaches, and this server by their name. */
const endpoints = () => ({
  authorization_endpoint: `${service.browserUrl}/auth`,
  token_endpoint: `${ISSUER}/token`,
  revocation_endpoint: `${ISSUER}/token/revocation`,
  jwks_uri: `${ISSUER}/jwks`,
})
const DRAFT = {
  issuer: ISSUER,
  ...CLIENT,
  scopes: ['openid', 'email', 'read', 'write'],
  hosts: ['https://api.test/'],
}

const json = (body: unknown): RequestInit => ({ method: 'PUT', body: JSON.stringify(body) })

beforeAll(async () => {
  const ports = {
    PORT: String(await findFreePort()),
    IDENTITY_PORT: String(await findFreePort()),
    ORIGIN_PORT: String(await findFreePort()),
  }
  const callback = `http://127.0.0.1:${ports.PORT}/console/connections/callback`
  service = await startUpstreamService([`${callback}/host/id`, `${callback}/mine/own`])
  stack = await startStack({ ports, upstreams: service.upstreams, labels: 'off' })
  agent = await Agent.of(stack.url, 'alice', { scope: EVERY_SCOPE })
  host = await Agent.of(stack.url, 'host', { scope: EVERY_SCOPE })
  person = await consoleOf(stack.url, 'alice')
  await host.give('/api/services/host/id', json({ ...DRAFT, ...endpoints() }))
}, 180_000)
afterAll(async () => {
  await agent?.close()
  await host?.close()
  await stack?.stop()
  await service?.stop()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
})
beforeEach(async () => {
  service.accessSeconds = 3_600
  service.trouble = null
  service.delayMs = 0
  service.isDown = false
  service.redirects = false
  await agent.startFresh()
  await agent.load('fetch')
})

const text = (page: Page): string => pageText(page.html)

/** Presses Connect; the page that leads to the service. */
async function begin(browser = person, fields: Record<string, string> = {}): Promise<Page> {
  return await browser.press(await browser.open(`${stack.url}${PAGE}`), 'action', 'connect', fields)
}

function leadsTo(page: Page): URL {
  const href = /<a href="([^"]+)" rel="noreferrer"/.exec(page.html)?.[1]
  if (href === undefined) throw new Error(`no way on: ${text(page)}`)
  return new URL(href.replaceAll('&amp;', '&'))
}

/** At the service, as `user` of it; the page to which it leads back. */
async function signInThere(from: Page, user = 'alice', browser = person): Promise<Page> {
  return await passSignIn(browser, await browser.open(leadsTo(from)), { user })
}

async function connect(user = 'alice'): Promise<Page> {
  return await signInThere(await begin(), user)
}

const listed = async (by = agent): Promise<Record<string, unknown>> =>
  (await (await by.api(API)).json()) as Record<string, unknown>
const connection = async (by = agent) =>
  ((await listed(by))['services'] as Record<string, unknown>[])[0]?.['connection']

/** What the service answers: where it sends the browser, which has not gone there yet. */
async function answerOf(from: Page, user = 'alice'): Promise<URL> {
  const there = new Browser({ stopAt: ({ origin }) => origin === stack.url })
  return (await passSignIn(there, await there.open(leadsTo(from)), { user })).url
}

describe('connecting', () => {
  it('leads to the service and back, and says what came of it', async () => {
    expect(text(await person.open(`${stack.url}${PAGE}`))).toContain('host/id')
    const leave = await begin()
    expect(text(leave)).toContain(service.browserUrl)
    const asked = leadsTo(leave).searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
    expect(asked.get('redirect_uri')).toBe(`${stack.url}/console/connections/callback/host/id`)
    const after = await signInThere(leave)
    expect(after.url.href).toBe(`${stack.url}${PAGE}`)
    expect(text(after)).toContain('as alice@people.test')
    expect(await connection()).toMatchObject({
      state: 'works',
      who: 'alice@people.test',
      scopes: ['openid', 'email', 'read', 'write'],
      hosts: ['https://api.test/'],
      lasts: true,
    })
    expect(await agent.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      connections: [{ service: 'host/id', state: 'works', hosts: ['https://api.test/'] }],
    })
  })

  it('asks for the scopes that the person left checked, and for no others of the form', async () => {
    const page = await person.open(`${stack.url}${PAGE}`)
    const [form] = page.forms.filter(({ action }) => action?.endsWith('/connections'))
    if (form === undefined) throw new Error('no form')
    const fields = form.fields.filter(([name]) => name !== 'scope-3' && name !== 'scope-0')
    const body = new URLSearchParams([
      ...fields.map(([n, v]): [string, string] => [n, v]),
      ['action', 'connect'],
    ])
    const send = async (more: Record<string, string> = {}) => {
      const sent = new URLSearchParams([...body, ...Object.entries(more)])
      const answer = await person.fetch(`${stack.url}${PAGE}`, { method: 'POST', body: sent })
      return { status: answer.status, html: await answer.text() }
    }
    const { html } = await send()
    const scope = /[?&](?:amp;)?scope=([^&"]+)/.exec(html)?.[1]
    expect(scope).toBe('email+read')
    const more = await send({ 'scope-9': 'admin' })
    expect([more.status, pageText(more.html)]).toEqual([
      400,
      expect.stringContaining('not among the scopes'),
    ])
  })

  it('is for one answer of the browser that began, at the service where it began', async () => {
    const other = await consoleOf(stack.url, 'alice')
    const bob = await consoleOf(stack.url, 'bob')
    const refused = async (browser: Browser, to: URL) => {
      const page = await browser.open(to)
      expect([page.status, text(page)]).toEqual([400, expect.stringContaining('not begun')])
    }
    const answer = await answerOf(await begin())
    // Nobody, somebody else, and alice herself in another browser.
    await refused(new Browser(), answer)
    await refused(bob, answer)
    await refused(other, answer)
    // Passed off as the answer of another service.
    const elsewhere = new URL(answer)
    elsewhere.pathname = elsewhere.pathname.replace('host/id', 'mine/id')
    await refused(person, elsewhere)
    const forged = new URL(answer)
    forged.searchParams.set('state', 'forged')
    await refused(person, forged)
    expect(await connection()).toBeNull()
    const good = await person.open(answer)
    expect(good.url.pathname).toBe(PAGE)
    const made = await connection()
    await refused(person, answer)
    expect(await connection()).toEqual(made)
  })

  it('takes no answer that another issuer gave, and no refusal for a yes', async () => {
    const mixed = await answerOf(await begin())
    mixed.searchParams.set('iss', 'https://evil.test')
    const page = await person.open(mixed)
    expect([page.status, text(page)]).toEqual([422, expect.stringContaining('not OAuth')])
    const denied = await answerOf(await begin())
    denied.searchParams.delete('code')
    denied.searchParams.set('error', 'access_denied')
    const no = await person.open(denied)
    expect([no.status, text(no)]).toEqual([409, expect.stringContaining('not given')])
    const coded = await answerOf(await begin())
    coded.searchParams.set('code', 'another')
    expect((await person.open(coded)).status).toBe(409)
    expect(await connection()).toBeNull()
  })

  it('is refused for a version that the person has not seen', async () => {
    const page = await begin(person, { digest: `sha256:${'0'.repeat(64)}` })
    expect([page.status, text(page)]).toEqual([409, expect.stringContaining('another version')])
    const leave = await begin()
    await agent.startFresh()
    const answer = await person.open(await answerOf(leave))
    expect([answer.status, text(answer)]).toEqual([409, expect.stringContaining('Begin again')])
  })

  it.each([
    ['hosts', { hosts: ['else.test'] }],
    ['another place', { placement: { kind: 'header', name: 'X-Token', prefix: '' } }],
    ['scopes', { scopes: [...DRAFT.scopes, 'more'] }],
  ])('is refused for %s that the page did not show', async (_, changes) => {
    const page = await person.open(`${stack.url}${PAGE}`)
    const describe_ = async (more: object) =>
      await host.give('/api/services/host/id', json({ ...DRAFT, ...endpoints(), ...more }))
    await describe_(changes)
    const refused = await person.press(page, 'action', 'connect')
    await describe_({})
    expect([refused.status, text(refused)]).toEqual([409, expect.stringContaining('Begin again')])
    expect((await person.press(page, 'action', 'connect')).status).toBe(200)
  })
})

/** What the component gets from a URL, once its person has granted the host. */
async function grant(by: Agent, browser: Browser, component = 'fetch'): Promise<void> {
  for (const at of ['api.test', 'else.test']) {
    const wanted = { component_id: component, details: { host: at } }
    const { approval_url: link } = await by.value('grant-network-permission', wanted)
    await decideAt(browser, String(link), 'allow', { life: 'always' })
  }
}

const get = (url: string, by = agent, tool = 'fetch') => by.call(tool, { url })
async function answered(url: string, by = agent, tool = 'fetch') {
  const { ok } = (await by.result(tool, { url })) as { ok: { status: number; text: string } }
  return { status: ok.status, body: ok.text }
}
const ME = 'https://api.test/me'
/** The tokens that the API ever got. */
const tokens = () =>
  service.received.api.flatMap((header) => (header?.startsWith('Bearer ') ? [header.slice(7)] : []))

describe('a call of a connected component', () => {
  beforeEach(async () => {
    await grant(agent, person)
  })

  it('acts as the person, at the hosts of the service and nowhere else', async () => {
    service.received.api.length = 0
    service.received.else.length = 0
    expect(await answered(ME)).toMatchObject({ status: 401 })
    await connect()
    expect(JSON.parse((await answered(ME)).body)).toEqual({
      sub: 'alice',
      scope: 'openid email read write',
    })
    expect(await answered('https://else.test/')).toEqual({ status: 200, body: 'else' })
    expect(service.received.else).toEqual([undefined])
    // The rule says https.
    await get('http://api.test/me')
    expect(service.received.api.at(-1)).toBeUndefined()
    // A redirect is handed back; what the component does of it is another request.
    const led = await agent.result('fetch', {
      url: 'https://api.test/redirect?to=https://else.test/',
    })
    expect(led).toMatchObject({ ok: { status: 302, location: 'https://else.test/' } })
    await answered('https://else.test/')
    expect(service.received.else).toEqual([undefined, undefined])
    expect(tokens().length).toBeGreaterThan(0)
  })

  it('never sees the token, nor does whoever reads the call', async () => {
    await connect()
    const echoed = await get('https://api.test/echo')
    const token = tokens().at(-1) ?? ''
    expect(token.length).toBeGreaterThan(20)
    expect(textOf(echoed)).toContain('Bearer ')
    expect(JSON.stringify(echoed)).not.toContain(token)
    const calls = await (await agent.api('/api/calls?limit=5')).text()
    expect(calls).toContain('host/id')
    expect(calls).not.toContain(token)
  })

  it('of one person has another token than of another, and another component has none', async () => {
    const bob = await Agent.of(stack.url, 'bob', { scope: EVERY_SCOPE })
    const his = await consoleOf(stack.url, 'bob')
    await bob.load('fetch')
    await grant(bob, his)
    await connect()
    expect(await answered(ME, bob)).toMatchObject({ status: 401 })
    await signInThere(await begin(his), 'bob', his)
    expect(JSON.parse((await answered(ME, bob)).body)).toMatchObject({ sub: 'bob' })
    expect(JSON.parse((await answered(ME)).body)).toMatchObject({ sub: 'alice' })
    await agent.upload('other', read('components/fetch/fetch.wasm'))
    const tool = (await agent.toolNames()).find((name) => name.startsWith('other')) ?? ''
    await grant(agent, person, 'other')
    expect(await answered(ME, agent, tool)).toMatchObject({ status: 401 })
    await bob.startFresh()
    await bob.close()
  })

  /** Connected, with a token whose time is over. */
  async function expired(): Promise<void> {
    service.accessSeconds = 1
    await connect()
    const { expires_at: ends } = (await connection()) as { expires_at: number }
    await vi.waitUntil(() => Date.now() > ends, { timeout: 10_000 })
    service.accessSeconds = 3_600
    service.grants.length = 0
  }

  it('has its token refreshed once, however many calls need it, and again with what came then', async () => {
    await expired()
    service.delayMs = 200
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => answered(ME)))
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(service.grants).toEqual(['refresh_token'])
    // Rotated: the provider takes each refresh token once, and ends everything when one comes again.
    await service.takeBack(['AccessToken'])
    expect(await answered(ME)).toMatchObject({ status: 401 })
    expect(await answered(ME)).toMatchObject({ status: 200 })
    expect(service.grants).toEqual(['refresh_token', 'refresh_token'])
    // A host that refuses every token does not have it refreshed without end.
    await service.takeBack(['AccessToken'])
    expect(await answered(ME)).toMatchObject({ status: 401 })
    expect(await answered(ME)).toMatchObject({ status: 401 })
    expect(service.grants).toHaveLength(2)
  })

  it('is refused, with a link, when the service gives no token any more, until connected again', async () => {
    await expired()
    await service.takeBack(['RefreshToken'])
    const before = service.received.api.length
    const refused = await get(ME)
    expect(refused.isError).toBe(true)
    const url = `${stack.url}${PAGE}`
    expect(denialsOf(refused)).toMatchObject({
      denials: [
        { reason: 'secret-unavailable', host: 'api.test', secret: 'host/id', why: 'reconnect' },
      ],
      approvals: [],
      connect_url: url,
    })
    expect(textOf(refused)).toContain(url)
    expect(service.received.api).toHaveLength(before)
    expect(await connection()).toMatchObject({ state: 'broken' })
    expect(text(await person.open(url))).toContain('until you connect again')
    await connect()
    expect(await answered(ME)).toMatchObject({ status: 200 })
  })

  it('is refused for the moment while the service has trouble, and loses nothing by it', async () => {
    await expired()
    service.trouble = 500
    expect(denialsOf(await get(ME)).denials).toMatchObject([{ why: 'not-now' }])
    service.trouble = null
    await vi.waitFor(async () => expect((await get(ME)).isError).not.toBe(true), {
      timeout: 10_000,
      interval: 500,
    })
    expect(await connection()).toMatchObject({ state: 'works' })
  })

  it('is refused when the service answers a refresh with nonsense: the token may be used up', async () => {
    await expired()
    service.trouble = 'nonsense'
    expect(denialsOf(await get(ME)).denials).toMatchObject([{ why: 'reconnect' }])
  })

  it('is refused when the service is described as another one since', async () => {
    await connect()
    const changed = { ...DRAFT, ...endpoints(), token_endpoint: 'https://else.test/token' }
    await host.give('/api/services/host/id', json(changed))
    await vi.waitFor(
      async () => expect(denialsOf(await get(ME)).denials).toMatchObject([{ why: 'reconnect' }]),
      LATER,
    )
    await host.give('/api/services/host/id', json({ ...DRAFT, ...endpoints() }))
    expect(denialsOf(await get(ME)).denials).toMatchObject([{ why: 'reconnect' }])
  })
})

describe('another version of a connected component', () => {
  const path = '/console/components/up/connections'
  beforeEach(async () => {
    const bytes = read('components/fetch/fetch.wasm')
    await agent.upload('up', bytes)
    await grant(agent, person, 'up')
    const leave = await person.press(await person.open(`${stack.url}${path}`), 'action', 'connect')
    await signInThere(leave)
    await agent.upload('up', withCustomSection(bytes, crypto.randomUUID()))
    service.revocations.length = 0
  })
  const tool = async () => (await agent.toolNames()).find((name) => name.startsWith('up')) ?? ''
  const look = async () => await person.open(`${stack.url}/console/components/up/version`)

  it('acts as the person once they have said so', async () => {
    expect((await get(ME, agent, await tool())).isError).toBe(true)
    const page = await look()
    expect(text(page)).toContain('host/id')
    expect(text(await person.open(`${stack.url}${path}`))).toContain('Another version')
    await person.press(page, 'decision', 'keep')
    expect(await answered(ME, agent, await tool())).toMatchObject({ status: 200 })
  })

  it('is not connected where they start from nothing', async () => {
    await person.press(await look(), 'decision', 'nothing')
    expect(service.revocations).toContain('refresh_token')
    await grant(agent, person, 'up')
    expect(await answered(ME, agent, await tool())).toMatchObject({ status: 401 })
  })
})

describe('disconnecting', () => {
  it('deletes the tokens here and has them revoked there', async () => {
    await connect()
    service.revocations.length = 0
    const page = await person.press(
      await person.open(`${stack.url}${PAGE}`),
      'action',
      'disconnect',
    )
    expect(text(page)).toContain('the service has revoked them')
    expect(service.revocations).toEqual(['refresh_token', 'access_token'])
    expect(await connection()).toBeNull()
    const again = await person.fetch(`${stack.url}${PAGE}/end`, {
      method: 'POST',
      body: new URLSearchParams({ service: 'host/id' }),
    })
    expect(again.status).toBe(404)
  })

  it('comes with unload-component, and with a call to the API', async () => {
    await connect()
    service.revocations.length = 0
    await agent.value('unload-component', { id: 'fetch' })
    expect(service.revocations).toContain('refresh_token')
    await agent.load('fetch')
    expect(await connection()).toBeNull()
    await connect()
    const ended = await agent.api(`${API}/host/id`, { method: 'DELETE' })
    expect([ended.status, await ended.json()]).toEqual([200, { at_the_service: 'revoked' }])
    expect(await connection()).toBeNull()
    expect((await agent.api(`${API}/host/id`, { method: 'DELETE' })).status).toBe(404)
  })

  it('deletes the tokens also where the service does not answer', async () => {
    await connect()
    service.isDown = true
    const page = await person.press(
      await person.open(`${stack.url}${PAGE}`),
      'action',
      'disconnect',
    )
    expect(text(page)).toContain('did not confirm')
    expect(await connection()).toBeNull()
  })
})

describe('a service', () => {
  const own = (body: unknown, name = 'own', by = agent) =>
    by.give(`/api/services/mine/${name}`, json(body))
  const codeOf = async (answer: Response) =>
    ((await answer.json()) as { error?: { code: string } }).error?.code ?? answer.status

  it('of everybody is described by the host alone', async () => {
    const tried = await agent.api('/api/services/host/evil', json({ ...DRAFT, ...endpoints() }))
    expect(await codeOf(tried)).toBe('not-the-host')
    const gone = await agent.api('/api/services/host/id', { method: 'DELETE' })
    expect(await codeOf(gone)).toBe('not-the-host')
  })

  it('is asked for its endpoints, and registers this server where it has no client', async () => {
    const { client_id: _, client_secret: _secret, ...draft } = DRAFT
    const put = await own({ ...draft, placement: { kind: 'header', name: 'X-Token' } })
    const made = (await put.json()) as Record<string, unknown>
    expect(made).toMatchObject({ of: 'mine', name: 'own', has_secret: true, endpoints: null })
    expect(made['client_id']).not.toBe(CLIENT.client_id)
    const bob = await Agent.of(stack.url, 'bob', { scope: EVERY_SCOPE })
    const names = async (by: Agent) => {
      const { services } = (await (await by.api('/api/services')).json()) as {
        services: { of: string; name: string }[]
      }
      return services.map(({ of, name }) => `${of}/${name}`)
    }
    expect(await names(agent)).toEqual(['host/id', 'mine/own'])
    expect(await names(bob)).toEqual(['host/id'])
    await bob.close()

    const { forms } = await person.open(`${stack.url}${PAGE}`)
    const shown = forms
      .map(({ fields }) => Object.fromEntries(fields))
      .find((fields) => fields['service'] === 'mine/own' && 'offer' in fields)
    const [seen = '', offer = ''] = [shown?.['digest'], shown?.['offer']]
    const wish = { service: 'mine/own', digest: seen, offer, 'scope-0': 'read' }
    const body = new URLSearchParams(wish)
    const leave = await person.fetch(`${stack.url}${PAGE}`, { method: 'POST', body })
    const to = leadsTo({ html: await leave.text() } as Page)
    // The issuer says that a browser finds it under its own name, which this machine does not know.
    expect(to.origin).toBe(ISSUER)
    const here = new URL(`${service.browserUrl}${to.pathname}${to.search}`)
    const back = await passSignIn(person, await person.open(here), { user: 'alice' })
    expect(text(back)).toContain('mine/own')
    const { services } = (await listed()) as { services: Record<string, unknown>[] }
    expect(services.find((one) => one['service'] === 'mine/own')).toMatchObject({
      connection: { state: 'works', scopes: ['read'] },
    })
    await grant(agent, person)
    expect(JSON.parse((await answered(ME)).body)).toEqual({ sub: 'alice', scope: 'read' })
    service.revocations.length = 0
    expect((await agent.api('/api/services/mine/own', { method: 'DELETE' })).status).toBe(204)
    expect(service.revocations).toContain('refresh_token')
    expect(await names(agent)).toEqual(['host/id'])
  })

  it('is refused with a reason, and asked for nothing at a place that no guest may reach', async () => {
    const full = { ...DRAFT, ...endpoints(), authorization_endpoint: `${ISSUER}/auth` }
    for (const [code, change] of [
      ['issuer', { issuer: 'https://127.0.0.1' }],
      ['endpoint', { token_endpoint: 'https://169.254.169.254/token' }],
      ['endpoint', endpoints()],
      ['form', { hosts: [] }],
    ] as const) {
      expect(await codeOf(await own({ ...full, ...change }))).toBe(code)
    }
    expect(await codeOf(await own(full, 'A name'))).toBe('service-name')
    expect((await own('no object')).status).toBe(400)
    const page = await person.open(`${stack.url}/console/services`)
    const fields = { name: 'own', issuer: 'https://10.0.0.1', hosts: 'api.test' }
    const told = await person.press(page, 'action', 'put', fields)
    expect([told.status, text(told)]).toEqual([422, expect.stringContaining('public name')])
  })

  it('that leads elsewhere is not followed', async () => {
    service.redirects = true
    const { client_id: _, client_secret: _secret, ...draft } = DRAFT
    expect(await codeOf(await own(draft))).toBe('unreachable')
  })
})

describe('a service of the person, on its page', () => {
  it('is described, connected to, and removed with what was connected', async () => {
    const page = await person.open(`${stack.url}/console/services`)
    expect(text(page)).toContain('host/id')
    const saved = await person.press(page, 'action', 'put', {
      name: 'own',
      issuer: ISSUER,
      client_id: CLIENT.client_id,
      client_secret: CLIENT.client_secret,
      scopes: 'read',
      hosts: 'api.test',
    })
    expect([saved.status, text(saved)]).toEqual([200, expect.stringContaining('mine/own')])
    expect(saved.html).not.toContain(CLIENT.client_secret)
    const removed = await person.press(saved, 'action', 'remove')
    expect(text(removed)).not.toContain('mine/own')
  })
})

describe('what is secret', () => {
  it('lies nowhere in the clear, and is told by nothing', async () => {
    await grant(agent, person)
    await connect()
    await answered(ME)
    await answered('https://api.test/echo')
    await agent.api(`${API}/host/id`, { method: 'DELETE' })
    const secrets = [...new Set(tokens()), CLIENT.client_secret]
    expect(secrets.length).toBeGreaterThan(1)
    const told = [
      await (await agent.api('/api/audit')).text(),
      await (await host.api('/api/audit?of=administration')).text(),
      await (await agent.api('/api/calls')).text(),
      await (await agent.api('/api/services')).text(),
      JSON.stringify(await listed()),
      (await person.open(`${stack.url}/console/services`)).html,
      (await person.open(`${stack.url}/console/calls`)).html,
      JSON.stringify(await agent.value('get-policy', { component_id: 'fetch' })),
    ]
    expect(told[0]).toMatch(/connection-made.*connection-refreshed.*connection-ended/s)
    const files = readdirSync(stack.stateDir, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1'))
    expect(files.length).toBeGreaterThan(5)
    for (const secret of secrets) {
      for (const place of [...told, ...files]) expect(place.includes(secret)).toBe(false)
    }
  })
})

describe(`in a real browser${NO_BROWSER}`, () => {
  let browser: Chromium | undefined
  const complaints: string[] = []
  beforeAll(async () => {
    if (NO_BROWSER === '') browser = await launch()
  })
  afterAll(async () => await browser?.close())

  it.skipIf(NO_BROWSER !== '')(
    `a person connects a component, sees it, and disconnects it${NO_BROWSER}`,
    async () => {
      const context = await browser?.newContext()
      const page = await context?.newPage()
      if (page === undefined) throw new Error('no browser')
      page.on('console', (message) => {
        if (!message.location().url.endsWith('/favicon.ico')) complaints.push(message.text())
      })
      const said = () => page.locator('body').innerText()
      await page.goto(`${stack.url}/console`)
      await page.getByRole('button', { name: 'Alice' }).click()
      await page.getByRole('link', { name: 'Connections' }).click()
      await page.getByLabel('write').uncheck()
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByRole('heading', { name: 'Go on at the service' }).waitFor()
      expect(await said()).toContain(service.browserUrl)
      await page.getByRole('link', { name: 'Go on' }).click()
      await page.getByRole('button', { name: 'Bob' }).click()
      await page.getByText('bob@people.test').waitFor()
      expect(page.url()).toBe(`${stack.url}${PAGE}`)
      expect(await connection()).toMatchObject({ scopes: ['openid', 'email', 'read'] })
      await page.getByRole('button', { name: 'Disconnect' }).click()
      await page.getByRole('heading', { name: 'Disconnected' }).waitFor()
      await page.getByRole('link', { name: 'To the connections' }).click()
      expect(await said()).not.toContain('bob@people.test')
      expect(complaints).toEqual([])
      await context?.close()
    },
  )
})

describe('a server that is killed while a token is refreshed', () => {
  it('goes on with the token it has; where that was used up, the person connects again', async () => {
    const bob = await Agent.of(stack.url, 'bob', { scope: EVERY_SCOPE })
    const his = await consoleOf(stack.url, 'bob')
    await bob.load('fetch')
    await grant(bob, his)
    await grant(agent, person)
    service.accessSeconds = 1
    await connect()
    await signInThere(await begin(his), 'bob', his)
    const { expires_at: ends } = (await connection(bob)) as { expires_at: number }
    await vi.waitUntil(() => Date.now() > ends, { timeout: 10_000 })
    service.accessSeconds = 3_600
    service.grants.length = 0
    // What alice's refresh waits for never comes. The provider reads bob's after the server is gone.
    service.held = new Promise(() => {})
    const hers = get(ME).catch(() => null)
    await vi.waitUntil(() => service.grants.length === 1, LATER)
    const { promise: gone, resolve } = Promise.withResolvers<void>()
    service.held = gone
    const hisOwn = get(ME, bob).catch(() => null)
    await vi.waitUntil(() => service.grants.length === 2, LATER)
    stack.process.kill('SIGKILL')
    await Promise.all([hers, hisOwn, new Promise((done) => stack.process.once('exit', done))])
    service.held = Promise.resolve()
    resolve()
    stack = await startStack({
      stateDir: stack.stateDir,
      ports: stack.ports,
      upstreams: service.upstreams,
      labels: 'off',
    })
    expect(await answered(ME)).toMatchObject({ status: 200 })
    expect(denialsOf(await get(ME, bob)).denials).toMatchObject([{ why: 'reconnect' }])
    await signInThere(await begin(his), 'bob', his)
    expect(await answered(ME, bob)).toMatchObject({ status: 200 })
    await bob.close()
  })
})

describe('whoever deletes everything of theirs', () => {
  it('is disconnected everywhere', async () => {
    const bob = await Agent.of(stack.url, 'bob', { scope: EVERY_SCOPE })
    const his = await consoleOf(stack.url, 'bob')
    await bob.load('fetch')
    await signInThere(await begin(his), 'bob', his)
    await bob.give('/api/services/mine/own', json({ ...DRAFT }))
    service.revocations.length = 0
    const body = new URLSearchParams({ confirmation: 'forget me' })
    const done = await his.fetch(`${stack.url}/console/forget`, { method: 'POST', body })
    expect([done.status, pageText(await done.text())]).toEqual([
      200,
      expect.stringContaining('Deleted'),
    ])
    expect(service.revocations).toContain('refresh_token')
    for (const table of ['connections', 'services']) {
      const left = `SELECT person FROM ${table}
        WHERE person <> 'host' AND person NOT IN (SELECT id FROM people)`
      expect(rows(stack.stateDir, left), table).toEqual([])
    }
    await bob.close()
  })
})
