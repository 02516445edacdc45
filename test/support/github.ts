// GitHub, as far as a sign-in meets it: its two OAuth endpoints and two of its API, strict about what it demands
// (the secret in the body, PKCE, a user agent). The world outside the Worker.

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface GitHubUser {
  readonly id: number
  readonly login: string
  readonly name: string | null
  readonly emails: readonly { readonly email: string; primary: boolean; verified: boolean }[]
}

export interface FakeGitHub {
  readonly url: string
  /** Who is signed in at it in the browser. */
  user: GitHubUser
  /** How the API answers for the sign-ins that are begun from here on: a path of it, and a status or nothing at all. */
  broken: { readonly path: string; readonly how: number | 'hang' } | null
  /** What it calls itself in its answers to the browser; `null`: nothing, as older Enterprise servers. */
  iss: string | null
  /** Parameters of the last authorization request. */
  readonly asked: URLSearchParams[]
  close(): Promise<void>
}

interface Begun extends Pick<FakeGitHub, 'user' | 'broken'> {
  readonly challenge: string
  readonly redirectUri: string
}

export async function startGitHub(client: { id: string; secret: string }): Promise<FakeGitHub> {
  const codes = new Map<string, Begun>()
  const tokens = new Map<string, Begun>()
  const asked: URLSearchParams[] = []
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.writeHead(500).end())
  })
  const fake: FakeGitHub = {
    url: '',
    user: { id: 1, login: 'nobody', name: null, emails: [] },
    broken: null,
    iss: null,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://github.invalid')
    if (url.pathname === '/login/oauth/authorize') return authorize(url.searchParams, response)
    if (url.pathname === '/login/oauth/access_token') return await exchange(request, response)
    const begun = tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (begun === undefined || request.headers['user-agent'] === undefined) {
      return json(response, 401, { message: 'Bad credentials' })
    }
    const { user, broken } = begun
    if (broken !== null && url.pathname === `/api/v3/${broken.path}`) {
      if (broken.how !== 'hang') json(response, broken.how, {})
      return
    }
    const { emails, ...profile } = user
    if (url.pathname === '/api/v3/user') return json(response, 200, profile)
    if (url.pathname === '/api/v3/user/emails') return json(response, 200, emails)
    return json(response, 404, { message: 'Not Found' })
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    asked.push(query)
    const code = crypto.randomUUID()
    const redirectUri = query.get('redirect_uri') ?? ''
    const challenge = query.get('code_challenge') ?? ''
    const { user, broken } = fake
    codes.set(code, { challenge, redirectUri, user, broken })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    back.searchParams.set('state', query.get('state') ?? '')
    if (fake.iss !== null) back.searchParams.set('iss', fake.iss)
    response.writeHead(302, { location: back.href }).end()
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const form = new URLSearchParams(text)
    const given = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isGood =
      given !== undefined &&
      form.get('client_id') === client.id &&
      form.get('client_secret') === client.secret &&
      given.redirectUri === form.get('redirect_uri') &&
      given.challenge === challenge
    if (!isGood) return json(response, 200, { error: 'bad_verification_code' })
    const token = `gho_${crypto.randomUUID()}`
    tokens.set(token, given)
    json(response, 200, {
      access_token: token,
      token_type: 'bearer',
      scope: 'read:user,user:email',
    })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return Object.assign(fake, { url, iss: `${url}/login/oauth` })
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
