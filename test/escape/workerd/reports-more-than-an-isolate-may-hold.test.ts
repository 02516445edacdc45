// A report of the right form and the wrong size: of output, of a failure's message, of a value.

import { expect, it } from 'vitest'
import { liftResult } from '../../../src/component/results.ts'
import { owned, run, valueOf } from './support/owned.ts'

const MESSAGE_CHARS = 1_000

it('is cut where it is text beside the answer', async () => {
  const flood = '"x".repeat(3_000_000)'
  const trap = await run(
    owned(
      `return { outcome: { tag: 'trap', message: ${flood} }, stdout: ${flood}, stderr: ${flood}, fuel: 0 }`,
    ),
  )
  if (trap.tag !== 'trap') throw new Error(trap.tag)
  expect(trap.message).toHaveLength(MESSAGE_CHARS)
  expect(trap.log).toMatch(/^(?:x{8192}\n\[2991808 more characters\]\n){2}$/)
})

it('is refused where it is the answer', async () => {
  const text = await valueOf(owned('return answer("x".repeat(6_000_000))'))
  const value = { tag: 'ok', value: text } as const
  expect(liftResult({ params: [], result: { kind: 'string' } } as never, value).ok).toBe(false)
})

it('is stopped by the runtime where it is more than one message may carry', async () => {
  const outcome = await run(owned('return answer("x".repeat(60_000_000))'))
  expect(outcome).toMatchObject({ tag: 'trap' })
})
