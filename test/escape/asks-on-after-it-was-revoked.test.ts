// A component is let out once, and then never ends: it asks again and again, so that what the person takes back
// meanwhile would never reach it. The call goes by what it was told for half a second at the most.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, consoleOf, decide, denialsOf } from '../support/agent.ts'
import { looping } from '../support/escape.ts'
import { watchedLooper } from '../support/looper.ts'

const { url } = inject('server')

let agent: Agent
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  await agent.startFresh()
  await agent.upload('looper', await watchedLooper())
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

describe('a component that asks on', () => {
  it('is refused in the same call, before it has made the requests that it may make', async () => {
    const person = await consoleOf(url, 'alice')
    await decide(person, await agent.call('ask-until-refused'), 'allow')
    const running = await looping(() => agent.call('ask-until-refused'))
    await agent.value('reset-permission', { component_id: 'looper' })
    const ended = await running.ended
    const { denials } = denialsOf(ended)
    expect(denials.length).toBeGreaterThan(0)
    for (const denial of denials) {
      expect(denial).toMatchObject({ reason: 'not-granted', host: 'watched.test' })
    }
    const { result } = ended.structuredContent as { result: number }
    expect(result).toBeGreaterThan(0)
    expect(result).toBeLessThan(64)
  })
})
