// Components written as text: no toolchain is needed. Node only.

import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'

/** Work that an engine does at its fastest, so that fuel is spent soon. */
const MIXING = `
  (local.set 0 (i32.add (local.get 0) (i32.const 7)))
  (local.set 1 (i32.xor (local.get 1) (local.get 0)))
  (local.set 2 (i32.add (local.get 2) (i32.const 3)))
  (local.set 3 (i32.xor (local.get 3) (local.get 2)))`

/** A loop without end, for a function whose locals 0 to 3 are i32. */
export const BURN = `(loop $again ${MIXING.repeat(25)} (br $again))`

/** A component of the world in `witSource`, around a core module written as WAT. */
export async function fromCore(witSource: string, core: string): Promise<Uint8Array> {
  return await componentNew(await componentEmbed({ binary: await parse(core), witSource }), [])
}
