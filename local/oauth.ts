// The whole OAuth flow of an MCP client, without a browser window: discovery from a 401 (RFC 9728, RFC 8414), dynamic
// registration, authorization code with PKCE, and the token. Nothing is skipped and nothing is known in advance.
import * as oauth from 'oauth4webapi'
import { Browser } from './browser.ts'
import { findFreePort } from './ports.ts'
import { passSignIn } from './sign-in.ts'
import { UsageError } from './usage-error.ts'

/** Loopback has no TLS to insist on; everything else the library checks stays checked. */
const onLoopback = { [oauth.allowInsecureRequests]: true }

export type HeadlessSignIn = {
  serverUrl: string
  user: string
  /** Space-separated. */
  scope: string
  decision?: 'allow' | 'deny'
  clientName?: string
  browser?: Browser
}

export type SignedIn = {
  accessToken: string
  refreshToken: string | undefined
  expiresInSeconds: number | undefined
  /** What was granted, which may be less than what was asked for. */
  scope: string
  clientId: string
  resource: string
  issuer: string
}

export async function signInHeadless(options: HeadlessSignIn): Promise<SignedIn> {
  const { serverUrl, user, scope, decision = 'allow' } = options
  const resource = await discoverResource(new URL('/mcp', serverUrl))
  const server = await discoverServer(resource, scope)
  const redirectUri = `http://127.0.0.1:${await findFreePort()}/callback`
  const client = await register(server, redirectUri, scope, options.clientName)

  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const authorize = new URL(required(server.authorization_endpoint, 'authorization_endpoint'))
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope,
    state,
    resource: resource.resource,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }).toString()

  const browser = new Browser({ stopAt: ({ origin }) => origin === new URL(redirectUri).origin })
  const page = await passSignIn(browser, await browser.open(authorize), { user, decision })
  if (page.status !== 0)
    throw new UsageError(`Sign-in ended at ${page.url.href}, not at the client`)

  const callback = oauth.validateAuthResponse(server, client, page.url, state) // Checks state and iss.
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    callback,
    redirectUri,
    verifier,
    { ...onLoopback, additionalParameters: { resource: resource.resource } },
  )
  const token = await oauth.processAuthorizationCodeResponse(server, client, response)
  return {
    accessToken: token.access_token,
    refreshToken: token.refresh_token,
    expiresInSeconds: token.expires_in,
    scope: token.scope ?? scope,
    clientId: client.client_id,
    resource: resource.resource,
    issuer: server.issuer,
  }
}

/** Asks without a token and follows the address in the refusal (RFC 9728 §5.1). */
async function discoverResource(endpoint: URL): Promise<oauth.ResourceServer> {
  const refusal = await fetch(endpoint).catch(() => {
    throw new UsageError(
      `Nothing answers at ${endpoint.href}. Start the server with \`npm start\`.`,
    )
  })
  await refusal.body?.cancel()
  const challenge = refusal.headers.get('www-authenticate') ?? ''
  const address = /\bresource_metadata="([^"]+)"/.exec(challenge)?.[1]
  if (refusal.status !== 401 || !address) {
    throw new UsageError(
      `${endpoint.href} answered ${refusal.status}, not 401 with resource_metadata`,
    )
  }
  return oauth.processResourceDiscoveryResponse(
    endpoint,
    await fetch(address, { redirect: 'error' }),
  )
}

async function discoverServer(
  resource: oauth.ResourceServer,
  scope: string,
): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(required(resource.authorization_servers?.[0], 'authorization_servers'))
  const options = { ...onLoopback, algorithm: 'oauth2' as const }
  const response = await oauth.discoveryRequest(issuer, options)
  const server = await oauth.processDiscoveryResponse(issuer, response)
  // The resource names what any access needs, the authorization server everything it can grant.
  const offered = server.scopes_supported ?? resource.scopes_supported
  const unknown = scopes(scope).filter((each) => offered && !offered.includes(each))
  if (unknown.length > 0) {
    throw new UsageError(`No scope ${unknown.join(', ')} here; scopes: ${offered?.join(', ')}`)
  }
  return server
}

async function register(
  server: oauth.AuthorizationServer,
  redirectUri: string,
  scope: string,
  name = 'wassette-edge token script',
): Promise<oauth.Client> {
  const metadata = {
    client_name: name,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope,
  }
  const response = await oauth.dynamicClientRegistrationRequest(server, metadata, onLoopback)
  return oauth.processDynamicClientRegistrationResponse(response)
}

export function scopes(scope: string): string[] {
  return scope.split(/\s+/).filter((each) => each !== '')
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new UsageError(`The server's metadata has no ${name}`)
  return value
}
