// Components written as text: no toolchain is needed. Node only.

import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools'

/** A component of the world in `witSource`, around a core module written as WAT. */
export async function fromCore(witSource: string, core: string): Promise<Uint8Array> {
  return await componentNew(await componentEmbed({ binary: await parse(core), witSource }), [])
}
