// An OpenID Connect issuer whose next sign-in goes wrong in one way. Strict about what it demands itself: PKCE, the
// secret as it says that it takes it, a code used once. The world outside the Worker.

import type { KeyObject } from 'node:crypto'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Spoilt =
  | 'nonce'
  | 'no-nonce'
  | 'iss'
  | 'aud'
  | 'signature'
  | 'alg-none'
  | 'expired'
  | 'no-id-token'
  | 'response-iss'
  | 'pkce'
  | 'auth-time'
  | 'large'
  | 'token-500'
  | 'token-hang'
  | 'keys-500'
  | 'keys-hang'
  | 'userinfo-500'
  | 'userinfo-sub'
  | 'userinfo-unverified'

export interface Issuer {
  readonly url: string
  /** What the sign-ins that are begun from here on meet. */
  spoilt: Spoilt | null
  /** Who is signed in at it in the browser. */
  user: { readonly sub: string; readonly name: string; readonly email: string }
  close(): void
}

/** Of an issuer: how it takes the secret, and what it says of people in the ID token. */
export interface Manner {
  readonly authentication: 'client_secret_basic' | 'client_secret_post'
  readonly claims: 'id-token' | 'userinfo'
}

interface Begun {
  readonly spoilt: Spoilt | null
  readonly user: Issuer['user']
  readonly nonce: string
  readonly challenge: string
  readonly redirectUri: string
}

export async function startIssuer(
  client: { readonly id: string; readonly secret: string },
  { authentication, claims }: Manner,
): Promise<Issuer> {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, Begun>()
  const tokens = new Map<string, Begun>()
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.writeHead(500).end())
  })
  const issuer: Issuer & { url: string } = {
    url: '',
    spoilt: null,
    user: { sub: 'nobody', name: 'Nobody', email: 'nobody@elsewhere.test' },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', issuer.url)
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return json(response, 200, metadata())
      case '/authorize':
        return begin(searchParams, response)
      case '/token':
        return await exchange(request, response)
      case '/keys':
        if (issuer.spoilt === 'keys-hang') return
        if (issuer.spoilt === 'keys-500') return json(response, 500, {})
        return json(response, 200, {
          keys: [
            { ...key.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' },
          ],
        })
      case '/userinfo':
        return tell(tokens.get((request.headers.authorization ?? '').slice(7)), response)
      default:
        return json(response, 404, {})
    }
  }

  const metadata = () => ({
    issuer: issuer.url,
    authorization_endpoint: `${issuer.url}/authorize`,
    token_endpoint: `${issuer.url}/token`,
    jwks_uri: `${issuer.url}/keys`,
    userinfo_endpoint: `${issuer.url}/userinfo`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [authentication],
    authorization_response_iss_parameter_supported: true,
  })

  function begin(query: URLSearchParams, response: ServerResponse): void {
    const { spoilt, user } = issuer
    const given = (name: string) => query.get(name) ?? ''
    if (given('code_challenge_method') !== 'S256' || given('nonce') === '') {
      return json(response, 400, {})
    }
    const code = crypto.randomUUID()
    codes.set(code, {
      spoilt,
      user,
      nonce: given('nonce'),
      challenge: spoilt === 'pkce' ? 'of another browser' : given('code_challenge'),
      redirectUri: given('redirect_uri'),
    })
    const back = new URL(given('redirect_uri'))
    back.searchParams.set('code', code)
    back.searchParams.set('state', given('state'))
    back.searchParams.set('iss', spoilt === 'response-iss' ? 'https://other.test' : issuer.url)
    response.writeHead(302, { location: back.href }).end()
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const form = new URLSearchParams(text)
    const begun = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const verifier = form.get('code_verifier') ?? ''
    const isGood =
      begun !== undefined &&
      isAuthenticated(request, form) &&
      begun.redirectUri === form.get('redirect_uri') &&
      begun.challenge === createHash('sha256').update(verifier).digest('base64url')
    if (!isGood) return json(response, 400, { error: 'invalid_grant' })
    if (begun.spoilt === 'token-hang') return
    if (begun.spoilt === 'token-500') return json(response, 500, {})
    const token = crypto.randomUUID()
    tokens.set(token, begun)
    json(response, 200, {
      access_token: token,
      token_type: 'Bearer',
      ...(begun.spoilt === 'no-id-token' ? {} : { id_token: idToken(begun) }),
      ...(begun.spoilt === 'large' ? { padding: 'x'.repeat(300_000) } : {}),
    })
  }

  function isAuthenticated(request: IncomingMessage, form: URLSearchParams): boolean {
    if (authentication === 'client_secret_basic') {
      const [scheme, sent = ''] = (request.headers.authorization ?? '').split(' ')
      const [id = '', secret = ''] = Buffer.from(sent, 'base64').toString().split(':')
      // Both are form-encoded first (RFC 6749 §2.3.1).
      const isClient = decodeURIComponent(id) === client.id
      return scheme === 'Basic' && isClient && decodeURIComponent(secret) === client.secret
    }
    return form.get('client_id') === client.id && form.get('client_secret') === client.secret
  }

  function idToken({ spoilt, user, nonce }: Begun): string {
    const now = Math.floor(Date.now() / 1000)
    const { sub, name, email } = user
    const body = {
      iss: spoilt === 'iss' ? 'https://other.test' : issuer.url,
      aud: spoilt === 'aud' ? 'another client' : client.id,
      sub,
      iat: now - 7_200,
      exp: spoilt === 'expired' ? now - 3_600 : now + 600,
      ...(spoilt === 'auth-time' ? {} : { auth_time: now }),
      ...(spoilt === 'no-nonce' ? {} : { nonce: spoilt === 'nonce' ? 'another' : nonce }),
      ...(claims === 'id-token' ? { name, email, email_verified: true } : {}),
    }
    if (spoilt === 'alg-none') return `${encoded({ alg: 'none' })}.${encoded(body)}.`
    return signed(body, spoilt === 'signature' ? stranger.privateKey : key.privateKey)
  }

  function tell(begun: Begun | undefined, response: ServerResponse): void {
    if (begun === undefined) return json(response, 401, {})
    const { spoilt, user } = begun
    if (spoilt === 'userinfo-500') return json(response, 500, {})
    const sub = spoilt === 'userinfo-sub' ? 'somebody else' : user.sub
    json(response, 200, { ...user, sub, email_verified: spoilt !== 'userinfo-unverified' })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return issuer
}

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function signed(body: object, key: KeyObject): string {
  const text = `${encoded({ alg: 'RS256', kid: 'k' })}.${encoded(body)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
