// A byte source that is one piece ahead of its reader, over anything that can be asked for the next piece.

import type { StreamError } from './error.ts'
import { CLOSED, failed } from './error.ts'
import type { ByteSource } from './streams.ts'

const NOTHING = new Uint8Array(0)

/** The next piece, `null` at the end. A `StreamError` that it answers with is what the reader gets. */
export type Pull = () => Promise<Uint8Array | StreamError | null>

export class ReadAhead implements ByteSource {
  readonly #pull: Pull
  #piece: Uint8Array = NOTHING
  #over: StreamError | null = null
  #filling: Promise<void> | undefined

  constructor(pull: Pull) {
    this.#pull = pull
  }

  take(length: number): Uint8Array {
    if (this.#piece.byteLength === 0) {
      if (this.#over !== null) throw this.#over
      void this.fill()
      return NOTHING
    }
    const bytes = this.#piece.subarray(0, length)
    this.#piece = this.#piece.subarray(bytes.byteLength)
    return bytes
  }

  ready(): boolean {
    return this.#piece.byteLength > 0 || this.#over !== null
  }

  fill(): Promise<void> {
    if (this.ready()) return Promise.resolve()
    this.#filling ??= this.#next().finally(() => (this.#filling = undefined))
    return this.#filling
  }

  async #next(): Promise<void> {
    try {
      const piece = await this.#pull()
      if (piece === null) this.#over = CLOSED
      else if (piece instanceof Uint8Array) this.#piece = piece
      else this.#over = piece
    } catch {
      this.#over = failed('the connection broke')
    }
  }
}

/** Over a stream from a capability. `why` is asked when it breaks. */
export class StreamSource extends ReadAhead {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>

  constructor(
    stream: ReadableStream<Uint8Array>,
    why: () => Promise<StreamError> = async () => failed('the connection broke'),
  ) {
    const reader = stream.getReader()
    super(async () => {
      const piece = await reader.read().catch(() => null)
      if (piece === null) return await why()
      return piece.done ? null : piece.value
    })
    this.#reader = reader
  }

  /** Nothing more will be read. */
  end(): void {
    this.#reader.cancel().catch(() => {})
  }
}
