// Resources of a component as handles that an agent passes from call to call, in both eras.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, errorOf, textOf } from '../support/agent.ts'
import { PROBE, withCustomSection } from '../support/components.ts'

const { url } = inject('server')
const tool = (name: string): string => `test_probe_resources_0_1_0_${name}`
const CREATE = tool('_constructor_counter')
const INCREMENT = tool('_method_counter_increment')
const LARGER = tool('_static_counter_larger')

let alice: Agent
beforeAll(async () => {
  alice = await Agent.of(url, 'alice')
  await alice.startFresh()
  const answer = await alice.upload('probe', withCustomSection(PROBE, 'handles.test'))
  expect(answer.status).toBe(201)
})
afterAll(async () => {
  await alice.startFresh()
  await alice.close()
})

describe.each(['auto', 'legacy'] as const)('a client of the %s era', (mode) => {
  let agent: Agent
  beforeAll(async () => {
    agent = await Agent.of(url, 'alice', { mode })
  })
  afterAll(() => agent.close())

  it('makes a resource, uses it and gives it away', async () => {
    const one = await agent.result(CREATE, { start: 1 })
    expect(one).toMatch(/^counter:[0-9a-f]{32}$/)
    expect(await agent.result(INCREMENT, { self: one })).toBe(2)
    expect(await agent.result(INCREMENT, { self: one })).toBe(3)
    const made = await agent.result(tool('make-counter'))
    expect(await agent.result(tool('read-counter'), { counter: made })).toBe(0)
    const larger = await agent.result(LARGER, { one, other: made })
    expect(await agent.result(INCREMENT, { self: larger })).toBe(4)
    const gone = await agent.call(INCREMENT, { self: one })
    expect(gone.isError).toBe(true)
    expect(errorOf(gone)).toEqual({ code: 'handle', why: 'gone' })
    expect(textOf(gone)).toContain('Make a new one')
  })

  it('finds the handles of another client worth nothing', async () => {
    const mine = await agent.result(CREATE, { start: 1 })
    const other = await Agent.of(url, 'alice', { mode, clientName: 'another' })
    const refused = await other.call(INCREMENT, { self: mine })
    expect(errorOf(refused)).toEqual({ code: 'handle', why: 'gone' })
    expect(await agent.result(INCREMENT, { self: mine })).toBe(2)
    await other.close()
  })

  it('is told when it passes something that is no handle', async () => {
    const refused = await agent.call(INCREMENT, { self: '7' })
    expect(errorOf(refused)).toMatchObject({ code: 'bad-arguments', path: 'self' })
    expect(textOf(refused)).toContain('a handle of a counter')
  })
})

describe('tools/list', () => {
  it('has the members of resources, with handles as strings of a pattern', async () => {
    const { tools } = await alice.client.listTools()
    const increment = tools.find(({ name }) => name === INCREMENT)
    expect(increment?.title).toBe('Counter: increment')
    expect(increment?.inputSchema).toMatchObject({
      properties: { self: { type: 'string', pattern: '^counter:[0-9a-f]{32}$' } },
      required: ['self'],
    })
    expect(tools.find(({ name }) => name === CREATE)?.title).toBe('New counter')
  })
})
