// Reads the body of a request or a response up to a bound of bytes, and keeps not a byte more.

import { within } from './deadline.ts'

/**
 * What is read and thrown away of a request that is too large: a connection whose sender is still sending
 * is reset by workerd, and the answer is lost with it. A response is cut off at once.
 */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024

/** Milliseconds for which the rest of a request is waited for that is answered unread. */
const MAX_DISCARDING_MS = 10_000

/** `null` when the body is larger than `most`. */
export async function readBounded(
  message: Request | Response,
  most: number,
): Promise<Uint8Array | null> {
  const end = message instanceof Request ? most + MAX_DISCARDED_BYTES : most
  if (Number(message.headers.get('content-length') ?? 0) > end) {
    await message.body?.cancel()
    return null
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of message.body ?? []) {
    size += chunk.byteLength
    if (size > end) return null
    if (size <= most) chunks.push(chunk)
  }
  if (size > most) return null
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/**
 * Reads out and throws away what nobody has begun to read, so that its sender hears the answer. `ms` are
 * milliseconds; a body that is larger, slower or broken is left, and its sender may learn nothing.
 */
export async function discardUnread(request: Request, ms = MAX_DISCARDING_MS): Promise<void> {
  const { body, bodyUsed, headers } = request
  if (body === null || bodyUsed || body.locked) return
  if (Number(headers.get('content-length') ?? 0) > MAX_DISCARDED_BYTES) return
  const reader = body.getReader()
  await within(readOut(reader), ms).catch(() => {})
  reader.cancel().catch(() => {})
}

async function readOut(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let size = 0; size <= MAX_DISCARDED_BYTES;) {
    const { done, value } = await reader.read()
    if (done) return
    size += value.byteLength
  }
}
