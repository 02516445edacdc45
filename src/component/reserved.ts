// Names that are good WIT and bad JavaScript: the generated code would bind them as variables,
// functions or classes of its own scope. jco renames what it knows to clash; this is the rest.

import { camelCase, pascalCase } from './jco-shapes.ts'
import { splitInterfaceName } from './name-forms.ts'

/**
 * Decided for jco 1.35 by generating each name in each position and parsing what came out.
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

/** Globals that jco lets a resource's class shadow. `Error` it renames, and WASI has one. */
const SHADOWED_CLASSES: ReadonlySet<string> = words(`
  Array Number Boolean Symbol String Object Function BigInt Promise Map Set WeakMap WeakSet WeakRef
  Math JSON Proxy Reflect Atomics ArrayBuffer DataView TextEncoder TextDecoder TypeError RangeError
  Int8Array Uint8Array Int16Array Uint16Array Int32Array Uint32Array BigInt64Array BigUint64Array
  Float32Array Float64Array FinalizationRegistry ReadableStream
`)

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/))
}

/** Whether a function or interface of this label may be bound by the generated code. */
export function isReservedBinding(label: string): boolean {
  const name = camelCase(label)
  return BOUND_NAMES.has(name) || NUMBERED.test(name)
}

/**
 * The name that an export of the world goes by in the generated code: its own, or one with a prefix
 * when its last part is reserved or, for a function, not in lower case (jco looks for that form).
 */
export function generatedName(name: string): string {
  // Members of resources are bound by their resource.
  if (name.startsWith('[')) return name
  const { name: path, version } = splitInterfaceName(name)
  const slash = path.lastIndexOf('/') + 1
  const label = path.slice(slash)
  const isLower = slash > 0 || label === label.toLowerCase()
  if (isLower && !isReservedBinding(label)) return name
  const renamed = `${path.slice(0, slash)}wassette-edge-${label.toLowerCase()}`
  return version === null ? renamed : `${renamed}@${version}`
}

export function isReservedClass(resource: string): boolean {
  return SHADOWED_CLASSES.has(pascalCase(resource))
}

/**
 * Methods are properties, so little is reserved; the name of their function expression is a
 * binding.
 */
export function isReservedMethod(label: string): boolean {
  return label === 'then' || label === 'arguments'
}
