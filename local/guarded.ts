// The parent's side of the guard: a command that is sure to end, with everything it started, when this process does.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { endGroup, groupMembers } from './processes.ts'

const GUARD = fileURLToPath(new URL('guard.ts', import.meta.url))
const Started = z.object({ group: z.number().int().positive() })

export type GuardedCommand = {
  command: string
  args: string[]
  cwd: string
  env: NodeJS.ProcessEnv
  onLine: (line: string) => void
}

export type Guarded = {
  /** The process group the command runs in. */
  group: number
  /** The command's exit code, once nothing of its group is left. */
  ended: Promise<number>
  /** Ends the command with everything it started. */
  stop(): Promise<void>
}

export async function runGuarded(options: GuardedCommand): Promise<Guarded> {
  const { command, args, cwd, env, onLine } = options
  const guard = spawn(process.execPath, [GUARD, command, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true, // Ctrl-C reaches the whole foreground group; the guard must outlive it.
  })
  for (const stream of [guard.stdout, guard.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', onLine)
  }

  const exited = new Promise<number>((resolve) => {
    guard.once('error', () => resolve(127))
    guard.once('exit', (code) => resolve(code ?? 1))
  })
  const group = await Promise.race([
    new Promise<number>((resolve, reject) => {
      guard.once('message', (message) => {
        const started = Started.safeParse(message)
        if (started.success) resolve(started.data.group)
        else reject(new Error(`${command} could not be started`))
      })
    }),
    exited.then((code) => Promise.reject(new Error(`the guard of ${command} ended with ${code}`))),
  ])
  // The guard itself may have been killed, and then the group is still there.
  const ended = exited.then(async (code) => {
    if (groupMembers(group).length > 0) await endGroup(group, 0)
    return code
  })
  const stop = async () => {
    if (guard.connected) guard.disconnect()
    await ended
  }
  return { group, ended, stop }
}
