// Reads the body of a request or a response up to a bound of bytes, and not a byte further.

/** `null` when the body is larger than `most`; reading stops there. */
export async function readBounded(
  message: Request | Response,
  most: number,
): Promise<Uint8Array | null> {
  if (Number(message.headers.get('content-length') ?? 0) > most) {
    await message.body?.cancel()
    return null
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of message.body ?? []) {
    size += chunk.byteLength
    if (size > most) return null
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
