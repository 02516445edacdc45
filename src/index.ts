// The composition root: the Worker's entry and the classes that the platform makes.

import type { OAuthHelpers } from '@cloudflare/workers-oauth-provider'
import { BadConfiguration, readConfig } from './config.ts'
import { createApp } from './http/app.tsx'
import { checkFront } from './http/front.ts'
import { health } from './http/health.ts'
import { serveMcp } from './http/mcp.ts'
import { createProvider } from './oauth/provider.ts'

export { Account } from './account/account.ts'
export { ToolCalls } from './mcp/tool-calls.ts'
export { Session } from './session/session.ts'

export default {
  async fetch(request, env, ctx): Promise<Response> {
    try {
      const config = readConfig(env)
      if (new URL(request.url).pathname === '/health') return await health(env)
      const refused = checkFront(request, config)
      if (refused !== null) return refused
      const provider = createProvider({
        publicUrl: config.publicUrl,
        mcp: serveMcp,
        fallback: async (req, bound, context) => {
          // The provider adds its helpers to what it hands to this handler, and to nothing else.
          const withHelpers = bound as Env & { OAUTH_PROVIDER: OAuthHelpers }
          return await createApp(withHelpers, config).fetch(req, withHelpers, context)
        },
      })
      return await provider.fetch(request, env, ctx)
    } catch (cause) {
      console.error('fault', cause)
      const isConfiguration = cause instanceof BadConfiguration
      const message = isConfiguration ? `Not configured: ${cause.message}` : 'Internal error'
      return Response.json({ error: { message } }, { status: 500 })
    }
  },
} satisfies ExportedHandler<Env>
