// The processes of this machine, from /proc where there is one and from ps elsewhere.
// Zombies are left out: they hold no port and no file, and in a container nobody may ever collect them.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export type RunningProcess = {
  pid: number
  parent: number
  group: number
  /** Opaque, but different for two processes that had the same pid. */
  startedAt: string
  /** The command line, arguments included. */
  command: string
}

const HAS_PROC = existsSync('/proc/self/stat')

export function runningProcesses(): RunningProcess[] {
  return HAS_PROC ? fromProc() : parsePs(runPs(['-A']))
}

export function findProcess(pid: number): RunningProcess | undefined {
  return HAS_PROC ? readProc(pid) : parsePs(runPs(['-p', String(pid)])).at(0)
}

export function groupMembers(group: number): RunningProcess[] {
  return runningProcesses().filter((process) => process.group === group)
}

/** Sends a signal to every process of a group. A group that has ended is no error. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** Asks a group to end, makes it end after `patienceMs`, and returns when nothing of it is left. */
export async function endGroup(group: number, patienceMs: number): Promise<void> {
  signalGroup(group, 'SIGTERM')
  if (await isGone(group, patienceMs)) return
  signalGroup(group, 'SIGKILL')
  await isGone(group, 1_000)
}

async function isGone(group: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  for (;;) {
    if (groupMembers(group).length === 0) return true
    if (Date.now() >= deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

function fromProc(): RunningProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => readProc(Number(entry)) ?? [])
}

function readProc(pid: number): RunningProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in parentheses and may itself contain spaces and parentheses (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = 'Z', parent, group] = fields
    if (state === 'Z' || state === 'X') return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    const startedAt = fields[19] ?? ''
    return { pid, parent: Number(parent), group: Number(group), startedAt, command }
  } catch {
    return undefined // It ended while we were reading.
  }
}

const PS_LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/

function runPs(selection: string[]): string {
  const columns = 'pid=,ppid=,pgid=,stat=,lstart=,args='
  const env = { ...process.env, LC_ALL: 'C' }
  // ps exits with 1 when it finds no such process; its output is empty then.
  const { stdout } = spawnSync('ps', [...selection, '-ww', '-o', columns], {
    encoding: 'utf8',
    env,
  })
  return stdout ?? ''
}

export function parsePs(output: string): RunningProcess[] {
  return output.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = 'Z', startedAt = '', command = ''] =
      PS_LINE.exec(line) ?? []
    if (pid === undefined || state.startsWith('Z')) return []
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), startedAt, command }]
  })
}
