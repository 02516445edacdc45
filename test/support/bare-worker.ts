// The Worker of a stack, alone and bundled once, so that it starts again within seconds after it was killed: the
// same code in the same runtime on the same state, without the identity provider, seeding, building and wrangler.

import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from 'wrangler'
import { runGuarded } from '../../local/guarded.ts'
import { signalGroup } from '../../local/processes.ts'
import type { StateDirectory } from '../../local/state.ts'
import { REPOSITORY } from '../../local/state.ts'
import { isHealthy, quietWrangler } from '../../local/worker.ts'

const run = promisify(execFile)
const RUNTIME = path.join(import.meta.dirname, 'bare-runtime.ts')
/** As `bare-runtime.ts` reads it. */
const WORKER_OPTIONS = 'worker-options.json'
const START_TIMEOUT_MS = 120_000

export interface BareWorker {
  /** `kill -9` of the runtime and what has started it, all at once; resolves when none of them is left. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** A directory with the Worker's modules and what it is bound to. Whoever makes it removes it. */
export async function bundleWorker(state: StateDirectory): Promise<string> {
  const project = mkdtempSync(path.join(tmpdir(), 'wassette-edge-bundle-'))
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
  return project
}

/** Serves when it resolves. */
export async function startBareWorker(
  project: string,
  state: StateDirectory,
  port: number,
): Promise<BareWorker> {
  const said: string[] = []
  const worker = await runGuarded({
    command: process.execPath,
    args: [RUNTIME, project, state.worker, state.workerEnv, String(port)],
    cwd: project,
    env: process.env,
    onLine: (line) => said.push(line),
  })
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!(await isHealthy(port))) {
    const code = await Promise.race([worker.ended, pause(50)])
    if (code !== undefined) throw new Error(`the runtime ended with ${code}:\n${said.join('\n')}`)
    if (Date.now() > deadline) throw new Error(`the runtime does not serve:\n${said.join('\n')}`)
  }
  return {
    async kill() {
      signalGroup(worker.group, 'SIGKILL')
      await worker.ended
    },
    stop: worker.stop,
  }
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms))
}
