// An OpenID Connect issuer inside the isolate of the test, in the place of `fetch`, that fails at one of its steps. It
// tells neither names nor addresses in the ID token: both are asked of UserInfo.

import { env } from 'cloudflare:workers'
import { vi } from 'vitest'

export type Asked = 'discovery' | 'token' | 'keys' | 'userinfo'

export type Trouble =
  | 'unreachable'
  | 'hang'
  | 'hang-in-body'
  | 'cut-off'
  | 'not-json'
  | 'redirect'
  | 500
  | 429
  | 404

const HANGS = new Set<Trouble | undefined>(['hang', 'hang-in-body'])

/** So many times sooner a request is given up than in earnest, while one hangs. */
const SOONER = 50

const PATHS: { readonly [path: string]: Asked } = {
  '/.well-known/openid-configuration': 'discovery',
  '/token': 'token',
  '/keys': 'keys',
  '/userinfo': 'userinfo',
}

export class Issuer {
  trouble: { readonly at: Asked; readonly how: Trouble } | null = null
  /** Who signs in from here on, and where their address is. */
  subject = 's'
  domain = 'people.test'
  /** Of a second, by which it asked them before the full one. */
  fraction = 0
  /** Requests that met trouble. */
  met = 0
  readonly #nonces = new Map<string, string>()
  readonly #key: CryptoKeyPair

  /** From here on what the Worker asks of its issuer is asked of this one. */
  static async start(): Promise<Issuer> {
    const algorithm = {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    }
    const key = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const issuer = new Issuer(key as CryptoKeyPair)
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) =>
      timeout(HANGS.has(issuer.trouble?.how) ? ms / SOONER : ms),
    )
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      async (input, init) =>
        await issuer.#answer(new Request(input as string, init as RequestInit)),
    )
    return issuer
  }

  private constructor(key: CryptoKeyPair) {
    this.#key = key
  }

  /** Where it sends a browser back to that came to it with this request for authorization. */
  allow(location: string): string {
    const asked = new URL(location).searchParams
    const code = crypto.randomUUID()
    this.#nonces.set(code, asked.get('nonce') ?? '')
    const back = new URL(asked.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', asked.get('state') ?? '')
    return `${back.pathname}${back.search}`
  }

  async #answer(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url)
    const asked = PATHS[pathname]
    if (origin !== env.OIDC_ISSUER || asked === undefined) throw new TypeError('no such place')
    if (this.trouble?.at !== asked) return await this.#sound(asked, request)
    this.met += 1
    return await troubled(this.trouble.how, request.signal)
  }

  async #sound(asked: Asked, request: Request): Promise<Response> {
    const url = env.OIDC_ISSUER
    switch (asked) {
      case 'discovery':
        return Response.json({
          issuer: url,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/keys`,
          userinfo_endpoint: `${url}/userinfo`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
          token_endpoint_auth_methods_supported: ['client_secret_basic'],
        })
      case 'token': {
        const code = String((await request.formData()).get('code'))
        const nonce = this.#nonces.get(code)
        this.#nonces.delete(code)
        if (nonce === undefined) return Response.json({ error: 'invalid_grant' }, { status: 400 })
        const id_token = await this.#idToken(nonce)
        return Response.json({ access_token: 'a-token', token_type: 'Bearer', id_token })
      }
      case 'keys': {
        const jwk = (await crypto.subtle.exportKey('jwk', this.#key.publicKey)) as JsonWebKey
        return Response.json({ keys: [{ ...jwk, kid: 'k', alg: 'RS256', use: 'sig' }] })
      }
      case 'userinfo':
        return Response.json({
          sub: this.subject,
          name: `Name of ${this.subject}`,
          email: `${this.subject}@${this.domain}`,
          email_verified: true,
        })
    }
  }

  async #idToken(nonce: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: env.OIDC_ISSUER,
      aud: env.OIDC_CLIENT_ID,
      sub: this.subject,
      iat: now,
      exp: now + 600,
      auth_time: now - this.fraction,
      nonce,
    }
    const text = `${encoded({ alg: 'RS256', kid: 'k' })}.${encoded(claims)}`
    const bytes = new TextEncoder().encode(text)
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', this.#key.privateKey, bytes)
    return `${text}.${new Uint8Array(signature).toBase64({ alphabet: 'base64url', omitPadding: true })}`
  }
}

async function troubled(how: Trouble, signal: AbortSignal): Promise<Response> {
  switch (how) {
    case 'unreachable':
      throw new TypeError('Network connection lost.')
    case 'hang':
      return await new Promise<never>((_, reject) => onAbort(signal, reject))
    case 'hang-in-body':
      return json(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('{'))
            onAbort(signal, (cause) => controller.error(cause))
          },
        }),
      )
    case 'cut-off': {
      let isBegun = false
      return json(
        new ReadableStream({
          pull(controller) {
            if (isBegun) return controller.error(new TypeError('Network connection lost.'))
            isBegun = true
            controller.enqueue(new TextEncoder().encode('{'))
          },
        }),
      )
    }
    case 'not-json':
      return new Response('<html>', { headers: { 'content-type': 'text/html' } })
    case 'redirect':
      return new Response(null, { status: 302, headers: { location: 'https://other.test/' } })
    default:
      return Response.json({}, { status: how })
  }
}

const json = (body: ReadableStream<Uint8Array>) =>
  new Response(body, { headers: { 'content-type': 'application/json' } })

function onAbort(signal: AbortSignal, give: (cause: unknown) => void): void {
  signal.addEventListener('abort', () => give(signal.reason), { once: true })
}

const encoded = (value: object) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({
    alphabet: 'base64url',
    omitPadding: true,
  })
