// Takes the values of secrets out of whatever leaves, or comes to a guest: every form of `forms.ts` becomes the same
// fixed word. What is shorter than a secret may be is left: it would stand in honest text by chance.

import type { Form } from './forms.ts'
import { formsOf } from './forms.ts'
import { isEscape, matchAt, mayBegin } from './form-match.ts'
import { SECRET_LIMITS } from './secret.ts'

export const REDACTED = '[redacted]'

const mark = new TextEncoder().encode(REDACTED)
const NOTHING = new Uint8Array()
/** Half of a character: in bytes it would be another one, and no value would go on with it. */
const HALF_PAIR = /[\ud800-\udbff]$/

/** Bytes on their way, a piece at a time: a value that stands in two pieces is found as well. */
export interface RedactedStream {
  /** What may go on now. What may be the beginning of a value is held back. */
  push(piece: Uint8Array): Uint8Array
  /** The rest. */
  end(): Uint8Array
}

export class Redactor {
  readonly #values = new Set<string>()
  readonly #forms: Form[] = []
  /** Which bytes some form begins with. */
  readonly #first = new Uint8Array(256)

  /** From now on. */
  add(value: string): void {
    if (this.#values.has(value) || [...value].length < SECRET_LIMITS.VALUE_CHARS) return
    this.#values.add(value)
    for (const form of formsOf(value)) {
      this.#forms.push(form)
      for (const bytes of [form.one.subarray(0, 1), form.other.subarray(0, 1), form.more.get(0)]) {
        for (const byte of bytes ?? []) this.#first[byte] = 1
      }
    }
  }

  get isEmpty(): boolean {
    return this.#forms.length === 0
  }

  /** The same text where nothing is in it. */
  text(text: string): string {
    if (this.isEmpty) return text
    const bytes = new TextEncoder().encode(text)
    const clean = this.bytes(bytes)
    return clean === bytes
      ? text
      : new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(clean)
  }

  /**
   * At most so many characters from the beginning. What a cut leaves of a value is none of its forms: it is cut off
   * as well. Nothing beyond is looked at.
   */
  cut(text: string, chars: number): string {
    const clean = text.length > chars ? this.beginning(text.slice(0, chars)) : this.text(text)
    return clean.length > chars ? clean.slice(0, chars).replace(HALF_PAIR, '') : clean
  }

  /** Of a text that went on: without what may be the beginning of a value. */
  beginning(text: string): string {
    const whole = text.replace(HALF_PAIR, '')
    if (this.isEmpty) return whole
    const clean = this.stream().push(new TextEncoder().encode(whole))
    return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(clean)
  }

  /** The same bytes where nothing is in them. */
  bytes(bytes: Uint8Array): Uint8Array {
    const { pieces, rest } = this.#scan(bytes, true)
    return pieces.length === 0 ? bytes : joined([...pieces, rest])
  }

  stream(): RedactedStream {
    let held: Uint8Array = NOTHING
    return {
      push: (piece) => {
        const bytes = held.length === 0 ? piece : joined([held, piece])
        const { pieces, rest, heldFrom } = this.#scan(bytes, false)
        held = bytes.slice(heldFrom)
        const free = rest.subarray(0, rest.length - held.length)
        return pieces.length === 0 ? free : joined([...pieces, free])
      },
      end: () => {
        const bytes = held
        held = NOTHING
        return this.bytes(bytes)
      },
    }
  }

  /** `pieces`: up to behind the last value; `rest`: what follows. From `heldFrom` on more bytes may tell more. */
  #scan(
    bytes: Uint8Array,
    isWhole: boolean,
  ): {
    readonly pieces: readonly Uint8Array[]
    readonly rest: Uint8Array
    readonly heldFrom: number
  } {
    const pieces: Uint8Array[] = []
    let [kept, at] = [0, 0]
    while (at < bytes.length) {
      const found = this.#mayBegin(bytes, at) ? this.#at(bytes, at, isWhole) : 0
      if (found === 'more') break
      if (found > 0) {
        pieces.push(bytes.subarray(kept, at), mark)
        kept = at + found
      }
      at += Math.max(1, found)
    }
    return { pieces, rest: bytes.subarray(kept), heldFrom: at }
  }

  #mayBegin(bytes: Uint8Array, at: number): boolean {
    const byte = bytes[at] ?? 0
    if (this.#first[byte] === 1) return true
    return isEscape(byte) && mayBegin(bytes, at, this.#first)
  }

  /** The longest form there: one value may be the beginning of another. */
  #at(bytes: Uint8Array, at: number, isWhole: boolean): number | 'more' {
    let longest = 0
    let needsMore = false
    for (const form of this.#forms) {
      const length = matchAt(bytes, at, form, isWhole)
      if (length === 'more') needsMore = true
      else longest = Math.max(longest, length)
    }
    return needsMore ? 'more' : longest
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
