// The whole local stack as one thing that starts and ends together: identity provider and demo origin in this process,
// state brought up to date, the Worker under supervision.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runGuarded } from './guarded.ts'
import { startIdentityProvider } from './identity.ts'
import { takeLock, type Lock } from './lock.ts'
import { startOrigin } from './origin.ts'
import type { Person } from './people.ts'
import { requireFreePorts, type Ports } from './ports.ts'
import { loadSecrets } from './secrets.ts'
import { createState, type StateDirectory } from './state.ts'
import { supervise } from './supervise.ts'
import { UsageError } from './usage-error.ts'
import { createWorkerLog } from './worker-log.ts'
import { isHealthy, quietWrangler, startWorker, workerVariables, writeWorkerEnv } from './worker.ts'

const SEED = fileURLToPath(new URL('seed.ts', import.meta.url))
/** How long ports stay taken by what a `kill -9` left behind. */
const LEFTOVERS_MS = 3_000

export type StackOptions = {
  /** The directory with wrangler.toml, `migrations/` and `components/`. */
  project: string
  state: StateDirectory
  ports: Ports
  /** More `name=url` pairs for EGRESS_UPSTREAMS, comma-separated. */
  upstreams: string | undefined
  /** Variables of the Worker beside and instead of the usual ones. */
  variables?: Record<string, string>
  /** Whom the identity provider knows, if not the usual three. */
  people?: readonly Person[]
  /** Ends the stack. */
  signal: AbortSignal
  say: (line: string) => void
  onServing: () => void
} & Partial<StackParts>

/** What runs the Worker's code and prepares its state: wrangler, unless a test has them at hand. */
export type StackParts = {
  startWorker: typeof startWorker
  /** Brings `state` up to date while no Worker runs. */
  seed: (state: StateDirectory) => Promise<void>
}

/** Runs until the signal. Rejects when the stack cannot start or the Worker cannot be kept serving. */
export async function runStack(options: StackOptions): Promise<void> {
  const { state, ports } = options
  createState(state)
  const lock = await takeLock(state)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => lock.release())
  await requireFreePorts(ports, lock.wasLeftBehind ? LEFTOVERS_MS : 0)

  const publicUrl = `http://127.0.0.1:${ports.PORT}`
  const secrets = loadSecrets(state)
  const identity = await startIdentityProvider({
    port: ports.IDENTITY_PORT,
    publicUrl,
    state,
    ...(options.people === undefined ? {} : { people: options.people }),
  })
  stack.defer(identity.close)
  const components = path.join(options.project, 'components')
  const origin = await startOrigin({ port: ports.ORIGIN_PORT, components })
  stack.defer(origin.close)

  const variables = {
    ...workerVariables(ports, secrets, identity.issuer, options.upstreams),
    ...options.variables,
  }
  writeWorkerEnv(state, variables)
  await (options.seed?.(state) ?? seedApart(options, lock))
  if (!options.signal.aborted) await serve(options, variables, lock)
}

/** Seeds in a guarded process: the runtime it starts must not outlive a `kill -9` of ours either. */
async function seedApart({ project, state, signal }: StackOptions, lock: Lock): Promise<void> {
  const lines: string[] = []
  const seeding = await runGuarded({
    command: process.execPath,
    args: [SEED, '--project', project, '--state', state.root, '--holder', String(process.pid)],
    cwd: project,
    env: { ...process.env, ...quietWrangler(state) },
    onLine: (line) => lines.push(line),
  })
  lock.recordGroup(seeding.group)
  signal.addEventListener('abort', () => void seeding.stop(), { once: true })
  const code = await seeding.ended
  if (code === 0 || signal.aborted) return
  throw new UsageError(`The local state could not be brought up to date:\n${lines.join('\n')}`)
}

async function serve(options: StackOptions, variables: Record<string, string>, lock: Lock) {
  const { project, state, ports, signal, say, onServing } = options
  const port = ports.PORT
  const log = createWorkerLog(state.workerLog, say)
  try {
    const { end } = await supervise({
      start: () => {
        log.begin()
        return (options.startWorker ?? startWorker)({ project, state, port, variables }, log.write)
      },
      failedAt: log.failedAt,
      isHealthy: () => isHealthy(port),
      onStarted: (worker) => lock.recordGroup(worker.group),
      onRestart: (reason) => say(`The Worker ${reason}; starting it again. See ${state.workerLog}`),
      signal,
    })
    if (!signal.aborted) onServing()
    await end
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${error.message} See ${state.workerLog}`)
  }
}
