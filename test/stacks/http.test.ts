// HTTP for real: a component on the running server, and upstreams outside of it that behave as badly as
// servers do. Only the host's configuration makes them reachable.

import { rmSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import * as net from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findFreePort } from '../../local/ports.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { Agent, consoleOf, errorOf, textOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const MIB = 1024 * 1024
const sockets = new Set<Socket>()
const servers: net.Server[] = []

let stack: Stack
let agent: Agent
/** What the `kind` server saw of the last request. */
let seen: { method: string; headers: IncomingMessage['headers']; bytes: number } | null = null

const LARGE = Buffer.alloc(64 * 1024, 'x')

/** An upstream that answers as it is asked to. */
const kind: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '/', 'http://kind.test')
  let bytes = 0
  request.on('data', (piece: Buffer) => (bytes += piece.length))
  request.on('error', () => {})
  const whole = new Promise<void>((resolve) => void request.once('end', resolve))
  const { method = '', headers } = request
  const number = Number(url.searchParams.get('n') ?? 0)
  const answers: Record<string, () => unknown> = {
    '/': async () => {
      await whole
      seen = { method, headers, bytes }
      response.end(`${bytes}`)
    },
    '/echo': () => request.pipe(response),
    '/large': async () => {
      response.writeHead(200, { 'content-length': number })
      for (let left = number; left > 0 && !response.destroyed; left -= LARGE.length) {
        if (!response.write(LARGE.subarray(0, left))) await drained(response)
      }
      response.end()
    },
    '/slow-head': () => setTimeout(() => response.end('late'), number),
    '/slow-body': () => {
      response.write('first')
      setTimeout(() => response.end('second'), number)
    },
    '/status': () => response.writeHead(number, { etag: '"x"' }).end(),
    '/redirect': () => response.writeHead(302, { location: 'http://denied.test/' }).end(),
    '/headers': () => response.writeHead(200, { 'x-long': 'x'.repeat(number) }).end(),
    '/gzip': () =>
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync('unpacked').subarray(0, number || undefined)),
    '/hang-up': () => response.writeHead(413, { connection: 'close' }).end('too much'),
    '/answer-early': () => response.writeHead(413).end('too much'),
    '/short': () => {
      response.writeHead(200, { 'content-length': 100 }).write('short')
      setTimeout(() => request.socket.destroy(), 50)
    },
  }
  void (answers[url.pathname] ?? (() => response.writeHead(404).end()))()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}

async function listen(server: net.Server): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Says `text` to whoever sends something, then ends the connection. */
const blunt = (text: string) =>
  net.createServer((socket) => socket.once('data', () => socket.end(text)))

beforeAll(async () => {
  const upstreams = {
    'kind.test': `http://127.0.0.1:${await listen(createServer(kind))}`,
    'denied.test': `http://127.0.0.1:${await listen(createServer(kind))}`,
    'closed.test': `http://127.0.0.1:${await findFreePort()}`,
    'rude.test': `http://127.0.0.1:${await listen(
      net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    )}`,
    'garbage.test': `http://127.0.0.1:${await listen(blunt('what do you want?\r\n\r\n'))}`,
    'upgrade.test': `http://127.0.0.1:${await listen(
      blunt('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    )}`,
    'plain.test': `https://127.0.0.1:${await listen(createServer(kind))}`,
    'nowhere.test': 'http://no-such-host.invalid',
  }
  const text = Object.entries(upstreams).map(([name, at]) => `${name}=${at}`)
  stack = await startStack({ upstreams: text.join(',') })
  agent = await Agent.of(stack.url, 'alice')
  await agent.upload('io', read('test/fixtures/io/io.wasm'))
  const person = await consoleOf(stack.url, 'alice')
  for (const host of Object.keys(upstreams)) {
    if (host === 'denied.test') continue
    const details = { host }
    const asked = await agent.value('grant-network-permission', { component_id: 'io', details })
    const page = await person.open(String(asked['approval_url']))
    const { status } = await person.press(page, 'decision', 'allow', { life: 'always' })
    if (status !== 200) throw new Error(`the decision was answered with ${status}`)
  }
})

