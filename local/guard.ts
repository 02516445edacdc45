// Runs one command in a process group of its own on behalf of the process that started the guard, and lets nothing of
// that group outlive either of them. A parent that dies by `kill -9` can clean up nothing; the guard sees its end of
// the channel close and does it instead. Not for people: `guarded.ts` starts it.
import { spawn } from 'node:child_process'
import { endGroup } from './processes.ts'

const PATIENCE_MS = 700

const [command = '', ...args] = process.argv.slice(2)
let ending = false
let group: number | undefined

async function end(exitCode: number, patienceMs = PATIENCE_MS): Promise<void> {
  if (ending) return
  ending = true
  if (group !== undefined) await endGroup(group, patienceMs)
  process.exit(exitCode)
}

// A parent that is gone asked for nothing gentle, and its successor may be waiting for the ports.
process.on('disconnect', () => void end(0, 0))
// The terminal's signals go to the parent, which decides; a signal to the guard alone still ends both.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(1))

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
group = child.pid
child.on('error', () => void end(127))
child.on('exit', (code) => void end(code ?? 1))
process.send?.({ group })
