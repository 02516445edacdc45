// What components of different sizes and kinds cost, what a warm isolate holds in memory, and how the cost
// of a call grows with the tools a person has. Ratios within one run; it asserts nothing.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools'
import { signInHeadless } from '../local/oauth.ts'
import { REPOSITORY } from '../local/state.ts'
import { caller, quantile, time, upload, variant } from './client.ts'

const SCOPE = 'tools:call components:manage'
const CALLS = 60
const LOADS = 5
const TOOL_COUNTS = [1, 10, 100, 1_000]
/** Tools of one component for the growing list. */
const TOOLS_PER_COMPONENT = 100
const ISOLATES = 8
/** Instances made in one request, and how often each is done. */
const [FEW, MANY, INSTANCE_ROUNDS] = [5, 55, 7]

interface Kind {
  readonly name: string
  readonly file: string
  readonly tool: string
  readonly args: Record<string, unknown>
}

const KINDS: readonly Kind[] = [
  {
    name: 'C, 19 KB',
    file: 'components/time/time.wasm',
    tool: 'wassette-edge_time_clock_0_1_0_now',
    args: {},
  },
  {
    name: 'Rust, 72 KB',
    file: 'components/text-stats/text-stats.wasm',
    tool: 'analyze',
    args: { text: 'some words' },
  },
  {
    name: 'JavaScript (QuickJS), 1.2 MB',
    file: 'components/json-tools/json-tools.wasm',
    tool: 'wassette-edge_json-tools_json_0_1_0_query',
    args: { json: '{"a":[1,2]}', path: '/a/0' },
  },
  {
    name: 'Python (RustPython), 11.8 MB',
    file: 'components/python/python.wasm',
    tool: 'eval',
    args: { expression: '6 * 7' },
  },
]

export async function measureComponents(url: string): Promise<void> {
  await byKind(url)
  await memory(url)
  await byTools(url)
}

async function byKind(url: string): Promise<void> {
  const { call, load } = await person(url, 'alice')
  console.log(
    '\nby kind: load (upload, check, compile, store), a warm call with its fresh instance, and the instance alone,',
  )
  console.log('which is what making one takes longer than making one of the smallest component')
  await load('bench-least', await constants(0, 1))
  const least = await perInstance(call, 'bench-least')
  let base = Number.NaN
  for (const { name, file, tool, args } of KINDS) {
    const bytes = module(file)
    const loads: number[] = []
    const times: number[] = []
    for (let n = 0; n < LOADS; n += 1) {
      loads.push(await time(() => load('bench-kind', variant(bytes, n))))
    }
    for (let n = 0; n < CALLS; n += 1) times.push(await time(() => call(tool, args)))
    const median = quantile(times.slice(CALLS / 4), 0.5)
    if (Number.isNaN(base)) base = median
    const instance = (await perInstance(call, 'bench-kind')) - least
    console.log(
      `${name.padEnd(32)} load ${ms(quantile(loads, 0.5))}   call ${ms(median)}   ` +
        `${(median / base).toFixed(2)} x the first   instance ${instance.toFixed(2)} ms`,
    )
  }
}

/** Milliseconds of one, from the difference of many and few: what surrounds them falls out. */
async function perInstance(call: ReturnType<typeof caller>, component: string): Promise<number> {
  const times = async (count: number): Promise<number> => {
    const all: number[] = []
    for (let n = 0; n < INSTANCE_ROUNDS; n += 1)
      all.push(await time(() => call('instances', { component, count }, true)))
    return quantile(all, 0.5)
  }
  await times(FEW)
  return ((await times(MANY)) - (await times(FEW))) / (MANY - FEW)
}

/** Resident memory of the runtime before and after isolates of one component were warmed. */
async function memory(url: string): Promise<void> {
  const { call, load } = await person(url, 'alice')
  console.log(`\nmemory of a warm isolate, from ${ISOLATES} of each`)
  for (const { name, file, tool, args } of KINDS) {
    const bytes = module(file)
    await load('bench-memory', variant(bytes, 100))
    await call(tool, args)
    const before = residentKilobytes()
    for (let n = 0; n < ISOLATES; n += 1) {
      await load('bench-memory', variant(bytes, 101 + n))
      await call(tool, args)
    }
    const each = (residentKilobytes() - before) / ISOLATES / 1024
    console.log(`${name.padEnd(32)} ${each.toFixed(1).padStart(6)} MiB each, compiling included`)
  }
}

async function byTools(url: string): Promise<void> {
  const { call, load } = await person(url, 'bob')
  console.log('\na warm call by the number of tools that its person has')
  let installed = 0
  let base = Number.NaN
  for (const wanted of TOOL_COUNTS) {
    for (; installed < wanted; installed += Math.min(TOOLS_PER_COMPONENT, wanted - installed)) {
      const count = Math.min(TOOLS_PER_COMPONENT, wanted - installed)
      await load(`bench-${installed}`, await constants(installed, count))
    }
    const times: number[] = []
    for (let n = 0; n < CALLS; n += 1) times.push(await time(() => call('t0', {})))
    const median = quantile(times.slice(CALLS / 4), 0.5)
    if (Number.isNaN(base)) base = median
    console.log(
      `${String(wanted).padStart(5)} tools   ${ms(median)}   ${(median / base).toFixed(2)} x one tool`,
    )
  }
}

async function person(url: string, user: string) {
  const { accessToken } = await signInHeadless({ serverUrl: url, user, scope: SCOPE })
  const call = caller(url, accessToken)
  const load = (name: string, bytes: Uint8Array) => upload(url, accessToken, name, bytes)
  return { call, load }
}

function module(file: string): Uint8Array {
  return readFileSync(join(REPOSITORY, file))
}

/** A component whose functions `t<first>` and so on answer with their numbers. */
async function constants(first: number, count: number): Promise<Uint8Array> {
  const numbers = Array.from({ length: count }, (_, i) => first + i)
  const cores = numbers.map((n) => `(func (export "t${n}") (result i32) i32.const ${n})`)
  const lifts = numbers.map(
    (n) => `(func (export "t${n}") (result u32) (canon lift (core func $i "t${n}")))`,
  )
  return await parse(`(component
    (core module $m ${cores.join('\n')})
    (core instance $i (instantiate $m))
    ${lifts.join('\n')})`)
}

/** Of all workerd processes below this one: the server's runtime is among them. */
function residentKilobytes(): number {
  const rows = execFileSync('ps', ['-eo', 'rss=,comm='], { encoding: 'utf8' }).split('\n')
  return rows
    .filter((row) => row.trim().endsWith('workerd'))
    .reduce((sum, row) => sum + Number.parseInt(row, 10), 0)
}

function ms(value: number): string {
  return `${value.toFixed(1).padStart(7)} ms`
}
