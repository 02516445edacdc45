// Hands a component to the compiler isolate and gives back what it made. Outside of the isolate nothing
// reads the bytes; the isolate has no bindings and no network.

import core1 from '../../.build/bindgen.core1.wasm'
import core2 from '../../.build/bindgen.core2.wasm'
import core3 from '../../.build/bindgen.core3.wasm'
import core4 from '../../.build/bindgen.core4.wasm'
import source from '../../.build/compiler.js.txt'
import version from '../../.build/compiler.version.txt'
import { COMPONENT_LIMITS } from '../component/limits.ts'
import { LATE, within } from '../deadline.ts'
import { IsolateIds } from '../isolate-ids.ts'
import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import type { Compiled, CompileFault } from './artifact.ts'
import { ISOLATE_COMPATIBILITY } from './compatibility.ts'

/** Changes with every byte of the compiler; artifacts are stored under it. */
export const COMPILER_VERSION: string = version.trim()

const NAME = `compiler-${COMPILER_VERSION}`
const COMPILE_LIMITS = { cpuMs: 20_000, subRequests: 0 }

/** `wit` is a text that describes the component, of at most `MAX_WIT_BYTES`. */
export type Compile = (
  bytes: Uint8Array,
  wit?: Uint8Array | null,
) => Promise<Result<Compiled, CompileFault>>

/**
 * Bytes go as a stream: a message between isolates holds 32 MiB at most. `length` is theirs. After `ms` it stops
 * of itself: an isolate that was replaced would else work on beside the one in its place.
 */
interface CompilerStub {
  compile(
    bytes: ReadableStream,
    length: number,
    wit: Uint8Array | null,
    ms: number,
  ): Promise<Result<Compiled, CompileFault>>
}

/** One compiler serves everybody: one that breaks or hangs over some bytes is in nobody's way after that. */
const ids = new IsolateIds()

/** `ms`: milliseconds that one compile has. */
export function createCompile(
  loader: WorkerLoader,
  ms: number = COMPONENT_LIMITS.MAX_COMPILE_MS,
): Compile {
  return async (bytes, wit = null) => {
    if (bytes.byteLength > COMPONENT_LIMITS.MAX_COMPONENT_BYTES)
      return err({ reason: 'too-large', detail: 'the file' })
    const id = ids.of(NAME)
    const worker = loader.get(id, () => ({
      ...ISOLATE_COMPATIBILITY,
      mainModule: 'compiler.js',
      modules: {
        'compiler.js': { js: source },
        'bindgen.core1.wasm': { wasm: core1 },
        'bindgen.core2.wasm': { wasm: core2 },
        'bindgen.core3.wasm': { wasm: core3 },
        'bindgen.core4.wasm': { wasm: core4 },
      },
      env: {},
      globalOutbound: null,
      limits: COMPILE_LIMITS,
    }))
    const compiler = worker.getEntrypoint() as unknown as CompilerStub
    const compiling = compiler.compile(new Blob([bytes]).stream(), bytes.byteLength, wit, ms)
    const compiled = await within(compiling, ms).catch((cause: unknown) => {
      ids.replace(NAME, id)
      throw cause
    })
    if (compiled !== LATE) return compiled
    ids.replace(NAME, id)
    return err({ reason: 'compile-bound', bound: 'compile-time' })
  }
}
