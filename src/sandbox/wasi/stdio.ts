// wasi:cli/stdin, stdout, stderr and the terminals: a command's input, output captured and bounded, no
// terminal.

import type { Halt } from '../halt.ts'
import type { ByteSink, ByteSource } from './streams.ts'
import { CHUNK_BYTES, InputStream, OutputStream } from './streams.ts'

/** What one call wrote. Both streams share one bound of bytes; beyond it the guest is ended. */
export class Captured {
  readonly #halt: Halt
  readonly #chunks: { stdout: Uint8Array[]; stderr: Uint8Array[] } = { stdout: [], stderr: [] }
  #bound = 0
  #bytes = 0

  constructor(halt: Halt) {
    this.#halt = halt
  }

  sink(stream: 'stdout' | 'stderr'): ByteSink {
    return {
      room: () => CHUNK_BYTES,
      put: (bytes) => {
        this.#bytes += bytes.byteLength
        if (this.#bytes > this.#bound) this.#halt.end({ tag: 'bound', bound: 'log-bytes' })
        this.#chunks[stream].push(bytes.slice())
      },
      drain: async () => {},
      flushed: async () => {},
    }
  }

  /** With every call: what another of a kept instance wrote is gone. */
  begin(bound: number): void {
    this.#bound = bound
    this.#bytes = 0
    this.#chunks.stdout.length = 0
    this.#chunks.stderr.length = 0
  }

  /** Bytes of both streams since `begin`. */
  get bytes(): number {
    return this.#bytes
  }

  /** Decoded as UTF-8; bytes that are not become U+FFFD. */
  text(stream: 'stdout' | 'stderr'): string {
    const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
    const parts = this.#chunks[stream].map((chunk) => decoder.decode(chunk, { stream: true }))
    return parts.join('') + decoder.decode()
  }
}

class Terminal {}

/** `stdin`: of the call at hand. */
export function stdio(
  captured: Captured,
  stdin: () => ByteSource,
): Record<string, Record<string, unknown>> {
  return {
    'wasi:cli/stdin': { getStdin: () => new InputStream(stdin()) },
    'wasi:cli/stdout': { getStdout: () => new OutputStream(captured.sink('stdout')) },
    'wasi:cli/stderr': { getStderr: () => new OutputStream(captured.sink('stderr')) },
    'wasi:cli/terminal-input': { TerminalInput: Terminal },
    'wasi:cli/terminal-output': { TerminalOutput: Terminal },
    'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
    'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
  }
}
