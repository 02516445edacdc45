// The bodies of one HTTP exchange on their way through us: counted, and each remembers why it broke, since
// the error of a stream does not cross the wall.

import { ByteReader } from '../byte-reader.ts'
import { bodyFailure } from './fetch-failure.ts'
import type { RedactedStream, Redactor } from '../policy/redaction.ts'
import type { HttpErrorCode } from './held.ts'
import type { CallMeter, HostCall } from './meter.ts'

/** Whether so many bytes may still pass; counted when they may. */
export type Gate = (bytes: number) => Promise<boolean>

/** A piece at a time, as fast as the other side takes them. */
abstract class Body {
  readonly stream: ReadableStream<Uint8Array>
  protected readonly meter: CallMeter
  protected readonly hostCall: HostCall
  protected readonly gate: Gate
  #broken: HttpErrorCode | null = null
  /** Nobody takes it any more: what becomes of the source is nothing to tell. */
  #isLeft = false

  constructor(
    source: ReadableStream<Uint8Array>,
    gate: Gate,
    meter: CallMeter,
    hostCall: HostCall,
  ) {
    this.gate = gate
    this.meter = meter
    this.hostCall = hostCall
    const reader = new ByteReader(source)
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const piece = await this.next(reader)
          if (this.#isLeft) return
          if (piece instanceof Uint8Array) return controller.enqueue(piece)
          if (piece === null) return controller.close()
          this.#broken = piece
          this.breakOff(controller)
          await reader.cancel().catch(() => {})
        },
        cancel: async () => {
          this.#isLeft = true
          await reader.cancel().catch(() => {})
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** `null` while nothing is wrong. */
  get broken(): HttpErrorCode | null {
    return this.#broken
  }

  /** Tells whoever reads `stream` that it will not be whole. */
  protected breakOff(controller: ReadableStreamDefaultController<Uint8Array>): void {
    controller.error(new Error('the body broke'))
  }

  /** The next piece, `null` at the end, or what is wrong. */
  protected abstract next(reader: ByteReader): Promise<Uint8Array | HttpErrorCode | null>
}

/** What a guest sends. It is cut off at `length` bytes when the guest declared a length. */
export class RequestBody extends Body {
  readonly #length: number | null
  readonly #whole: Promise<boolean>
  readonly #abort: () => void
  #sent = 0

  /**
   * `whole` is asked at the end of `source`: what was abandoned must not look complete to a server. Nor
   * would an error of `stream`, at which the platform ends the request as if it were: `abort` ends it.
   */
  constructor(
    source: ReadableStream<Uint8Array>,
    {
      length,
      whole,
      abort,
    }: {
      readonly length: number | null
      readonly whole: Promise<boolean>
      readonly abort: () => void
    },
    gate: Gate,
    meter: CallMeter,
    hostCall: HostCall,
  ) {
    super(source, gate, meter, hostCall)
    this.#length = length
    this.#whole = whole
    this.#abort = abort
  }

  protected override breakOff(): void {
    this.#abort()
  }

  protected async next(reader: ByteReader): Promise<Uint8Array | HttpErrorCode | null> {
    // The guest dropped its body before it was finished.
    const piece = await reader.read().catch(() => undefined)
    if (piece === undefined) return { tag: 'HTTP-protocol-error' }
    if (piece === null) {
      const fits = this.#length === null || this.#sent === this.#length
      if (!fits) return { tag: 'HTTP-request-body-size' }
      return (await this.#whole) ? null : { tag: 'HTTP-protocol-error' }
    }
    if (!(piece instanceof Uint8Array)) return { tag: 'HTTP-protocol-error' }
    this.#sent += piece.byteLength
    const tooLong = this.#length !== null && this.#sent > this.#length
    if (tooLong || !this.meter.sends(piece, this.hostCall)) {
      return { tag: 'HTTP-request-body-size' }
    }
    return (await this.gate(piece.byteLength)) ? piece : { tag: 'HTTP-request-denied' }
  }
}

/** What a server answers, with at most `betweenMs` from one piece to the next, and without the values of secrets. */
export class ReplyBody extends Body {
  readonly #betweenMs: number
  /** `null`: there are no values to take out. */
  readonly #redacted: RedactedStream | null
  #ended = false

  constructor(
    source: ReadableStream<Uint8Array>,
    { betweenMs, redactor }: { readonly betweenMs: number; readonly redactor: Redactor },
    gate: Gate,
    meter: CallMeter,
    hostCall: HostCall,
  ) {
    super(source, gate, meter, hostCall)
    this.#betweenMs = betweenMs
    this.#redacted = redactor.isEmpty ? null : redactor.stream()
  }

  protected async next(reader: ByteReader): Promise<Uint8Array | HttpErrorCode | null> {
    if (this.#redacted === null) return await this.#piece(reader)
    while (!this.#ended) {
      // oxlint-disable-next-line no-await-in-loop -- until there is something that may go on
      const piece = await this.#piece(reader)
      if (piece !== null && !(piece instanceof Uint8Array)) return piece
      this.#ended = piece === null
      const free = piece === null ? this.#redacted.end() : this.#redacted.push(piece)
      if (free.length > 0) return free
    }
    return null
  }

  async #piece(reader: ByteReader): Promise<Uint8Array | HttpErrorCode | null> {
    const late = Promise.withResolvers<HttpErrorCode>()
    const tooLate = { tag: 'connection-read-timeout' } as const
    const timer = setTimeout(() => late.resolve(tooLate), this.#betweenMs)
    const piece = reader.read().catch((cause: unknown) => bodyFailure(cause))
    const next = await Promise.race([piece, late.promise]).finally(() => clearTimeout(timer))
    if (!(next instanceof Uint8Array)) return next
    if (!this.meter.gets(next, this.hostCall)) return { tag: 'HTTP-response-body-size' }
    return (await this.gate(next.byteLength)) ? next : { tag: 'HTTP-request-denied' }
  }
}
