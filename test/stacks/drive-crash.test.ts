// A server that is killed while an agent writes: every file is wholly old or wholly new afterwards, and what
// was answered is there. A stack of its own.

import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Agent, consoleOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const ROUNDS = 4
const FILES = 3
/** Three chunks, two of them in another store than the tree. */
const BYTES = 600_000

let stack: Stack
let agent: Agent
beforeAll(async () => {
  stack = await startStack()
  agent = await Agent.of(stack.url, 'alice')
  await agent.upload('io', read('test/fixtures/io/io.wasm'))
  const person = await consoleOf(stack.url, 'alice')
  const details = { uri: 'fs:///', access: ['read', 'write'] }
  const asked = await agent.value('grant-storage-permission', { component_id: 'io', details })
  const page = await person.open(String(asked['approval_url']))
  expect((await person.press(page, 'decision', 'allow', { life: 'always' })).status).toBe(200)
})
afterAll(async () => {
  await agent?.close()
  await stack?.stop()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
})

interface Written {
  /** Seeds of the pattern that may be in the file: the last one that was answered, and those asked for since. */
  possible: number[]
}

/** Writes files in turn until the server is gone. `onAnswer`: a write was answered. */
async function writeOn(
  files: Written[],
  seeds: Iterator<number>,
  onAnswer: () => void,
): Promise<void> {
  for (let n = 0; ; n += 1) {
    const file = files[n % files.length]
    const seed = seeds.next().value
    if (file === undefined || typeof seed !== 'number') return
    file.possible.push(seed)
    const args = { path: `f${n % files.length}`, bytes: BYTES, seed }
    const result = await agent.call('fill', args).catch(() => null)
    if (result === null || result.isError === true) return
    file.possible = file.possible.slice(file.possible.indexOf(seed))
    onAnswer()
  }
}

function* odd(): Generator<number, number> {
  for (let seed = 1; ; seed += 2) yield seed
}

describe('a server that is killed while files are written', () => {
  it(`has each of them old or new, never torn, ${ROUNDS} times over`, async () => {
    const files: Written[] = Array.from({ length: FILES }, () => ({ possible: [] }))
    const seeds = odd()
    let answered = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      const { promise: busy, resolve: onAnswer } = Promise.withResolvers<void>()
      const writing = writeOn(files, seeds, onAnswer)
      // A runtime that has just started answers slowly: the kill is to come among answers.
      await Promise.race([busy, writing])
      await sleep(Math.random() * 2_000)
      stack.process.kill('SIGKILL')
      await once(stack.process, 'exit')
      await writing
      stack = await startStack({ stateDir: stack.stateDir, ports: stack.ports })

      for (const [n, file] of files.entries()) {
        const found: number[] = []
        for (const seed of file.possible) {
          const verified = await agent.call('verify', { path: `f${n}`, seed })
          const { result } = verified.structuredContent as { result: { ok?: number } }
          if (result.ok === BYTES) found.push(seed)
        }
        // A file that was never answered may also be missing, or be there and empty.
        if (found.length === 0) expect(await neverSaved(n), `f${n}`).toBe(true)
        else file.possible = found
        answered += found.length
      }
    }
    expect(answered).toBeGreaterThan(ROUNDS)
  }, 600_000)
})

/** Whether nothing was saved to the file yet: it is absent, or created and empty. */
async function neverSaved(n: number): Promise<boolean> {
  const steps = [`stat-at|0|f${n}`]
  const [stat = ''] = (await agent.result('files', { steps })) as string[]
  return stat === 'no-entry' || stat.startsWith('file size=0 ')
}
