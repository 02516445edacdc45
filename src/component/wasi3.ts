// The functions of WASI 0.3 that `sandbox/wasi3/` answers, under the names that the import object has.
// None is listed as suspending: 0.3 has asynchronous functions of its own, and jco knows them by type.

import type { Linkage } from './linkage.ts'
import { answers, methods } from './linkage.ts'

export const WASI3: Readonly<Record<string, ReadonlyMap<string, Linkage>>> = {
  'wasi3:cli/types': new Map(),
  'wasi3:cli/environment': new Map(answers('get-environment', 'get-arguments', 'get-initial-cwd')),
  'wasi3:cli/exit': new Map(answers('exit', 'exit-with-code')),
  'wasi3:cli/stdin': new Map(answers('read-via-stream')),
  'wasi3:cli/stdout': new Map(answers('write-via-stream')),
  'wasi3:cli/stderr': new Map(answers('write-via-stream')),
  'wasi3:cli/terminal-input': new Map(),
  'wasi3:cli/terminal-output': new Map(),
  'wasi3:cli/terminal-stdin': new Map(answers('get-terminal-stdin')),
  'wasi3:cli/terminal-stdout': new Map(answers('get-terminal-stdout')),
  'wasi3:cli/terminal-stderr': new Map(answers('get-terminal-stderr')),
  'wasi3:clocks/types': new Map(),
  'wasi3:clocks/system-clock': new Map(answers('now', 'get-resolution')),
  'wasi3:clocks/timezone': new Map(answers('iana-id', 'utc-offset', 'to-debug-string')),
  'wasi3:clocks/monotonic-clock': new Map(
    answers('now', 'get-resolution', 'wait-until', 'wait-for'),
  ),
  'wasi3:random/random': new Map(answers('get-random-bytes', 'get-random-u64')),
  'wasi3:random/insecure': new Map(answers('get-insecure-random-bytes', 'get-insecure-random-u64')),
  'wasi3:random/insecure-seed': new Map(answers('get-insecure-seed')),
  'wasi3:filesystem/preopens': new Map(answers('get-directories')),
  'wasi3:filesystem/types': new Map(
    answers(
      ...methods('descriptor', 'read-via-stream', 'write-via-stream', 'append-via-stream'),
      ...methods('descriptor', 'advise', 'sync-data', 'get-flags', 'get-type', 'set-size'),
      ...methods('descriptor', 'set-times', 'read-directory', 'sync', 'create-directory-at'),
      ...methods('descriptor', 'stat', 'stat-at', 'set-times-at', 'link-at', 'open-at'),
      ...methods('descriptor', 'readlink-at', 'remove-directory-at', 'rename-at', 'symlink-at'),
      ...methods('descriptor', 'unlink-file-at', 'is-same-object'),
      ...methods('descriptor', 'metadata-hash', 'metadata-hash-at'),
    ),
  ),
  'wasi3:http/types': new Map(
    answers(
      '[constructor]fields',
      '[static]fields.from-list',
      ...methods('fields', 'get', 'has', 'set', 'delete', 'get-and-delete', 'append'),
      ...methods('fields', 'copy-all', 'clone'),
      '[static]request.new',
      ...methods('request', 'get-method', 'set-method', 'get-path-with-query'),
      ...methods('request', 'set-path-with-query', 'get-scheme', 'set-scheme', 'get-authority'),
      ...methods('request', 'set-authority', 'get-options', 'get-headers'),
      '[static]request.consume-body',
      '[constructor]request-options',
      ...methods('request-options', 'get-connect-timeout', 'set-connect-timeout'),
      ...methods('request-options', 'get-first-byte-timeout', 'set-first-byte-timeout'),
      ...methods('request-options', 'get-between-bytes-timeout', 'set-between-bytes-timeout'),
      ...methods('request-options', 'clone'),
      // The server half: linked because toolchains import it whole, never handed to a guest.
      '[static]response.new',
      ...methods('response', 'get-status-code', 'set-status-code', 'get-headers'),
      '[static]response.consume-body',
    ),
  ),
  'wasi3:http/client': new Map(answers('send')),
}
