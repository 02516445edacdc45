// A host of Cloudflare's `agents` as its own documentation writes one: it adds a server by its URL, sends its person
// to sign in, and lists and calls that server's tools. ../run.ts bundles it where the package is installed.

import { Agent, getAgentByName } from 'agents'

interface Env {
  readonly HOST: DurableObjectNamespace<Host>
}

export class Host extends Agent<Env> {
  override onStart(): void {
    this.mcp.configureOAuthCallback({
      customHandler: ({ authSuccess, authError }) =>
        Response.json({ authSuccess, authError }, { status: authSuccess ? 200 : 400 }),
    })
  }

  /** `/add?url=`, `/tools?id=` and `/call?id=&name=`, each answered with JSON. */
  override async onRequest(request: Request): Promise<Response> {
    const { pathname, searchParams, origin } = new URL(request.url)
    const asked = (name: string): string => searchParams.get(name) ?? ''
    if (pathname === '/add') {
      const options = {
        callbackHost: origin,
        callbackPath: '/callback',
        transport: { type: 'streamable-http' as const },
      }
      return Response.json(await this.addMcpServer('wassette-edge', asked('url'), options))
    }
    const serverId = asked('id')
    if (pathname === '/tools') {
      const { state } = this.getMcpServers().servers[serverId] ?? {}
      const tools = this.mcp.listTools({ serverId })
      return Response.json({ state, tools: tools.map(({ name }) => name) })
    }
    if (pathname === '/call') {
      const called = { serverId, name: asked('name'), arguments: {} }
      return Response.json(await this.mcp.callTool(called))
    }
    return new Response(`no ${pathname} here`, { status: 404 })
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    return await (await getAgentByName(env.HOST, 'one')).fetch(request)
  },
}
