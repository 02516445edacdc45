// Which imports a component may have: the WASI functions that `sandbox/wasi/` answers, and which of
// them suspend the guest. Anything that is not in the table is refused at load, by name.

import type { ComponentModel, ImportedInterface } from './wit.ts'

/** `suspends`: the shim answers with a promise, so the function must be in jco's async import list. */
type Linkage = 'answers' | 'suspends'

const answers = (...names: string[]): [string, Linkage][] => names.map((n) => [n, 'answers'])
const suspends = (...names: string[]): [string, Linkage][] => names.map((n) => [n, 'suspends'])
const methods = (resource: string, ...names: string[]): string[] =>
  names.map((name) => `[method]${resource}.${name}`)

const TABLE: Readonly<Record<string, ReadonlyMap<string, Linkage>>> = {
  'wasi:cli/environment': new Map(answers('get-environment', 'get-arguments', 'initial-cwd')),
  'wasi:cli/exit': new Map(answers('exit', 'exit-with-code')),
  'wasi:cli/stdin': new Map(answers('get-stdin')),
  'wasi:cli/stdout': new Map(answers('get-stdout')),
  'wasi:cli/stderr': new Map(answers('get-stderr')),
  'wasi:cli/terminal-input': new Map(),
  'wasi:cli/terminal-output': new Map(),
  'wasi:cli/terminal-stdin': new Map(answers('get-terminal-stdin')),
  'wasi:cli/terminal-stdout': new Map(answers('get-terminal-stdout')),
  'wasi:cli/terminal-stderr': new Map(answers('get-terminal-stderr')),
  'wasi:clocks/wall-clock': new Map(answers('now', 'resolution')),
  'wasi:clocks/monotonic-clock': new Map(
    answers('now', 'resolution', 'subscribe-instant', 'subscribe-duration'),
  ),
  'wasi:random/random': new Map(answers('get-random-bytes', 'get-random-u64')),
  'wasi:random/insecure': new Map(answers('get-insecure-random-bytes', 'get-insecure-random-u64')),
  'wasi:random/insecure-seed': new Map(answers('insecure-seed')),
  'wasi:io/error': new Map(answers(...methods('error', 'to-debug-string'))),
  'wasi:io/poll': new Map([
    ...answers(...methods('pollable', 'ready')),
    ...suspends(...methods('pollable', 'block'), 'poll'),
  ]),
  'wasi:io/streams': new Map([
    ...answers(
      ...methods('input-stream', 'read', 'skip', 'subscribe'),
      ...methods('output-stream', 'check-write', 'write', 'flush', 'subscribe', 'write-zeroes'),
      ...methods('output-stream', 'splice'),
    ),
    ...suspends(
      ...methods('input-stream', 'blocking-read', 'blocking-skip'),
      ...methods('output-stream', 'blocking-write-and-flush', 'blocking-flush'),
      ...methods('output-stream', 'blocking-write-zeroes-and-flush', 'blocking-splice'),
    ),
  ]),
  'wasi:filesystem/preopens': new Map(answers('get-directories')),
  'wasi:filesystem/types': new Map([
    ...answers(
      'filesystem-error-code',
      ...methods('descriptor', 'read-via-stream', 'write-via-stream', 'append-via-stream'),
      ...methods('descriptor', 'advise', 'get-flags', 'get-type', 'is-same-object'),
      ...methods('descriptor', 'read-directory'),
    ),
    ...suspends(
      ...methods('directory-entry-stream', 'read-directory-entry'),
      ...methods('descriptor', 'sync-data', 'sync', 'set-size', 'set-times', 'read', 'write'),
      ...methods('descriptor', 'stat', 'stat-at', 'set-times-at', 'create-directory-at'),
      ...methods('descriptor', 'link-at', 'open-at', 'readlink-at', 'remove-directory-at'),
      ...methods('descriptor', 'rename-at', 'symlink-at', 'unlink-file-at'),
      ...methods('descriptor', 'metadata-hash', 'metadata-hash-at'),
    ),
  ]),
  'wasi:http/types': new Map(
    answers(
      'http-error-code',
      '[constructor]fields',
      '[static]fields.from-list',
      ...methods('fields', 'get', 'has', 'set', 'delete', 'append', 'entries', 'clone'),
      '[constructor]outgoing-request',
      ...methods('outgoing-request', 'body', 'method', 'set-method', 'path-with-query'),
      ...methods('outgoing-request', 'set-path-with-query', 'scheme', 'set-scheme', 'authority'),
      ...methods('outgoing-request', 'set-authority', 'headers'),
      '[constructor]request-options',
      ...methods('request-options', 'connect-timeout', 'set-connect-timeout'),
      ...methods('request-options', 'first-byte-timeout', 'set-first-byte-timeout'),
      ...methods('request-options', 'between-bytes-timeout', 'set-between-bytes-timeout'),
      ...methods('outgoing-body', 'write'),
      '[static]outgoing-body.finish',
      ...methods('incoming-response', 'status', 'headers', 'consume'),
      ...methods('incoming-body', 'stream'),
      '[static]incoming-body.finish',
      ...methods('future-trailers', 'subscribe', 'get'),
      ...methods('future-incoming-response', 'subscribe', 'get'),
      // The server half: linked because toolchains import it whole, never handed to a guest.
      ...methods('incoming-request', 'method', 'path-with-query', 'scheme', 'authority', 'headers'),
      ...methods('incoming-request', 'consume'),
      '[static]response-outparam.set',
      '[constructor]outgoing-response',
      ...methods('outgoing-response', 'status-code', 'set-status-code', 'headers', 'body'),
    ),
  ),
  'wasi:http/outgoing-handler': new Map(answers('handle')),
}

/** Interfaces of resources only: a component may import them for their types. */
const VERSION = /^0\.2\.\d+$/

/** The imports that nothing here answers, each by its full name; empty when the component can be linked. */
export function unlinkable(model: ComponentModel): string[] {
  const missing: string[] = []
  for (const imported of model.imports) {
    if (imported.kind === 'function') {
      missing.push(imported.name)
      continue
    }
    const known = linkage(imported)
    if (known === undefined) {
      missing.push(imported.full)
      continue
    }
    for (const name of imported.functions) {
      if (!known.has(name)) missing.push(`${imported.full}#${name}`)
    }
  }
  return missing
}

/** jco's list of imports that suspend, spelled `wasi:io/poll#[method]pollable.block`. */
export function suspendingImports(model: ComponentModel): string[] {
  const names = new Set<string>()
  for (const imported of model.imports) {
    if (imported.kind !== 'interface') continue
    for (const name of imported.functions) {
      if (linkage(imported)?.get(name) === 'suspends') names.add(`${imported.name}#${name}`)
    }
  }
  return [...names]
}

function linkage(imported: ImportedInterface): ReadonlyMap<string, Linkage> | undefined {
  if (imported.version === null || !VERSION.test(imported.version)) return undefined
  return Object.hasOwn(TABLE, imported.name) ? TABLE[imported.name] : undefined
}
