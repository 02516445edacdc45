import { spawn } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { endGroup, findProcess, groupMembers, parsePs } from '../../local/processes.ts'

const groups: number[] = []
afterEach(() => Promise.all(groups.splice(0).map((group) => endGroup(group, 0))))

/** A shell that leads a group of two. */
async function startGroup(script: string): Promise<number> {
  const child = spawn('sh', ['-c', script], { detached: true })
  const group = child.pid ?? 0
  groups.push(group)
  await new Promise((resolve) => child.stdout.once('data', resolve))
  return group
}

describe('endGroup', () => {
  it('ends every process of the group', async () => {
    const group = await startGroup('sleep 60 & echo up; wait')
    expect(groupMembers(group).length).toBeGreaterThan(1)
    await endGroup(group, 1_000)
    expect(groupMembers(group)).toEqual([])
  })

  it('does not wait longer than its patience for one that ignores the request', async () => {
    const group = await startGroup('trap "" TERM; echo up; while :; do sleep 1; done')
    const before = Date.now()
    await endGroup(group, 200)
    expect(groupMembers(group)).toEqual([])
    // Far more than its patience, for a busy machine, and far less than for ever.
    expect(Date.now() - before).toBeLessThan(10_000)
  })

  it('does not mind a group that has ended', async () => {
    const group = await startGroup('echo up')
    await endGroup(group, 1_000)
    await expect(endGroup(group, 0)).resolves.toBeUndefined()
  })
})

describe('findProcess', () => {
  it('tells a process from the next one with its pid', () => {
    const me = findProcess(process.pid)
    expect(me).toMatchObject({ pid: process.pid, parent: process.ppid })
    expect(me?.startedAt).not.toBe('')
    expect(findProcess(process.pid)?.startedAt).toBe(me?.startedAt)
  })

  it('finds nothing where nothing runs', () => {
    expect(findProcess(2 ** 30)).toBeUndefined()
  })
})

describe('parsePs', () => {
  it('reads the columns of macOS and Linux, and leaves zombies out', () => {
    const output = [
      '  501     1   501 Ss   Mon Nov 24 11:39:00 2026     /bin/node a b ',
      '  502   501   501 Z+   Mon Nov 24 11:39:01 2026     (node)',
      '',
    ].join('\n')
    expect(parsePs(output)).toEqual([
      {
        pid: 501,
        parent: 1,
        group: 501,
        startedAt: 'Mon Nov 24 11:39:00 2026',
        command: '/bin/node a b ',
      },
    ])
  })
})
