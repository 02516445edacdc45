// A real OpenID Connect provider on loopback, so that local sign-in takes the path of a deployed server and the Worker
// needs no bypass. It asks who you are each time, and believes you: three people, no passwords.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { interactionPolicy, Provider, type Context } from 'oidc-provider'
import { createIdentityStore } from './identity-store.ts'
import { listenOnLoopback } from './loopback.ts'
import { findPerson } from './people.ts'
import { loadSecrets, type Secrets } from './secrets.ts'
import { failurePage, signedOutPage, signInPage, signOutPage } from './sign-in-page.ts'
import type { StateDirectory } from './state.ts'

export const CLIENT_ID = 'wassette-edge'
const MAX_FORM_BYTES = 1_000
const HOUR = 60 * 60

export type IdentityOptions = {
  port: number
  publicUrl: string
  /** Where sign-ins come back to; without it, where those of the first provider do. */
  callback?: string
  state: StateDirectory
}
export type IdentityProvider = { issuer: string; close(): Promise<void> }

export async function startIdentityProvider(options: IdentityOptions): Promise<IdentityProvider> {
  const issuer = `http://127.0.0.1:${options.port}`
  const provider = new Provider(issuer, configuration(options, loadSecrets(options.state)))
  provider.on('server_error', (_, error) => console.error('identity provider:', error))
  const answer = provider.callback()
  const { close } = await listenOnLoopback(options.port, (request, response) => {
    // The provider builds its addresses from the Host header; another name for this machine gets none.
    if (request.headers.host !== new URL(issuer).host) return send(response, 421, failurePage())
    if (!request.url?.startsWith('/sign-in/')) return void answer(request, response)
    signIn(provider, request, response).catch(() => send(response, 400, failurePage()))
  })
  return { issuer, close }
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse) {
  await provider.interactionDetails(request, response) // Throws unless this browser started the sign-in.
  if (request.method !== 'POST') return send(response, 200, signInPage())
  const person = findPerson((await readForm(request)).get('login'))
  if (!person) return send(response, 400, signInPage())
  const result = { login: { accountId: person.login } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

function configuration(
  { publicUrl, callback }: IdentityOptions,
  secrets: Secrets,
): Record<string, unknown> {
  return {
    adapter: createIdentityStore(),
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: secrets.clientSecret,
        client_name: 'wassette-edge',
        redirect_uris: [callback ?? `${publicUrl}/sign-in/callback`],
        post_logout_redirect_uris: [publicUrl, `${publicUrl}/`, `${publicUrl}/console`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    jwks: { keys: [secrets.signingKey] },
    cookies: { keys: [secrets.cookieKey] },
    responseTypes: ['code'],
    scopes: ['openid', 'profile', 'email'],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false, // The id token carries the claims itself.
    pkce: { required: () => true },
    ttl: { AccessToken: HOUR, IdToken: HOUR, Interaction: HOUR, Session: HOUR, Grant: HOUR },
    clientBasedCORS: () => false,
    findAccount,
    loadExistingGrant: grantWithoutAsking,
    interactions: {
      policy: alwaysAskWho(),
      url: (_: Context, { uid }: { uid: string }) => `/sign-in/${uid}`,
    },
    renderError: (context: Context) => show(context, failurePage()),
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context: Context, form: string) => show(context, signOutPage(form)),
        postLogoutSuccessSource: (context: Context) => show(context, signedOutPage()),
      },
    },
  }
}

function findAccount(_: Context, login: string) {
  const person = findPerson(login)
  if (!person) return undefined
  const { name, email } = person
  return { accountId: login, claims: () => ({ sub: login, name, email, email_verified: true }) }
}

/** The Worker is the only client and ours: it needs no consent here, since it asks for its own clients' itself. */
async function grantWithoutAsking({ oidc }: Context) {
  const accountId = oidc.session?.accountId
  const clientId = oidc.client?.clientId
  if (!accountId || !clientId) return undefined
  const grant = new oidc.provider.Grant({ accountId, clientId })
  grant.addOIDCScope('openid profile email')
  await grant.save()
  return grant
}

/** Nobody stays signed in here, so that one browser can be alice now and bob the next minute. */
function alwaysAskWho() {
  const policy = interactionPolicy.base()
  const answered = ({ oidc }: Context) => oidc.result?.login !== undefined
  const check = new interactionPolicy.Check('who', 'the person is asked each time', (context) =>
    answered(context)
      ? interactionPolicy.Check.NO_NEED_TO_PROMPT
      : interactionPolicy.Check.REQUEST_PROMPT,
  )
  policy.get('login')?.checks.add(check)
  return policy
}

function show(context: Context, html: string): void {
  context.type = 'html'
  context.body = html
}

function send(response: ServerResponse, status: number, html: string): void {
  if (response.headersSent) return void response.end()
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  })
  response.end(html)
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request) {
    text += String(chunk)
    if (text.length > MAX_FORM_BYTES) throw new Error('form too large')
  }
  return new URLSearchParams(text)
}
