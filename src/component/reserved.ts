// Names that are good WIT and bad JavaScript: the generated code would bind them as variables,
// functions or classes of its own scope. jco renames what it knows to clash; this is the rest.

import { camelCase, pascalCase } from './jco-shapes.ts'
import { splitInterfaceName } from './name-forms.ts'
import type { Sort } from './syntax.ts'

/**
 * Decided for jco 1.35 by generating each name in each position and parsing what came out. What is exported
 * goes by another name then, what is imported is refused.
 * - `then`: makes the object of exports a thenable, so that awaiting it never ends.
 * - `arguments`: cannot be bound in strict code.
 * - the globals: the guest's function or class would take the place of the real one for all glue.
 * - the rest is declared by the glue itself. A second declaration does not parse.
 * Not here, because jco quotes or renames them and they are own properties of fresh objects:
 * `eval`, `constructor`, `prototype`, `await`, `delete` and the other keywords. `__proto__` is not
 * kebab-case.
 */
const BOUND_NAMES: ReadonlySet<string> = words(`
  then arguments
  undefined globalThis console queueMicrotask setTimeout clearTimeout setInterval clearInterval
  imports instantiateCore getCoreModule i32ToChar dataView utf16Decoder toInt8 toInt16 toInt32
  toInt64 toUint8 toUint16 toUint32 toUint64 validateGuestChar validateHostChar clampGuest
  rscTableCreateOwn rscTableGet rscTableRemove curResourceBorrows getCurrentTask clearCurrentTask
  createNewCurrentTask promiseWithResolvers getOrCreateAsyncState lookupMemoriesForComponent
  unpackCallbackResult throwInvalidBool throwUninitialized hasOwnProperty getErrorPayload emptyFunc
  finalizationRegistryCreate base64Compile fetchCompile normalizeInstantiationError maybeSyncReturn
  runNext getStreamEnd getFutureEnd createStream createFuture streamNewFromLift futureNewFromLift
`)

/** What the glue numbers: `exports0`, `memory0`, `postReturn2Async`, `handleTable1` and so on. */
const NUMBERED = new RegExp(
  '^(?:module|exports|memory|realloc|postReturn|callback|trampoline|instanceFlags|handleTable|' +
    'captureTable|captureCnt|finalizationRegistry|lowered|resource)\\d+(?:Async)?$',
)

/**
 * Globals, and classes of the glue, that jco lets a resource's class shadow. `Error` it renames, and WASI
 * has one.
 */
const SHADOWED_CLASSES: ReadonlySet<string> = words(`
  Array Number Boolean Symbol String Object Function BigInt Promise Map Set WeakMap WeakSet WeakRef
  Math JSON Proxy Reflect Atomics ArrayBuffer DataView TextEncoder TextDecoder TypeError RangeError
  Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array
  Float32Array Float64Array FinalizationRegistry ReadableStream WebAssembly NaN Infinity SuspendError
  Waitable WaitableSet RepTable ComponentAsyncState AsyncTask AsyncSubtask ManagedBuffer BufferManager
  Future FutureValue FutureEnd FutureReadableEnd FutureWritableEnd InternalFuture HostFuture
  Stream StreamEnd StreamReadableEnd StreamWritableEnd InternalStream HostStream PendingValueQueue
`)

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}

/** Of functions and interfaces. */
function isReservedBinding(label: string): boolean {
  const name = camelCase(label)
  return BOUND_NAMES.has(name) || NUMBERED.test(name)
}

/** Of resources. */
function isReservedClass(resource: string): boolean {
  return SHADOWED_CLASSES.has(pascalCase(resource))
}

/**
 * Methods are properties, but the name of their function expression is a binding, and `glue.ts` lets nothing be
 * called `eval` or `import`. Static functions are assigned to a class, which has some that cannot be.
 */
const BOUND_MEMBERS: ReadonlySet<string> = words('eval import')
const BOUND_STATICS: ReadonlySet<string> = words('caller length name prototype')

function isReservedMember(kind: string, member: string): boolean {
  const name = camelCase(member)
  if (isReservedBinding(member) || BOUND_MEMBERS.has(name)) return true
  return kind === 'static' && BOUND_STATICS.has(name)
}

/** What a world exports is found by its name in lower case. Another prefix than any label of ours has. */
function prefixed(label: string): string {
  return `wassette-edge-${label.toLowerCase()}`
}

/**
 * The name that an export of the world goes by in the generated code: its own, or one with a prefix
 * when its last part is reserved or, for a function, not in lower case (jco looks for that form).
 */
export function generatedName(name: string): string {
  if (name.startsWith('[')) return generatedMember('func', name)
  const { name: path, version } = splitInterfaceName(name)
  const slash = path.lastIndexOf('/') + 1
  const label = path.slice(slash)
  const isLower = slash > 0 || label === label.toLowerCase()
  if (isLower && !isReservedBinding(label)) return name
  const renamed = `${path.slice(0, slash)}${prefixed(label)}`
  return version === null ? renamed : `${renamed}@${version}`
}

const MEMBER = /^\[(constructor|method|static|resource-drop)\]([^.]+)(?:\.(.+))?$/

/** The same for what stands in an interface or belongs to a resource. Only functions and types have one. */
export function generatedMember(sort: Sort, name: string): string {
  if (sort === 'type') return isReservedClass(name) ? prefixed(name) : name
  if (sort !== 'func') return name
  const [, kind = '', resource, member] = MEMBER.exec(name) ?? []
  if (resource === undefined) return isReservedBinding(name) ? prefixed(name) : name
  const owner = `[${kind}]${generatedMember('type', resource)}`
  if (member === undefined) return owner
  return `${owner}.${isReservedMember(kind, member) ? prefixed(member) : member}`
}

/** Whether generated code may import it under its own name: what answers it goes by that. */
export function isFree(sort: Sort, name: string): boolean {
  return generatedMember(sort, name) === name
}
