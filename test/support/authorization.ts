// An OAuth client written out by hand, for requests that no honest client makes.

import { createHash, randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { Page } from '../../local/browser.ts'
import { Browser } from '../../local/browser.ts'
import { AGENT_SCOPE } from './agent.ts'

/** Nobody listens there: the browser stops before it. */
export const REDIRECT_URI = 'http://127.0.0.1:9/callback'

export interface HandClient {
  readonly serverUrl: string
  readonly clientId: string
  /** Of a client that has one. */
  readonly secret: string | undefined
  readonly verifier: string
}

export async function register(
  serverUrl: string,
  metadata: Record<string, unknown> = {},
): Promise<HandClient> {
  const response = await fetch(new URL('/register', serverUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'a client by hand',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      ...metadata,
    }),
  })
  if (response.status !== 201) throw new Error(`registration: ${await response.text()}`)
  const { client_id: clientId, client_secret: secret } = z
    .looseObject({ client_id: z.string(), client_secret: z.string().optional() })
    .parse(await response.json())
  return { serverUrl, clientId, secret, verifier: randomBytes(32).toString('base64url') }
}

/** A good request; `changes` replaces parameters, `null` leaves one out. */
export function authorizeUrl(
  { serverUrl, clientId, verifier }: HandClient,
  changes: Readonly<Record<string, string | null>> = {},
): URL {
  const url = new URL('/authorize', serverUrl)
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    scope: AGENT_SCOPE,
    state: 'a state',
    resource: `${serverUrl}/mcp`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== null) url.searchParams.set(name, value)
  }
  return url
}

/** The page that a signed-in person gets for the request: our consent page, if the request is good. */
export async function openAs(
  user: string,
  url: URL,
): Promise<{ readonly browser: Browser; readonly page: Page }> {
  const browser = new Browser({ stopAt: ({ origin }) => origin === new URL(REDIRECT_URI).origin })
  const page = await browser.press(await browser.open(url), 'login', user)
  return { browser, page }
}

/** The code that the person's consent gives to the client. */
export async function codeFor(user: string, url: URL): Promise<string> {
  const { browser, page } = await openAs(user, url)
  const { url: callback } = await browser.press(page, 'decision', 'allow')
  const code = callback.searchParams.get('code')
  if (code === null) throw new Error(`no code at ${callback.href}`)
  return code
}

/** The client's tokens, of a consent of just now. */
export async function tokensFor(
  user: string,
  client: HandClient,
  changes: Readonly<Record<string, string | null>> = {},
): Promise<{ readonly access: string; readonly refresh: string; readonly scope: string }> {
  const { body } = await redeem(client, await codeFor(user, authorizeUrl(client, changes)))
  const tokens = z.looseObject({
    access_token: z.string(),
    refresh_token: z.string(),
    scope: z.string(),
  })
  const { access_token: access, refresh_token: refresh, scope } = tokens.parse(body)
  return { access, refresh, scope }
}

export async function redeem(
  { serverUrl, clientId, verifier }: HandClient,
  code: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(new URL('/token', serverUrl), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      resource: `${serverUrl}/mcp`,
      code,
      ...changes,
    }),
  })
  const body = z.record(z.string(), z.unknown()).parse(await response.json())
  return { status: response.status, body }
}
