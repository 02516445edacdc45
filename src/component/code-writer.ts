// Bytes under construction, in one buffer that doubles.

/** Bytes that are copied faster one by one than by a view of them. */
const SHORT = 48

export class CodeWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + bytes, 64))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }

  byte(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length] = value
    this.#length += 1
  }

  /** Unsigned LEB128 of a number below 2^32. */
  u32(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.byte((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  /** An instruction with one index. */
  indexed(opcode: number, index: number): void {
    this.byte(opcode)
    this.u32(index)
  }

  /** Signed LEB128 of a whole number from 0 to 2^53. */
  positive(value: number): void {
    let rest = value
    while (rest >= 0x40) {
      this.byte((rest % 0x80) + 0x80)
      rest = Math.floor(rest / 0x80)
    }
    this.byte(rest)
  }

  copy(source: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (length <= 0) return
    this.#reserve(length)
    if (length > SHORT) this.#bytes.set(source.subarray(from, to), this.#length)
    else
      for (let i = 0; i < length; i += 1) this.#bytes[this.#length + i] = source[from + i] as number
    this.#length += length
  }

  append(other: CodeWriter): void {
    this.copy(other.#bytes, 0, other.#length)
  }

  clear(): void {
    this.#length = 0
  }

  /** The bytes, in a buffer of just their size. Nothing is written afterwards. */
  finish(): Uint8Array {
    if (this.#length === this.#bytes.length) return this.#bytes
    return this.#bytes.slice(0, this.#length)
  }
}
