// Names that are good WIT and bad JavaScript: the generated code would bind them as variables,
// functions or classes of its own scope. jco renames what it knows to clash; this is the rest.

import { camelCase, pascalCase } from './camel-case.ts'

/**
 * Decided for jco 1.35 by generating each name in each position and parsing what came out.
 * - `then`: makes the object of exports a thenable, so that awaiting it never ends.
 * - `arguments`: cannot be bound in strict code.
 * - the globals: the guest's function or class would take the place of the real one for all glue.
 * - the rest is declared by the glue itself. A second declaration does not parse.
 * Not here, because jco quotes or renames them and they are own properties of fresh objects: `eval`,
 * `constructor`, `prototype`, `await`, `delete` and the other keywords. `__proto__` is not kebab-case.
 */
const BOUND_NAMES: ReadonlySet<string> = new Set([
  'then',
  'arguments',
  ...['undefined', 'globalThis', 'console', 'queueMicrotask', 'structuredClone', 'crypto'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  ...['imports', 'instantiateCore', 'getCoreModule', 'i32ToChar', 'dataView', 'utf16Decoder'],
  ...['toInt8', 'toInt16', 'toInt32', 'toInt64', 'toUint8', 'toUint16', 'toUint32', 'toUint64'],
  ...['validateGuestChar', 'validateHostChar', 'rscTableCreateOwn', 'rscTableGet', 'clampGuest'],
  ...['rscTableRemove', 'curResourceBorrows', 'getCurrentTask', 'clearCurrentTask', 'fetchCompile'],
  ...['createNewCurrentTask', 'promiseWithResolvers', 'getOrCreateAsyncState', 'getErrorPayload'],
  ...['lookupMemoriesForComponent', 'unpackCallbackResult', 'throwInvalidBool', 'emptyFunc'],
  ...['throwUninitialized', 'hasOwnProperty', 'finalizationRegistryCreate', 'base64Compile'],
  ...['normalizeInstantiationError', 'maybeSyncReturn', 'runNext', 'getStreamEnd', 'getFutureEnd'],
  ...['createStream', 'createFuture', 'streamNewFromLift', 'futureNewFromLift'],
])

/** What the glue numbers: `exports0`, `memory0`, `postReturn2Async`, `handleTable1` and so on. */
const NUMBERED =
  /^(?:module|exports|memory|realloc|postReturn|callback|trampoline|instanceFlags|handleTable|captureTable|captureCnt|finalizationRegistry|lowered|resource)\d+(?:Async)?$/

/** Globals that jco lets a resource's class shadow. `Error` and others it renames; WASI has those. */
const SHADOWED_CLASSES: ReadonlySet<string> = new Set([
  ...[
    'Array',
    'Number',
    'Boolean',
    'Symbol',
    'Promise',
    'Math',
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
  ],
  ...[
    'WeakRef',
    'Function',
    'Proxy',
    'Reflect',
    'JSON',
    'BigInt',
    'FinalizationRegistry',
    'Atomics',
  ],
  ...['Object', 'String', 'Uint8Array', 'DataView', 'TypeError', 'ArrayBuffer', 'TextEncoder'],
  ...['Int8Array', 'Uint16Array', 'Int16Array', 'Uint32Array', 'Int32Array', 'BigInt64Array'],
  ...['BigUint64Array', 'Float32Array', 'Float64Array', 'ReadableStream', 'TextDecoder', 'Request'],
])

/** Whether a function or interface of this label may be bound by the generated code. */
export function isReservedBinding(label: string): boolean {
  const name = camelCase(label)
  return BOUND_NAMES.has(name) || NUMBERED.test(name)
}

export function isReservedClass(resource: string): boolean {
  return SHADOWED_CLASSES.has(pascalCase(resource))
}

/** Methods are properties, so little is reserved; the name of their function expression is a binding. */
export function isReservedMethod(label: string): boolean {
  return label === 'then' || label === 'arguments'
}
