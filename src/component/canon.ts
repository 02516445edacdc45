// Canonical definitions: how component functions are lifted and lowered, and the built-ins of async
// (Binary.md, "Canonical Definitions"). Only a lift says anything about the outside; it names its
// type.

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'
import { readValueRef } from './parse-types.ts'

/**
 * What follows the opcode of each built-in: `i` an index or number, `b` one byte (a flag, or a core
 * value type), `o` options, `r` a result list, `-` nothing.
 */
const BUILT_INS: ReadonlyMap<number, string> = new Map([
  [0x02, 'i'], // resource.new
  [0x03, 'i'], // resource.drop
  [0x04, 'i'], // resource.rep
  [0x05, '-'], // task.cancel
  [0x06, 'b'], // subtask.cancel
  [0x07, 'i'], // resource.drop async
  [0x08, '-'], // backpressure.set, replaced by 0x24 and 0x25
  [0x09, 'ro'], // task.return
  [0x0a, 'bi'], // context.get
  [0x0b, 'bi'], // context.set
  [0x0c, 'b'], // thread.yield
  [0x0d, '-'], // subtask.drop
  [0x0e, 'i'], // stream.new
  [0x0f, 'io'], // stream.read
  [0x10, 'io'], // stream.write
  [0x11, 'ib'], // stream.cancel-read
  [0x12, 'ib'], // stream.cancel-write
  [0x13, 'i'], // stream.drop-readable
  [0x14, 'i'], // stream.drop-writable
  [0x15, 'i'], // future.new
  [0x16, 'io'], // future.read
  [0x17, 'io'], // future.write
  [0x18, 'ib'], // future.cancel-read
  [0x19, 'ib'], // future.cancel-write
  [0x1a, 'i'], // future.drop-readable
  [0x1b, 'i'], // future.drop-writable
  [0x1c, 'o'], // error-context.new
  [0x1d, 'o'], // error-context.debug-message
  [0x1e, '-'], // error-context.drop
  [0x1f, '-'], // waitable-set.new
  [0x20, 'bi'], // waitable-set.wait
  [0x21, 'bi'], // waitable-set.poll
  [0x22, '-'], // waitable-set.drop
  [0x23, '-'], // waitable.join
  [0x24, '-'], // backpressure.inc
  [0x25, '-'], // backpressure.dec
  [0x26, '-'], // thread.index
  [0x27, 'ii'], // thread.new-indirect
  [0x28, '-'], // thread.resume-later
  [0x29, 'b'], // thread.suspend
  [0x2a, 'b'], // thread.suspend-then-resume
  [0x2b, 'b'], // thread.yield-then-resume
  [0x2c, 'b'], // thread.suspend-then-promote
  [0x2d, 'b'], // thread.yield-then-promote
  [0x2e, 'i'], // stream.forward
  [0x2f, 'i'], // future.forward
  [0x40, 'i'], // thread.spawn-ref
  [0x41, 'ii'], // thread.spawn-indirect
  [0x42, '-'], // thread.available-parallelism
])

/** `lift` adds a component function, everything else a core function, which nobody asks about. */
export type Canon = { readonly is: 'lift'; readonly type: number } | { readonly is: 'core-func' }

export function readCanon(reader: Reader): Canon {
  const opcode = reader.byte()
  if (opcode <= 0x01) {
    if (reader.byte() !== 0x00) reader.malformed('a canonical definition')
    reader.u32()
    readOptions(reader)
    return opcode === 0x00 ? { is: 'lift', type: reader.u32() } : { is: 'core-func' }
  }
  const immediates = BUILT_INS.get(opcode)
  if (immediates === undefined) refuse('unsupported', `canonical built-in ${opcode}`)
  for (const immediate of immediates) {
    if (immediate === 'i') reader.u32()
    else if (immediate === 'b') reader.byte()
    else if (immediate === 'o') readOptions(reader)
    else if (immediate === 'r') readResult(reader)
  }
  return { is: 'core-func' }
}

function readOptions(reader: Reader): void {
  reader.vector(() => {
    const option = reader.byte()
    if (option > 0x09) refuse('unsupported', `canonical option ${option}`)
    const hasIndex = (option >= 0x03 && option <= 0x05) || option === 0x07 || option === 0x08
    if (hasIndex) reader.u32()
  })
}

function readResult(reader: Reader): void {
  if (reader.byte() === 0x00) readValueRef(reader)
  else if (reader.byte() !== 0x00) refuse('unsupported', 'named results')
}
