// Connections as a person, an agent and a host live with them, on a server of their own: the service is a real OpenID
// provider behind a name that only the server reaches, and the API asks it about each token.

import { rmSync } from 'node:fs'
import type { Browser as Chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Browser } from '../../local/browser.ts'
import type { Page } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { findFreePort } from '../../local/ports.ts'
import { passSignIn } from '../../local/sign-in.ts'
import { Agent, consoleOf, decide, textOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
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
  stack = await startStack({ ports, upstreams: service.upstreams })
  agent = await Agent.of(stack.url, 'alice', { scope: EVERY_SCOPE })
  host = await Agent.of(stack.url, 'host', { scope: EVERY_SCOPE })
  person = await consoleOf(stack.url, 'alice')
  await host.api('/api/services/host/id', json({ ...DRAFT, ...endpoints() }))
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

describe('connecting', () => {
  it('leads to the service and back, and says what came of it', async () => {
    const before = await person.open(`${stack.url}${PAGE}`)
    expect(text(before)).toContain('host/id')
    const leave = await begin()
    expect(text(leave)).toContain(service.browserUrl)
    const asked = leadsTo(leave).searchParams
    expect(asked.get('code_challenge_method')).toBe('S256')
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
  })
})
