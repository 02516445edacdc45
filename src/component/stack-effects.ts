// By how much an instruction makes the stack of operands higher: what it leaves there less what it takes.
// Those that depend on a type (calls, blocks, throws) are not here.

/** By opcode of one byte. */
export const EFFECT = new Int8Array(256)

function set(effect: number, first: number, last = first): void {
  EFFECT.fill(effect, first, last + 1)
}

set(-1, 0x04) // if
set(-1, 0x0d, 0x0e) // br_if, br_table
set(-1, 0x11) // call_indirect, what it calls
set(-1, 0x13)
set(-1, 0x1a) // drop
set(-2, 0x1b, 0x1c) // select
set(1, 0x20) // local.get
set(-1, 0x21)
set(1, 0x23) // global.get
set(-1, 0x24)
set(-2, 0x26) // table.set
set(-2, 0x36, 0x3e) // stores
set(1, 0x3f) // memory.size
set(1, 0x41, 0x44) // constants
set(-1, 0x46, 0x4f) // comparisons, but those with zero
set(-1, 0x51, 0x66)
set(-1, 0x6a, 0x78) // arithmetic of two operands
set(-1, 0x7c, 0x8a)
set(-1, 0x92, 0x98)
set(-1, 0xa0, 0xa6)
set(1, 0xd0) // ref.null
set(1, 0xd2) // ref.func

/** By opcode after 0xfc. */
export function extendedEffect(opcode: number): number {
  switch (opcode) {
    case 8: // memory.init, memory.copy, memory.fill; table.init, table.copy, table.fill
    case 10:
    case 11:
    case 12:
    case 14:
    case 17:
      return -3
    case 15: // table.grow
      return -1
    case 16: // table.size
      return 1
    default:
      return 0
  }
}

/** By opcode after 0xfd. */
const VECTOR_EFFECT = new Int8Array(0x114)

for (const [effect, ...ranges] of [
  [1, 12, 12], // v128.const
  [-2, 11, 11, 82, 82, 88, 91, 0x105, 0x10c, 0x113, 0x113], // stores, bitselect; madd, laneselect, dot_add
  [-1, 13, 14, 23, 23, 26, 26, 28, 28, 30, 30, 32, 32, 34, 76, 78, 81, 84, 87], // shuffles to comparisons, lanes
  [-1, 101, 102, 107, 115, 118, 121, 123, 123, 130, 130, 133, 134, 139, 147, 149, 153], // 8 and 16 bits
  [-1, 155, 159, 171, 174, 177, 177, 181, 186, 188, 191, 203, 206, 209, 209, 213, 223], // 32 and 64 bits
  [-1, 228, 235, 240, 247, 0x100, 0x100, 0x10d, 0x112], // floats; relaxed
] as const) {
  for (let i = 0; i < ranges.length; i += 2) {
    VECTOR_EFFECT.fill(effect, ranges[i], (ranges[i + 1] ?? 0) + 1)
  }
}

export function vectorEffect(opcode: number): number {
  return VECTOR_EFFECT[opcode] ?? 0
}
