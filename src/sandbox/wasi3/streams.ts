// Streams and futures of WASI 0.3 over the streams of 0.2. jco's glue hands us a guest's stream as an
// object to read from, takes one of ours as an async iterable, and a future as a promise.

import type { CallState } from '../imports.ts'
import type { StreamError } from '../wasi/error.ts'
import { failed } from '../wasi/error.ts'
import type { InputStream, OutputStream } from '../wasi/streams.ts'
import { CHUNK_BYTES } from '../wasi/streams.ts'

/**
 * What jco makes of a guest's `stream<u8>`. A read waits for at least one byte; no value: the end. From
 * a stream that we gave to the guest ourselves bytes come as plain numbers.
 */
export interface GuestStream {
  read(options: { readonly count: number }): Promise<{
    readonly value?: Uint8Array | readonly number[] | undefined
    readonly done: boolean
  }>
  /** The guest, writing, is told that nobody reads any more. */
  [Symbol.dispose](): void
}

/** A `result` anywhere but as the result of a function. */
export type Outcome<E, T = undefined> =
  | { readonly tag: 'ok'; readonly val: T }
  | { readonly tag: 'err'; readonly val: E }

export const OK = { tag: 'ok', val: undefined } as const

/** The error code for what a 0.2 stream or whatever opened it has thrown. */
export type ErrorCodeOf<E> = (thrown: StreamError | string) => E

/** The next piece, `null` at the end; throws a `StreamError` or an error code of 0.2. */
export type Pull<T> = () => Promise<T | null>

type Given<T, E> = [stream: AsyncIterable<T>, ended: Promise<Outcome<E>>]

/** The pieces of an input stream, which is opened by the first read. */
export function piecesOf(open: () => InputStream): Pull<Uint8Array> {
  let input: InputStream | undefined
  return async () => {
    input ??= open()
    try {
      return await input.blockingRead(BigInt(CHUNK_BYTES))
    } catch (thrown) {
      if (isStreamError(thrown) && thrown.tag === 'closed') return null
      throw thrown
    }
  }
}

export class Streams {
  readonly #call: CallState

  constructor(call: CallState) {
    this.#call = call
  }

  /**
   * Writes all that a guest puts into its stream, one piece at a time. The promise never rejects: a
   * fault of the glue ends the call.
   */
  take<E>(
    from: GuestStream,
    open: () => OutputStream,
    codeOf: ErrorCodeOf<E>,
  ): Promise<Outcome<E>> {
    return this.#call.pending.whileReading(this.#pump(from, open, codeOf))
  }

  /** A stream for a guest to read and the future that says how it ended. Dropping it early is no error. */
  give<T, E>(pull: Pull<T>, codeOf: ErrorCodeOf<E>, drop = () => {}): Given<T, E> {
    const { promise, resolve } = Promise.withResolvers<Outcome<E>>()
    const over = { value: undefined, done: true } as const
    const next = async (): Promise<IteratorResult<T, undefined>> => {
      try {
        const value = await pull()
        if (value !== null) return { value, done: false }
        resolve(OK)
      } catch (thrown) {
        resolve({ tag: 'err', val: codeOf(this.#known(thrown)) })
      }
      return over
    }
    const dropped = async () => {
      drop()
      resolve(OK)
      return over
    }
    return [{ [Symbol.asyncIterator]: () => ({ next, return: dropped }) }, promise]
  }

  async #pump<E>(
    from: GuestStream,
    open: () => OutputStream,
    codeOf: ErrorCodeOf<E>,
  ): Promise<Outcome<E>> {
    const { pending, reached } = this.#call
    try {
      const output = open()
      for (;;) {
        const piece = await Promise.race([from.read({ count: CHUNK_BYTES }), pending.given])
        if (piece?.value === undefined) return OK
        reached()
        await output.blockingWriteAndFlush(new Uint8Array(piece.value))
      }
    } catch (thrown) {
      this.#drop(from)
      return { tag: 'err', val: codeOf(this.#known(thrown)) }
    }
  }

  #drop(from: GuestStream): void {
    try {
      from[Symbol.dispose]()
    } catch (thrown) {
      this.#call.halt.fault(thrown)
    }
  }

  /** Whatever is neither error is a fault, and ends the call. */
  #known(thrown: unknown): StreamError | string {
    if (isStreamError(thrown) || typeof thrown === 'string') return thrown
    this.#call.halt.fault(thrown)
    return failed('the stream broke')
  }
}

function isStreamError(thrown: unknown): thrown is StreamError {
  if (typeof thrown !== 'object' || thrown === null || !('tag' in thrown)) return false
  return thrown.tag === 'closed' || thrown.tag === 'last-operation-failed'
}
