// The Worker's request handler: configuration, health, the front checks, then the authorization server in
// front of `/mcp`, pages and the API behind it.

import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider'
import { discardUnread } from '../bounded-body.ts'
import { accountOf } from '../compose.ts'
import type { Config } from '../config.ts'
import { hasHost, mayAct, readConfig } from '../config.ts'
import { patient } from '../patience.ts'
import type { ProviderParts } from '../oauth/provider.ts'
import { createProvider } from '../oauth/provider.ts'
import type { Stake } from '../oauth/provider.ts'
import { grantIn } from '../oauth/token-request.ts'
import { tokenStore } from '../oauth/token-store.ts'
import { createApp } from './app.tsx'
import { faultAnswer } from './fault.ts'
import { checkFront } from './front.ts'
import { health } from './health.ts'
import { boundOAuthBody } from './oauth-body.ts'
import { readableByPages } from './oauth-cors.ts'
import { checkRate } from './rate.ts'
import { serveToken } from './token-endpoint.ts'

/** `mcp` serves `/mcp` for whoever holds a valid token. */
export function createWorker(mcp: ProviderParts['mcp']) {
  let hasSaid = false
  /** Once in an isolate, for whoever reads the log after a deploy. */
  const sayWhatLacks = (config: Config): void => {
    if (!hasSaid && !hasHost(config)) console.warn(NO_HOST)
    hasSaid = true
  }
  return {
    async fetch(request: Request, bindings: Env, ctx: ExecutionContext): Promise<Response> {
      const response = await answer(request, bindings, ctx)
      await discardUnread(request)
      return readableByPages(response, request)
    },
  }

  async function answer(request: Request, bindings: Env, ctx: ExecutionContext): Promise<Response> {
    const stores = patient(bindings)
    const env = { ...stores, OAUTH_KV: tokenStore(stores.OAUTH_KV) }
    try {
      const config = readConfig(env)
      sayWhatLacks(config)
      if (new URL(request.url).pathname === '/health') return await health(env)
      const refused = checkFront(request, config)
      if (refused !== null) return refused
      const held = await checkRate(request, env, config)
      if (held !== null) return held
      const bounded = await boundOAuthBody(request)
      if (bounded instanceof Response) return bounded
      const stands = async (bound: Env, { person, client, grant, since }: Stake) =>
        mayAct(config, await accountOf(bound, person).standing(client, grant), since)
      const provider = createProvider({
        publicUrl: config.publicUrl,
        stands,
        mcp: async (req, bound, principal, auth) => {
          const grant = grantIn(auth.token)?.grant ?? ''
          if (!(await stands(bound, { ...principal, grant }))) return noLonger(config)
          return await mcp(req, bound, principal, auth)
        },
        fallback: async (req, bound, context) => {
          // The provider adds its helpers to what it hands to this handler, and to nothing else.
          const withHelpers = bound as Env & { OAUTH_PROVIDER: OAuthHelpers }
          return await createApp(withHelpers, config).fetch(req, withHelpers, context)
        },
      })
      const serve = async (req: Request) => await provider.fetch(req, env, ctx)
      const isToken = new URL(bounded.url).pathname === '/token'
      const { hostname } = new URL(config.publicUrl)
      return await (isToken ? serveToken(bounded, env, hostname, serve) : serve(bounded))
    } catch (cause) {
      return await faultAnswer(cause, request)
    }
  }
}

const NO_HOST =
  'Nobody runs this server: HOST_SUBJECTS names no one. Sign in to see your subject, put it there and deploy again.'

/** The token is whole, and what it stands for is over: the client begins again, or learns at sign-in why it cannot. */
function noLonger({ publicUrl }: Config): Response {
  const metadata = `${publicUrl}/.well-known/oauth-protected-resource/mcp`
  const challenge = `Bearer realm="OAuth", resource_metadata="${metadata}", error="invalid_token"`
  return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })
}
