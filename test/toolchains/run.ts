// npm run toolchains: components of many toolchains, built here and now by what this machine has and what npm and
// PyPI bring, each uploaded to a server, listed, and called over MCP. Every answer has to be that of wasmtime, which
// runs the same component with the same calls. They are too large to be installed with this project: they go into
// a folder of their own, at the versions of `toolchains.ts`. `npm run toolchains -- qjs` runs those whose name
// has that in it; `WASSETTE_EDGE_TOOLCHAINS` names a folder to keep between two runs, what was built included.

import { execFile, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, textOf } from '../support/agent.ts'
import { startStack } from '../support/stack.ts'
import type { Case } from './cases.ts'
import { COUNTERS, HOST, TEXTS, VALUES } from './cases.ts'
import type { Toolchain, World } from './toolchains.ts'
import { fileOf, NotFound, NPM, PYPI, TOOLCHAINS } from './toolchains.ts'

const PACKAGE = 'toolchain:corpus'
const VERSION = '0.1.0'
const COMPONENT = 'guest'

const execute = promisify(execFile)

const INTERFACES: Readonly<Record<World, readonly (string | null)[]>> = {
  pure: ['values', 'counters'],
  engine: ['values', 'counters', 'clock', 'web', 'settings'],
  system: ['values', 'counters', 'clock', 'files', 'settings'],
  small: [null],
}

const Answers = z.array(
  z.union([
    z.strictObject({ ok: z.unknown() }),
    z.strictObject({ err: z.unknown() }),
    z.strictObject({ trap: z.string() }),
  ]),
)
type Answer = z.infer<typeof Answers>[number]

interface Row {
  readonly toolchain: string
  readonly bytes: number
  readonly loadMs: number
  readonly tools: number
  readonly calls: number
  /** Of them, those that trap under wasmtime as well. */
  readonly trapped: number
  readonly wrong: readonly string[]
}

async function install(folder: string): Promise<void> {
  const overrides = { '@bytecodealliance/preview2-shim': NPM['@bytecodealliance/preview2-shim'] }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: NPM, overrides }),
  )
  const flags = ['install', '--no-audit', '--no-fund', '--ignore-scripts']
  await execute('npm', flags, { cwd: folder })
  if (existsSync(join(folder, 'python'))) return
  await execute('python3', ['-m', 'venv', join(folder, 'python')])
  const packages = Object.entries(PYPI).map(([name, version]) => `${name}==${version}`)
  await execute(join(folder, 'python/bin/pip'), ['install', '--quiet', ...packages])
}

/** The name that a tool of the corpus has by Wassette's rule. */
function toolOf({ interface: of, function: name }: Case): string {
  const full = of === null ? name : `${PACKAGE}/${of}@${VERSION}_${name}`
  return full.toLowerCase().replace(/[^a-z0-9-]/g, '_')
}

