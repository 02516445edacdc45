// A guest that gets the same random bytes twice, or the same as somebody else, can forge what others made
// of them.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { withIntruder } from '../support/escape.ts'

let people: Resident[]
beforeAll(async () => {
  people = [await withIntruder('alice'), await withIntruder('bob')]
})

it('never sees the same dice', async () => {
  const rolls: string[] = []
  for (const { agent } of [...people, ...people]) {
    const [bytes, one, other] = (await agent.result('dice')) as [string, number, number]
    expect(Buffer.from(bytes, 'base64')).toHaveLength(32)
    rolls.push(bytes, String(one), String(other))
  }
  expect(new Set(rolls).size).toBe(rolls.length)
})
