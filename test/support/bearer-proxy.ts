// A loopback proxy for clients that cannot sign in: it adds a person's access token and changes nothing else.
// What is addressed to it goes to the server by the server's own name; any other name and origin goes as it is.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface BearerProxy {
  readonly url: string
  stop(): Promise<void>
}

export interface BearerProxyOptions {
  readonly serverUrl: string
  readonly token: string
  /** Sees the body of every POST before it is sent on. */
  readonly onBody?: (body: string) => Promise<void>
}

export async function startBearerProxy(options: BearerProxyOptions): Promise<BearerProxy> {
  const server = createServer((incoming, outgoing) => {
    void pass(incoming, outgoing, options, server).catch((cause: unknown) => {
      outgoing.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { serverUrl, token, onBody }: BearerProxyOptions,
  proxy: Server,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  if (incoming.method === 'POST') await onBody?.(body.toString())
  const target = new URL(incoming.url ?? '/', serverUrl)
  const own = [`127.0.0.1:${portOf(proxy)}`, `localhost:${portOf(proxy)}`]
  const { host = '', origin, ...headers } = incoming.headers
  const sentOrigin = own.some((name) => origin === `http://${name}`) ? target.origin : origin
  const sent = request(target, {
    method: incoming.method,
    agent: false,
    headers: {
      ...headers,
      host: own.includes(host) ? target.host : host,
      ...(sentOrigin === undefined ? {} : { origin: sentOrigin }),
      authorization: `Bearer ${token}`,
    },
  })
  sent.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers)
    outgoing.flushHeaders()
    response.pipe(outgoing)
    response.on('error', () => outgoing.destroy())
  })
  sent.on('error', () => outgoing.destroy())
  // Whoever goes away, the other side hears of it.
  outgoing.on('close', () => sent.destroy())
  sent.end(body)
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