/** Every handle of the arguments, by what the earlier call answered. */
function withHandles(args: Case['args'], answers: readonly Answer[]): Record<string, unknown> {
  const entries = Object.entries(args).map(([key, value]): [string, unknown] => {
    const [, number] = (typeof value === 'string' && /^#(\d+)$/.exec(value)) || []
    const made = number === undefined ? undefined : answers[Number(number)]
    return [key, made !== undefined && 'ok' in made ? made.ok : value]
  })
  return Object.fromEntries(entries)
}

async function called(agent: Agent, cases: readonly Case[]): Promise<Answer[]> {
  const answers: Answer[] = []
  for (const one of cases) {
    const result = await agent.call(toolOf(one), withHandles(one.args, answers))
    const structured = z.object({ result: z.unknown() }).safeParse(result.structuredContent)
    if (structured.success) {
      answers.push(
        result.isError ? { err: structured.data.result } : { ok: structured.data.result },
      )
    } else {
      answers.push(result.isError ? { trap: textOf(result) } : { ok: null })
    }
  }
  return answers
}

type Group = readonly [mode: 'alone' | 'together', cases: readonly Case[]]

async function underWasmtime(
  folder: string,
  component: string,
  groups: readonly Group[],
): Promise<Answer[][]> {
  const files = mkdtempSync(join(folder, 'files-'))
  const asked = groups.map(([mode, cases]) => [
    mode,
    cases.map(({ interface: of, function: name, args }) => [
      of === null ? null : `${PACKAGE}/${of}@${VERSION}`,
      name,
      Object.values(args),
    ]),
  ])
  const script = join(import.meta.dirname, 'wasmtime-calls.py')
  const child = spawn(join(folder, 'python/bin/python'), [script, component, files])
  const [out, failed] = [child.stdout, child.stderr].map((stream) => stream.toArray())
  child.stdin.end(JSON.stringify(asked))
  const text = Buffer.concat((await out) ?? []).toString()
  if (text === '') throw new Error(`wasmtime: ${Buffer.concat((await failed) ?? []).toString()}`)
  return z.array(Answers).parse(JSON.parse(text))
}

/** A handle is a name on either side: which one is nobody's answer. */
const isHandle = (value: unknown): boolean =>
  typeof value === 'string' && /^(#\d+|[\w.-]+:[0-9a-f]{32})$/.test(value)

function isRight(one: Case, ours: Answer, theirs: Answer): boolean {
  if (one.holds !== undefined)
    return 'ok' in ours ? one.holds(ours.ok) : 'err' in ours && one.holds(ours.err)
  if ('ok' in ours && 'ok' in theirs && isHandle(ours.ok) && isHandle(theirs.ok)) return true
  // What its toolchain got wrong traps everywhere.
  if ('trap' in ours && 'trap' in theirs) return true
  return isDeepStrictEqual(ours, theirs)
}

function groupsOf(world: World): Group[] {
  const has = ({ interface: of }: Case): boolean => INTERFACES[world].includes(of)
  return [
    ['alone', [...VALUES, ...HOST, ...TEXTS].filter(has)],
    ['together', COUNTERS.filter(has)],
  ]
}

async function allowed(agent: Agent, person: Browser, world: World): Promise<void> {
  const grant = async (kind: string, details: object, fields: Record<string, string> = {}) => {
    const wanted = { component_id: COMPONENT, details }
    const answer = await agent.value(`grant-${kind}-permission`, wanted)
    const page = await person.open(String(answer['approval_url']))
    const { status } = await person.press(page, 'decision', 'allow', { life: 'always', ...fields })
    if (status !== 200) throw new Error(`${kind}: the decision was answered with ${status}`)
  }
  const interfaces = INTERFACES[world]
  if (interfaces.includes('web')) await grant('network', { host: 'demo.test' })
  if (interfaces.includes('files')) {
    await grant('storage', { uri: 'fs://**', access: ['read', 'write'] })
  }
  if (interfaces.includes('settings')) {
    await grant('environment-variable', { key: 'COLOUR' }, { value: 'green' })
  }
}

async function tried(
  toolchain: Toolchain,
  folder: string,
  agent: Agent,
  person: Browser,
): Promise<Row> {
  const { name, world } = toolchain
  const component = join(folder, fileOf(toolchain))
  if (!existsSync(component)) await toolchain.build(folder, component)
  const bytes = new Uint8Array(readFileSync(component))
  await agent.startFresh()
  const began = performance.now()
  const uploaded = await agent.upload(COMPONENT, bytes)
  if (!uploaded.ok) throw new Error(`it is not loaded: ${await uploaded.text()}`)
  const loadMs = performance.now() - began
  const own = z.object({ tools: z.array(z.string()) }).parse(await uploaded.json()).tools
  const tools = await agent.toolNames()
  await allowed(agent, person, world)
  const wrong: string[] = []
  let calls = 0
  let trapped = 0
  const groups = groupsOf(world)
  const byWasmtime = await underWasmtime(folder, component, groups)
  for (const [number, [, cases]] of groups.entries()) {
    const ours = await called(agent, cases)
    const theirs = byWasmtime[number] ?? []
    cases.forEach((one, i) => {
      calls += 1
      const [mine, other] = [ours[i], theirs[i]]
      if (mine !== undefined && 'trap' in mine) trapped += 1
      if (!tools.includes(toolOf(one))) wrong.push(`${one.function} is not listed`)
      if (mine === undefined || other === undefined || !isRight(one, mine, other)) {
        const shown = [mine, other].map((answer) => JSON.stringify(answer)?.slice(0, 400))
        wrong.push(`${one.function}: ${shown[0]}\n        wasmtime: ${shown[1]}`)
      }
    })
  }
  return {
    toolchain: name,
    bytes: statSync(component).size,
    loadMs,
    tools: own.length,
    calls,
    trapped,
    wrong,
  }
}

async function main(): Promise<void> {
  const kept = process.env['WASSETTE_EDGE_TOOLCHAINS']
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'toolchains-'))
  mkdirSync(folder, { recursive: true })
  const wanted = TOOLCHAINS.filter(({ name }) =>
    process.argv.slice(2).every((word) => name.toLowerCase().includes(word.toLowerCase())),
  )
  await install(folder)
  const stack = await startStack({ labels: 'off', asPerson: true })
  const [agent, person] = [await Agent.of(stack.url, 'alice'), await consoleOf(stack.url, 'alice')]
  let failed = 0
  console.log('| toolchain | component | loading | tools | calls | as wasmtime answers |')
  console.log('|---|---|---|---|---|---|')
  try {
    for (const toolchain of wanted) {
      try {
        const row = await tried(toolchain, folder, agent, person)
        const size =
          row.bytes < 1e6
            ? `${Math.ceil(row.bytes / 1e3)} KB`
            : `${(row.bytes / 1e6).toFixed(1)} MB`
        const traps = row.trapped === 0 ? '' : `, ${row.trapped} by trapping`
        const right = `${row.wrong.length === 0 ? 'all' : row.calls - row.wrong.length}${traps}`
        console.log(
          `| ${row.toolchain} | ${size} | ${(row.loadMs / 1000).toFixed(1)} s | ${row.tools} | ${row.calls} | ${right} |`,
        )
        for (const wrong of row.wrong) console.log(`      ${wrong}`)
        failed += row.wrong.length
      } catch (cause) {
        if (!(cause instanceof NotFound)) failed += 1
        const why = cause instanceof Error ? cause.message.slice(0, 600) : String(cause)
        console.log(
          `| ${toolchain.name} | ${cause instanceof NotFound ? 'left out' : 'FAILED'}: ${why} |`,
        )
      }
    }
  } finally {
    await agent.close()
    await stack.stop()
    rmSync(stack.stateDir, { recursive: true, force: true })
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
  process.exitCode = failed === 0 ? 0 : 1
}

await main()
