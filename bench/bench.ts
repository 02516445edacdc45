// npm run bench: what a component costs, side by side with plain code in one run against one local server.
// Prints medians, 99th percentiles and ratios; of what is promised
// it asserts how soon a revocation reaches running calls.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { signInHeadless } from '../local/oauth.ts'
import { REPOSITORY } from '../local/state.ts'
import { measureAudit } from './audit.ts'
import { caller, print, quantile, time, upload, variant } from './client.ts'
import { measureComponents } from './components.ts'
import { measureMetering } from './compile.ts'
import { measurePolicy } from './policy.ts'
import { measureRevocation } from './revocation.ts'
import { withStack } from './stack.ts'
import { measureStalls } from './stalls.ts'
import { measureThroughput, startSource } from './throughput.ts'
import { measureTurns } from './turns.ts'

const WARM_CALLS = 400
const COLD_LOADS = 30
const WARM_UP = 50
const TEXT = 'The quick brown fox jumps over the lazy dog. It does so twice.'

/** False: a decision or a revocation took longer than is promised. */
async function main(): Promise<boolean> {
  const decides = measurePolicy()
  await measureTurns()
  await measureAudit()
  const source = await startSource()
  let isKept = false
  try {
    // One component reads files and sends bodies: labels would have each of its calls asked about.
    const variables = { LABELS_MODE: 'off' }
    await withStack({ upstreams: source.upstream, variables, withPlainCode: true }, async (url) => {
      await measure(url)
      await measureComponents(url)
      await measureThroughput(url)
      isKept = await measureRevocation(url)
      await measureStalls(url)
      await measureMetering()
    })
  } finally {
    source.close()
  }
  return decides && isKept
}

async function measure(url: string): Promise<void> {
  const scope = 'tools:call components:manage'
  const { accessToken } = await signInHeadless({ serverUrl: url, user: 'alice', scope })
  const call = caller(url, accessToken)
  const module = readFileSync(join(REPOSITORY, 'components/text-stats/text-stats.wasm'))
  const load = (name: string, bytes: Uint8Array) => upload(url, accessToken, name, bytes)

  // Each load is another digest: nothing of it is compiled, stored or warm.
  const loads: number[] = []
  const colds: number[] = []
  for (let n = 0; n < COLD_LOADS; n += 1) {
    const bytes = variant(module, n)
    loads.push(await time(() => load('text-stats', bytes)))
    colds.push(await time(() => call('analyze', { text: TEXT }, false)))
  }
  for (let n = 0; n < WARM_UP; n += 1) {
    await call('analyze', { text: TEXT }, true)
    await call('analyze', { text: TEXT }, false)
  }
  // Taken in turns, so that whatever else the machine does falls on both alike.
  const plains: number[] = []
  const warms: number[] = []
  for (let n = 0; n < WARM_CALLS; n += 1) {
    plains.push(await time(() => call('analyze', { text: TEXT }, true)))
    warms.push(await time(() => call('analyze', { text: TEXT }, false)))
  }
  console.log(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`,
  )
  console.log(`text-stats: ${module.length} bytes; ${WARM_CALLS} warm calls, ${COLD_LOADS} loads\n`)
  print('a  plain code in the Worker', plains)
  print('b  component, warm', warms)
  print('c  component, isolate not loaded', colds)
  print('d  load: upload, check, compile, store', loads)
  console.log('')
  for (const [name, of] of [
    ['b', warms],
    ['c', colds],
    ['d', loads],
  ] as const) {
    console.log(`${name}/a = ${(quantile(of, 0.5) / quantile(plains, 0.5)).toFixed(2)}`)
  }
}

process.exit((await main()) ? 0 : 1)
