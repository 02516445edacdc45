// The globals that jco's glue lifts values with, counting. Linear memory does not bound what a guest
// makes us copy: many list elements may point at the same bytes.

import type { Halt } from './halt.ts'

/** A value read costs one unit; so do this many copied bytes, which are cheaper. */
const BYTES_PER_UNIT = 4

/** Counts units between two host calls; over the bound the guest is ended. */
export class LiftBudget {
  readonly #halt: Halt
  #bound = 0
  #left = 0
  #most = 0

  constructor(halt: Halt) {
    this.#halt = halt
  }

  /** With every call. */
  begin(bound: number): void {
    this.#bound = bound
    this.#left = bound
    this.#most = 0
  }

  /** The most units between two host calls. */
  get most(): number {
    return Math.max(this.#most, this.#bound - this.#left)
  }

  spend(units: number): void {
    this.#left -= units
    if (this.#left < 0) this.#halt.end({ tag: 'bound', bound: 'result-size' })
  }

  spendBytes(bytes: number): void {
    this.spend(1 + Math.floor(bytes / BYTES_PER_UNIT))
  }

  /** A host call was reached: what it got is bounded by then, the next lift starts anew. Units spent. */
  refill(): number {
    const spent = this.#bound - this.#left
    this.#most = Math.max(this.#most, spent)
    this.#left = this.#bound
    return spent
  }
}

const TYPED_ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
}

/** In the names of `COUNTED_GLOBALS` (compiler/glue.ts). */
export function countedGlobals(budget: LiftBudget): Record<string, unknown> {
  class CountedView extends DataView<ArrayBuffer> {
    constructor(buffer: ArrayBuffer, offset?: number, length?: number) {
      super(buffer, offset, length)
      budget.spend(1)
    }
    override getUint8(at: number): number {
      budget.spend(1)
      return super.getUint8(at)
    }
    override getInt8(at: number): number {
      budget.spend(1)
      return super.getInt8(at)
    }
    override getUint16(at: number, little?: boolean): number {
      budget.spend(1)
      return super.getUint16(at, little)
    }
    override getInt16(at: number, little?: boolean): number {
      budget.spend(1)
      return super.getInt16(at, little)
    }
    override getUint32(at: number, little?: boolean): number {
      budget.spend(1)
      return super.getUint32(at, little)
    }
    override getInt32(at: number, little?: boolean): number {
      budget.spend(1)
      return super.getInt32(at, little)
    }
    override getBigUint64(at: number, little?: boolean): bigint {
      budget.spend(1)
      return super.getBigUint64(at, little)
    }
    override getBigInt64(at: number, little?: boolean): bigint {
      budget.spend(1)
      return super.getBigInt64(at, little)
    }
    override getFloat32(at: number, little?: boolean): number {
      budget.spend(1)
      return super.getFloat32(at, little)
    }
    override getFloat64(at: number, little?: boolean): number {
      budget.spend(1)
      return super.getFloat64(at, little)
    }
  }
  class CountedDecoder extends TextDecoder {
    /** As strings of components are: a byte order mark belongs to the text, what is not Unicode traps. */
    constructor(label?: string) {
      super(label, { fatal: true, ignoreBOM: true })
    }
    override decode(
      input?: ArrayBuffer | ArrayBufferView,
      options?: TextDecoderDecodeOptions,
    ): string {
      budget.spendBytes(input?.byteLength ?? 0)
      return super.decode(input, options)
    }
  }
  const counted: Record<string, unknown> = { DataView: CountedView, TextDecoder: CountedDecoder }
  for (const [name, constructor] of Object.entries(TYPED_ARRAYS)) {
    counted[name] = new Proxy(constructor, {
      construct(target, args, newTarget) {
        // A view of guest memory copies nothing; one argument means a copy was or will be made.
        const source: unknown = args[0]
        if (args.length === 1) budget.spendBytes(sizeOf(source))
        return Reflect.construct(target, args, newTarget)
      },
    })
  }
  return counted
}

function sizeOf(source: unknown): number {
  if (typeof source === 'number') return source
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source.byteLength
  return Array.isArray(source) ? source.length : 0
}
