// The MCP server of one principal, for both eras: one factory, so that tools cannot drift apart.

import type {
  AuthInfo,
  CallToolResult,
  InputRequiredResult,
  ServerContext,
} from '@modelcontextprotocol/server'
import {
  isInputRequiredResult,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  Server,
} from '@modelcontextprotocol/server'
import type { Desk, Fetched, Lacking } from './desk.ts'
import { isLacking } from './desk.ts'
import { withTypedFaults } from './desk-faults.ts'
import { withExchange } from './exchange.ts'
import type { RequestOrigin } from './origin.ts'
import { originOf } from './origin.ts'
import { pageOf } from './pages.ts'
import type { RequestStates } from './request-state.ts'
import { MAX_ADDRESS_CHARS } from './resource-uri.ts'
import { META, requiredCapabilities } from './results.ts'
import { serverInfo } from './server-info.ts'

const INSTRUCTIONS =
  'Tools here are WebAssembly components that the person loaded; each may reach only what the person ' +
  'granted. search-tools finds tools among many; search-components and load-component add some. When a call ' +
  'is refused, show the person the link in the answer: only they can grant, on a page, signed in. Then ' +
  'repeat the call.'

/** Lists and contents differ from person to person. */
const PRIVATE = { ttlMs: 0, cacheScope: 'private' } as const

/** What a session watches: resources by the address that the client uses and the one that we list. */
export interface Watches {
  add(asked: string, listed: string): Promise<void>
  remove(asked: string): Promise<void>
}

export interface ServerParts {
  /** For one request; `auth` is the proof that came with it, when the transport carries one. */
  readonly deskOf: (auth: AuthInfo | undefined, origin: RequestOrigin) => Desk
  readonly states: RequestStates
  /** Where clients find this server's icon. */
  readonly publicUrl: string
  /** `null` where there are no sessions: what is watched stands in `subscriptions/listen`. */
  readonly watches: Watches | null
}

export function createMcpServer({ deskOf, states, publicUrl, watches }: ServerParts): Server {
  const server = new Server(serverInfo(publicUrl), {
    capabilities: {
      tools: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
      prompts: { listChanged: true },
      completions: {},
      logging: {},
    },
    instructions: INSTRUCTIONS,
    requestState: { verify: states.verify },
    cacheHints: {
      'tools/list': PRIVATE,
      'prompts/list': PRIVATE,
      'resources/list': PRIVATE,
      'resources/templates/list': PRIVATE,
      'resources/read': PRIVATE,
    },
  })
  const deskFor = (context: ServerContext): Desk =>
    withTypedFaults(deskOf(context.http?.authInfo, originOf(server, context)))
  const sealed = async <T>(given: T | InputRequiredResult, context: ServerContext) =>
    isInputRequiredResult(given) ? await seal(given, context, states) : given

  server.setRequestHandler('tools/list', async ({ params }, context) => {
    const all = await deskFor(context).list()
    const { entries, nextCursor } = paged(all, params?.cursor, ({ name }) => name)
    return { tools: entries, ...nextCursor }
  })
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const result = await withExchange(server, context, (exchange) =>
      deskFor(context).call(params.name, params.arguments, exchange),
    )
    if (isLacking(result)) return lacking(result, context)
    if (result !== 'unknown-tool') return await sealed(result, context)
    // A protocol mistake, not a result of a tool (MCP 2025-06-18, server/tools, error handling).
    throw invalid('Unknown tool: tools/list has the names')
  })
  server.setRequestHandler('resources/list', async ({ params }, context) => {
    const all = await deskFor(context).resources()
    const { entries, nextCursor } = paged(all, params?.cursor, ({ uri }) => uri)
    return { resources: entries, ...nextCursor }
  })
  server.setRequestHandler('resources/templates/list', async ({ params }, context) => {
    const all = await deskFor(context).resourceTemplates()
    const { entries, nextCursor } = paged(all, params?.cursor, ({ uriTemplate }) => uriTemplate)
    return { resourceTemplates: entries, ...nextCursor }
  })
  server.setRequestHandler('resources/read', async ({ params }, context) => {
    const read = await withExchange(server, context, (exchange) =>
      deskFor(context).readResource(params.uri, exchange),
    )
    if (read.tag === 'unknown') throw new ResourceNotFoundError(params.uri)
    return await sealed(settled(read), context)
  })
  server.setRequestHandler('prompts/list', async ({ params }, context) => {
    const all = await deskFor(context).prompts()
    const { entries, nextCursor } = paged(all, params?.cursor, ({ name }) => name)
    return { prompts: entries, ...nextCursor }
  })
  server.setRequestHandler('prompts/get', async ({ params }, context) => {
    const prompt = await withExchange(server, context, (exchange) =>
      deskFor(context).getPrompt(params.name, params.arguments ?? {}, exchange),
    )
    if (prompt.tag === 'unknown') throw invalid('Unknown prompt: prompts/list has the names')
    return await sealed(settled(prompt), context)
  })
  server.setRequestHandler('completion/complete', async ({ params }, context) => {
    const { ref, argument, context: known } = params
    const subject =
      ref.type === 'ref/prompt'
        ? { kind: 'prompt' as const, name: ref.name }
        : { kind: 'template' as const, name: ref.uri }
    const others = known?.arguments ?? {}
    const completion = await deskFor(context).complete(subject, argument, others)
    if (completion === null) throw invalid('Unknown prompt or template: the lists have them')
    return { completion: { ...completion } }
  })
  if (watches !== null) {
    server.setRequestHandler('resources/subscribe', async ({ params }, context) => {
      if (params.uri.length > MAX_ADDRESS_CHARS) throw invalid(TOO_LONG)
      const [listed = null] = await deskFor(context).resolve([params.uri])
      if (listed === null) throw new ResourceNotFoundError(params.uri)
      await watches.add(params.uri, listed)
      return {}
    })
    server.setRequestHandler('resources/unsubscribe', async ({ params }) => {
      await watches.remove(params.uri)
      return {}
    })
  }
  return server
}

