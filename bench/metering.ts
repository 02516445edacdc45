// What fuel costs: compute-bound programs, each as it is and metered, in this process and in workerd.
// `npm run bench:metering` prints the table. Times are the least of many short runs, taken in turns.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { FUEL_GLOBAL, METER_MODULE, TICK_FUNCTION } from '../src/component/meter-import.ts'
import { meterCoreModule } from '../src/component/meter.ts'

/** Rounds that take some milliseconds: short runs, so that some are not interrupted. */
const PROGRAMS: Readonly<Record<string, number>> = {
  collatz: 12_000,
  matrix: 3,
  sort: 2,
  hash: 30_000,
  sha256: 160,
  json: 24,
  fib: 27,
  copy: 60,
  interpreter: 120_000,
  sieve: 4,
  calls: 400_000,
}
const RUNS = 150
const WARM_UP_RUNS = 50
const FUEL = 1_000_000_000_000n

type Run = (rounds: number) => Promise<{ ms: number; answer: number }>
interface Measured {
  readonly plainMs: number
  readonly meteredMs: number
}

function modulesOf(program: string): { plain: Uint8Array; metered: Uint8Array } {
  const plain = new Uint8Array(
    readFileSync(join(import.meta.dirname, 'programs', `${program}.wasm`)),
  )
  const metered = meterCoreModule(plain)
  if (!metered.ok) throw new Error(`${program}: ${JSON.stringify(metered.error)}`)
  return { plain, metered: metered.value }
}

/** In this process: an instance that is kept, so that the engine's best code is measured. */
function here(bytes: Uint8Array): { run: Run; burnt: () => number } {
  const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, FUEL)
  const tick = () => {
    throw new Error('out of fuel')
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
    [METER_MODULE]: { [FUEL_GLOBAL]: fuel, [TICK_FUNCTION]: tick },
  })
  const program = exports['run'] as (rounds: number) => number
  return {
    run: async (rounds) => {
      const start = performance.now()
      const answer = program(rounds)
      return { ms: performance.now() - start, answer }
    },
    burnt: () => Number(FUEL - (fuel.value as bigint)),
  }
}

const WORKER = `
  import { modules } from './modules.js'
  const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, ${FUEL}n)
  const meter = { ${FUEL_GLOBAL}: fuel, ${TICK_FUNCTION}: () => { throw new Error('out of fuel') } }
  const instances = {}
  for (const [name, module] of Object.entries(modules)) {
    instances[name] = new WebAssembly.Instance(module, { '${METER_MODULE}': meter })
  }
  export default {
    fetch(request) {
      const { searchParams } = new URL(request.url)
      const { run } = instances[searchParams.get('name')].exports
      return new Response(String(run(Number(searchParams.get('rounds')))))
    },
  }`

/** In workerd, timed from outside: its own clock stands still while code runs. */
async function inWorkerd(modules: ReadonlyMap<string, Uint8Array>) {
  const names = [...modules.keys()]
  const imports = names.map((name, i) => `import m${i} from './${name}.wasm'`)
  const table = names.map((name, i) => `'${name}': m${i}`)
  const miniflare = new Miniflare({
    compatibilityDate: '2026-10-15',
    modules: [
      { type: 'ESModule', path: 'worker.js', contents: WORKER },
      {
        type: 'ESModule',
        path: 'modules.js',
        contents: `${imports.join('\n')}\nexport const modules = { ${table.join(', ')} }`,
      },
      ...names.map((name) => ({
        type: 'CompiledWasm' as const,
        path: `${name}.wasm`,
        contents: modules.get(name) as Uint8Array<ArrayBuffer>,
      })),
    ],
  })
  await miniflare.ready
  const run =
    (name: string): Run =>
    async (rounds) => {
      const start = performance.now()
      const response = await miniflare.dispatchFetch(`http://bench/?name=${name}&rounds=${rounds}`)
      const answer = Number(await response.text())
      return { ms: performance.now() - start, answer }
    }
  return { run, dispose: () => miniflare.dispose() }
}

async function measure(program: string, plain: Run, metered: Run): Promise<Measured> {
  const rounds = PROGRAMS[program] ?? 1
  const least = { plainMs: Infinity, meteredMs: Infinity }
  for (let i = -WARM_UP_RUNS; i < RUNS; i += 1) {
    const [a, b] = [await plain(rounds), await metered(rounds)]
    if (a.answer !== b.answer) throw new Error(`${program}: another answer when metered`)
    if (i < 0) continue
    least.plainMs = Math.min(least.plainMs, a.ms)
    least.meteredMs = Math.min(least.meteredMs, b.ms)
  }
  return least
}

function report(where: string, rows: readonly [string, Measured, string][]): void {
  console.log(`\n${where.padEnd(14)}   plain   metered   ratio`)
  for (const [program, { plainMs, meteredMs }, note] of rows) {
    const ratio = (meteredMs / plainMs).toFixed(2)
    console.log(
      `${program.padEnd(14)}${plainMs.toFixed(1).padStart(8)}${meteredMs.toFixed(1).padStart(10)}${ratio.padStart(8)}   ${note}`,
    )
  }
  const ratios = rows.map(([, { plainMs, meteredMs }]) => meteredMs / plainMs)
  const mean = Math.exp(ratios.reduce((sum, r) => sum + Math.log(r), 0) / ratios.length)
  console.log(`geometric mean ${mean.toFixed(2)}, worst ${Math.max(...ratios).toFixed(2)}`)
}

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const programs = chosen.length > 0 ? chosen : Object.keys(PROGRAMS)

const rows: [string, Measured, string][] = []
for (const program of programs) {
  const { plain, metered } = modulesOf(program)
  const meter = here(metered)
  const measured = await measure(program, here(plain).run, meter.run)
  const perRun = meter.burnt() / (RUNS + WARM_UP_RUNS)
  const note = `${(perRun / 1e6).toFixed(0)} M fuel, ${(perRun / measured.meteredMs / 1e6).toFixed(2)} units a ns`
  rows.push([program, measured, note])
}
report(`Node ${process.versions.node}`, rows)

if (!process.argv.includes('--here')) {
  const modules = new Map<string, Uint8Array>()
  for (const program of programs) {
    const { plain, metered } = modulesOf(program)
    modules.set(`${program}-plain`, plain)
    modules.set(`${program}-metered`, metered)
  }
  const workerd = await inWorkerd(modules)
  const rows: [string, Measured, string][] = []
  for (const program of programs) {
    const measured = await measure(
      program,
      workerd.run(`${program}-plain`),
      workerd.run(`${program}-metered`),
    )
    rows.push([program, measured, ''])
  }
  report('workerd', rows)
  await workerd.dispose()
}
