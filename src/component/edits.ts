// Places in a function's code that are written anew, in order. The kinds say what stands there.

/** A region starts here: `a` is the region. */
export const CHARGE = 0
/** `block` or `if`: a label opens. */
export const BLOCK = 1
export const IF = 2
/** `loop`: `a` is the region of its body. `b` is 1 when it takes no parameters and is reached. */
export const LOOP = 3
export const ELSE = 4
/** `b` is 1 when several ways meet here. */
export const END = 5
/** `br` and `br_if`: `a` is the index of the frame branched to. */
export const BRANCH = 6
export const BRANCH_IF = 7
/** The labels are read again. */
export const BRANCH_TABLE = 8
export const RETURN = 9
/** `call` and `return_call`: `a` is the function's index. */
export const CALL = 10
export const RETURN_CALL = 11
/** The same through a table. */
export const CALL_INDIRECT = 12
export const RETURN_CALL_INDIRECT = 13
/** `ref.func` and global instructions: `a` is the index. */
export const FUNCTION_INDEX = 14
export const GLOBAL_INDEX = 15
/** A bulk instruction: fuel for `n` is `n` shifted right by `a`, or left when `a` is negative. */
export const BULK = 16
/** The same for growing, charged when it worked. */
export const GROW_TABLE = 17
export const GROW_MEMORY = 18

/** One reusable list. `at` to `end` are the bytes of the instruction. */
export class Edits {
  #count = 0
  #fields = new Int32Array(5 * 256)

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
  }

  add(kind: number, at: number, end: number, a = 0, b = 0): number {
    const base = this.#count * 5
    if (base === this.#fields.length) {
      const larger = new Int32Array(base * 2)
      larger.set(this.#fields)
      this.#fields = larger
    }
    this.#fields[base] = kind
    this.#fields[base + 1] = at
    this.#fields[base + 2] = end
    this.#fields[base + 3] = a
    this.#fields[base + 4] = b
    this.#count += 1
    return this.#count - 1
  }

  /** The edit added last ends there. */
  endLast(end: number): void {
    this.#fields[(this.#count - 1) * 5 + 2] = end
  }

  kind(edit: number): number {
    return this.#fields[edit * 5] as number
  }
  at(edit: number): number {
    return this.#fields[edit * 5 + 1] as number
  }
  end(edit: number): number {
    return this.#fields[edit * 5 + 2] as number
  }
  a(edit: number): number {
    return this.#fields[edit * 5 + 3] as number
  }
  b(edit: number): number {
    return this.#fields[edit * 5 + 4] as number
  }
}