const TOO_LONG = `An address has ${MAX_ADDRESS_CHARS} characters at the most: resources/list has them`

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message)
}

function paged<T>(all: readonly T[], cursor: string | undefined, nameOf: (entry: T) => string) {
  const page = pageOf(all, cursor, nameOf)
  if (!page.ok) throw invalid('Unknown cursor: begin the list again without one')
  const { entries, nextCursor } = page.value
  return { entries: [...entries], nextCursor: nextCursor === undefined ? {} : { nextCursor } }
}

/** What is carried by the client is good for the principal that was asked, and for nobody else. */
async function seal(
  result: InputRequiredResult,
  context: ServerContext,
  states: RequestStates,
): Promise<InputRequiredResult> {
  const { requestState } = result
  if (typeof requestState !== 'string') return result
  return { ...result, requestState: await states.mint(requestState, context) }
}

/** -32021 since 2026-07-28; before it, the result of a tool that failed. */
function lacking({ abilities, result }: Lacking, { mcpReq }: ServerContext): CallToolResult {
  if (mcpReq.envelope === undefined && result !== null) return result
  throw missing(abilities)
}

function missing(abilities: Lacking['abilities']): MissingRequiredClientCapabilityError {
  const required = requiredCapabilities(abilities)
  return new MissingRequiredClientCapabilityError({ requiredCapabilities: required })
}

/** A resource and a prompt have no result that says that they failed: it is an error with the same fields. */
function settled<T>(fetched: Exclude<Fetched<T>, { tag: 'unknown' }>): T | InputRequiredResult {
  if (fetched.tag === 'found') return fetched.value
  if (fetched.tag === 'asks') return fetched.question
  if (fetched.tag === 'lacks') throw missing(fetched.lacking.abilities)
  const { content, _meta } = fetched.result
  const said = content.flatMap((block) => (block.type === 'text' ? [toldBlock(block)] : []))
  const message = said.length === 0 ? 'The component failed.' : said.join('\n')
  throw new ProtocolError(ProtocolErrorCode.InternalError, message, { ..._meta })
}

/** An error has one text: where the component's words begin in it, it says so. They come last. */
function toldBlock({ text, _meta }: Extract<CallToolResult['content'][number], { type: 'text' }>) {
  return _meta?.[META.origin] === 'component' ? `The component says:\n${text}` : text
}