afterAll(async () => {
  await agent?.close()
  await stack?.stop()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
})

interface Message {
  method?: string
  headers?: [string, string][]
  body?: number | null
  trailers?: boolean
  'connect-timeout'?: number | null
  'first-byte-timeout'?: number | null
  'between-bytes-timeout'?: number | null
}

const messageTo = (url: string) => ({
  method: 'GET',
  url,
  headers: [],
  body: null,
  trailers: false,
  'connect-timeout': null,
  'first-byte-timeout': null,
  'between-bytes-timeout': null,
})

/** A request of the component: its answer, or the name of its error as `err`. */
async function send(url: string, message: Message = {}): Promise<Record<string, unknown>> {
  const result = await agent.call('send', { message: { ...messageTo(url), ...message } })
  const outcome = (result.structuredContent as { result?: Record<string, unknown> } | undefined)
    ?.result
  if (outcome === undefined) throw new Error(textOf(result))
  return (outcome['ok'] as Record<string, unknown> | undefined) ?? outcome
}

describe('a request that fails', () => {
  it.each([
    ['http://closed.test/', 'connection-refused'],
    ['http://rude.test/', 'connection-terminated'],
    ['http://garbage.test/', 'connection-terminated'],
    ['http://upgrade.test/', 'HTTP-protocol-error'],
    ['https://plain.test/', 'TLS-protocol-error'],
    ['http://nowhere.test/', 'DNS-error'],
    ['http://kind.test/slow-head?n=5000', 'HTTP-response-timeout', { 'first-byte-timeout': 100 }],
    ['http://kind.test/headers?n=70000', 'HTTP-response-header-section-size'],
    ['http://denied.test/', 'HTTP-request-denied'],
    ['ftp://kind.test/', 'HTTP-request-URI-invalid'],
    ['http://kind.test:99999/', 'HTTP-request-URI-invalid'],
    ['http://kind.test:0/', 'HTTP-request-URI-invalid'],
    ['http://', 'set-authority'],
    ['http://kind.test/', 'HTTP-request-method-invalid', { method: 'CONNECT' }],
    ['http://kind.test/', 'HTTP-request-method-invalid', { method: 'TRACE' }],
    ['http://kind.test/', 'HTTP-request-body-size', { headers: [['content-length', '5']] }],
    ['http://kind.test/', 'HTTP-protocol-error', { headers: [['content-length', 'five']] }],
  ] as const)('%s is answered with %s', async (url, code, message?: object) => {
    expect(await send(url, message as Message)).toEqual({ err: code })
  })
})

