// What every request passes first: health, and the names and origins under which this server answers
// (a page of another name must not reach it through DNS, nor a browser page of another origin).

import type { Config } from '../config.ts'

/** An answer, or `null` when the request may go on. */
export function checkFront(request: Request, config: Config): Response | null {
  const url = new URL(request.url)
  const ours = new URL(config.publicUrl)
  if (url.host !== ours.host) return wrongName(request, url, config.publicUrl)
  const origin = request.headers.get('origin')
  if (!isMcp(url)) return null
  // Browser pages of other origins use the OAuth endpoints only (their answers carry no cookie's power).
  if (origin !== null && origin !== config.publicUrl) {
    return refusal(403, 'This origin may not call this server from a browser.')
  }
  // The provider would take whatever lies below its route for the route itself; tokens are good for `/mcp` alone.
  if (url.pathname !== '/mcp') return refusal(404, `MCP is served at ${config.publicUrl}/mcp only.`)
  return null
}

/** `/mcp` and whatever lies below it. */
export function isMcp({ pathname }: URL): boolean {
  return pathname === '/mcp' || pathname.startsWith('/mcp/')
}

function wrongName(request: Request, url: URL, publicUrl: string): Response {
  const loopback = ['localhost', '127.0.0.1', '[::1]']
  const isPage = request.method === 'GET' && !url.pathname.startsWith('/mcp')
  if (isPage && loopback.includes(url.hostname) && loopback.includes(new URL(publicUrl).hostname)) {
    return Response.redirect(`${publicUrl}${url.pathname}${url.search}`, 302)
  }
  return refusal(403, `This server answers at ${publicUrl} only.`)
}

function refusal(status: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', error: { code: -32000, message }, id: null }, { status })
}
