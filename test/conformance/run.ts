// npm run conformance: the official suite against this server, in a stack of its own. Prints a table and ends
// with 1 when anything is not as expected.

import { rmSync } from 'node:fs'
import { startStack } from '../support/stack.ts'
import { runAuthorization } from './authorization.ts'
import { NOT_RUN } from './expected.ts'
import type { ScenarioResult } from './suite.ts'
import { forgotten, leftOut, missedOf, REVISIONS, runConformance, verdictOf } from './suite.ts'

function line(result: Omit<ScenarioResult, 'revision'> & { readonly revision: string }): string {
  const passed = result.checks.filter(({ status }) => status === 'SUCCESS').length
  const missed = missedOf(result).length
  const told = `${passed} passed${missed === 0 ? '' : `, ${missed} not`}`
  const kind = result.optional === null ? 'required' : result.optional
  return `| ${result.revision} | ${result.scenario} | ${kind} | ${told} |`
}

/** A scenario passes as the suite counts: with a warning too, and not where it was skipped. */
function sum(results: readonly ScenarioResult[], kind: string): string {
  const good = results.filter(
    (one) => one.checks.length > 0 && missedOf(one).every(({ status }) => status === 'WARNING'),
  )
  return `${good.length} of ${results.length} ${kind} scenarios pass`
}

async function main(): Promise<void> {
  const stack = await startStack({ asPerson: true })
  try {
    const results = await runConformance(stack.url, 'alice')
    console.log(['| revision | scenario | | checks |', '|---|---|---|---|'].join('\n'))
    for (const result of results) console.log(line(result))
    for (const [scenario, checks] of await runAuthorization(stack.url, 'bob')) {
      const result = { scenario, checks, optional: null }
      console.log(line({ ...result, revision: 'authorization' }))
      for (const { id, errorMessage = '' } of missedOf(result)) {
        console.error(`\nauthorization ${scenario}\n${id}: ${errorMessage}`)
        process.exitCode = 1
      }
    }
    for (const revision of REVISIONS) {
      const all = results.filter((one) => one.revision === revision)
      const required = all.filter(({ optional }) => optional === null)
      const unscored = all.filter(({ optional }) => optional !== null)
      console.log(`\n${revision}: ${sum(required, 'required')}, ${sum(unscored, 'unscored')}.`)
    }
    for (const name of forgotten(results)) {
      console.error(`\n${name} is expected to fail, and the suite does not have it`)
      process.exitCode = 1
    }
    for (const name of leftOut(results)) {
      console.error(`\n${name} did not run, and nothing says why`)
      process.exitCode = 1
    }
    console.log(`\nNot run: ${NOT_RUN.scenarios.join(', ')}. ${NOT_RUN.reason}`)
    for (const result of results) {
      const verdict = verdictOf(result)
      if (verdict === null) continue
      console.error(`\n${result.revision} ${result.scenario}\n${verdict}`)
      process.exitCode = 1
    }
  } finally {
    await stack.stop()
    rmSync(stack.stateDir, { recursive: true, force: true })
  }
}

await main()
