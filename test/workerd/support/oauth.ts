// A person at a browser and an OAuth client of theirs, written out by hand, against the Worker in this isolate.

import { env, exports } from 'cloudflare:workers'
import * as z from 'zod'
import { parseForms } from '../../../local/forms.ts'
import { People } from '../../../src/store/people.ts'

export const ORIGIN = 'http://127.0.0.1:8787'
export const REDIRECT = 'http://127.0.0.1:9999/callback'
/** RFC 7636, appendix B. */
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const Tokens = z.looseObject({ access_token: z.string(), refresh_token: z.string() })

/** Who is signed in to the console in one browser. */
export class Person {
  readonly id: string
  readonly #cookies: Map<string, string>
  /** What a browser says that a form was on. */
  #page = '/console'

  /** The only one whom the configuration of these tests lets in. `at`: when the issuer asked who they are. */
  static async signedIn(at = Date.now()): Promise<Person> {
    const people = new People(env.DB)
    const who = { issuer: env.OIDC_ISSUER, subject: 's', name: 'Ada' }
    const { id } = await people.meet(who, null, Date.now())
    return new Person(id, await people.openConsole(id, at, Date.now()))
  }

  /** A browser that nobody is signed in to yet. */
  static unknown(): Person {
    return new Person('', null)
  }

  private constructor(id: string, console: string | null) {
    this.id = id
    this.#cookies = new Map(console === null ? [] : [['__Host-wassette-console', console]])
  }

  /** From a page of the server; redirects are handed back. */
  async send(path: string, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await exports.default.fetch(
      new Request(new URL(path, ORIGIN), {
        headers: { cookie, origin: ORIGIN, referer: `${ORIGIN}${this.#page}` },
        redirect: 'manual',
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      }),
    )
    if (form === undefined) this.#page = path
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split('=') ?? []
      if (value === '') this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return response
  }

  /** The consent page, or whatever else the request is answered with. */
  async asked(client: string, changes: Record<string, string> = {}): Promise<Response> {
    const parameters = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: REDIRECT,
      scope: 'tools:call',
      state: 'xyz',
      resource: `${ORIGIN}/mcp`,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...changes,
    })
    return await this.send(`/authorize?${parameters}`)
  }

  /** Presses "Allow" on a consent page, or what `more` says. */
  async allow(page: string, more: Record<string, string> = {}): Promise<Response> {
    const form = parseForms(page).find(({ action }) => action === '/authorize/decide')
    const fields = Object.fromEntries(form?.fields ?? [])
    return await this.send('/authorize/decide', { ...fields, decision: 'allow', ...more })
  }
}

export async function register(): Promise<string> {
  const response = await exports.default.fetch(`${ORIGIN}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'by hand',
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
    }),
  })
  return z.looseObject({ client_id: z.string() }).parse(await response.json()).client_id
}

/** What a consent is answered with: the client's code. */
export function codeIn(response: Response): string {
  const location = new URL(response.headers.get('location') ?? '', ORIGIN)
  const code = location.searchParams.get('code')
  if (code === null) throw new Error(`no code at ${location.href}: ${response.status}`)
  return code
}

export async function askTokens(form: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams(form)
  return await exports.default.fetch(`${ORIGIN}/token`, { method: 'POST', body })
}

/** `more`: beside what a public client sends, or in its place. */
export async function redeem(
  client: string,
  code: string,
  more: Record<string, string> = {},
): Promise<Response> {
  return await askTokens({
    grant_type: 'authorization_code',
    client_id: client,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    code,
    ...more,
  })
}

/** Asked, allowed and redeemed. */
export async function tokensOf(person: Person, client: string): Promise<z.infer<typeof Tokens>> {
  const page = await (await person.asked(client)).text()
  const answer = await redeem(client, codeIn(await person.allow(page)))
  return Tokens.parse(await answer.json())
}

/** One message to `/mcp`. */
export async function post(
  token: string,
  message: object,
  session: string | null = null,
): Promise<Response> {
  return await exports.default.fetch(`${ORIGIN}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session === null ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify(message),
  })
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'a client', version: '1.0.0' },
  },
}
