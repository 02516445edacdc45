// Turns jco's generated JavaScript into a module that fits a guest isolate: inlined core modules are
// moved out (bytes cannot be compiled inside a handler), the globals that lifting uses become parameters, so
// that the shell can count what a guest makes us copy and how often it calls, constructors become static async functions, so that
// what they call may suspend, and an import that throws reaches the guest. Any other shape is refused.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { withResources } from './resources.ts'
import { STACKS, withStacks } from './stacks.ts'

export interface Glue {
  readonly source: string
  /** Core modules that jco had written into the source, to be loaded as `<name>`. */
  readonly inlined: readonly [name: string, bytes: Uint8Array][]
}

/** What the shell passes to `instantiate` in place of the globals of the same names. */
export const COUNTED_GLOBALS = [
  'DataView',
  'TextDecoder',
  'Int8Array',
  'Uint8Array',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float32Array',
  'Float64Array',
] as const

const HEAD =
  'export function instantiate(getCoreModule, imports, instantiateCore = WebAssembly.instantiate) {'
const TAIL = /\nexport const _util = \{\s*\}\s*$/
const INLINED = /new WebAssembly\.Module\(new Uint8Array\(\[([0-9a-fx,\s]*)\]\)\)/g
const FORBIDDEN =
  /\bnew WebAssembly\.(?:Module|Instance|Table)\b|\bWebAssembly\.Suspending\b|\bWebAssembly\.promising\s*\(|\bimport\s*\(|^import\b|\beval\s*\(|\bnew Function\b/m

/**
 * An import that throws beside the guest's stack rejects its task and then waits for a promise that only
 * tasks without a parent settle: the guest stays suspended. It must get what was thrown.
 */
const CAUGHT = /'\[Instruction::CallInterface\] error during async call'/g
const SWALLOWED =
  /('\[Instruction::CallInterface\] error during async call',[^;]*;[^{}]*task\.exit\(\);\s*)return task\.completionPromise\(\);/g

/**
 * jco ends a guest that waits while no host function is at work. It does not see that the host still reads
 * a stream whose function has returned, nor that another part of the guest computes.
 */
export const GOES_ON = '_goesOn'
const AT_WORK = /STORE_ASYNC_STATE\.pendingHostOperations > 0(?=\) \{ return; \})/g

/** How the shell makes instances of inlined modules, which find their meter that way. */
export const NEW_INSTANCE = '_newInstance'
const INSTANCE = /\bnew WebAssembly\.Instance\(/g

/** How the shell makes functions that suspend the guest: inside of the real ones it could not count. */
export const SUSPENDING = '_suspending'
const SUSPENDED = /\bnew WebAssembly\.Suspending\(/g

/** Decimal or hexadecimal literals, with or without a comma behind the last. */
function byteList(text: string): Uint8Array {
  const literals = text.split(',').map((literal) => literal.trim())
  return Uint8Array.from(literals.filter((literal) => literal !== '').map(Number))
}

/** Constructors and static functions of exported resources, which jco cannot write as async itself. */
export interface MemberCounts {
  readonly constructors: number
  readonly statics: number
}

const CONSTRUCTOR = /^( *)constructor\(([\w$, ]*)\) \{(\s*const hostProvided = false;)/gm
const STATIC = /^( *[A-Z][\w$]*\.[\w$]+ = )(?:async )?function( [\w$]*\()/gm

/** `err` names what was not as expected: another jco, or a component that reached the source text. */
export function toGlue(generated: string, members: MemberCounts): Result<Glue, string> {
  const start = generated.indexOf(HEAD)
  if (start < 0 || generated.slice(0, start).trim() !== '"use components";') {
    return err('the generated code does not start as expected')
  }
  const inlined: [string, Uint8Array][] = []
  let rethrown = 0
  const counts = { constructors: 0, statics: 0 }
  const holding = withResources(generated.slice(start + HEAD.length))
  if (!holding.ok) return holding
  const running = withStacks(holding.value)
  if (!running.ok) return running
  const body = running.value
    .replace(TAIL, '')
    .replace(CONSTRUCTOR, (_, indent: string, parameters: string, first: string) => {
      counts.constructors += 1
      return `${indent}static async $create(${parameters}) {${first}`
    })
    .replace(STATIC, (_, target: string, name: string) => {
      counts.statics += 1
      return `${target}async function${name}`
    })
    .replace(INLINED, (_, list: string) => {
      const name = `inlined${inlined.length}.wasm`
      inlined.push([name, byteList(list)])
      return `getCoreModule('${name}')`
    })
    .replace(INSTANCE, `${NEW_INSTANCE}(`)
    .replace(SUSPENDED, `${SUSPENDING}(`)
    .replace(SWALLOWED, (_, before: string) => {
      rethrown += 1
      return `${before}throw err;`
    })
    .replace(AT_WORK, (test) => `${test} || ${GOES_ON}()`)
  if (rethrown !== (body.match(CAUGHT)?.length ?? 0)) {
    return err('the generated code does not handle what an import throws as expected')
  }
  if (counts.constructors !== members.constructors || counts.statics !== members.statics) {
    return err('the generated code has other constructors or static functions than the component')
  }
  const left = FORBIDDEN.exec(body)
  if (left !== null) return err(`the generated code has ${JSON.stringify(left[0])} left in it`)
  if (/^export\b/m.test(body)) return err('the generated code has a second export')
  if (body.includes('function _checkForDeadlock') && !body.includes(`${GOES_ON}()`)) {
    return err('the generated code looks for deadlocks in another way than expected')
  }
  const globals = [...COUNTED_GLOBALS, GOES_ON, NEW_INSTANCE, STACKS, SUSPENDING].join(', ')
  const parameters = `getCoreModule, imports, instantiateCore, { ${globals} }`
  return ok({ source: `export function instantiate(${parameters}) {${body}`, inlined })
}
