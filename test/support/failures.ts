// A reporter of vitest: what failed in a run and why, causes included, as text. The last lines of a long log are what
// is kept of it, so that `lanes.ts` says them again there.

import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** Of the environment: the file that is written when the run ends. */
export const FAILURES_FILE = 'WASSETTE_EDGE_FAILURES_FILE'

/** Characters that are told of one failure. */
const FAILURE_LIMIT = 2_000

export default class Failures implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[FAILURES_FILE]
    if (file === undefined) throw new Error(`${FAILURES_FILE} is not set`)
    const failures = [
      ...modules.flatMap(failuresOf),
      ...unhandled.map((error) => told('outside of any test', [error])),
    ]
    writeFileSync(file, failures.map((failure) => `${failure}\n`).join(''))
  }
}

/** Its tests that failed, its suites whose hooks did, and itself when it could not be loaded. */
function failuresOf(module: TestModule): string[] {
  const { moduleId, children } = module
  const suites = [module, ...children.allSuites()].map((suite) => ({
    name: 'fullName' in suite ? `${moduleId} > ${suite.fullName}` : moduleId,
    errors: suite.errors(),
  }))
  const tests = [...children.allTests('failed')].map((test) => ({
    name: `${moduleId} > ${test.fullName}`,
    errors: test.result().errors ?? [],
  }))
  return [...suites.filter(({ errors }) => errors.length > 0), ...tests].map(({ name, errors }) =>
    told(name, errors),
  )
}

function told(name: string, errors: readonly SerializedError[]): string {
  return [`FAILED ${name}`, ...errors.map(whyOf)].join('\n').slice(0, FAILURE_LIMIT)
}

function whyOf(error: SerializedError): string {
  const why = error.stack ?? `${error.name ?? 'Error'}: ${error.message}`
  const ours = why.split('\n').filter((line) => !line.includes('/node_modules/'))
  const diff = typeof error['diff'] === 'string' ? [stripVTControlCharacters(error['diff'])] : []
  const cause = error.cause === undefined ? [] : [`caused by ${whyOf(error.cause)}`]
  return [...ours, ...diff, ...cause].join('\n')
}
