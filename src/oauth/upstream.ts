// Sign-in at a provider that the host configured: authorization code with PKCE and state by oauth4webapi; at an
// OpenID Connect issuer with nonce and issuer check, at GitHub by its API. A person is (issuer, subject).

import * as oauth from 'oauth4webapi'
import { finishGitHub, gitHubParameters, gitHubServer } from './github.ts'
import type { SignInProvider } from './sign-in-provider.ts'
import { isOnThisMachine } from './sign-in-provider.ts'
import type { Identity, SignInSecrets } from './identity.ts'
import { UpstreamFailed } from './identity.ts'

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
  if (server.authorization_endpoint === undefined) throw new UpstreamFailed('no endpoint')
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
    throw cause instanceof UpstreamFailed ? cause : new UpstreamFailed('sign-in failed', { cause })
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
  const authentication =
    provider.kind === 'github' ? oauth.ClientSecretPost : oauth.ClientSecretBasic
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication(provider.clientSecret),
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
  if (claims === undefined) throw new UpstreamFailed('no id token')
  const name = typeof claims['name'] === 'string' ? claims['name'] : claims.sub
  const { email } = claims
  const isVerified = claims['email_verified'] === true && typeof email === 'string'
  return {
    issuer: claims.iss,
    subject: claims.sub,
    name: name.slice(0, 200),
    email: isVerified ? email : null,
    authenticatedAt: claims.auth_time === undefined ? null : claims.auth_time * 1000,
  }
}

async function serverOf(provider: SignInProvider): Promise<oauth.AuthorizationServer> {
  if (provider.kind === 'github') return gitHubServer(provider)
  try {
    const response = await oauth.discoveryRequest(provider.issuer, transport(provider))
    return await oauth.processDiscoveryResponse(provider.issuer, response)
  } catch (cause) {
    throw new UpstreamFailed('discovery failed', { cause })
  }
}

/** Milliseconds that a provider has for one answer. */
const ANSWER_MS = 10_000

/** Plain http is for an issuer on this very machine only (RFC 8252 §8.3 in spirit); all else is https. */
function transport({ issuer }: SignInProvider): {
  readonly signal: () => AbortSignal
  [oauth.allowInsecureRequests]?: boolean
} {
  const signal = () => AbortSignal.timeout(ANSWER_MS)
  return isOnThisMachine(issuer) ? { signal, [oauth.allowInsecureRequests]: true } : { signal }
}
