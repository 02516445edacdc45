// wasi:cli/stdin, stdout, stderr and the terminals of 0.3, over those of 0.2.

import type { Pending } from '../pending.ts'
import type { Captured } from '../wasi/stdio.ts'
import { stdio } from '../wasi/stdio.ts'
import type { ByteSource } from '../wasi/streams.ts'
import { InputStream, OutputStream } from '../wasi/streams.ts'
import type { GuestStream, Streams } from './streams.ts'
import { piecesOf } from './streams.ts'

const broken = () => 'io' as const

export function stdio3(
  captured: Captured,
  stdin: () => ByteSource,
  { pending, streams }: { readonly pending: Pending; readonly streams: Streams },
): Record<string, Record<string, unknown>> {
  const old = stdio(captured, stdin)
  const writer = (name: 'stdout' | 'stderr') => (data: GuestStream) => {
    const written = streams.take(data, () => new OutputStream(captured.sink(name)), broken)
    pending.track(written)
    return written
  }
  return {
    'wasi3:cli/stdin': {
      readViaStream: () =>
        streams.give(
          piecesOf(() => new InputStream(stdin())),
          broken,
        ),
    },
    'wasi3:cli/stdout': { writeViaStream: writer('stdout') },
    'wasi3:cli/stderr': { writeViaStream: writer('stderr') },
    'wasi3:cli/terminal-input': { ...old['wasi:cli/terminal-input'] },
    'wasi3:cli/terminal-output': { ...old['wasi:cli/terminal-output'] },
    'wasi3:cli/terminal-stdin': { ...old['wasi:cli/terminal-stdin'] },
    'wasi3:cli/terminal-stdout': { ...old['wasi:cli/terminal-stdout'] },
    'wasi3:cli/terminal-stderr': { ...old['wasi:cli/terminal-stderr'] },
  }
}
