// The instructions of core WebAssembly that metering knows: what follows each in the binary, and
// what it costs. What is not here is refused, with the proposal it belongs to where that is known.

import { refuse } from './binary.ts'

/**
 * What stands behind an opcode (core spec, Binary Format, Instructions). `control` instructions are
 * read one by one in `outline.ts`.
 */
export const UNKNOWN = 0
export const PLAIN = 1
export const LEB = 2
export const MEMARG = 3
export const BYTES_4 = 4
export const BYTES_8 = 5
export const CONTROL = 6

/** By opcode of one byte. */
export const FORM = new Uint8Array(256)

/**
 * Fuel of one instruction; calls without what they call. A core of 2025 burns 4 to 35 units in a
 * nanosecond, by what the code is (`bench/metering.ts`).
 */
export const COST = new Uint16Array(256).fill(1)

function set(form: number, first: number, last = first): void {
  FORM.fill(form, first, last + 1)
}

set(PLAIN, 0x01) // nop
set(CONTROL, 0x00)
set(CONTROL, 0x02, 0x13) // block to return_call_indirect
set(CONTROL, 0x18, 0x19) // delegate, catch_all
set(PLAIN, 0x1a, 0x1b) // drop, select
set(CONTROL, 0x1c) // select with types
set(CONTROL, 0x1f) // try_table
set(LEB, 0x20, 0x22) // local
set(CONTROL, 0x23, 0x24) // global
set(LEB, 0x25, 0x26) // table.get, table.set
set(MEMARG, 0x28, 0x3e)
set(LEB, 0x3f) // memory.size
set(CONTROL, 0x40) // memory.grow
set(LEB, 0x41, 0x42) // i32.const, i64.const
set(BYTES_4, 0x43)
set(BYTES_8, 0x44)
set(PLAIN, 0x45, 0xc4) // numeric, sign extension included
set(CONTROL, 0xd0) // ref.null
set(PLAIN, 0xd1) // ref.is_null
set(CONTROL, 0xd2) // ref.func
set(CONTROL, 0xfc, 0xfd)

/** A throw unwinds in microseconds. */
export const THROW_COST = 2_000
/** One round of a loop, whose work may be no more than to come round. */
export const LOOP_COST = 4
/** What a call costs by itself. */
export const CALL_COST = 8
/** It goes through JavaScript, more often than not. */
export const IMPORT_CALL_COST = 100
export const CALL_INDIRECT_COST = 24
export const BULK_COST = 8
/** A system call. */
export const GROW_COST = 2_000

for (const free of [0x00, 0x01, 0x02, 0x03, 0x05, 0x0b, 0x0f, 0x1a]) COST[free] = 0
for (const division of [0x6d, 0x6e, 0x6f, 0x70]) COST[division] = 8
for (const division of [0x7f, 0x80, 0x81, 0x82]) COST[division] = 12
for (const real of [0x91, 0x95, 0x9f, 0xa3]) COST[real] = 5 // sqrt, div
COST.fill(2, 0x28, 0x3f) // loads and stores
COST.fill(3, 0xa8, 0xb2) // float to integer, which checks
COST.fill(2, 0x23, 0x25)
COST.fill(4, 0x25, 0x27)
COST[0x0e] = 3

/** Values that an engine has at hand without moving them. */
const FREE_PARAMETERS = 8
const FREE_VALUES = 1
/** What it sets to zero without anybody's noticing. */
const FREE_LOCALS = 16

/** Moving the arguments and the results of a call. */
export function arityCost(parameters: number, results: number): number {
  return Math.max(0, parameters - FREE_PARAMETERS) + carryCost(results)
}

/** Moving values along with a branch, out of the function perhaps. */
export function carryCost(values: number): number {
  return values > FREE_VALUES ? values : 0
}

/** Setting declared locals to zero when the function begins: those of large frames wait for memory. */
export function localsCost(locals: number): number {
  return 2 * Math.max(0, locals - FREE_LOCALS)
}

/** Opcodes after 0xfc. */
export const EXTENDED = {
  memoryInit: 8,
  dataDrop: 9,
  memoryCopy: 10,
  memoryFill: 11,
  tableInit: 12,
  elemDrop: 13,
  tableCopy: 14,
  tableGrow: 15,
  tableSize: 16,
  tableFill: 17,
} as const
export const LAST_SATURATING = 7

/** Opcodes after 0xfd that no instruction has. */
const VECTOR_GAPS: ReadonlySet<number> = new Set([
  154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226,
  238,
])
const LAST_VECTOR = 255
/** Relaxed SIMD, all without immediates. What they answer may be another number on another processor. */
const FIRST_RELAXED = 0x100
const LAST_RELAXED = 0x113

/** Fuel of a vector instruction beside the one that each costs: those that are many of a processor, or slow. */
const VECTOR_COST = new Uint8Array(LAST_RELAXED + 1)
for (const [cost, ...opcodes] of [
  [2, 0x6b, 0x6c, 0x6d, 0xcc, 0xe8, 0xe9, 0xf4, 0xf5], // shifts of bytes, i64x2.shr_s; min and max of floats
  [4, 0x62, 0xd5, 0xf8, 0xf9, 0xfc, 0xfd], // i8x16.popcnt, i64x2.mul, floats to integers
  [8, 0xe3, 0xe7], // f32x4.sqrt, f32x4.div
  [12, 0xef, 0xf3], // f64x2.sqrt, f64x2.div
] as const) {
  for (const opcode of opcodes) VECTOR_COST[opcode] = cost
}

export function vectorCost(opcode: number): number {
  return VECTOR_COST[opcode] ?? 0
}

/** Bytes behind a vector opcode, or how to read them. */
export function vectorForm(opcode: number): 'plain' | 'memarg' | 'lane' | 'memarg-lane' | 'bytes' {
  if (opcode >= FIRST_RELAXED && opcode <= LAST_RELAXED) return 'plain'
  if (opcode > LAST_VECTOR || VECTOR_GAPS.has(opcode)) {
    refuse('unsupported', `the vector instruction ${opcode}`)
  }
  if (opcode <= 11 || opcode === 92 || opcode === 93) return 'memarg'
  if (opcode === 12 || opcode === 13) return 'bytes'
  if (opcode >= 21 && opcode <= 34) return 'lane'
  if (opcode >= 84 && opcode <= 91) return 'memarg-lane'
  return 'plain'
}

const PROPOSALS: Readonly<Record<number, string>> = {
  0x14: 'a call through a typed function reference',
  0x15: 'a call through a typed function reference',
  0xd3: 'an instruction of the GC proposal',
  0xd4: 'an instruction on typed function references',
  0xd5: 'an instruction on typed function references',
  0xd6: 'an instruction on typed function references',
  0xfb: 'an instruction of the GC proposal',
  0xfe: 'an atomic instruction',
}

export function refuseOpcode(opcode: number): never {
  const name = PROPOSALS[opcode]
  return refuse('unsupported', name ?? `the instruction 0x${opcode.toString(16)}`)
}

export function refuseExtended(opcode: number): never {
  if (opcode >= 19 && opcode <= 22) refuse('unsupported', 'an instruction of wide arithmetic')
  return refuse('unsupported', `the instruction 0xfc ${opcode}`)
}
