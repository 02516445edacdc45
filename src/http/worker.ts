// The Worker's request handler: configuration, health, the front checks, then the authorization server in
// front of `/mcp`, pages and the API behind it.

import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider'
import { accountOf } from '../compose.ts'
import type { Config } from '../config.ts'
import { mayAct, readConfig } from '../config.ts'
import { patient } from '../patience.ts'
import type { ProviderParts } from '../oauth/provider.ts'
import { createProvider } from '../oauth/provider.ts'
import { createApp } from './app.tsx'
import { faultAnswer } from './fault.ts'
import { checkFront } from './front.ts'
import { health } from './health.ts'
import { boundOAuthBody } from './oauth-body.ts'
import { checkRate } from './rate.ts'

/** `mcp` serves `/mcp` for whoever holds a valid token. */
export function createWorker(mcp: ProviderParts['mcp']) {
  return {
    async fetch(request: Request, bindings: Env, ctx: ExecutionContext): Promise<Response> {
      const env = patient(bindings)
      try {
        const config = readConfig(env)
        if (new URL(request.url).pathname === '/health') return await health(env)
        const refused = checkFront(request, config)
        if (refused !== null) return refused
        const held = await checkRate(request, env, config)
        if (held !== null) return held
        const bounded = await boundOAuthBody(request)
        if (bounded instanceof Response) return bounded
        const provider = createProvider({
          publicUrl: config.publicUrl,
          mcp: async (req, bound, principal, auth) => {
            const standing = await accountOf(bound, principal.person).standing(principal.client)
            if (!mayAct(config, standing, principal.since)) return noLonger(config)
            return await mcp(req, bound, principal, auth)
          },
          fallback: async (req, bound, context) => {
            // The provider adds its helpers to what it hands to this handler, and to nothing else.
            const withHelpers = bound as Env & { OAUTH_PROVIDER: OAuthHelpers }
            return await createApp(withHelpers, config).fetch(req, withHelpers, context)
          },
        })
        return await provider.fetch(bounded, env, ctx)
      } catch (cause) {
        return await faultAnswer(cause, request)
      }
    },
  }
}

/** The token is whole, and what it stands for is over: the client begins again, or learns at sign-in why it cannot. */
function noLonger({ publicUrl }: Config): Response {
  const metadata = `${publicUrl}/.well-known/oauth-protected-resource/mcp`
  const challenge = `Bearer realm="OAuth", resource_metadata="${metadata}", error="invalid_token"`
  return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })
}
