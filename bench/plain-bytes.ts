// What test/fixtures/io does, done by plain code in the Worker: the same bytes to and from the same stores,
// and over the same connections. For `npm run bench` only.

import { DRIVE_BOUNDS } from '../src/drive/schema.ts'

const { chunkBytes } = DRIVE_BOUNDS

interface Arguments {
  readonly path?: string
  readonly bytes?: number
  readonly seed?: number
  readonly message?: { readonly url: string; readonly method: string; readonly body: number | null }
}

/** Bytes moved, or `null` when `name` is no tool of this file. */
export async function moveBytes(env: Env, name: string, args: unknown): Promise<number | null> {
  const { path = '', bytes = 0, seed = 1, message } = args as Arguments
  if (name === 'fill') return await fill(env, path, bytes, seed)
  if (name === 'verify') return await verify(env, path, seed)
  if (name === 'send' && message !== undefined) {
    const { url, method, body } = message
    const at = new URL(url)
    at.host = String(env.EGRESS_UPSTREAMS).split('://')[1] ?? at.host
    return await exchange(at, method, body)
  }
  return null
}

async function fill(env: Env, path: string, bytes: number, seed: number): Promise<number> {
  const pattern = new Pattern(seed)
  for (let at = 0; at < bytes; at += chunkBytes) {
    const chunk = pattern.next(Math.min(chunkBytes, bytes - at))
    await env.STORE.put(`bench/${path}/${at}`, chunk)
  }
  return bytes
}

async function verify(env: Env, path: string, seed: number): Promise<number> {
  const pattern = new Pattern(seed)
  for (let at = 0; ; at += chunkBytes) {
    const object = await env.STORE.get(`bench/${path}/${at}`)
    if (object === null) return at
    const chunk = new Uint8Array(await object.arrayBuffer())
    const wanted = pattern.next(chunk.byteLength)
    if (chunk.some((byte, n) => byte !== wanted[n])) throw new Error('other bytes')
  }
}

async function exchange(url: URL, method: string, body: number | null): Promise<number> {
  const pattern = new Pattern(7)
  let left = body ?? 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left === 0) return controller.close()
      const size = Math.min(left, 64 * 1024)
      left -= size
      controller.enqueue(pattern.next(size))
    },
  })
  const response = await fetch(url, { method, body: body === null ? null : stream })
  let received = 0
  for await (const piece of response.body ?? []) received += (piece as Uint8Array).byteLength
  return received
}

/** As `pattern.rs` of the component. */
class Pattern {
  #state: number
  constructor(seed: number) {
    this.#state = seed | 1
  }
  next(size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size)
    let state = this.#state
    for (let n = 0; n < size; n += 1) {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      bytes[n] = state
    }
    this.#state = state
    return bytes
  }
}
