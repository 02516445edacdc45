// Runs jco's bindgen on hostile bytes: a fresh one each time, because one that panicked stays broken, with
// fuel and memory of its own, as a guest has. Between two slices of fuel it is suspended and others go on.

import type { GenerateOptions } from 'virtual:bindgen'
import { createBindgen } from 'virtual:bindgen'
import core1 from './bindgen.core1.wasm'
import core2 from './bindgen.core2.wasm'
import core3 from './bindgen.core3.wasm'
import core4 from './bindgen.core4.wasm'
import { FuelSlices } from '../component/fuel-slices.ts'
import { COMPONENT_LIMITS } from '../component/limits.ts'
import { MemoryPages } from '../component/memory-pages.ts'
import { METER_MODULE } from '../component/meter-import.ts'
import { pause } from '../component/pause.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { CompileFault } from './artifact.ts'
import { LATE } from './artifact.ts'
import { createWasiStub } from './wasi-stub.ts'

/** One to four milliseconds of a core, by how well the engine has compiled it. */
const SLICE = 20_000_000n

const { COMPILE_FUEL, COMPILE_FUEL_PER_BYTE, MAX_COMPILE_MEMORY_BYTES } = COMPONENT_LIMITS

/** Characters of what bindgen says of a component that it does not take. */
const MAX_DETAIL_CHARS = 400

export type GeneratedFiles = readonly (readonly [name: string, content: Uint8Array])[]

/** `until`: after that nobody waits for what it would answer. */
export async function transpile(
  bytes: Uint8Array,
  options: GenerateOptions,
  until: number,
): Promise<Result<GeneratedFiles, CompileFault>> {
  const { wasi, stderr } = createWasiStub()
  let spent = false
  let late = false
  const fuel = new FuelSlices({
    slice: SLICE,
    pause,
    now: Date.now,
    isEnded: () => spent,
    onSpent: () => {
      spent = true
    },
  })
  const memory = new MemoryPages()
  fuel.begin(COMPILE_FUEL + COMPILE_FUEL_PER_BYTE * bytes.byteLength)
  memory.begin(MAX_COMPILE_MEMORY_BYTES)
  const meter = { ...fuel.imports, ...memory.imports }
  const instantiate = async (module: WebAssembly.Module, imports: WebAssembly.Imports = {}) => {
    memory.admit(module)
    return await WebAssembly.instantiate(module, { ...imports, [METER_MODULE]: meter })
  }
  const timer = setTimeout(
    () => {
      late = true
      spent = true
    },
    Math.max(0, until - Date.now()),
  )
  try {
    const bindgen = await createBindgen([core1, core2, core3, core4], wasi, instantiate)
    return ok((await bindgen.generate(bytes, options)).files)
  } catch (cause) {
    if (late) return err(LATE)
    if (spent) return err({ reason: 'compile-bound', bound: 'compile-fuel' })
    const said = stderr() || (cause instanceof Error ? cause.message : String(cause))
    return err({ reason: 'not-transpilable', detail: said.slice(0, MAX_DETAIL_CHARS) })
  } finally {
    clearTimeout(timer)
  }
}
