// What a byte costs through a component: files of a drive and bodies over HTTP, against plain code in the
// Worker that moves the same bytes, in turns. Prints MB/s and ratios; it asserts that all bytes came.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Browser } from '../local/browser.ts'
import { signInHeadless } from '../local/oauth.ts'
import { signInToConsole } from '../local/sign-in.ts'
import { REPOSITORY } from '../local/state.ts'
import { caller, upload } from './client.ts'

const MIB = 1024 * 1024
const FILE_BYTES = 16 * MIB
const DOWN_BYTES = 16 * MIB
/** Below the bound on bytes sent in one call. */
const UP_BYTES = 4 * MIB
const ROUNDS = 5
const HOST = 'source.test'

export interface Source {
  /** As `EGRESS_UPSTREAMS` has it. */
  readonly upstream: string
  close(): void
}

/** Sends as many bytes as the path says, and takes what it is sent. */
export async function startSource(): Promise<Source> {
  const piece = Buffer.alloc(64 * 1024, 'x')
  const server = createServer((request, response) => {
    let left = Number((request.url ?? '/0').slice(1))
    const more = (): void => {
      while (left > 0) {
        const part = left < piece.length ? piece.subarray(0, left) : piece
        left -= part.length
        if (!response.write(part)) return void response.once('drain', more)
      }
      response.end()
    }
    request.resume().once('end', more)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { upstream: `${HOST}=http://127.0.0.1:${port}`, close: () => void server.close() }
}

export async function measureThroughput(url: string): Promise<void> {
  const scope = 'tools:call components:manage'
  const { accessToken } = await signInHeadless({ serverUrl: url, user: 'alice', scope })
  const call = caller(url, accessToken)
  await upload(url, accessToken, 'io', readFileSync(join(REPOSITORY, 'test/fixtures/io/io.wasm')))
  await allow(url, call)

  const send = (method: string, path: number, body: number | null) => ({
    message: {
      method,
      url: `http://${HOST}/${path}`,
      headers: [],
      body,
      trailers: false,
      'connect-timeout': null,
      'first-byte-timeout': null,
      'between-bytes-timeout': null,
    },
  })
  const file = { path: 'bench', bytes: FILE_BYTES, seed: 3 }
  console.log('\nthroughput, medians of each in turns')
  for (const [what, tool, args, bytes] of [
    ['a file written', 'fill', file, FILE_BYTES],
    ['a file read', 'verify', { path: 'bench', seed: 3 }, FILE_BYTES],
    ['a body received', 'send', send('GET', DOWN_BYTES, null), DOWN_BYTES],
    ['a body sent', 'send', send('POST', 0, UP_BYTES), UP_BYTES],
  ] as const) {
    const rates: Record<'plain' | 'component', number[]> = { plain: [], component: [] }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const kind of ['plain', 'component'] as const) {
        const start = performance.now()
        const result = await call(tool, args, kind === 'plain')
        rates[kind].push(bytes / 1e6 / ((performance.now() - start) / 1000))
        if (JSON.stringify(result).includes('"err"')) throw new Error(JSON.stringify(result))
      }
    }
    const [plain, component] = [median(rates.plain), median(rates.component)]
    const text = [plain, component].map((rate) => rate.toFixed(1).padStart(6))
    console.log(
      `${what.padEnd(18)} plain ${text[0]} MB/s   component ${text[1]} MB/s   ` +
        `component/plain = ${(component / plain).toFixed(2)}`,
    )
  }
}

/** The person allows what the component asks for. */
async function allow(url: string, call: ReturnType<typeof caller>): Promise<void> {
  const browser = new Browser()
  await signInToConsole(browser, url, 'alice')
  for (const [tool, details] of [
    ['grant-storage-permission', { uri: 'fs:///', access: ['read', 'write'] }],
    ['grant-network-permission', { host: HOST }],
  ] as const) {
    const asked = await call(tool, { component_id: 'io', details }, false)
    const page = await browser.open(String(asked['approval_url']))
    const { status } = await browser.press(page, 'decision', 'allow', { life: 'always' })
    if (status !== 200) throw new Error(`the decision was answered with ${status}`)
  }
}

function median(rates: readonly number[]): number {
  const sorted = rates.toSorted((x, y) => x - y)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
