// This server as a client of somebody's service: authorization code with PKCE, refresh, revocation, by
// oauth4webapi. It keeps nothing, and what it answers of errors is a code of ours.

import * as oauth from 'oauth4webapi'
import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import type { Service, ServiceOf } from '../policy/service.ts'
import { mayBeOpened } from '../policy/service.ts'
import type { ServiceTrouble } from './fault.ts'
import { attempt } from './fault.ts'
import { metadataOf } from './metadata.ts'
import type { Reach } from './transport.ts'
import { requestsTo } from './transport.ts'

/** Who this server is at the service. */
export interface ServiceClient {
  readonly of: ServiceOf
  readonly service: Service
  /** `null`: a public client. */
  readonly secret: string | null
  /**
   * One of its own for each service: an answer that one service gives can then not be passed off as another's,
   * also where services do not say who they are (RFC 9700 §4.4.2.2, mix-up).
   */
  readonly redirectUri: string
}

/** What is kept between the two halves, for one browser of one person. */
export interface StartSecrets {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

export interface Tokens {
  readonly access: string
  /** `null`: when the access token ends, the connection does. */
  readonly refresh: string | null
  /** Unix milliseconds; `null`: the service did not say. */
  readonly expiresAt: number | null
  /** `null`: what was asked for (RFC 6749 §5.1). */
  readonly scopes: readonly string[] | null
  /** Who the person is there, in the service's words; `null`: it did not say. */
  readonly who: string | null
}

/** Characters of a token: what stays within the headers that servers take. */
const MAX_TOKEN_CHARS = 8 * 1024
/** A shorter one could not be told from other text where answers are searched for it. */
const MIN_TOKEN_CHARS = 8
const MAX_WHO_CHARS = 200
/** Milliseconds for all of a revocation: whoever unloads a component waits for it. */
const REVOKE_MS = 10_000
/** Ten years. */
const MAX_LIFE_SECONDS = 315_360_000
const MAX_GRANTED_SCOPES = 256

export function newStart(): StartSecrets {
  return {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    codeVerifier: oauth.generateRandomCodeVerifier(),
  }
}

/** Where the person signs in and agrees. */
export async function authorizationUrl(
  client: ServiceClient,
  scopes: readonly string[],
  secrets: StartSecrets,
  reach: Reach,
): Promise<Result<string, ServiceTrouble>> {
  const { of, service, redirectUri } = client
  const known = await attempt(() => metadataOf(service, reach))
  if (!known.ok) return known
  const endpoint = known.value.authorization_endpoint
  if (endpoint === undefined) return err('bad-answer')
  if (!mayBeOpened(endpoint, { of, ownHosts: reach.ownHosts })) return err('refused-host')
  const url = new URL(endpoint)
  const parameters = {
    client_id: service.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(secrets.codeVerifier),
    code_challenge_method: 'S256',
    state: secrets.state,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(isOpenId(scopes) ? { nonce: secrets.nonce } : {}),
    ...resourceOf(service),
    // Without it OpenID providers give no refresh token (OpenID Connect Core §11).
    ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { ok: true, value: url.href }
}

/** `answer`: the query that the browser came back with. */
export async function redeem(
  client: ServiceClient,
  answer: URLSearchParams,
  asked: { readonly scopes: readonly string[]; readonly secrets: StartSecrets },
  reach: Reach,
): Promise<Result<Tokens, ServiceTrouble>> {
  const { service, redirectUri } = client
  const { scopes, secrets } = asked
  return await attempt(async () => {
    const server = await metadataOf(service, reach)
    const me: oauth.Client = { client_id: service.client_id }
    // State again, and `iss` wherever the service sends it or promised to (RFC 9207).
    const parameters = oauth.validateAuthResponse(server, me, answer, secrets.state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      me,
      authenticationOf(client),
      parameters,
      redirectUri,
      secrets.codeVerifier,
      { ...through(reach), additionalParameters: resourceOf(service) },
    )
    const needsId = isOpenId(scopes)
    const tokens = await oauth.processAuthorizationCodeResponse(server, me, response, {
      ...(needsId ? { expectedNonce: secrets.nonce, requireIdToken: true } : {}),
    })
    if (needsId && server.jwks_uri !== undefined) {
      await oauth.validateApplicationLevelSignature(server, response, through(reach))
    }
    return read(tokens)
  })
}

export async function refresh(
  client: ServiceClient,
  refreshToken: string,
  reach: Reach,
): Promise<Result<Tokens, ServiceTrouble>> {
  const { service } = client
  const known = await attempt(() => metadataOf(service, reach))
  // Nothing was asked of the token yet: what is wrong here may be well in a moment.
  if (!known.ok) return err(known.error === 'bad-answer' ? 'unreachable' : known.error)
  return await attempt(async () => {
    const server = known.value
    const me: oauth.Client = { client_id: service.client_id }
    const response = await oauth.refreshTokenGrantRequest(
      server,
      me,
      authenticationOf(client),
      refreshToken,
      { ...through(reach), additionalParameters: resourceOf(service) },
    )
    const tokens = read(await oauth.processRefreshTokenResponse(server, me, response))
    // A service that does not rotate says nothing of the one it has (RFC 6749 §6).
    return { ...tokens, refresh: tokens.refresh ?? refreshToken }
  })
}

/** RFC 7009. `not-offered`: the service has no endpoint for it. */
export async function revoke(
  client: ServiceClient,
  { refresh: refreshToken, access }: Pick<Tokens, 'access' | 'refresh'>,
  wholeReach: Reach,
): Promise<'revoked' | 'not-offered' | 'failed'> {
  const { service } = client
  const reach = { ...wholeReach, signal: AbortSignal.timeout(REVOKE_MS) }
  const done = await attempt(async () => {
    const server = await metadataOf(service, reach)
    if (server.revocation_endpoint === undefined) return 'not-offered'
    const me: oauth.Client = { client_id: service.client_id }
    // The refresh token first: with it, services end the access tokens that came of it (RFC 7009 §2.1).
    for (const [kind, token] of [
      ['refresh_token', refreshToken],
      ['access_token', access],
    ] as const) {
      if (token === null) continue
      const response = await oauth.revocationRequest(server, me, authenticationOf(client), token, {
        ...through(reach),
        additionalParameters: { token_type_hint: kind },
      })
      await oauth.processRevocationResponse(response)
    }
    return 'revoked'
  })
  return done.ok ? done.value : 'failed'
}

function read(tokens: oauth.TokenEndpointResponse): Tokens {
  const { access_token: access, refresh_token: refreshToken, expires_in: seconds, scope } = tokens
  if (tokens.token_type !== 'bearer') throw new Error('not a bearer token')
  for (const token of [access, refreshToken]) {
    if (token !== undefined && !isToken(token)) throw new Error('not a token')
  }
  return {
    access,
    refresh: refreshToken ?? null,
    expiresAt: seconds === undefined ? null : endOf(seconds),
    scopes: scope?.split(' ').filter(Boolean).slice(0, MAX_GRANTED_SCOPES) ?? null,
    who: nameOf(oauth.getValidatedIdTokenClaims(tokens)),
  }
}

/** Whatever a service says: a time. */
function endOf(seconds: number): number {
  return Math.floor(Date.now() + Math.min(seconds, MAX_LIFE_SECONDS) * 1_000)
}

/** `VSCHAR` (RFC 6749, appendix A.12) without spaces: nothing that would end a header. */
function isToken(text: string): boolean {
  const { length } = text
  return length >= MIN_TOKEN_CHARS && length <= MAX_TOKEN_CHARS && /^[\x21-\x7e]+$/.test(text)
}

function nameOf(claims: oauth.IDToken | undefined): string | null {
  if (claims === undefined) return null
  const { name, preferred_username: username, email, sub } = claims
  const [text] = [username, email, name, sub].filter((one) => typeof one === 'string' && one !== '')
  return typeof text === 'string' ? text.slice(0, MAX_WHO_CHARS) : null
}

function authenticationOf({ service, secret }: ServiceClient): oauth.ClientAuth {
  if (service.authentication === 'none' || secret === null) return oauth.None()
  return service.authentication === 'client_secret_post'
    ? oauth.ClientSecretPost(secret)
    : oauth.ClientSecretBasic(secret)
}

function through(reach: Reach) {
  return { [oauth.customFetch]: requestsTo(reach) }
}

function resourceOf({ resource }: Service): Record<string, string> {
  return resource === null ? {} : { resource }
}

const isOpenId = (scopes: readonly string[]): boolean => scopes.includes('openid')
