// What fuel costs: compute-bound programs, each as it is and metered, in this process and in workerd.
// `npm run bench:metering` prints the table. Times are the least of many short runs, taken in turns.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { findFreePort } from '../local/ports.ts'
import { REPOSITORY } from '../local/state.ts'
import {
  FUEL_GLOBAL,
  METER_MODULE,
  PAGES_GLOBAL,
  TICK_FUNCTION,
} from '../src/component/meter-import.ts'
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
interface Runs {
  readonly warmUp: number
  readonly measured: number
}
const RUNS_HERE: Runs = { warmUp: 50, measured: 150 }
const RUNS_IN_WORKERD: Runs = { warmUp: 15, measured: 30 }
const WORKERD = join(REPOSITORY, 'node_modules/.bin/workerd')
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

function pages(): WebAssembly.Global {
  return new WebAssembly.Global({ value: 'i32', mutable: true }, 1024)
}

/** In this process: an instance that is kept, so that the engine's best code is measured. */
function here(bytes: Uint8Array): { run: Run; burnt: () => number } {
  const fuel = new WebAssembly.Global({ value: 'i64', mutable: true }, FUEL)
  const tick = () => {
    throw new Error('out of fuel')
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), {
    [METER_MODULE]: { [FUEL_GLOBAL]: fuel, [PAGES_GLOBAL]: pages(), [TICK_FUNCTION]: tick },
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
  const pages = new WebAssembly.Global({ value: 'i32', mutable: true }, 1024)
  const meter = { ${FUEL_GLOBAL}: fuel, ${PAGES_GLOBAL}: pages, ${TICK_FUNCTION}: () => { throw new Error('out of fuel') } }
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
  const folder = mkdtempSync(join(tmpdir(), 'metering-'))
  const write = (name: string, content: string | Uint8Array) =>
    writeFileSync(join(folder, name), content)
  for (const name of names) write(`${name}.wasm`, modules.get(name) ?? '')
  const imports = names.map((name, i) => `import m${i} from './${name}.wasm'`)
  const table = names.map((name, i) => `'${name}': m${i}`)
  write('modules.js', `${imports.join('\n')}\nexport const modules = { ${table.join(', ')} }`)
  write('worker.js', WORKER)
  const embedded = [
    ...['worker.js', 'modules.js'].map((name) => `(name = "${name}", esModule = embed "${name}")`),
    ...names.map((name) => `(name = "${name}.wasm", wasm = embed "${name}.wasm")`),
  ]
  const port = await findFreePort()
  write(
    'config.capnp',
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main)],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
    );
    const main :Workerd.Worker = (
      modules = [${embedded.join(', ')}],
      compatibilityDate = "2026-10-15"
    );`,
  )
  const workerd = spawn(WORKERD, ['serve', join(folder, 'config.capnp')], { stdio: 'inherit' })
  const ask = async (name: string, rounds: number) => {
    const response = await fetch(`http://127.0.0.1:${port}/?name=${name}&rounds=${rounds}`)
    return Number(await response.text())
  }
  while (
    !(await ask(names[0] ?? '', 0).then(
      () => true,
      () => false,
    ))
  ) {
    if (workerd.exitCode !== null) throw new Error('workerd did not start')
    await setTimeout(50)
  }
  const run =
    (name: string): Run =>
    async (rounds) => {
      const start = performance.now()
      const answer = await ask(name, rounds)
      return { ms: performance.now() - start, answer }
    }
  const stop = () => {
    workerd.kill()
    rmSync(folder, { recursive: true })
  }
  return { run, stop }
}

/** `empty` is what asking alone costs, in runs of no rounds. */
async function measure(
  plain: Run,
  metered: Run,
  rounds: number,
  runs: Runs,
  empty = 0,
): Promise<Measured> {
  const least = { plainMs: Infinity, meteredMs: Infinity }
  for (let i = -runs.warmUp; i < runs.measured; i += 1) {
    const [a, b] = [await plain(rounds), await metered(rounds)]
    if (a.answer !== b.answer) throw new Error('another answer when metered')
    if (i < 0) continue
    least.plainMs = Math.min(least.plainMs, a.ms - empty)
    least.meteredMs = Math.min(least.meteredMs, b.ms - empty)
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
  const measured = await measure(here(plain).run, meter.run, PROGRAMS[program] ?? 1, RUNS_HERE)
  const perRun = meter.burnt() / (RUNS_HERE.warmUp + RUNS_HERE.measured)
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
    const [plain, metered] = [workerd.run(`${program}-plain`), workerd.run(`${program}-metered`)]
    // Asking takes about a millisecond, so the runs are longer here.
    const rounds = program === 'fib' ? 30 : (PROGRAMS[program] ?? 1) * 5
    const { plainMs: empty } = await measure(plain, metered, 0, RUNS_IN_WORKERD)
    rows.push([program, await measure(plain, metered, rounds, RUNS_IN_WORKERD, empty), ''])
  }
  report('workerd', rows)
  workerd.stop()
}
