// A service that gives out tokens, and the API they are for, on loopback: a real OpenID provider as `id.test`, a
// resource that asks it about each token as `api.test`, and a host that its tokens are not for as `else.test`.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from 'oidc-provider'
import { interactionPolicy, Provider } from 'oidc-provider'
import { createIdentityStore } from '../../local/identity-store.ts'
import { listenOnLoopback } from '../../local/loopback.ts'
import { findPerson, PEOPLE } from '../../local/people.ts'
import { findFreePort } from '../../local/ports.ts'
import { signInPage } from '../../local/sign-in-page.ts'

export const ISSUER = 'https://id.test'
export const CLIENT = { client_id: 'edge', client_secret: 'a-secret-of-the-client-5d1e' } as const
const API_CLIENT = { id: 'api', secret: 'a-secret-of-the-api-77c0' } as const
const HOUR = 3_600

/** Paths that a browser opens. All others are asked for by servers, under the public name. */
const OPENED = /^\/(auth|sign-in|session)(\/|\?|$)/

type Adapter = ReturnType<typeof createIdentityStore>

export interface UpstreamService {
  /** For `EGRESS_UPSTREAMS`. */
  readonly upstreams: string
  /** Where a browser reaches the provider. */
  readonly browserUrl: string
  /** Seconds that access tokens live. */
  accessSeconds: number
  /** What the provider answers to the next requests at its token endpoint instead; `null`: what is right. */
  trouble: 500 | 'nonsense' | null
  /** It answers 503, wherever it is asked. */
  isDown: boolean
  /** It sends whoever asks it elsewhere. */
  redirects: boolean
  /** Milliseconds that the token endpoint thinks. */
  delayMs: number
  /** What it waits for before it looks at a request for a token. */
  held: Promise<void>
  /** `grant_type` of each request at the token endpoint, in order. */
  readonly grants: string[]
  /** Tokens that were revoked, by their kind. */
  readonly revocations: string[]
  /** `authorization` of each request, by host. */
  readonly received: Record<'api' | 'else', (string | undefined)[]>
  /** Takes back what was given so far, of these kinds. */
  takeBack(models: readonly ('AccessToken' | 'RefreshToken')[]): Promise<void>
  stop(): Promise<void>
}