describe('a request with a body', () => {
  const post = (url: string, message: Message = {}) => send(url, { method: 'POST', ...message })

  it('arrives whole, without a length that nobody declared', async () => {
    expect(await post('http://kind.test/', { body: 300_000 })).toMatchObject({
      status: 200,
      start: '300000',
      sending: '',
    })
    expect(seen?.headers['transfer-encoding']).toBe('chunked')
  })

  it('arrives with the length that its guest declared', async () => {
    const headers: [string, string][] = [['Content-Length', '100000']]
    expect(await post('http://kind.test/', { headers, body: 100_000 })).toMatchObject({
      start: '100000',
    })
    expect(seen).toMatchObject({ bytes: 100_000, headers: { 'content-length': '100000' } })
    expect(seen?.headers['transfer-encoding']).toBeUndefined()
  })

  it.each([
    ['longer', 10],
    ['shorter', 200_000],
  ])('is an error when its guest declared another length: it is %s', async (_, length) => {
    const headers: [string, string][] = [['content-length', String(length)]]
    const { err } = await post('http://kind.test/', { headers, body: 100_000 })
    expect(err).toContain('(sending: HTTP-request-body-size)')
  })

  it('cannot have trailers: the server sees a request that breaks off', async () => {
    seen = null
    const answer = await post('http://kind.test/', { body: 5, trailers: true })
    expect(seen).toBeNull()
    expect(answer['err']).toContain('(sending: internal-error: trailers cannot be sent)')
  })

  it('is refused with GET and HEAD, unless it is empty', async () => {
    expect(await send('http://kind.test/', { body: 0 })).toMatchObject({ status: 200, sending: '' })
    expect(await send('http://kind.test/', { body: 5 })).toMatchObject({
      status: 200,
      sending: 'HTTP-request-body-size',
    })
    expect(seen?.bytes).toBe(0)
  })

  it('ends where the server hangs up on it, with the head of the answer or in the word for it', async () => {
    // The server resets what it did not read: how much of its answer survives that is up to TCP.
    const answer = await post('http://kind.test/hang-up', { body: 4 * MIB })
    if ('err' in answer) {
      expect(answer['err']).toBe('connection-terminated (sending: connection-terminated)')
    } else {
      expect(answer).toMatchObject({ status: 413, sending: 'connection-terminated' })
    }
  })

  it('ends where it is answered, as the platform sends no more then, and the answer is whole', async () => {
    expect(await post('http://kind.test/answer-early', { body: 4 * MIB })).toMatchObject({
      status: 413,
      start: 'too much',
      sending: 'connection-terminated',
      receiving: '',
    })
  })

  it('streams to the edge of the bound and back at the same time', async () => {
    const url = 'http://kind.test/echo'
    // What is in front of the body counts as well: its method and its URL.
    const bytes = CALL_LIMITS.egressBytes - `POST${url}`.length
    expect(await agent.result('echo', { url, bytes })).toEqual({ ok: bytes })
  })

  it('ends with its bound beyond it, in the word for it', async () => {
    const args = { url: 'http://kind.test/echo', bytes: 9 * MIB }
    const result = await agent.call('echo', args)
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('sent')
  })
})

describe('an answer', () => {
  it('streams to the edge of the bound', async () => {
    const url = `http://kind.test/large?n=${32 * MIB}`
    expect(await send(url)).toMatchObject({ status: 200, bytes: 32 * MIB, receiving: '' })
  })

  it.each([
    ['http://kind.test/short', 'HTTP-response-incomplete', 5],
    ['http://kind.test/gzip?n=12', 'HTTP-response-content-coding', 1],
  ])('that breaks off says why: %s', async (url, code, bytes) => {
    expect(await send(url)).toMatchObject({ status: 200, bytes, receiving: code, trailers: code })
  })

  it('may not pause for longer than its guest waits', async () => {
    const url = 'http://kind.test/slow-body?n=5000'
    expect(await send(url, { 'between-bytes-timeout': 200 })).toMatchObject({
      bytes: 5,
      receiving: 'connection-read-timeout',
    })
  })

  it('may come late and slowly within what its guest waits', async () => {
    const within = { 'first-byte-timeout': 15_000, 'between-bytes-timeout': 15_000 }
    expect(
      await send('http://kind.test/slow-body?n=500', { ...within, 'connect-timeout': 100 }),
    ).toMatchObject({ start: 'firstsecond', receiving: '', trailers: 'none' })
    // A server that is there has met the timeout for connecting, however long it thinks.
    expect(
      await send('http://kind.test/slow-head?n=800', { ...within, 'connect-timeout': 100 }),
    ).toMatchObject({ start: 'late' })
  })

  it('may be as large as a call may receive, and what is beyond ends the call', async () => {
    const most = CALL_LIMITS.ingressBytes
    expect(await send(`http://kind.test/large?n=${most}`)).toMatchObject({ bytes: most })
    const url = `http://kind.test/large?n=${most + 1}`
    const answer = await agent.call('send', { message: messageTo(url) })
    expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'ingress-bytes' })
  })

  it('has no body to HEAD, 204 and 304', async () => {
    expect(await send('http://kind.test/large?n=5', { method: 'HEAD' })).toMatchObject({
      status: 200,
      bytes: 0,
      headers: expect.arrayContaining([['content-length', '5']]),
    })
    for (const status of [204, 304]) {
      const answer = await send(`http://kind.test/status?n=${status}`)
      expect(answer).toMatchObject({ status, bytes: 0, receiving: '' })
      expect(answer['headers']).toContainEqual(['etag', '"x"'])
    }
  })

  it('is unpacked, and does not claim the length that it had before', async () => {
    const answer = await send('http://kind.test/gzip')
    expect(answer).toMatchObject({ start: 'unpacked' })
    const names = (answer['headers'] as [string, string][]).map(([name]) => name)
    expect(names).not.toContain('content-encoding')
    expect(names).not.toContain('content-length')
  })

  it('that redirects is handed back, and where it leads is judged', async () => {
    const hop = await send('http://kind.test/redirect')
    expect(hop).toMatchObject({ status: 302 })
    const headers = new Map(hop['headers'] as [string, string][])
    const location = String(headers.get('location'))
    seen = null
    expect(await send(location)).toEqual({ err: 'HTTP-request-denied' })
    expect(seen).toBeNull()
  })
})

