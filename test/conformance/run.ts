// npm run conformance: the official suite against this server, in a stack of its own. Prints a table and ends
// with 1 when anything is not as expected.

import { rmSync } from 'node:fs'
import { startStack } from '../support/stack.ts'
import { runAuthorization } from './authorization.ts'
import type { ScenarioResult } from './suite.ts'
import { REVISIONS, runConformance, verdictOf } from './suite.ts'

function line(result: Omit<ScenarioResult, 'revision'> & { readonly revision: string }): string {
  const count = (status: string): number =>
    result.checks.filter((check) => check.status === status).length
  const missed = count('FAILURE') + count('WARNING')
  const told = `${count('SUCCESS')} passed${missed === 0 ? '' : `, ${missed} not`}`
  const kind = result.optional === null ? 'required' : result.optional
  return `| ${result.revision} | ${result.scenario} | ${kind} | ${told} |`
}

async function main(): Promise<void> {
  const stack = await startStack()
  try {
    const results = await runConformance(stack.url, 'alice')
    console.log(['| revision | scenario | | checks |', '|---|---|---|---|'].join('\n'))
    for (const result of results) console.log(line(result))
    for (const [scenario, checks] of await runAuthorization(stack.url, 'bob')) {
      const result = { scenario, checks, optional: null }
      console.log(line({ ...result, revision: 'authorization' }))
      const missed = checks.filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      for (const { id, errorMessage = '' } of missed) {
        console.error(`\nauthorization ${scenario}\n${id}: ${errorMessage}`)
        process.exitCode = 1
      }
    }
    for (const revision of REVISIONS) {
      const scored = results.filter((one) => one.revision === revision && one.optional === null)
      const good = scored.filter((one) => verdictOf(one) === null)
      console.log(`\n${revision}: ${good.length} of ${scored.length} required scenarios pass.`)
    }
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
