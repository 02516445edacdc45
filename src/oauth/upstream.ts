// Sign-in at the OpenID Connect issuer that the host configured: authorization code with PKCE, nonce, state
// and issuer check, by oauth4webapi. A person is (issuer, subject).

import * as oauth from 'oauth4webapi'

export interface UpstreamConfig {
  readonly issuer: URL
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
}

/** What must be kept between the two halves of a sign-in, for this browser only. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** Seconds since the issuer last asked who this is, at the most; `null`: any. */
  readonly maxAge: number | null
}

export interface Identity {
  readonly issuer: string
  readonly subject: string
  readonly name: string
  /** Unix milliseconds; `null`: the issuer did not say when it asked who this is. */
  readonly authenticatedAt: number | null
}

/** Seconds: the life of a console sign-in. Not insisted on. */
const ORDINARY_MAX_AGE = 12 * 3_600

/** The issuer did not answer, or not as OpenID Connect demands. */
export class UpstreamFailed extends Error {
  readonly code = 'upstream-failed'
}

export function newSecrets(maxAge: number | null): SignInSecrets {
  return {
    maxAge,
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: oauth.generateRandomCodeVerifier(),
  }
}

export async function authorizationUrl(
  config: UpstreamConfig,
  secrets: SignInSecrets,
): Promise<URL> {
  const server = await discover(config)
  if (server.authorization_endpoint === undefined) throw new UpstreamFailed('no endpoint')
  const url = new URL(server.authorization_endpoint)
  const challenge = await oauth.calculatePKCECodeChallenge(secrets.codeVerifier)
  const parameters = {
    client_id: config.clientId,
    redirect_uri: config.redirectUri,
    response_type: 'code',
    scope: 'openid profile email',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: secrets.state,
    nonce: secrets.nonce,
    // Only an issuer that is asked so has to say when it asked the person (OpenID Connect Core §2, `auth_time`).
    max_age: String(secrets.maxAge ?? ORDINARY_MAX_AGE),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

/** `callback` is the URL that the issuer sent the browser to. */
export async function finishSignIn(
  config: UpstreamConfig,
  callback: URL,
  secrets: SignInSecrets,
): Promise<Identity> {
  try {
    const server = await discover(config)
    const client: oauth.Client = { client_id: config.clientId }
    const parameters = oauth.validateAuthResponse(server, client, callback, secrets.state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.ClientSecretBasic(config.clientSecret),
      parameters,
      config.redirectUri,
      secrets.codeVerifier,
      transport(config),
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: secrets.nonce,
      requireIdToken: true,
      // `auth_time` has to be there and recent, whatever the issuer made of the parameter.
      ...(secrets.maxAge === null ? {} : { maxAge: secrets.maxAge }),
    })
    await oauth.validateApplicationLevelSignature(server, response, transport(config))
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    if (claims === undefined) throw new UpstreamFailed('no id token')
    const name = typeof claims['name'] === 'string' ? claims['name'] : claims.sub
    const authenticatedAt = claims.auth_time === undefined ? null : claims.auth_time * 1000
    return { issuer: claims.iss, subject: claims.sub, name: name.slice(0, 200), authenticatedAt }
  } catch (cause) {
    throw cause instanceof UpstreamFailed ? cause : new UpstreamFailed('sign-in failed', { cause })
  }
}

async function discover(config: UpstreamConfig): Promise<oauth.AuthorizationServer> {
  try {
    const response = await oauth.discoveryRequest(config.issuer, transport(config))
    return await oauth.processDiscoveryResponse(config.issuer, response)
  } catch (cause) {
    throw new UpstreamFailed('discovery failed', { cause })
  }
}

/** Milliseconds of one request to the issuer: a person at a browser waits for it. */
const ISSUER_MS = 5_000

/** Plain http is for an issuer on this very machine only (RFC 8252 §8.3 in spirit); all else is https. */
function transport(config: UpstreamConfig): {
  signal: () => AbortSignal
  [oauth.allowInsecureRequests]?: boolean
} {
  const { protocol, hostname } = config.issuer
  const onThisMachine = protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]')
  return {
    signal: () => AbortSignal.timeout(ISSUER_MS),
    ...(onThisMachine ? { [oauth.allowInsecureRequests]: true } : {}),
  }
}
