// Keeps the Worker serving: starts it, watches it, and starts it again when it ends or falls silent. State survives
// that, so a crash costs the calls of that moment and nothing else.
import type { Guarded } from './guarded.ts'
import { groupMembers } from './processes.ts'
import { UsageError } from './usage-error.ts'

const MAX_RESTARTS_PER_MINUTE = 5
const START_TIMEOUT_MS = 60_000
const CHECK_EVERY_MS = 1_000
/** wrangler waits for a change when a build fails, and so do we for a moment: it may have been saved half-done. */
const FAILED_START_MS = 5_000
/** A runtime that is gone for this long is not being brought back by wrangler itself. */
const LOST_RUNTIME_MS = 3_000
/** All processes live but none answers: a guest may be using the only thread, within its own limits. */
const SILENCE_MS = 60_000

export type Supervised = {
  start: () => Promise<Guarded>
  isHealthy: () => Promise<boolean>
  /** When the latest start reported its first error, if it did. */
  failedAt: () => number | undefined
  /** Called once for every start, before the Worker serves. */
  onStarted: (worker: Guarded) => void
  /** Tells the person why the Worker is started again. */
  onRestart: (reason: string) => void
  signal: AbortSignal
}

/** Resolves once the Worker serves. `end` resolves after the signal, and rejects when restarting has become pointless. */
export async function supervise(options: Supervised): Promise<{ end: Promise<void> }> {
  const first = await startServing(options)
  return { end: keepServing(first, options) }
}

async function startServing(options: Supervised): Promise<Guarded> {
  const worker = await options.start()
  options.onStarted(worker)
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!options.signal.aborted) {
    if (await options.isHealthy()) return worker
    const code = await Promise.race([worker.ended, pause(100)])
    if (code !== undefined) {
      throw new UsageError(`The Worker did not start (wrangler ended with ${code}).`)
    }
    const failedAt = options.failedAt() ?? Infinity
    if (Date.now() > Math.min(deadline, failedAt + FAILED_START_MS)) {
      await worker.stop()
      throw new UsageError('The Worker does not answer /health with 200.')
    }
  }
  return worker
}

async function keepServing(first: Guarded, options: Supervised): Promise<void> {
  const restarts: number[] = []
  let worker: Guarded | undefined = first
  for (;;) {
    const reason = worker ? await watch(worker, options) : 'did not start'
    await worker?.stop()
    if (reason === 'stopped') return
    const recent = restarts.filter((at) => at > Date.now() - 60_000).length
    if (recent >= MAX_RESTARTS_PER_MINUTE) {
      throw new UsageError(`The Worker ${reason}, after ${recent} restarts within a minute.`)
    }
    restarts.push(Date.now())
    options.onRestart(reason)
    await pause(100 * 2 ** recent)
    worker = await startServing(options).catch(() => undefined)
  }
}

type Reason = 'stopped' | 'ended' | 'lost its runtime' | 'stopped answering'

async function watch(worker: Guarded, { isHealthy, signal }: Supervised): Promise<Reason> {
  let runtimes = runtimesOf(worker)
  let lastHealthy = Date.now()
  const ended = worker.ended.then((): Reason => 'ended')
  const stopped = new Promise<Reason>((resolve) => {
    if (signal.aborted) resolve('stopped')
    signal.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  for (;;) {
    const event = await Promise.race([ended, stopped, pause(CHECK_EVERY_MS)])
    if (event) return event
    const healthy = await Promise.race([isHealthy(), ended, stopped])
    if (typeof healthy === 'string') return healthy
    const current = runtimesOf(worker)
    if (healthy) {
      runtimes = current
      lastHealthy = Date.now()
      continue
    }
    const silentMs = Date.now() - lastHealthy
    const lost = runtimes.some((pid) => !current.includes(pid))
    if (lost && silentMs > LOST_RUNTIME_MS) return 'lost its runtime'
    if (silentMs > SILENCE_MS) return 'stopped answering'
  }
}

function runtimesOf(worker: Guarded): number[] {
  return groupMembers(worker.group)
    .filter(({ command }) => command.includes('workerd serve'))
    .map(({ pid }) => pid)
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms))
}
