// Bytes as a body that is read in pieces, with others of the process let run in between: a store in the same
// process would take many megabytes at one go.

import { pause } from '../component/pause.ts'

const PIECE_BYTES = 128 * 1024

/** Of known length, as stores want it. Whoever cancels it has read what it wanted. */
export function pacedBody(bytes: Uint8Array): ReadableStream {
  const { readable, writable } = new FixedLengthStream(bytes.byteLength)
  const writing = write(writable, bytes)
  writing.catch(() => {})
  return readable
}

async function write(writable: WritableStream, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter()
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    await writer.write(bytes.subarray(at, at + PIECE_BYTES))
    await pause()
  }
  await writer.close()
}
