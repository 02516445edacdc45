// `npm test`: the whole suite, as seven runs of vitest beside each other. The tests of the whole server share a stack
// and pass one at a time, as do those that start servers of their own; all the others need neither and would
// otherwise wait for them.
// With arguments it is one plain run of vitest. `--summary <file>` writes the sums of all as JSON.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FAILURES_FILE } from './support/failures.ts'
import { prepare } from './support/prepare.ts'

/**
 * Arguments of each, of about the same work. Tests of servers wait more than they work, so that two cores serve seven
 * runs; the server's own are two, each with a stack, as one runtime of theirs would keep one core busy to the end.
 */
const LANES = [
  ['--project=server', '--shard=1/2'],
  ['--project=server', '--shard=2/2'],
  ['--project=stacks'],
  ['--project=workerd', '--project=workerd-alone', '--project=policy'],
  ['--project=faults'],
  ['--project=faults-of-pages', '--project=local'],
  ['--project=kills'],
] as const
const COUNTS = ['numPassedTests', 'numFailedTests', 'numPendingTests'] as const

const VITEST = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')
const FAILURES = join(import.meta.dirname, 'support/failures.ts')

/** Of what vitest's JSON reporter writes. */
type Summary = Record<(typeof COUNTS)[number], number>

interface Run {
  readonly code: number
  readonly output: string
}

/** The first lane speaks at once, the others when they are done: their lines would mix. */
function vitest(
  args: readonly string[],
  isHeard: boolean,
  env: Record<string, string> = {},
): Promise<Run> {
  const { promise, resolve, reject } = Promise.withResolvers<Run>()
  const stdio = isHeard ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, [VITEST, 'run', ...args], {
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  child.once('error', reject)
  child.once('exit', (code) => resolve({ code: code ?? 1, output }))
  return promise
}

function read(report: string): Summary {
  const found = JSON.parse(readFileSync(report, 'utf8')) as Summary
  for (const count of COUNTS) {
    if (!Number.isInteger(found[count])) throw new Error(`${report} has no ${count}`)
  }
  return found
}

async function everything(summary: string | null): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wassette-edge-lanes-'))
  const report = (lane: number) => join(folder, `${lane}.json`)
  const failures = (lane: number) => join(folder, `${lane}.failures`)
  const removePrepared = await prepare()
  try {
    const runs = await Promise.all(
      LANES.map(async (named, lane) => {
        const reporters = ['default', 'json', FAILURES].map((name) => `--reporter=${name}`)
        const more = [`--outputFile.json=${report(lane)}`, '--passWithNoTests=false']
        // Where every Node of a lane keeps what it has compiled: hundreds of them run the same programs.
        const env = { NODE_COMPILE_CACHE: join(folder, 'code'), [FAILURES_FILE]: failures(lane) }
        return await vitest([...named, ...reporters, ...more], lane === 0, env)
      }),
    )
    for (const { output } of runs) process.stdout.write(output)
    const found = LANES.map((_, lane) => read(report(lane)))
    const sums = Object.fromEntries(
      COUNTS.map((count) => [count, found.reduce((sum, of) => sum + of[count], 0)]),
    )
    for (const lane of LANES.keys()) process.stdout.write(readFileSync(failures(lane), 'utf8'))
    console.log(`in all: ${sums['numPassedTests']} passed, ${sums['numFailedTests']} failed`)
    if (summary !== null) writeFileSync(summary, JSON.stringify(sums))
    return Math.max(...runs.map(({ code }) => code))
  } finally {
    removePrepared()
    rmSync(folder, { recursive: true, force: true })
  }
}

const [first, file, ...others] = process.argv.slice(2)
if (first === undefined) process.exitCode = await everything(null)
else if (first === '--summary' && file !== undefined && others.length === 0) {
  process.exitCode = await everything(file)
} else process.exitCode = (await vitest(process.argv.slice(2), true)).code
