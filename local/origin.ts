// A small real web server that stands for the outside world: the Worker reaches it as `demo.test`, through
// EGRESS_UPSTREAMS. It answers on loopback only and keeps nothing.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { listenOnLoopback, type LoopbackServer } from './loopback.ts'
import { REPOSITORY } from './state.ts'

const MAX_SLOW_MS = 60_000
const MAX_PIECES = 1_000
const MAX_LARGE_BYTES = 256 * 1024 * 1024

export type OriginOptions = {
  port: number
  /** The directory whose `<name>/<name>.wasm` is served as `/components/<name>.wasm`. */
  components?: string
}

export function startOrigin({ port, components }: OriginOptions): Promise<LoopbackServer> {
  const directory = components ?? path.join(REPOSITORY, 'components')
  return listenOnLoopback(port, (request, response) => {
    answer(request, response, directory).catch(() => {
      if (response.headersSent) response.destroy()
      else send(response, 500, 'text/plain', 'the demo origin failed\n')
    })
  })
}

async function answer(request: IncomingMessage, response: ServerResponse, components: string) {
  const url = new URL(request.url ?? '/', 'http://demo.test')
  const component = /^\/components\/([a-z0-9][a-z0-9-]*)\.wasm$/.exec(url.pathname)?.[1]
  const status = /^\/status\/([2-5]\d\d)$/.exec(url.pathname)?.[1]

  if (request.method === 'POST' && url.pathname === '/echo') return echo(request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return send(response, 405, 'text/plain', 'method not allowed\n')
  }
  if (component)
    return sendComponent(response, path.join(components, component, `${component}.wasm`))
  if (status) return send(response, Number(status), 'text/plain', `status ${status}\n`)
  switch (url.pathname) {
    case '/hello':
      return send(response, 200, 'text/plain', 'hello from demo.test')
    case '/json':
      return sendJson(response, { hello: 'from demo.test', numbers: [1, 2, 3] })
    case '/headers':
      return sendJson(response, request.headers)
    case '/redirect':
      response.writeHead(302, { location: url.searchParams.get('to') ?? '/hello' })
      return void response.end()
    case '/slow':
      await new Promise((resolve) => setTimeout(resolve, bounded(url, 'ms', MAX_SLOW_MS)))
      return send(response, 200, 'text/plain', 'slow hello from demo.test')
    case '/drip':
      return drip(response, bounded(url, 'pieces', MAX_PIECES), bounded(url, 'ms', MAX_SLOW_MS))
    case '/large':
      return sendLarge(response, bounded(url, 'bytes', MAX_LARGE_BYTES))
    default:
      return send(response, 404, 'text/plain', 'not found\n')
  }
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const type = request.headers['content-type'] ?? 'application/octet-stream'
  response.writeHead(200, { 'content-type': type })
  await pipeline(request, response)
}

async function sendComponent(response: ServerResponse, file: string): Promise<void> {
  const bytes = await readFile(file).catch(() => undefined)
  if (!bytes) return send(response, 404, 'text/plain', 'no such component\n')
  send(response, 200, 'application/wasm', bytes)
}

/** A body that takes its time: a line, a pause, a line. */
async function drip(response: ServerResponse, pieces: number, ms: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain' })
  for (let n = 1; n <= pieces && !response.destroyed; n += 1) {
    response.write(`piece ${n}\n`)
    await new Promise((resolve) => setTimeout(resolve, ms))
  }
  response.end()
}

async function sendLarge(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': bytes })
  await pipeline(Readable.from(largeBody(bytes)), response)
}

function* largeBody(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  for (let left = bytes; left > 0; left -= chunk.length) {
    yield left >= chunk.length ? chunk : chunk.subarray(0, left)
  }
}

function bounded(url: URL, name: string, most: number): number {
  const asked = Number(url.searchParams.get(name) ?? 0)
  return Number.isFinite(asked) ? Math.floor(Math.min(Math.max(asked, 0), most)) : 0
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', `${JSON.stringify(value)}\n`)
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  const bodyless = status === 204 || status === 304
  response.writeHead(status, { 'content-type': type })
  response.end(bodyless ? undefined : body)
}
