// node test/toolchains/fixture.ts <folder of WASSETTE_EDGE_TOOLCHAINS>: takes the StarlingMonkey component without a
// host out of a run's folder and keeps it for the tests, stripped and compressed: 12 MB become 3.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { stripCustomSections } from '../../src/component/strip.ts'
import { STARLING_FIXTURE } from '../support/starling.ts'
import { fileOf, TOOLCHAINS } from './toolchains.ts'

const [folder = ''] = process.argv.slice(2)
const [toolchain] = TOOLCHAINS.filter(
  ({ world, name }) => world === 'pure' && /Starling/.test(name),
)
if (toolchain === undefined) throw new Error('no such toolchain')
const stripped = stripCustomSections(new Uint8Array(readFileSync(join(folder, fileOf(toolchain)))))
if (!stripped.ok) throw new Error(stripped.error.reason)
const compressed = brotliCompressSync(stripped.value, {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: stripped.value.byteLength,
  },
})
writeFileSync(STARLING_FIXTURE, compressed)
console.log(`${stripped.value.byteLength} bytes become ${compressed.byteLength}`)
