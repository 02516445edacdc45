// Progress and log messages are events on a stream that somebody pays for and a model may read.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { lastCall, loaded, resident } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'mcp', read('test/fixtures/mcp/mcp.wasm'))
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'mcp' })
})

it('is ended after a thousand', async () => {
  let heard = 0
  alice.agent.client.setNotificationHandler('notifications/message', () => {
    heard += 1
  })
  const flood = (await alice.agent.toolNames()).find((name) => name.endsWith('_flood')) ?? 'flood'
  const answer = await alice.agent.call(flood, { times: 5_000 })
  expect(errorOf(answer)).toEqual({ code: 'bound', bound: 'client-messages' })
  expect(heard).toBeLessThanOrEqual(1_000)
  expect(await lastCall(alice)).toMatchObject({ outcome: 'bound', reason: 'client-messages' })
})
