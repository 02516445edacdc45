// TCP for real: a component on the running server, and an echo server outside of it that only the host's
// configuration makes reachable.

import { readFileSync, rmSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from '../../local/browser.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { findFreePort } from '../../local/ports.ts'
import { signInToConsole } from '../../local/sign-in.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

type Result = Awaited<ReturnType<Client['callTool']>>

const MIB = 1024 * 1024

let stack: Stack
let client: Client
let browser: Browser
const open = new Set<Socket>()
let connections = 0

const echo = createServer({ allowHalfOpen: true }, (socket) => {
  connections += 1
  open.add(socket)
  socket.on('close', () => open.delete(socket))
  socket.on('error', () => socket.destroy())
  socket.pipe(socket)
})

/** Breaks the connection off at the first byte. */
const rude = createServer((socket) => {
  socket.on('error', () => socket.destroy())
  socket.once('data', () => socket.resetAndDestroy())
})

/** Sends a piece every now and then, for as long as it can. */
const ticking = new Set<Socket>()
const ticks = createServer({ allowHalfOpen: true }, (socket) => {
  ticking.add(socket)
  const timer = setInterval(() => socket.write('tick\n'), 50)
  socket.on('close', () => {
    clearInterval(timer)
    ticking.delete(socket)
  })
  socket.on('error', () => socket.destroy())
  socket.resume()
})

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeAll(async () => {
  const ports = {
    'echo.test': await listen(echo),
    'rude.test': await listen(rude),
    'ticks.test': await listen(ticks),
    'closed.test': await findFreePort(),
  }
  const upstreams = Object.entries(ports).map(([name, port]) => `${name}=http://127.0.0.1:${port}`)
  stack = await startStack({ upstreams: upstreams.join(',') })
  const scope = 'tools:call components:manage'
  const { accessToken } = await signInHeadless({ serverUrl: stack.url, user: 'alice', scope })
  const uploaded = await fetch(`${stack.url}/api/components/sockets`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${accessToken}` },
    body: readFileSync('test/fixtures/sockets/sockets.wasm'),
  })
  if (!uploaded.ok) throw new Error(await uploaded.text())
  client = new Client({ name: 'sockets', version: '1.0.0' })
  const authProvider = { token: async () => accessToken }
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', stack.url), { authProvider }),
  )
  browser = new Browser()
  await signInToConsole(browser, stack.url, 'alice')
})

afterAll(async () => {
  await client?.close()
  await stack?.stop()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
  for (const socket of [...open, ...ticking]) socket.destroy()
  echo.close()
  ticks.close()
  rude.close()
})

const call = (name: string, args: Record<string, unknown>): Promise<Result> =>
  client.callTool({ name, arguments: args })

const textOf = (result: Result): string =>
  result.content.map((block) => (block.type === 'text' ? block.text : block.type)).join('\n')

/** What is inside of the `ok` of a result. */
const valueOf = (result: Result): unknown =>
  (result.structuredContent as { result?: { ok?: unknown } } | undefined)?.result?.ok

const linkIn = (result: Result): string =>
  /https?:\/\/[^\s"]+\/approvals\/[^\s"]+/.exec(textOf(result))?.[0] ?? ''

/** What the person saw before they allowed it. */
async function allow(link: string): Promise<string> {
  const page = await browser.open(link)
  expect(page.status).toBe(200)
  expect((await browser.press(page, 'decision', 'allow', { life: 'always' })).status).toBe(200)
  return page.html
}

interface Recorded {
  readonly tool: string
  readonly outcome: string
  readonly reason: string
  readonly host_calls: unknown[]
}

/** The one that began last, of one tool or of any. */
async function lastCall(of: string | null = null): Promise<Recorded> {
  const response = await browser.fetch(`${stack.url}/api/calls?limit=5`)
  const { calls } = (await response.json()) as { calls: Recorded[] }
  const last = calls.find(({ tool }) => of === null || tool === of)
  if (last === undefined) throw new Error('no call is on the record')
  return last
}

async function grant(host: string): Promise<string> {
  const asked = await call('grant-network-permission', {
    component_id: 'sockets',
    details: { host },
  })
  return await allow(linkIn(asked))
}

describe('a component with sockets', () => {
  it('does not learn of a name that nobody granted, and reaches nothing', async () => {
    const result = await call('talk', { name: 'echo.test', port: 7, text: 'hello' })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('tcp://host:port')
    expect(textOf(result)).toContain('"name-not-granted"')
    expect(linkIn(result)).toBe('')
    expect(connections).toBe(0)
    expect(await lastCall()).toMatchObject({
      outcome: 'denied',
      reason: 'name-not-granted',
      host_calls: [{ method: 'RESOLVE', host: 'echo.test', port: 0, outcome: 'denied' }],
    })
  })

  it('is not helped by a rule for requests', async () => {
    await grant('echo.test')
    const result = await call('talk', { name: 'echo.test', port: 80, text: 'hello' })
    expect(result.isError).toBe(true)
    expect(connections).toBe(0)
  })

  it('talks to a host and port that the person granted, in words that say what it is', async () => {
    const page = await grant('tcp://echo.test:7')
    expect(page).toContain('to open TCP connections to')
    expect(page).toContain('tcp://echo.test:7')
    expect(page).toContain('connections to port 7 of')
    const result = await call('talk', { name: 'echo.test', port: 7, text: 'hello' })
    expect(valueOf(result)).toBe('hello')
    expect(await lastCall()).toMatchObject({
      outcome: 'answered',
      host_calls: [
        {
          method: 'CONNECT',
          host: 'echo.test',
          port: 7,
          outcome: 'answered',
          bytes_out: 5,
          bytes_in: 5,
        },
      ],
    })
  })

  it('asks for the other port by a link, which is enough', async () => {
    const denied = await call('talk', { name: 'echo.test', port: 8, text: 'there' })
    expect(denied.isError).toBe(true)
    expect(textOf(denied)).toContain('tcp://echo.test:8')
    await allow(linkIn(denied))
    expect(valueOf(await call('talk', { name: 'echo.test', port: 8, text: 'there' }))).toBe('there')
  })

  it('streams both ways, and every byte is counted', async () => {
    const result = await call('pump', { name: 'echo.test', port: 7, bytes: 3 * MIB })
    expect(JSON.stringify(valueOf(result))).toContain(String(3 * MIB))
    expect(await lastCall()).toMatchObject({
      host_calls: [{ bytes_out: 3 * MIB, bytes_in: 3 * MIB }],
    })
  })

  it('carries a text that is longer than any piece of it', async () => {
    const text = 'a line of some length\n'.repeat(20_000)
    const result = await call('talk', { name: 'echo.test', port: 7, text })
    // Not shown when it fails: it is long.
    expect(valueOf(result) === text, textOf(result).slice(0, 500)).toBe(true)
  })

  it('meets the bound of bytes that one call may send', async () => {
    const result = await call('pump', { name: 'echo.test', port: 7, bytes: 9 * MIB })
    expect(result.isError).toBe(true)
    expect(await lastCall()).toMatchObject({ outcome: 'bound', reason: 'egress-bytes' })
  })

  it('is told when nobody listens', async () => {
    await grant('tcp://closed.test:7')
    const result = await call('talk', { name: 'closed.test', port: 7, text: 'hello' })
    expect(textOf(result)).toContain('connection-refused')
  })

  it('is told when the other side breaks the connection off', async () => {
    await grant('tcp://rude.test:7')
    const result = await call('talk', { name: 'rude.test', port: 7, text: 'hello' })
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('the connection broke')
  })

  it('reaches no address, and not this server', async () => {
    const { port } = echo.address() as AddressInfo
    const before = connections
    const direct = await call('connect-to', { address: [127, 0, 0, 1], port })
    expect(textOf(direct)).toContain('"unreachable"')
    const details = { host: 'tcp://127.0.0.1:7' }
    const asked = await call('grant-network-permission', { component_id: 'sockets', details })
    expect(textOf(asked)).toContain('out of reach')
    const granted = await call('talk', { name: '127.0.0.1', port, text: 'hello' })
    expect(granted.isError).toBe(true)
    expect(connections).toBe(before)
  })

  it('loses a connection that is open when it is taken back, while the call runs', async () => {
    await grant('tcp://ticks.test:7')
    const running = call('talk', { name: 'ticks.test', port: 7, text: 'hello' })
    await expect.poll(() => ticking.size, { timeout: 20_000 }).toBe(1)
    await call('revoke-network-permission', {
      component_id: 'sockets',
      details: { host: 'tcp://ticks.test:7' },
    })
    const result = await running
    expect(result.isError).toBe(true)
    expect(textOf(result)).toContain('"not-granted"')
    expect(await lastCall('talk')).toMatchObject({
      outcome: 'denied',
      host_calls: [{ method: 'CONNECT', host: 'ticks.test', outcome: 'denied' }],
    })
    await expect.poll(() => ticking.size, { timeout: 10_000 }).toBe(0)
  })

  it('leaves nothing open, and loses what was granted at once', async () => {
    await expect.poll(() => open.size, { timeout: 10_000 }).toBe(0)
    await call('revoke-network-permission', {
      component_id: 'sockets',
      details: { host: 'tcp://echo.test:7' },
    })
    const result = await call('talk', { name: 'echo.test', port: 7, text: 'hello' })
    expect(result.isError).toBe(true)
  })
})
