// The MCP server of one principal, for both eras: one factory, so that tools cannot drift apart.

import type { AuthInfo, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server'
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
} from '@modelcontextprotocol/server'
import type { Desk, Fetched } from './desk.ts'
import { exchangeOf } from './exchange.ts'
import type { RequestOrigin } from './origin.ts'
import { originOf } from './origin.ts'
import { SERVER_INFO } from './server-info.ts'

const INSTRUCTIONS =
  'Tools here are WebAssembly components that the person loaded; each may reach only what the person ' +
  'granted. search-components and load-component add tools. When a call is refused, show the person the ' +
  'link in the answer: only they can grant, on a page, signed in. Then repeat the call.'

/** Lists and contents differ from person to person. */
const PRIVATE = { ttlMs: 0, cacheScope: 'private' } as const

/** A desk for one request: `auth` is the proof that came with it, when the transport carries one. */
export type DeskOf = (auth: AuthInfo | undefined, origin: RequestOrigin) => Desk

export function createMcpServer(makeDesk: DeskOf): Server {
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
  const deskOf = (context: ServerContext): Desk =>
    makeDesk(context.http?.authInfo, originOf(server, context))
  server.setRequestHandler('tools/list', async (_, context) => ({
    tools: await deskOf(context).list(),
  }))
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const desk = deskOf(context)
    const exchange = exchangeOf(server, context)
    const result = await desk.call(params.name, params.arguments, exchange)
    if (result !== 'unknown-tool') return result
    // A protocol mistake, not a result of a tool (MCP 2025-06-18, server/tools, error handling).
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'Unknown tool: tools/list has the names',
    )
  })
  server.setRequestHandler('resources/list', async (_, context) => ({
    resources: await deskOf(context).resources(),
  }))
  server.setRequestHandler('resources/templates/list', async (_, context) => ({
    resourceTemplates: await deskOf(context).resourceTemplates(),
  }))
  server.setRequestHandler('resources/read', async ({ params }, context) => {
    const desk = deskOf(context)
    const read = await desk.readResource(params.uri, exchangeOf(server, context))
    if (read.tag === 'unknown') throw new ResourceNotFoundError(params.uri)
    return settled(read)
  })
  server.setRequestHandler('prompts/list', async (_, context) => ({
    prompts: await deskOf(context).prompts(),
  }))
  server.setRequestHandler('prompts/get', async ({ params }, context) => {
    const desk = deskOf(context)
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
