import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { liveHolder, takeLock } from '../../local/lock.ts'
import { findProcess, groupMembers } from '../../local/processes.ts'
import { createState, REPOSITORY, type StateDirectory } from '../../local/state.ts'
import { createTemporaryState } from './support/temporary-state.ts'

let state: StateDirectory
let remove: () => void
beforeEach(() => {
  ;({ state, remove } = createTemporaryState())
  createState(state)
})
afterEach(() => remove())

describe('takeLock', () => {
  it('is held until it is released', async () => {
    const lock = await takeLock(state)
    expect(liveHolder(state)?.pid).toBe(process.pid)
    await expect(takeLock(state)).rejects.toThrow(
      `already runs with this state (process ${process.pid}`,
    )
    lock.release()
    expect(liveHolder(state)).toBeUndefined()
  })

  it('passes over a holder that was killed', async () => {
    writeFileSync(state.lock, JSON.stringify({ pid: 2 ** 30, startedAt: 'x' }))
    const lock = await takeLock(state)
    expect(lock.wasLeftBehind).toBe(true)
  })

  it('passes over a holder whose pid belongs to somebody else by now', async () => {
    writeFileSync(state.lock, JSON.stringify({ pid: process.pid, startedAt: 'another time' }))
    await expect(takeLock(state)).resolves.toMatchObject({ wasLeftBehind: true })
  })

  it('passes over a lock a crash left unreadable', async () => {
    writeFileSync(state.lock, '{"pid":')
    await expect(takeLock(state)).resolves.toMatchObject({ wasLeftBehind: true })
    expect(existsSync(state.lock)).toBe(true)
  })

  it('ends the Worker a killed holder left running, and nobody else of that number', async () => {
    const ours = await startGroup(`${REPOSITORY}/node_modules/wrangler/left-behind`)
    const others = await startGroup('somebody else')
    for (const group of [ours, others]) {
      writeFileSync(state.lock, JSON.stringify({ pid: 2 ** 30, startedAt: 'x', group }))
      ;(await takeLock(state)).release()
    }
    expect(groupMembers(ours)).toEqual([])
    expect(groupMembers(others)).toHaveLength(1)
    process.kill(-others, 'SIGKILL')
  })

  it('lets the group be recorded for whoever comes next', async () => {
    const lock = await takeLock(state)
    lock.recordGroup(4711)
    expect(liveHolder(state)).toEqual({
      pid: process.pid,
      startedAt: findProcess(process.pid)?.startedAt,
      group: 4711,
    })
  })
})

/** A process that leads a group, with `name` on its command line. */
async function startGroup(name: string): Promise<number> {
  const script = 'console.log("up"); setInterval(() => {}, 1000)'
  const child = spawn(process.execPath, ['-e', script, name], { detached: true })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return child.pid ?? 0
}
