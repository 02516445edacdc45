// The WASI that bindgen itself is given: nothing but randomness (for its hash maps) and a stderr that
// keeps a panic's message. It has no files, no environment, no arguments and no input.

/** `stderr()` is what the transpiler wrote before it failed, at most 4,096 characters. */
export function createWasiStub(): { wasi: Record<string, unknown>; stderr(): string } {
  let written = ''
  const decoder = new TextDecoder()
  class Closed {}
  class Sink {
    readonly #keep: boolean
    constructor(keep: boolean) {
      this.#keep = keep
    }
    checkWrite(): bigint {
      return 4096n
    }
    write(bytes: Uint8Array): void {
      if (this.#keep && written.length < 4096) written += decoder.decode(bytes).slice(0, 4096)
    }
    blockingWriteAndFlush(bytes: Uint8Array): void {
      this.write(bytes)
    }
    blockingFlush(): void {}
    flush(): void {}
  }
  const refuse = () => {
    throw new Error('not available to the compiler')
  }
  const wasi = {
    environment: { getEnvironment: () => [] },
    exit: { exit: refuse },
    stdin: { getStdin: () => new Closed() },
    stdout: { getStdout: () => new Sink(false) },
    stderr: { getStderr: () => new Sink(true) },
    terminalInput: { TerminalInput: Closed },
    terminalOutput: { TerminalOutput: Closed },
    terminalStdin: { getTerminalStdin: () => undefined },
    terminalStdout: { getTerminalStdout: () => undefined },
    terminalStderr: { getTerminalStderr: () => undefined },
    preopens: { getDirectories: () => [] },
    types: { Descriptor: Closed, DirectoryEntryStream: Closed, filesystemErrorCode: refuse },
    error: { Error: Closed },
    streams: { InputStream: Closed, OutputStream: Sink },
    random: { getRandomBytes: (n: bigint) => crypto.getRandomValues(new Uint8Array(Number(n))) },
  }
  return { wasi, stderr: () => written }
}
