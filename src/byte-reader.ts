// Reads a stream of bytes in large pieces. The platform's own streams hand out 4 KiB at a time to who does
// not bring a buffer, and each piece costs a turn on both sides of a wall.

/** Bytes of one piece at most. */
const PIECE_BYTES = 64 * 1024

export class ByteReader {
  readonly #reader: ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array>

  /** Locks `stream`, whatever kind it is. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = lock(stream)
  }

  /** What is there, once something is; `null` at the end. Rejects when the stream breaks. */
  async read(): Promise<Uint8Array | null> {
    const { done, value } =
      this.#reader instanceof ReadableStreamBYOBReader
        ? await this.#reader.read(new Uint8Array(PIECE_BYTES))
        : await this.#reader.read()
    return done || value === undefined ? null : value
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel()
  }
}

function lock(
  stream: ReadableStream<Uint8Array>,
): ReadableStreamBYOBReader | ReadableStreamDefaultReader<Uint8Array> {
  try {
    return stream.getReader({ mode: 'byob' })
  } catch {
    // A stream of JavaScript objects.
    return stream.getReader()
  }
}
