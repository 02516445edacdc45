// One local stack per state directory. The lock names the process that holds it and the process group it runs the
// Worker in, so that whoever comes after a `kill -9` can end what that one left behind.
import { existsSync, linkSync, readFileSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { endGroup, findProcess, groupMembers } from './processes.ts'
import { REPOSITORY, writeWhole, type StateDirectory } from './state.ts'
import { UsageError } from './usage-error.ts'

const Holder = z.object({
  pid: z.number().int(),
  startedAt: z.string(),
  /** The process group of the Worker, once there is one. */
  group: z.number().int().optional(),
})
export type Holder = z.infer<typeof Holder>

export type Lock = {
  /** True when the holder before us ended without releasing. */
  wasLeftBehind: boolean
  recordGroup(group: number): void
  release(): void
}

/** Takes the lock or says who has it. What a dead holder left running is ended first. */
export async function takeLock(state: StateDirectory): Promise<Lock> {
  const before = readHolder(state)
  if (before && isAlive(before)) throw new UsageError(alreadyRunning(before, state))
  if (before?.group !== undefined) await endLeftovers(before.group)
  if (before) rmSync(state.lock, { force: true })

  const me: Holder = { pid: process.pid, startedAt: findProcess(process.pid)?.startedAt ?? '' }
  createOnce(state, me)
  return {
    wasLeftBehind: before !== undefined,
    recordGroup: (group) => writeWhole(state.lock, JSON.stringify({ ...me, group })),
    release: () => rmSync(state.lock, { force: true }),
  }
}

/** The process that holds the lock, if it still runs. */
export function liveHolder(state: StateDirectory): Holder | undefined {
  const holder = readHolder(state)
  return holder && isAlive(holder) ? holder : undefined
}

export function alreadyRunning(holder: Holder, state: StateDirectory): string {
  return `wassette-edge already runs with this state (process ${holder.pid}, ${state.root}). Stop it first.`
}

const NOBODY: Holder = { pid: -1, startedAt: '' }

function readHolder(state: StateDirectory): Holder | undefined {
  if (!existsSync(state.lock)) return undefined
  try {
    return Holder.parse(JSON.parse(readFileSync(state.lock, 'utf8')))
  } catch {
    return NOBODY // It vanished just now, or a crash left it unreadable.
  }
}

function isAlive(holder: Holder): boolean {
  return findProcess(holder.pid)?.startedAt === holder.startedAt
}

/** A link is made or refused in one step: of two that start at once, one gets the lock. */
function createOnce(state: StateDirectory, me: Holder): void {
  const draft = `${state.lock}.${randomBytes(6).toString('hex')}.tmp`
  writeWhole(draft, JSON.stringify(me))
  try {
    linkSync(draft, state.lock)
  } catch {
    throw new UsageError(`Another wassette-edge is just starting with this state (${state.root}).`)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Ends a group only if it still is what we started: its number may belong to somebody else by now. */
async function endLeftovers(group: number): Promise<void> {
  const ours = groupMembers(group).some(
    ({ command }) => command.includes(REPOSITORY) && /wrangler|workerd|seed\.ts/.test(command),
  )
  if (ours) await endGroup(group, 500)
}