export async function startUpstreamService(
  redirectUris: readonly string[],
): Promise<UpstreamService> {
  const ports = {
    id: await findFreePort(),
    api: await findFreePort(),
    else: await findFreePort(),
  }
  const browserUrl = `http://127.0.0.1:${ports.id}`
  /** What takes back each thing that was given, by its kind. */
  const given: { readonly model: string; readonly takeBack: () => Promise<void> }[] = []
  class Store extends createIdentityStore() {
    readonly #of: string
    constructor(model: string) {
      super(model)
      this.#of = model
    }
    override async upsert(...[id, payload, ends]: Parameters<InstanceType<Adapter>['upsert']>) {
      given.push({ model: this.#of, takeBack: () => this.destroy(id) })
      await super.upsert(id, payload, ends)
    }
  }
  const service: UpstreamService = {
    upstreams: (['id', 'api', 'else'] as const)
      .map((name) => `${name}.test=http://127.0.0.1:${ports[name]}`)
      .join(','),
    browserUrl,
    accessSeconds: HOUR,
    trouble: null,
    isDown: false,
    redirects: false,
    delayMs: 0,
    held: Promise.resolve(),
    grants: [],
    revocations: [],
    received: { api: [], else: [] },
    async takeBack(models) {
      for (const { model, takeBack } of given)
        if ((models as readonly string[]).includes(model)) await takeBack()
    },
    async stop() {
      await Promise.all([id.close(), api.close(), other.close()])
    },
  }
  const provider = new Provider(ISSUER, {
    ...configuration(redirectUris),
    adapter: Store,
    ttl: {
      AccessToken: () => service.accessSeconds,
      ...{ IdToken: HOUR, Interaction: HOUR, Session: HOUR, Grant: HOUR, RefreshToken: HOUR },
    },
  })
  provider.proxy = true
  const answer = provider.callback()
  const id = await listenOnLoopback(ports.id, (request, response) => {
    const path = request.url ?? ''
    if (path.startsWith('/sign-in/')) {
      signIn(provider, request, response).catch(() => response.writeHead(400).end())
      return
    }
    if (service.isDown) return void response.writeHead(503).end()
    if (!OPENED.test(path)) {
      if (service.redirects) {
        const location = `http://127.0.0.1:${ports.else}${path}`
        return void response.writeHead(307, { location }).end()
      }
      request.headers['x-forwarded-proto'] = 'https'
      request.headers['x-forwarded-host'] = 'id.test'
    }
    if (path !== '/token' && path !== '/token/revocation') return void answer(request, response)
    tokenEndpoint(service, answer, request, response).catch(() => response.destroy())
  })
  const api = await listenOnLoopback(ports.api, (request, response) => {
    service.received.api.push(request.headers.authorization)
    resource(browserUrl, request, response).catch(() => response.destroy())
  })
  const other = await listenOnLoopback(ports.else, (request, response) => {
    service.received.else.push(request.headers.authorization)
    response.end('else')
  })
  return service
}

async function tokenEndpoint(
  service: UpstreamService,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  request: IncomingMessage & { body?: unknown },
  response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams(await read(request))
  if (request.url === '/token/revocation') {
    service.revocations.push(form.get('token_type_hint') ?? '')
  } else {
    // For this one: what is held next is for others.
    const { held, delayMs } = service
    service.grants.push(form.get('grant_type') ?? '')
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    await held
    if (service.trouble === 500) return void response.writeHead(500).end()
    if (service.trouble === 'nonsense') {
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":1}')
    }
  }
  // The provider takes a body that was read already.
  request.body = Object.fromEntries(form)
  await answer(request, response)
}

/** `/me` says whose token it is, which may also come as `x-token`; `/echo` says what came; `/redirect?to=`. Without a good token, 401. */
async function resource(
  provider: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://api.test')
  if (url.pathname === '/redirect') {
    return void response.writeHead(302, { location: url.searchParams.get('to') ?? '' }).end()
  }
  const { authorization = '' } = request.headers
  if (url.pathname === '/echo') return void response.end(JSON.stringify({ authorization }))
  const token = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? String(request.headers['x-token'])
  const asked = await fetch(`${provider}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${API_CLIENT.id}:${API_CLIENT.secret}`)}` },
    body: new URLSearchParams({ token }),
  })
  const told = (await asked.json()) as { active: boolean; sub?: string; scope?: string }
  response.writeHead(told.active ? 200 : 401, { 'content-type': 'application/json' })
  response.end(JSON.stringify(told.active ? { sub: told.sub, scope: told.scope } : {}))
}

function configuration(redirectUris: readonly string[]): Record<string, unknown> {
  return {
    clients: [
      {
        ...CLIENT,
        redirect_uris: redirectUris,
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
      },
      {
        client_id: API_CLIENT.id,
        client_secret: API_CLIENT.secret,
        redirect_uris: [],
        response_types: [],
        grant_types: [],
      },
    ],
    cookies: { keys: ['a key of a test'] },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email', 'offline_access', 'read', 'write'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    clientBasedCORS: () => false,
    findAccount: (_: Context, login: string) => {
      const person = findPerson(PEOPLE, login)
      const claims = () => ({ sub: login, name: person?.name, email: person?.email })
      return person && { accountId: login, claims }
    },
    loadExistingGrant: grantWhatIsAsked,
    interactions: {
      policy: alwaysAskWho(),
      url: (_: Context, { uid }: { uid: string }) => `/sign-in/${uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true },
      registration: { enabled: true },
    },
  }
}

async function grantWhatIsAsked({ oidc }: Context) {
  const [accountId, clientId] = [oidc.session?.accountId, oidc.client?.clientId]
  if (!accountId || !clientId) return undefined
  const grant = new oidc.provider.Grant({ accountId, clientId })
  grant.addOIDCScope(oidc.params?.scope ?? '')
  await grant.save()
  return grant
}

function alwaysAskWho() {
  const policy = interactionPolicy.base()
  const { REQUEST_PROMPT, NO_NEED_TO_PROMPT } = interactionPolicy.Check
  const check = new interactionPolicy.Check('who', 'the person is asked each time', ({ oidc }) =>
    oidc.result?.login === undefined ? REQUEST_PROMPT : NO_NEED_TO_PROMPT,
  )
  policy.get('login')?.checks.add(check)
  return policy
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  await provider.interactionDetails(request, response)
  const login = new URLSearchParams(await read(request)).get('login')
  const person = request.method === 'POST' ? findPerson(PEOPLE, login) : undefined
  if (!person) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
    return void response.end(signInPage(PEOPLE))
  }
  const result = { login: { accountId: person.login } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

async function read(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
