// Reads the code of functions. It is `Reader` without a budget of items: code has millions of them,
// each read once, and the engine has validated it before.

import { refuse } from './binary.ts'

export class CodeCursor {
  readonly bytes: Uint8Array
  at: number
  end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  byte(): number {
    if (this.at >= this.end) refuse('malformed', `code that ends early, at byte ${this.at}`)
    const value = this.bytes[this.at] as number
    this.at += 1
    return value
  }

  u32(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return refuse('malformed', `an integer of more than 32 bits, at byte ${this.at}`)
  }

  /** Steps over one integer of any width and sign. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  skip(bytes: number): void {
    this.at += bytes
    if (this.at > this.end) refuse('malformed', `code that ends early, at byte ${this.at}`)
  }

  /** Alignment and offset. Bit 6 of the first would mean that a memory's index follows. */
  skipMemarg(): void {
    if (this.u32() >= 0x40) refuse('unsupported', 'more than one memory')
    this.skipLeb()
  }

  /** The index of a memory, which can only be the first. */
  expectFirstMemory(): void {
    if (this.byte() !== 0) refuse('unsupported', 'more than one memory')
  }
}