describe('headers', () => {
  it('go out in order and in their own bytes, but for those that would speak for us', async () => {
    const headers: [string, string][] = [
      ['X-Two', 'a'],
      ['X-Two', 'b'],
      ['x-text', 'grüße'],
      ['cf-connecting-ip', '1.1.1.1'],
      ['x-forwarded-for', '1.1.1.1'],
    ]
    await send('http://kind.test/', { headers })
    expect(seen?.headers['x-two']).toBe('a, b')
    expect(Buffer.from(String(seen?.headers['x-text']), 'latin1').toString()).toBe('grüße')
    expect(seen?.headers['cf-connecting-ip']).toBeUndefined()
    expect(seen?.headers['x-forwarded-for']).toBeUndefined()
  })

  it('ask for nothing cached, in the words of the guest where it has some', async () => {
    await send('http://kind.test/')
    expect(seen?.headers).toMatchObject({ 'cache-control': 'no-cache', pragma: 'no-cache' })
    const own: [string, string][] = [
      ['Cache-Control', 'max-age=60'],
      ['Pragma', 'of-the-guest'],
    ]
    await send('http://kind.test/', { headers: own })
    expect(seen?.headers).toMatchObject({ 'cache-control': 'max-age=60', pragma: 'of-the-guest' })
    await send('http://kind.test/', { headers: own.slice(0, 1) })
    expect(seen?.headers).toMatchObject({ 'cache-control': 'max-age=60', pragma: 'no-cache' })
  })

  it('are built by the rules of the interface', async () => {
    const forbidden = [
      ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization'],
      ...['proxy-connection', 'transfer-encoding', 'upgrade', 'Host', 'http2-settings'],
    ]
    const taken = [
      ['append|a|1', 'ok'],
      ['append|A|2', 'ok'],
      ['get|a', '1+2'],
      ['has|b', 'false'],
      ['entries', 'a=1,A=2'],
      ['set|a|3', 'ok'],
      ['entries', 'a=3'],
      ['set|a|x%0ay', 'invalid-syntax'],
      ['set|a|%7f', 'invalid-syntax'],
      ['get|a', '3'],
      ['append|a b|1', 'invalid-syntax'],
      ['append||1', 'invalid-syntax'],
      ['append|t|a%09b', 'ok'],
      ['delete|t', 'ok'],
      ['delete|none', 'ok'],
      ...forbidden.map((name) => [`append|${name}|1`, 'forbidden']),
      ['from-list|host|x', 'forbidden'],
      ['from-list|x|a%00', 'invalid-syntax'],
      ['freeze', 'ok'],
      ['append|b|1', 'immutable'],
      ['set|a|1', 'immutable'],
      ['delete|a', 'immutable'],
      ['get|a', '3'],
      ['clone', 'ok'],
      ['append|b|1', 'ok'],
      ['entries', 'a=3,b=1'],
    ]
    const steps = taken.map(([step]) => step)
    const answers = (await agent.result('fields', { steps })) as string[]
    expect(steps.map((step, n) => [step, answers[n]])).toEqual(taken)
  })
})
