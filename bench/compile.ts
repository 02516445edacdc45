// What metering adds to a component when it is loaded: bytes of its core modules, and time. Compiled here, by
// the code of the compiler isolate but with jco's bindgen as it is shipped; sizes are the same everywhere.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { $init, generate } from '@bytecodealliance/jco-transpile/component'
import { REPOSITORY } from '../local/state.ts'
import { meterCoreModule } from '../src/component/meter.ts'
import { stripCustomSections } from '../src/component/strip.ts'
import { quantile } from './client.ts'

const RUNS = 7
const COMPONENTS = ['time/time', 'text-stats/text-stats', 'json-tools/json-tools', 'python/python']

/** Milliseconds of this thread's processor, which others of the machine do not change. */
function processorMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

function medianOf(work: () => void): number {
  return quantile(
    Array.from({ length: RUNS }, () => processorMs(work)),
    0.5,
  )
}

export async function measureMetering(): Promise<void> {
  await $init
  console.log('\nwhat metering adds, medians of processor time')
  for (const name of COMPONENTS) {
    const bytes = new Uint8Array(readFileSync(join(REPOSITORY, 'components', `${name}.wasm`)))
    const stripped = stripCustomSections(bytes)
    if (!stripped.ok) throw new Error(stripped.error.reason)
    const transpiled = () =>
      generate(stripped.value, {
        name: 'component',
        noTypescript: true,
        instantiation: { tag: 'async' },
        noNodejsCompat: true,
        base64Cutoff: 0,
      }).files
    const modules = transpiled()
      .filter(([file]) => file.endsWith('.wasm'))
      .map(([, module]) => module)
    const metered = modules.map((module) => {
      const result = meterCoreModule(module)
      if (!result.ok) throw new Error(result.error.reason)
      return result.value
    })
    const plainMs = medianOf(() => void transpiled())
    const meteringMs = medianOf(() => modules.forEach((module) => meterCoreModule(module)))
    const [before, after] = [total(modules), total(metered)]
    console.log(
      `${kilobytes(bytes.length)} component   ` +
        `modules ${kilobytes(before)} to ${kilobytes(after)}, ${(after / before).toFixed(2)}   ` +
        `transpiling ${ms(plainMs)}, with metering ${ms(plainMs + meteringMs)}, ` +
        `${((plainMs + meteringMs) / plainMs).toFixed(2)}`,
    )
  }
}

function total(modules: readonly Uint8Array[]): number {
  return modules.reduce((sum, { length }) => sum + length, 0)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(0).padStart(6)} KB`
}

function ms(value: number): string {
  return `${value.toFixed(0).padStart(5)} ms`
}
