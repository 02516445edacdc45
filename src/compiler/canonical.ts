// Where jco 1.35 differs from the canonical ABI. A core value that is wider than its type keeps its
// low bits, any number but 0 is true, and flags that no label stands for are ignored
// (CanonicalABI.md, "Lifting"): honest guests return such values, C does not clear the upper bits. In a
// variant that shares an i64 among its cases, 32 bits are extended by zeros ("Flat Lowering").

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

interface Correction {
  /** Text that occurs wherever the shape has to be found, so that another jco fails here. */
  readonly mark: string
  readonly shape: RegExp
  readonly instead: string
}

/** `value` is how an expression of a signed 32-bit number begins. */
function zeroExtended(value: string): Correction {
  const mark = `BigInt(${value}`
  const shape = new RegExp(mark.replaceAll('(', '\\('), 'g')
  return { mark, shape, instead: `((bits) => BigInt(bits >>> 0))(${value}` }
}

const CORRECTIONS: readonly Correction[] = [
  {
    // Called for integers of 8 and 16 bits.
    mark: 'function clampGuest(',
    shape:
      /function clampGuest\(i, min, max\) \{\s*if \(i < min \|\| i > max\) \{\s*throw new TypeError\(`must be between \$\{min\} and \$\{max\}`\);\s*\}\s*return i;\s*\}/g,
    instead:
      'function clampGuest(i, min, max) { const low = i & (max - min); return low > max ? low - (max - min) - 1 : low }',
  },
  {
    mark: 'function throwInvalidBool(',
    shape:
      /function throwInvalidBool\(\) \{\s*throw new TypeError\('invalid variant discriminant for bool'\);\s*\}/g,
    instead: 'function throwInvalidBool() { return true }',
  },
  {
    mark: 'flags have extraneous bits set',
    shape:
      /if \(\([^\n]* & \d+\) !== 0\) \{\s*throw new TypeError\('flags have extraneous bits set'\);\s*\}/g,
    instead: '',
  },
  // `BigInt` around 32 bits is the way into a shared i64; StarlingMonkey guests read its upper half.
  zeroExtended('toInt8('),
  zeroExtended('toInt16('),
  zeroExtended('toInt32('),
  zeroExtended('f32ToI32('),
  zeroExtended('flags'),
]

/** `err` is our own sentence: the generated code differs from what the corrections were written for. */
export function corrected(generated: string): Result<string, string> {
  let source = generated
  for (const { mark, shape, instead } of CORRECTIONS) {
    const marks = source.split(mark).length - 1
    if (marks !== (source.match(shape) ?? []).length) {
      return err(`the generated code has another shape at ${JSON.stringify(mark)}`)
    }
    source = source.replace(shape, () => instead)
  }
  return ok(source)
}
