// Runs the server scenarios of `@modelcontextprotocol/conformance` against a running stack: a person signs in,
// loads the component that has the tools of the suite, and the suite speaks to `/mcp` with their token.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import * as z from 'zod'
import { signInHeadless } from '../../local/oauth.ts'
import { startBearerProxy } from '../support/bearer-proxy.ts'
import { constants, read } from '../support/components.ts'
import { EXPECTED, NOT_RUN } from './expected.ts'

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof REVISIONS)[number]

export const PACKAGE = join(
  import.meta.dirname,
  '../../node_modules/@modelcontextprotocol/conformance',
)
const SCOPE = 'tools:call components:manage console'

export const Check = z.looseObject({
  id: z.string(),
  status: z.enum(['SUCCESS', 'FAILURE', 'WARNING', 'SKIPPED', 'INFO']),
  errorMessage: z.string().optional(),
})
export type Check = z.infer<typeof Check>

const Requirements = z.looseObject({
  server: z.array(z.string()),
  not_scored: z.array(z.looseObject({ scenario: z.string(), leg: z.string(), reason: z.string() })),
})

export interface ScenarioResult {
  readonly revision: Revision
  readonly scenario: string
  /** Why the revision does not require it; `null` when it does. */
  readonly optional: string | null
  readonly checks: readonly Check[]
}

/** What the suite found missing, and what it skipped. */
export function missedOf({ checks }: Pick<ScenarioResult, 'checks'>): readonly Check[] {
  return checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO')
}

/** `null` when it is as it should be, scored or not, else what is wrong. */
export function verdictOf(result: ScenarioResult): string | null {
  const { revision, scenario, checks } = result
  if (checks.length === 0) return 'it did not run'
  const expected = new Set(
    EXPECTED.filter((one) => one.revision === revision && one.scenario === scenario).flatMap(
      (one) => one.checks,
    ),
  )
  const missed = missedOf(result)
  const unexpected = missed.filter(({ id }) => !expected.has(id))
  if (unexpected.length > 0) {
    return unexpected.map(({ id, errorMessage = '' }) => `${id}: ${errorMessage}`).join('\n')
  }
  const stale = [...expected].filter((check) => !missed.some(({ id }) => id === check))
  return stale.length === 0 ? null : `passes and is expected not to: ${stale.join(', ')}`
}

/** Expected failures of scenarios that the suite does not have: nothing judges them. */
export function forgotten(results: readonly ScenarioResult[]): readonly string[] {
  return EXPECTED.filter(
    ({ revision, scenario }) =>
      !results.some((one) => one.revision === revision && one.scenario === scenario),
  ).map(({ revision, scenario }) => `${revision} ${scenario}`)
}

/** Server scenarios that the suite has and that neither ran nor have a reason not to. */
export function leftOut(results: readonly ScenarioResult[]): readonly string[] {
  const command = [join(PACKAGE, 'dist/index.js'), 'list', '--server']
  const listed = execFileSync(process.execPath, command, { encoding: 'utf8' })
  const scenarios = [...listed.matchAll(/^ *- (\S+) \[/gm)].map(([, scenario = '']) => scenario)
  if (scenarios.length === 0) throw new Error(`the suite lists nothing:\n${listed}`)
  const known = new Set([...results.map(({ scenario }) => scenario), ...NOT_RUN.scenarios])
  return scenarios.filter((scenario) => !known.has(scenario))
}

export async function runConformance(serverUrl: string, user: string): Promise<ScenarioResult[]> {
  const { accessToken } = await signInHeadless({
    serverUrl,
    user,
    scope: SCOPE,
    clientName: 'conformance',
  })
  const upload = async (name: string, bytes: Uint8Array): Promise<void> => {
    const response = await fetch(`${serverUrl}/api/components/${name}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${accessToken}` },
      body: new Uint8Array(bytes),
    })
    if (!response.ok) throw new Error(`${name} was not loaded: ${await response.text()}`)
  }
  await upload('conformance', read('test/fixtures/conformance/conformance.wasm'))
  let changes = 0
  const proxy = await startBearerProxy({
    serverUrl,
    token: accessToken,
    // The hook that changes the list of tools: it does change, as another component is loaded.
    onBody: async (body) => {
      if (!body.includes('"name":"test_trigger_tool_change"')) return
      changes += 1
      await upload('changing', await constants({ [`change-${changes}`]: changes }))
    },
  })
  try {
    const results: ScenarioResult[] = []
    for (const revision of REVISIONS) {
      // oxlint-disable-next-line no-await-in-loop -- one connection's notifications are another's noise
      results.push(...(await runRevision(`${proxy.url}/mcp`, revision)))
    }
    return results
  } finally {
    await proxy.stop()
  }
}

async function runRevision(url: string, revision: Revision): Promise<ScenarioResult[]> {
  const required = Requirements.parse(
    parse(readFileSync(join(PACKAGE, 'requirements', `${revision}.yaml`), 'utf8')),
  )
  const optional = required.not_scored.filter(({ leg }) => leg === 'server')
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  try {
    const output = await runSuite(url, revision, folder)
    const found = readChecks(folder)
    if (found.size === 0) throw new Error(`the suite did not run:\n${output}`)
    return [
      ...required.server.map((scenario) => ({ scenario, optional: null })),
      ...optional.map(({ scenario, reason }) => ({ scenario, optional: reason })),
    ].map((one) => ({ ...one, revision, checks: found.get(one.scenario) ?? [] }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The exit code says less than the files: it does not know what is expected here. */
async function runSuite(url: string, revision: Revision, folder: string): Promise<string> {
  const args = ['server', '--url', url, '--requirements', revision, '-o', folder]
  const child = spawn(process.execPath, [join(PACKAGE, 'dist/index.js'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  }
  await new Promise((resolve) => child.once('exit', resolve))
  return output
}

/** By scenario: the suite has a folder for each, `server-<scenario>-<time>`. */
function readChecks(folder: string): Map<string, Check[]> {
  const found = new Map<string, Check[]>()
  for (const name of readdirSync(folder)) {
    const scenario = /^server-(.+?)-\d{4}-\d{2}-\d{2}T/.exec(name)?.[1]
    if (scenario === undefined) continue
    const text = readFileSync(join(folder, name, 'checks.json'), 'utf8')
    found.set(scenario, z.array(Check).parse(JSON.parse(text)))
  }
  return found
}
