// A JavaScript engine of 12 MB with the guest of `test/toolchains/guests/values.js` in it, as componentize-js
// builds it. `test/toolchains/fixture.ts` keeps it in the repository, compressed.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { REPOSITORY } from '../../local/state.ts'

export const STARLING_FIXTURE = path.join(REPOSITORY, 'test/fixtures/starling/starling.wasm.br')

export function starling(): Uint8Array {
  return new Uint8Array(brotliDecompressSync(readFileSync(STARLING_FIXTURE)))
}
