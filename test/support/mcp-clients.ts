// Real MCP clients, signed in as a person through their own OAuth flows.

import {
  Client as Client2,
  StreamableHTTPClientTransport as Transport2,
  UnauthorizedError as Unauthorized2,
} from '@modelcontextprotocol/client'
import { UnauthorizedError as Unauthorized1 } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { TestClientOptions } from './oauth-client.ts'
import { PersonAtBrowser } from './oauth-client.ts'

export type Mode = 'legacy' | 'auto' | { pin: string }

export async function connect2(
  serverUrl: string,
  options: TestClientOptions & { mode?: Mode },
): Promise<{ client: Client2; person: PersonAtBrowser }> {
  const person = await PersonAtBrowser.create(options)
  const make = () => new Transport2(new URL('/mcp', serverUrl), { authProvider: person as never })
  const info = { name: options.name, version: '1.0.0' }
  const client = new Client2(info, {
    versionNegotiation: { mode: options.mode ?? 'auto' },
  } as never)
  const transport = make()
  try {
    await client.connect(transport)
  } catch (error) {
    if (!(error instanceof Unauthorized2)) throw error
    await transport.finishAuth(person.code())
    const again = new Client2(info, {
      versionNegotiation: { mode: options.mode ?? 'auto' },
    } as never)
    await again.connect(make())
    return { client: again, person }
  }
  return { client, person }
}

export async function connect1(
  serverUrl: string,
  options: TestClientOptions,
): Promise<{ client: Client1; person: PersonAtBrowser }> {
  const person = await PersonAtBrowser.create(options)
  const make = () => new Transport1(new URL('/mcp', serverUrl), { authProvider: person as never })
  const info = { name: options.name, version: '1.0.0' }
  const client = new Client1(info)
  const transport = make()
  try {
    await client.connect(transport)
    return { client, person }
  } catch (error) {
    if (!(error instanceof Unauthorized1)) throw error
  }
  await transport.finishAuth(person.code())
  const again = new Client1(info)
  await again.connect(make())
  return { client: again, person }
}
