// The bundled Worker of a stack, alone, so that it starts again within seconds after it was killed: the same code in
// the same runtime on the same state, without the identity provider, seeding, building and wrangler.

import path from 'node:path'
import type { Guarded } from '../../local/guarded.ts'
import { runGuarded } from '../../local/guarded.ts'
import { signalGroup } from '../../local/processes.ts'
import type { StateDirectory } from '../../local/state.ts'
import { isHealthy } from '../../local/worker.ts'

const RUNTIME = path.join(import.meta.dirname, 'bare-runtime.ts')
const START_TIMEOUT_MS = 120_000

export interface BareWorker {
  /** `kill -9` of the runtime and what has started it, all at once; resolves when none of them is left. */
  kill(): Promise<void>
  stop(): Promise<void>
}

/** Starts the Worker that `bundleWorker` put into `project`. */
export function runBareWorker(
  project: string,
  state: StateDirectory,
  port: number,
  onLine: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Guarded> {
  return runGuarded({
    command: process.execPath,
    args: [RUNTIME, project, state.worker, state.workerEnv, String(port)],
    cwd: project,
    env,
    onLine,
  })
}

/** Serves when it resolves. */
export async function startBareWorker(
  project: string,
  state: StateDirectory,
  port: number,
  env?: NodeJS.ProcessEnv,
): Promise<BareWorker> {
  const said: string[] = []
  const worker = await runBareWorker(project, state, port, (line) => said.push(line), env)
  return await served(worker, port, said)
}

/** Once it serves. `said`: what it has printed, for the error of one that does not. */
export async function served(
  worker: Guarded,
  port: number,
  said: readonly string[],
): Promise<BareWorker> {
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
