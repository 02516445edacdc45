// Which imports a component may have: the WASI functions that `sandbox/wasi/` answers, and which of
// them suspend the guest. Anything that is not in the table is refused at load, by name.

import type { Linkage } from './linkage.ts'
import { answers, methods, suspends } from './linkage.ts'
import { WASI3 } from './wasi3.ts'
import type { ComponentModel, ImportedInterface } from './wit.ts'

const KEY_VALUE_STORE = suspends(
  'open',
  ...methods('bucket', 'get', 'set', 'delete', 'exists', 'list-keys'),
)
const KEY_VALUE_BATCH = suspends('get-many', 'set-many', 'delete-many')

/** By the names that the import object has: those of WIT, but for what `tableName` renames. */
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
  'wasi:clocks/timezone': new Map(answers('display', 'utc-offset')),
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
      ...methods('response-outparam', 'send-informational'),
      '[constructor]outgoing-response',
      ...methods('outgoing-response', 'status-code', 'set-status-code', 'headers', 'body'),
    ),
  ),
  'wasi:http/outgoing-handler': new Map(answers('handle')),
  'wasi:sockets/network': new Map(answers('network-error-code')),
  'wasi:sockets/instance-network': new Map(answers('instance-network')),
  'wasi:sockets/ip-name-lookup': new Map(
    answers(
      'resolve-addresses',
      ...methods('resolve-address-stream', 'resolve-next-address', 'subscribe'),
    ),
  ),
  'wasi:sockets/tcp': new Map(
    answers(
      ...methods(
        'tcp-socket',
        ...['start-bind', 'finish-bind', 'start-connect', 'finish-connect', 'start-listen'],
        ...['finish-listen', 'accept', 'local-address', 'remote-address', 'is-listening'],
        ...['address-family', 'set-listen-backlog-size', 'keep-alive-enabled'],
        ...['set-keep-alive-enabled', 'keep-alive-idle-time', 'set-keep-alive-idle-time'],
        ...['keep-alive-interval', 'set-keep-alive-interval', 'keep-alive-count'],
        ...['set-keep-alive-count', 'hop-limit', 'set-hop-limit', 'receive-buffer-size'],
        ...['set-receive-buffer-size', 'send-buffer-size', 'set-send-buffer-size'],
        ...['subscribe', 'shutdown'],
      ),
    ),
  ),
  'wasi:sockets/tcp-create-socket': new Map(answers('create-tcp-socket')),
  'wasi:sockets/udp': new Map(
    answers(
      ...methods(
        'udp-socket',
        ...['start-bind', 'finish-bind', 'stream', 'local-address', 'remote-address'],
        ...['address-family', 'unicast-hop-limit', 'set-unicast-hop-limit'],
        ...['receive-buffer-size', 'set-receive-buffer-size', 'send-buffer-size'],
        ...['set-send-buffer-size', 'subscribe'],
      ),
      ...methods('incoming-datagram-stream', 'receive', 'subscribe'),
      ...methods('outgoing-datagram-stream', 'check-send', 'send', 'subscribe'),
    ),
  ),
  'wasi:sockets/udp-create-socket': new Map(answers('create-udp-socket')),
  'wasi:config/store': new Map(answers('get', 'get-all')),
  'wasi:logging/logging': new Map(answers('log')),
  'wasi:keyvalue-draft/store': new Map(KEY_VALUE_STORE),
  'wasi:keyvalue-draft/atomics': new Map(suspends('increment')),
  'wasi:keyvalue-draft/batch': new Map(KEY_VALUE_BATCH),
  'wasi:keyvalue/store': new Map(KEY_VALUE_STORE),
  'wasi:keyvalue/atomics': new Map([
    ...suspends('[static]cas.new', 'increment', 'swap'),
    ...answers(...methods('cas', 'current')),
  ]),
  'wasi:keyvalue/batch': new Map(KEY_VALUE_BATCH),
  ...WASI3,
  'wassette-edge:mcp/content': new Map(),
  'wassette-edge:mcp/client': new Map([
    ...answers('progress', 'log', 'changed', 'updated'),
    ...suspends('elicit', 'ask', 'abilities', 'need'),
  ]),
}

/** A patch release adds functions and changes none. */
const VERSION = /^0\.2\.\d+$/
/** The last candidate has the shapes of 0.3.0 in all that the table names. */
const VERSION3 = /^0\.3\.(?:\d+|0-rc-2026-03-15)$/
const OWN_VERSION = /^0\.1\.\d+$/
/**
 * Packages that never left their drafts, and what each draft is called in the table: versions have no
 * place in jco's names, so two drafts that differ would otherwise be taken for one.
 */
const DRAFTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'wasi:config': { '0.2.0-draft': 'wasi:config', '0.2.0-rc.1': 'wasi:config' },
  'wasi:keyvalue': { '0.2.0-draft': 'wasi:keyvalue-draft', '0.2.0-draft2': 'wasi:keyvalue' },
  // A name of ours: no component may ask for it.
  'wasi:keyvalue-draft': {},
  'wasi:logging': { '0.1.0-draft': 'wasi:logging' },
}

/** The imports that nothing here answers, each by its full name; empty when the component can be linked. */
export function unlinkable(model: ComponentModel): string[] {
  const missing: string[] = []
  for (const imported of model.imports) {
    if (imported.kind === 'function') {
      missing.push(imported.name)
      continue
    }
    if (imported.typesOnly) continue
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

/** Every function of the table, as its interface and its name, for whoever checks the shims against it. */
export function answeredFunctions(): [interfaceName: string, functionName: string][] {
  return Object.entries(TABLE).flatMap(([name, functions]) =>
    [...functions.keys()].map((member): [string, string] => [name, member]),
  )
}

/** jco's list of imports that suspend, spelled `wasi:io/poll@0.2.0#[method]pollable.block`. */
export function suspendingImports(model: ComponentModel): string[] {
  const names = new Set<string>()
  for (const imported of model.imports) {
    if (imported.kind !== 'interface') continue
    for (const name of imported.functions) {
      if (linkage(imported)?.get(name) === 'suspends') names.add(`${imported.full}#${name}`)
    }
  }
  return [...names]
}

/** jco's list of imports to be asked for under another name: their full names and those of the table. */
export function renamedImports(model: ComponentModel): [full: string, name: string][] {
  return model.imports.flatMap((imported): [string, string][] => {
    if (imported.kind !== 'interface') return []
    const name = tableName(imported)
    return name === null || name === imported.name ? [] : [[imported.full, name]]
  })
}

function linkage(imported: ImportedInterface): ReadonlyMap<string, Linkage> | undefined {
  const name = tableName(imported)
  return name !== null && Object.hasOwn(TABLE, name) ? TABLE[name] : undefined
}

/**
 * `null` for a version that nothing here answers. jco's names have no version, so what stands in WASI 0.2
 * and in 0.3 is asked for under two names.
 */
function tableName({ name, version }: ImportedInterface): string | null {
  if (version === null) return null
  const slash = name.indexOf('/')
  const owner = name.slice(0, slash)
  if (owner === 'wassette-edge:mcp') return OWN_VERSION.test(version) ? name : null
  if (!owner.startsWith('wasi:')) return null
  if (VERSION3.test(version)) return `wasi3:${name.slice('wasi:'.length)}`
  const drafts = Object.hasOwn(DRAFTS, owner) ? DRAFTS[owner] : undefined
  if (drafts === undefined) return VERSION.test(version) ? name : null
  const renamed = Object.hasOwn(drafts, version) ? drafts[version] : undefined
  return renamed === undefined ? null : renamed + name.slice(slash)
}
