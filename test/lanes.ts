// `npm test`: the whole suite, as seven runs of vitest beside each other. The tests of the whole server share a stack
// and pass one at a time, as do those that start servers of their own; all the others need neither and would
// otherwise wait for them.
// With arguments it is one plain run of vitest. `--summary <file>` writes the sums of all as JSON.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

/** Characters that are told again of one failure. */
const FAILURE_LIMIT = 2_000

const VITEST = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')

type Summary = Record<(typeof COUNTS)[number], number>

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report extends Summary {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

interface Run {
  readonly code: number
  readonly output: string
}

/**
 * The first lane speaks at once, the others when they are done: their lines would mix. `code` is where every Node of
 * a lane keeps what it has compiled: hundreds of them run the same programs.
 */
function vitest(args: readonly string[], isHeard: boolean, code?: string): Promise<Run> {
  const { promise, resolve, reject } = Promise.withResolvers<Run>()
  const stdio = isHeard ? 'inherit' : 'pipe'
  const child = spawn(process.execPath, [VITEST, 'run', ...args], {
    stdio: ['ignore', stdio, stdio],
    env: { ...process.env, ...(code === undefined ? {} : { NODE_COMPILE_CACHE: code }) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  child.once('error', reject)
  child.once('exit', (code) => resolve({ code: code ?? 1, output }))
  return promise
}

function read(report: string): Report {
  const found = JSON.parse(readFileSync(report, 'utf8')) as Report
  for (const count of COUNTS) {
    if (!Number.isInteger(found[count])) throw new Error(`${report} has no ${count}`)
  }
  return found
}

/** Each test that failed and each file that did not run, with why: the last lines of a long log are what is kept. */
function failures({ testResults }: Report): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed')
    if (tests.length === 0 && status === 'failed') return [`FAILED ${name}\n${message ?? ''}`]
    return tests.map(
      ({ fullName, failureMessages }) =>
        `FAILED ${name} > ${fullName}\n${(failureMessages ?? []).join('\n')}`,
    )
  })
}

async function everything(summary: string | null): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wassette-edge-lanes-'))
  const report = (lane: number) => join(folder, `${lane}.json`)
  const removePrepared = await prepare()
  try {
    const runs = await Promise.all(
      LANES.map(async (named, lane) => {
        const reporters = ['--reporter=default', '--reporter=json', '--passWithNoTests=false']
        const args = [...named, ...reporters, `--outputFile.json=${report(lane)}`]
        return await vitest(args, lane === 0, join(folder, 'code'))
      }),
    )
    for (const { output } of runs) process.stdout.write(output)
    const found = LANES.map((_, lane) => read(report(lane)))
    const sums = Object.fromEntries(
      COUNTS.map((count) => [count, found.reduce((sum, of) => sum + of[count], 0)]),
    )
    for (const failure of found.flatMap(failures)) console.log(failure.slice(0, FAILURE_LIMIT))
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
