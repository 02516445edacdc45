// An HTTP server that this machine alone can reach.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export type LoopbackServer = { url: string; close(): Promise<void> }

export async function listenOnLoopback(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LoopbackServer> {
  const server = createServer(answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1' }, resolve)
  })
  const address = server.address()
  const bound = typeof address === 'object' && address ? address.port : port
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${bound}`, close }
}
