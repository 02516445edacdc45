// The MCP server of one principal, for both eras: one factory, so that tools cannot drift apart.

import type { AuthInfo, InputRequiredResult } from '@modelcontextprotocol/server'
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
} from '@modelcontextprotocol/server'
import type { Desk, Fetched } from './desk.ts'
import { exchangeOf } from './exchange.ts'

export const SERVER_INFO = { name: 'wassette-edge', title: 'wassette-edge', version: '0.1.0' }

const INSTRUCTIONS =
  'Tools here are WebAssembly components that the person loaded; each may reach only what the person ' +
  'granted. search-components and load-component add tools. When a call is refused, show the person the ' +
  'link in the answer: only they can grant, on a page, signed in. Then repeat the call.'

/** Lists and contents differ from person to person. */
const PRIVATE = { ttlMs: 0, cacheScope: 'private' } as const

/** `deskOf` gets the proof that came with the request at hand, when the transport carries one. */
export function createMcpServer(deskOf: (auth: AuthInfo | undefined) => Desk): Server {
  const server = new Server(SERVER_INFO, {
    capabilities: {
      tools: { listChanged: true },
      resources: { listChanged: true },
      prompts: { listChanged: true },
      logging: {},
    },
    instructions: INSTRUCTIONS,
    cacheHints: {
      'tools/list': PRIVATE,
      'prompts/list': PRIVATE,
      'resources/list': PRIVATE,
      'resources/templates/list': PRIVATE,
      'resources/read': PRIVATE,
    },
  })
  server.setRequestHandler('tools/list', async (_, { http }) => ({
    tools: await deskOf(http?.authInfo).list(),
  }))
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const desk = deskOf(context.http?.authInfo)
    const exchange = exchangeOf(server, context)
    const result = await desk.call(params.name, params.arguments, exchange)
    if (result !== 'unknown-tool') return result
    // A protocol mistake, not a result of a tool (MCP 2025-06-18, server/tools, error handling).
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'Unknown tool: tools/list has the names',
    )
  })
  server.setRequestHandler('resources/list', async (_, { http }) => ({
    resources: await deskOf(http?.authInfo).resources(),
  }))
  server.setRequestHandler('resources/templates/list', async (_, { http }) => ({
    resourceTemplates: await deskOf(http?.authInfo).resourceTemplates(),
  }))
  server.setRequestHandler('resources/read', async ({ params }, context) => {
    const desk = deskOf(context.http?.authInfo)
    const read = await desk.readResource(params.uri, exchangeOf(server, context))
    if (read.tag === 'unknown') throw new ResourceNotFoundError(params.uri)
    return settled(read)
  })
  server.setRequestHandler('prompts/list', async (_, { http }) => ({
    prompts: await deskOf(http?.authInfo).prompts(),
  }))
  server.setRequestHandler('prompts/get', async ({ params }, context) => {
    const desk = deskOf(context.http?.authInfo)
    const exchange = exchangeOf(server, context)
    const prompt = await desk.getPrompt(params.name, params.arguments ?? {}, exchange)
    if (prompt.tag === 'unknown') {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        'Unknown prompt: prompts/list has the names',
      )
    }
    return settled(prompt)
  })
  return server
}

/** A resource and a prompt have no result that says that they failed: it is an error with the same fields. */
function settled<T>(fetched: Exclude<Fetched<T>, { tag: 'unknown' }>): T | InputRequiredResult {
  if (fetched.tag === 'found') return fetched.value
  if (fetched.tag === 'asks') return fetched.question
  const { content, _meta } = fetched.result
  const said = content.flatMap((block) => (block.type === 'text' ? [block.text] : []))
  throw new ProtocolError(ProtocolErrorCode.InternalError, said[0] ?? 'The component failed.', {
    ..._meta,
  })
}
