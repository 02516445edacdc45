// The MCP server of one principal, for both eras: one factory, so that tools cannot drift apart.

import type { AuthInfo } from '@modelcontextprotocol/server'
import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server'
import type { Desk } from './desk.ts'

export const SERVER_INFO = { name: 'wassette-edge', title: 'wassette-edge', version: '0.1.0' }

const INSTRUCTIONS =
  'Tools here are WebAssembly components that the person loaded; each may reach only what the person ' +
  'granted. search-components and load-component add tools. When a call is refused, show the person the ' +
  'link in the answer: only they can grant, on a page, signed in. Then repeat the call.'

/** `deskOf` gets the proof that came with the request at hand, when the transport carries one. */
export function createMcpServer(deskOf: (auth: AuthInfo | undefined) => Desk): Server {
  const server = new Server(SERVER_INFO, {
    capabilities: { tools: { listChanged: true } },
    instructions: INSTRUCTIONS,
    cacheHints: { 'tools/list': { ttlMs: 0, cacheScope: 'private' } },
  })
  server.setRequestHandler('tools/list', async (_, { http }) => ({
    tools: await deskOf(http?.authInfo).list(),
  }))
  server.setRequestHandler('tools/call', async ({ params }, { http }) => {
    const result = await deskOf(http?.authInfo).call(params.name, params.arguments)
    if (result !== 'unknown-tool') return result
    // A protocol mistake, not a result of a tool (MCP 2025-06-18, server/tools, error handling).
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'Unknown tool: tools/list has the names',
    )
  })
  return server
}
