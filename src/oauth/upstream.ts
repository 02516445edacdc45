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
}

export interface Identity {
  readonly issuer: string
  readonly subject: string
  readonly name: string
}

/** The issuer did not answer, or not as OpenID Connect demands. */
export class UpstreamFailed extends Error {
  readonly code = 'upstream-failed'
}

export function newSecrets(): SignInSecrets {
  return {
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
    })
    await oauth.validateApplicationLevelSignature(server, response, transport(config))
    const claims = oauth.getValidatedIdTokenClaims(tokens)
    if (claims === undefined) throw new UpstreamFailed('no id token')
    const name = typeof claims['name'] === 'string' ? claims['name'] : claims.sub
    return { issuer: claims.iss, subject: claims.sub, name: name.slice(0, 200) }
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

/** Plain http is for an issuer on this very machine only (RFC 8252 §8.3 in spirit); all else is https. */
function transport(config: UpstreamConfig): { [oauth.allowInsecureRequests]?: boolean } {
  const { protocol, hostname } = config.issuer
  const onThisMachine = protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]')
  return onThisMachine ? { [oauth.allowInsecureRequests]: true } : {}
}
