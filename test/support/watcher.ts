// What the world outside of the server receives, byte by byte: three listeners on loopback that remember
// all that came in. Two stand behind names that a person may grant, the third behind no name at all.

import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { listenOnLoopback } from '../../local/loopback.ts'
import { findFreePort } from '../../local/ports.ts'
import { echoOf } from './echo.ts'

/** No name leads to `inside`. */
export const PLACES = ['watched', 'elsewhere', 'inside'] as const
export type Place = (typeof PLACES)[number]

/** The names, and public addresses, that lead there. */
const NAMES = {
  watched: [
    ...['watched.test', '9.9.9.9', '[2620:fe::9]'],
    // Those of `wassette-policies.ts`.
    ...['papers.test', 'www.papers.test', 'search.test', 'docs.test', 'rss.news.test'],
    ...['geo.weather.test', 'api.weather.test', 'api.code.test'],
  ],
  elsewhere: ['elsewhere.test', '9.9.9.10'],
} as const

/** One entry for each connection: what arrived on it, as latin1. */
export type Received = Readonly<Record<Place, readonly string[]>>

export interface Watcher {
  /** `GET` answers with what was received, `DELETE` forgets it, `PUT` lets requests for `/held` be answered. */
  readonly controlUrl: string
  /** For `EGRESS_UPSTREAMS`. */
  readonly upstreams: string
  readonly ports: Readonly<Record<Place, number>>
  stop(): Promise<void>
}

export async function startWatcher(): Promise<Watcher> {
  const received: Record<Place, string[]> = { watched: [], elsewhere: [], inside: [] }
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const held = new Set<() => void>()
  const ports = { watched: 0, elsewhere: 0, inside: 0 }
  for (const place of PLACES) {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      remember(socket, received[place], held)
    })
    const port = await findFreePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    servers.push(server)
    ports[place] = port
  }
  const control = await listenOnLoopback(await findFreePort(), (request, response) => {
    if (request.method === 'PUT') for (const release of held) release()
    if (request.method === 'DELETE') for (const place of PLACES) received[place] = []
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(received))
  })
  return {
    controlUrl: control.url,
    upstreams: (['watched', 'elsewhere'] as const)
      .flatMap((place) => NAMES[place].map((name) => `${name}=http://127.0.0.1:${ports[place]}`))
      .join(','),
    ports,
    async stop() {
      await control.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
    },
  }
}

/**
 * Answers each whole request, `/redirect?to=` with a redirect, `/echo/…` with itself and `/slow?ms=` so many
 * milliseconds later, and closes.
 */
function remember(socket: Socket, into: string[], held: Set<() => void>): void {
  const at = into.push('') - 1
  let answered = false
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    into[at] += chunk.toString('latin1')
    const text = into[at] ?? ''
    if (answered || !isWhole(text)) return
    answered = true
    const echo = echoOf(text)
    if (echo !== null) {
      socket.setNoDelay(true)
      for (const piece of echo) socket.write(piece)
      return void socket.end()
    }
    if (/^\S+ \/held /.test(text)) {
      return void held.add(() => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nseen`))
    }
    const to = /^\S+ \/redirect\?to=(\S+) /.exec(text)?.[1]
    const head =
      to === undefined
        ? 'HTTP/1.1 200 OK'
        : `HTTP/1.1 302 Found\r\nlocation: ${decodeURIComponent(to)}`
    const slowMs = Number(/^\S+ \/slow\?ms=(\d+) /.exec(text)?.[1] ?? 0)
    const answer = () => socket.end(`${head}\r\ncontent-length: 4\r\nconnection: close\r\n\r\nseen`)
    if (slowMs > 0) setTimeout(answer, slowMs)
    else answer()
  })
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const [head, body] = [text.slice(0, end), text.slice(end + 4)]
  if (/^transfer-encoding: *chunked/im.test(head)) return body.endsWith('0\r\n\r\n')
  return body.length >= Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
}
