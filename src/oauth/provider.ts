// The authorization server for MCP clients and the guard of `/mcp` (OAuth 2.1 by workers-oauth-provider).
// It proves who calls; what they may do is decided elsewhere, on every call.

import type { OAuthProviderOptions, OAuthResourceAuth } from '@cloudflare/workers-oauth-provider'
import { OAuthError, OAuthProvider } from '@cloudflare/workers-oauth-provider'
import * as z from 'zod'
import type { Principal } from '../principal.ts'
import { AGENT_SCOPES, ALL_SCOPES, isScope } from './scopes.ts'

/** Seconds. */
const ACCESS_TOKEN_TTL = 3_600
const REFRESH_TOKEN_TTL = 30 * 86_400
const CLIENT_TTL = 90 * 86_400
const CODE_TTL = 600

/** Milliseconds after which nothing is good any more that came of what a person allowed: refreshing prolongs nothing. */
export const OAUTH_GRANT_MS = (CODE_TTL + REFRESH_TOKEN_TTL) * 1_000

/** What a token carries of ours, sealed by the provider. */
export const Props = z.strictObject({
  person: z.string(),
  clientName: z.string(),
  /**
   * What the person agreed to. A client may have narrower tokens made of it, whose own scopes do not tell;
   * `null`, for what was agreed to before this was kept: unknown.
   */
  agreed: z.array(z.string()).nullable().default(null),
  /** When they agreed, in Unix milliseconds; 0: before this was kept. */
  since: z.number().int().nonnegative().default(0),
  /** When the issuer had last asked who they are, in Unix milliseconds; `null`: it did not say. */
  authenticatedAt: z.number().int().nullable().default(null),
})
export type Props = z.infer<typeof Props>

/** What a code or a token stands for. */
export interface Stake {
  readonly person: string
  readonly client: string
  readonly grant: string
  /** When the person allowed it, in Unix milliseconds. */
  readonly since: number
}

export interface ProviderParts {
  readonly publicUrl: string
  /** Whether it still stands: asked before a token is made of it. */
  readonly stands: (env: Env, stake: Stake) => Promise<boolean>
  /** Serves `/mcp` for a principal that holds a valid token. */
  readonly mcp: (
    request: Request,
    env: Env,
    principal: Principal,
    auth: OAuthResourceAuth,
  ) => Promise<Response>
  /** Serves everything else. */
  readonly fallback: (request: Request, env: Env, ctx: ExecutionContext) => Promise<Response>
}

export function createProvider(parts: ProviderParts): OAuthProvider<Env> {
  return new OAuthProvider(providerOptions(parts))
}

export function providerOptions(parts: ProviderParts): OAuthProviderOptions<Env> {
  return {
    apiRoute: '/mcp',
    apiHandler: {
      async fetch(request, env, ctx) {
        const { auth, props } = ctx as ExecutionContext & {
          auth: OAuthResourceAuth
          props: unknown
        }
        const principal = principalOf(auth, props)
        if (principal === null) return new Response('Unauthorized', { status: 401 })
        return await parts.mcp(request as Request, env, principal, auth)
      },
    },
    defaultHandler: {
      fetch: async (request, env, ctx) => parts.fallback(request as Request, env, ctx),
    },
    authorizeEndpoint: '/authorize',
    tokenEndpoint: '/token',
    clientRegistrationEndpoint: '/register',
    clientRegistrationTTL: CLIENT_TTL,
    clientIdMetadataDocumentEnabled: true,
    accessTokenTTL: ACCESS_TOKEN_TTL,
    refreshTokenTTL: REFRESH_TOKEN_TTL,
    scopesSupported: [...ALL_SCOPES],
    requiredScopes: [...AGENT_SCOPES],
    resourceMetadata: { resource: `${parts.publicUrl}/mcp`, resource_name: 'wassette-edge' },
    async tokenExchangeCallback({ clientId, grantId, props, env }) {
      const parsed = Props.safeParse(props)
      if (parsed.success) {
        const { person, since } = parsed.data
        if (await parts.stands(env, { person, client: clientId, grant: grantId, since })) return
      }
      // A token would be refused at its first use: the client learns now that it has to begin again.
      throw new OAuthError('invalid_grant', { description: OVER })
    },
    onError({ code, status, internal }) {
      if (status >= 500) console.error('oauth fault', code, internal.category, internal.reason)
    },
  }
}

const OVER = 'What the person allowed this client is over. Send them to the authorization endpoint.'

/** `null` when the token lacks what every token of ours has. */
export function principalOf(
  auth: { readonly clientId?: string; readonly scope: readonly string[] },
  props: unknown,
): Principal | null {
  const parsed = Props.safeParse(props)
  if (!parsed.success || auth.clientId === undefined) return null
  const { person, clientName, since } = parsed.data
  return { person, client: auth.clientId, clientName, since, scopes: auth.scope.filter(isScope) }
}
