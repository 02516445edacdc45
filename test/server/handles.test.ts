// Resources of a component as handles that an agent passes from call to call, in both eras.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, errorOf, textOf } from '../support/agent.ts'
import { PROBE, withCustomSection } from '../support/components.ts'
import { composed } from '../support/composed.ts'
import { twoCounters } from '../support/counters.ts'
import { starling } from '../support/starling.ts'
import { EVERYTHING } from '../toolchains/cases.ts'

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

async function drop(name: string, self: unknown): Promise<void> {
  const dropped = await alice.call(name, { self })
  expect([dropped.isError ?? false, textOf(dropped)]).toEqual([false, expect.any(String)])
}

describe('calls that are made at once', () => {
  it('follow each other, the first ones included', async () => {
    const starts = Array.from({ length: 6 }, (_, start) => start)
    const made = await Promise.all(starts.map((start) => alice.result(CREATE, { start })))
    expect(new Set(made).size).toBe(starts.length)
    const [self] = made
    const counts = await Promise.all(starts.map(() => alice.result(INCREMENT, { self })))
    expect(counts.toSorted()).toEqual([1, 2, 3, 4, 5, 6])
    for (const one of made) await drop(tool('_resource-drop_counter'), one)
  })
})

describe('a component with two resources of one name', () => {
  const A = 't_two_a_1_0_0_'
  const B = 't_two_b_1_0_0_'
  const DROP_A = `${A}_resource-drop_counter`
  const newA = (start: number) => alice.result(`${A}_constructor_counter`, { start })
  const get = (self: unknown) => alice.result(`${A}_method_counter_get`, { self })
  const ended = (of: unknown) => alice.result(`${A}ended`, { of })

  beforeAll(async () => {
    expect((await alice.upload('two', await twoCounters())).status).toBe(201)
  })

  it('tells their handles apart, and knows one of them under another name', async () => {
    const one = await newA(7)
    const two = Object(await alice.result(`${B}_constructor_counter`, { start: 30 })).ok
    expect([one, two]).toEqual([
      expect.stringMatching(/^a\/counter:[0-9a-f]{32}$/),
      expect.stringMatching(/^b\/counter:[0-9a-f]{32}$/),
    ])
    expect(await alice.result(`${B}total`, { one, two })).toBe(37)
    expect(await alice.result(`${B}same`, { one })).toMatch(/^a\/counter:/)
    const wrong = await alice.call(`${B}_method_counter_tenfold`, { self: one })
    expect(errorOf(wrong)).toMatchObject({ code: 'bad-arguments', path: 'self' })
    expect(textOf(wrong)).toContain('a handle of a b/counter')
    // Nor under the other's name, and the others live on.
    const renamed = String(two).replace('b/', 'a/')
    const forged = await alice.call(`${A}_method_counter_get`, { self: renamed })
    expect(errorOf(forged)).toEqual({ code: 'handle', why: 'other-resource' })
    expect(await alice.result(`${B}_method_counter_tenfold`, { self: two })).toBe(300)
    await drop(`${B}_resource-drop_counter`, two)
  })

  it('may refuse to make one', async () => {
    const refused = await alice.call(`${B}_constructor_counter`, { start: 101 })
    expect(refused.isError).toBe(true)
    expect(refused.structuredContent).toEqual({ result: { err: 101 } })
  })

  it('ends a resource whose handle is dropped', async () => {
    const [kept, dropped] = [await newA(1), await newA(2)]
    const before = Number(await ended(kept))
    await drop(DROP_A, dropped)
    expect(await ended(kept)).toBe(before + 1)
    expect(errorOf(await alice.call(DROP_A, { self: dropped }))).toEqual({
      code: 'handle',
      why: 'gone',
    })
    await drop(DROP_A, kept)
  })

  it('has no more than a client can name, and room again for each that ends', async () => {
    await alice.upload('two', withCustomSection(await twoCounters(), 'from nothing'))
    const first = await newA(0)
    const many = (count: number) => alice.call(`${A}many`, { count })
    const full = await many(64)
    expect(errorOf(full)).toEqual({ code: 'handle', why: 'too-many' })
    expect(textOf(full)).toContain('resource-drop')
    expect([await ended(first), await get(first)]).toEqual([64, 0])
    const rest = (await alice.result(`${A}many`, { count: 63 })) as string[]
    expect((await many(1)).isError).toBe(true)
    await drop(DROP_A, rest[0])
    expect(await get(await newA(9))).toBe(9)
  })
})

describe('a component of several parts', () => {
  const COUNTERS = 't_parts_counters_1_0_0_'
  const SUMS = 't_parts_sums_1_0_0_'

  it('passes its resources and its texts from part to part', async () => {
    expect((await alice.upload('parts', await composed())).status).toBe(201)
    const one = await alice.result(`${COUNTERS}_constructor_counter`, { start: 5 })
    const last = await alice.result(`${SUMS}last-of`, { count: 7 })
    const two = await alice.result(`${COUNTERS}_constructor_counter`, { start: 80 })
    expect(await alice.result(`${SUMS}sum`, { one, two: last })).toBe(11)
    expect(await alice.result(`${SUMS}sum`, { one: two, two: one })).toBe(85)
    expect(await alice.result(`${COUNTERS}_method_counter_get`, { self: last })).toBe(6)
    const text = 'é🎉'
    expect(await alice.result('t_parts_texts_1_0_0_four-times', { text })).toBe(text.repeat(4))
  })
})

describe('a JavaScript engine of 12 MB', () => {
  const of = (name: string): string => `toolchain_corpus_${name}`

  it('is loaded, and keeps values and resources', async () => {
    expect((await alice.upload('starling', starling())).status).toBe(201)
    const tools = await alice.toolNames()
    expect(tools.filter((name) => name.startsWith(of('values')))).toHaveLength(8)
    const value = EVERYTHING
    expect(await alice.result(of('values_0_1_0_echo'), { value })).toEqual(value)
    const divided = await alice.call(of('values_0_1_0_divide'), { dividend: 1, divisor: 0 })
    expect(divided.structuredContent).toEqual({ result: { err: 'division by zero' } })
    const create = (start: number) =>
      alice.result(of('counters_0_1_0__constructor_counter'), { start })
    const [one, other] = [await create(4), await create(38)]
    const merged = await alice.result(of('counters_0_1_0__static_counter_merge'), { one, other })
    expect(await alice.result(of('counters_0_1_0_value-of'), { counter: merged })).toBe(42)
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
    const drop = tools.find(({ name }) => name === tool('_resource-drop_counter'))
    expect(drop?.title).toBe('Drop counter')
  })
})
