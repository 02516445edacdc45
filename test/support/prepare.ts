// Makes, once for a run, what every stack of its tests would make for itself: the bundled Worker, and a state that is
// migrated and has the catalogue. Most of a start is that. `prepared.ts` uses it.

import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler'
import { seed } from '../../local/seed.ts'
import type { StateDirectory } from '../../local/state.ts'
import { REPOSITORY, stateIn } from '../../local/state.ts'
import { quietWrangler } from '../../local/worker.ts'
import { bundleIn, PREPARED_VARIABLE, stateOf } from './prepared.ts'

const run = promisify(execFile)
/** As `bare-runtime.ts` reads it. */
const WORKER_OPTIONS = 'worker-options.json'

/** For every process that is started from now on; removes it again when called. */
export async function prepare(): Promise<() => void> {
  const root = mkdtempSync(path.join(tmpdir(), 'wassette-edge-prepared-'))
  mkdirSync(bundleIn(root))
  await Promise.all([
    bundleWorker(bundleIn(root), stateIn(path.join(root, 'scratch'))),
    seed(REPOSITORY, stateOf(root)),
  ])
  process.env[PREPARED_VARIABLE] = root
  return () => {
    delete process.env[PREPARED_VARIABLE]
    rmSync(root, { recursive: true, force: true })
  }
}

/** Of projects whose tests start stacks: nothing where the whole run has prepared it. */
export default async function setup(): Promise<() => void> {
  return process.env[PREPARED_VARIABLE] === undefined ? await prepare() : () => {}
}

/** Puts the Worker's modules into `project`, and what it is bound to. */
async function bundleWorker(project: string, state: StateDirectory): Promise<void> {
  const wrangler = path.join(REPOSITORY, 'node_modules/wrangler/bin/wrangler.js')
  const bin = path.join(REPOSITORY, 'node_modules/.bin')
  const PATH = [bin, path.dirname(process.execPath), process.env['PATH']].join(path.delimiter)
  const env = { ...process.env, ...quietWrangler(state), PATH }
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', project]
  await run(process.execPath, args, { cwd: REPOSITORY, env })
  const config = unstable_readConfig({ config: path.join(REPOSITORY, 'wrangler.toml') })
  const { modulesRules: _, ...options } = unstable_getMiniflareWorkerOptions(config).workerOptions
  const bound = { ...options, name: config.name }
  writeFileSync(path.join(project, WORKER_OPTIONS), JSON.stringify(bound))
}
