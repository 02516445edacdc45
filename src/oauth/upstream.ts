// Sign-in at a provider that the host configured: authorization code with PKCE and state by oauth4webapi; at an
// OpenID Connect issuer with nonce and issuer check, at GitHub by its API. A person is (issuer, subject).

import * as oauth from 'oauth4webapi'
import { asksForAddress } from './allow-list.ts'
import { finishGitHub, gitHubParameters, gitHubServer } from './github.ts'
import type { SignInProvider } from './sign-in-provider.ts'
import { isOnThisMachine } from './sign-in-provider.ts'
import type { Identity, SignInSecrets } from './identity.ts'
import { UpstreamFailed } from './identity.ts'
import { askProvider } from './upstream-fetch.ts'

export type { Identity, SignInSecrets }
export { UpstreamFailed }

/** A provider, and where it sends people back to. */
export interface Upstream {
  readonly provider: SignInProvider
  readonly redirectUri: string
}

/** Seconds: the life of a console sign-in. Not insisted on. */
const ORDINARY_MAX_AGE = 12 * 3_600

export function newSecrets(maxAge: number | null): SignInSecrets {
  return {
    maxAge,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: oauth.generateRandomCodeVerifier(),
  }
}

export async function authorizationUrl(
  { provider, redirectUri }: Upstream,
  secrets: SignInSecrets,
): Promise<URL> {
  const server = await serverOf(provider)
  if (server.authorization_endpoint === undefined) {
    throw new UpstreamFailed('refused', 'no authorization endpoint')
  }
  const url = new URL(server.authorization_endpoint)
  const challenge = await oauth.calculatePKCECodeChallenge(secrets.codeVerifier)
  const parameters = {
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: secrets.state,
    ...(provider.kind === 'github' ? gitHubParameters(secrets) : openIdParameters(secrets)),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

function openIdParameters({ nonce, maxAge }: SignInSecrets): Record<string, string> {
  return {
    scope: 'openid profile email',
    nonce,
    // Only an issuer that is asked so has to say when it asked the person (OpenID Connect Core §2, `auth_time`).
    max_age: String(maxAge ?? ORDINARY_MAX_AGE),
  }
}

/** `callback` is the URL that the provider sent the browser to. */
export async function finishSignIn(
  upstream: Upstream,
  callback: URL,
  secrets: SignInSecrets,
): Promise<Identity> {
  try {
    return await finish(upstream, callback, secrets)
  } catch (cause) {
    throw asFault(cause, 'sign-in failed')
  }
}

async function finish(
  { provider, redirectUri }: Upstream,
  callback: URL,
  secrets: SignInSecrets,
): Promise<Identity> {
  const server = await serverOf(provider)
  const client: oauth.Client = { client_id: provider.clientId }
  const parameters = oauth.validateAuthResponse(server, client, callback, secrets.state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication(provider, server),
    parameters,
    redirectUri,
    secrets.codeVerifier,
    transport(provider),
  )
  if (provider.kind === 'github') return await finishGitHub(provider, server, response)
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: secrets.nonce,
    requireIdToken: true,
    // `auth_time` has to be there and recent, whatever the issuer made of the parameter.
    ...(secrets.maxAge === null ? {} : { maxAge: secrets.maxAge }),
  })
  await oauth.validateApplicationLevelSignature(server, response, transport(provider))
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  if (claims === undefined) throw new UpstreamFailed('refused', 'no id token')
  const about = await completed(provider, server, tokens.access_token, claims)
  const { name, email } = about
  const isVerified = about['email_verified'] === true && typeof email === 'string'
  return {
    issuer: claims.iss,
    subject: claims.sub,
    name: (typeof name === 'string' ? name : claims.sub).slice(0, 200),
    email: isVerified ? email : null,
    // It may have a fraction (RFC 7519 §2), a row takes none.
    authenticatedAt: claims.auth_time === undefined ? null : Math.floor(claims.auth_time * 1000),
  }
}

/** As the provider says that it takes the secret; what says nothing takes it so (OpenID Connect Discovery §3). */
function authentication(
  { kind, clientSecret }: SignInProvider,
  server: oauth.AuthorizationServer,
): oauth.ClientAuth {
  const basic = 'client_secret_basic'
  const methods =
    kind === 'github'
      ? ['client_secret_post']
      : (server.token_endpoint_auth_methods_supported ?? [basic])
  if (methods.includes(basic)) return oauth.ClientSecretBasic(clientSecret)
  if (methods.includes('client_secret_post')) return oauth.ClientSecretPost(clientSecret)
  throw new UpstreamFailed('refused', `it takes a secret by none of ${methods.join(', ')}`)
}

type Claims = Readonly<Record<string, unknown>>

/**
 * What the issuer says of the person: many put names and addresses into the answer of UserInfo alone (OpenID Connect
 * Core §5.4). It is asked for what is missing; without the name a sign-in goes on.
 */
async function completed(
  provider: SignInProvider,
  server: oauth.AuthorizationServer,
  accessToken: string,
  claims: oauth.IDToken,
): Promise<Claims> {
  const lacksName = typeof claims['name'] !== 'string'
  const lacksAddress = claims['email'] === undefined || claims['email_verified'] === undefined
  const isHost = provider.hosts.has(claims.sub)
  const needsAddress = lacksAddress && !isHost && asksForAddress(provider.allow, claims.sub)
  if (server.userinfo_endpoint === undefined || !(lacksName || needsAddress)) return claims
  const client = { client_id: provider.clientId }
  try {
    const response = await oauth.userInfoRequest(server, client, accessToken, transport(provider))
    // Refuses what is said of somebody else (§5.3.2).
    const said = await oauth.processUserInfoResponse(server, client, claims.sub, response)
    // Address and its proof come from one place.
    const { email, email_verified } = lacksAddress ? said : claims
    return { name: said['name'], ...claims, email, email_verified }
  } catch (cause) {
    if (needsAddress) throw asFault(cause, 'UserInfo failed')
    return claims
  }
}

function asFault(cause: unknown, message: string): UpstreamFailed {
  return cause instanceof UpstreamFailed ? cause : new UpstreamFailed('refused', message, { cause })
}

async function serverOf(provider: SignInProvider): Promise<oauth.AuthorizationServer> {
  if (provider.kind === 'github') return gitHubServer(provider)
  try {
    const response = await oauth.discoveryRequest(provider.issuer, transport(provider))
    return await oauth.processDiscoveryResponse(provider.issuer, response)
  } catch (cause) {
    throw asFault(cause, 'discovery failed')
  }
}

/** Plain http is for an issuer on this very machine only (RFC 8252 §8.3 in spirit); all else is https. */
function transport({ issuer }: SignInProvider): {
  [oauth.customFetch]: typeof askProvider
  [oauth.allowInsecureRequests]?: boolean
} {
  const asked = { [oauth.customFetch]: askProvider }
  return isOnThisMachine(issuer) ? { ...asked, [oauth.allowInsecureRequests]: true } : asked
}
