// Real MCP clients, signed in as a person through their own OAuth flows.

import {
  Client as Client2,
  StreamableHTTPClientTransport as Transport2,
  UnauthorizedError as Unauthorized2,
} from '@modelcontextprotocol/client'
import type { VersionNegotiationMode } from '@modelcontextprotocol/client'
import { UnauthorizedError as Unauthorized1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { TestClientOptions } from './oauth-client.ts'
import { PersonAtBrowser } from './oauth-client.ts'

export interface ConnectOptions extends TestClientOptions {
  /** Who has a token for the client already. */
  readonly person?: PersonAtBrowser
}

interface Connected<Client, Transport> {
  readonly client: Client
  readonly transport: Transport
  readonly person: PersonAtBrowser
  /** Resolves when a client with a session has its stream for notifications. */
  readonly streaming: Promise<void>
}

/** A `fetch` for a transport, and when the stream that the client opens for notifications is there. */
function watchedFetch(): { fetch: typeof fetch; streaming: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const watched: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (init?.method === 'GET' && isStream) resolve()
    return response
  }
  return { fetch: watched, streaming: promise }
}

/** A client of `@modelcontextprotocol/client` 2.x; `mode: 'auto'` speaks 2026-07-28 with our server. */
export async function connect2(
  serverUrl: string,
  options: ConnectOptions & { mode: VersionNegotiationMode },
): Promise<Connected<Client2, Transport2>> {
  const person = options.person ?? (await PersonAtBrowser.create(options))
  const open = async () => {
    const { fetch, streaming } = watchedFetch()
    const transport = new Transport2(new URL('/mcp', serverUrl), { authProvider: person, fetch })
    const client = new Client2(
      { name: options.name, version: '1.0.0' },
      { versionNegotiation: { mode: options.mode } },
    )
    return { transport, client, streaming, connected: client.connect(transport) }
  }
  const first = await open()
  try {
    await first.connected
    return { ...first, person }
  } catch (error) {
    if (!(error instanceof Unauthorized2)) throw error
  }
  await first.transport.finishAuth(person.answer())
  const second = await open()
  await second.connected
  return { ...second, person }
}

/** A client of `@modelcontextprotocol/sdk` 1.x, as most agents still have it. */
export async function connect1(
  serverUrl: string,
  options: ConnectOptions,
): Promise<Connected<Client1, Transport1>> {
  const person = options.person ?? (await PersonAtBrowser.create(options))
  const open = async () => {
    const { fetch, streaming } = watchedFetch()
    const transport = new Transport1(new URL('/mcp', serverUrl), { authProvider: person, fetch })
    const client = new Client1({ name: options.name, version: '1.0.0' })
    return { transport, client, streaming, connected: client.connect(transport) }
  }
  const first = await open()
  try {
    await first.connected
    return { ...first, person }
  } catch (error) {
    if (!(error instanceof Unauthorized1)) throw error
  }
  const code = person.answer().get('code')
  if (code === null) throw new Error(`no code: ${person.answer().get('error')}`)
  await first.transport.finishAuth(code)
  const second = await open()
  await second.connected
  return { ...second, person }
}
