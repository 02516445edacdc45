// The memory component under calls at once, and after calls that were killed: what was answered is in the
// graph, whatever happened beside it.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { Agent, consoleOf, textOf } from '../support/agent.ts'
import { read } from '../support/components.ts'

const { url } = inject('server')
/** As many calls as one person may have under way at a time. */
const AT_ONCE = 16
/** Whoever made this file has its turn to change the graph. */
const TURN = '/memory/.graph.jsonl.turn'
const KNOWLEDGE = 'wassette-edge_memory_knowledge-graph_0_1_0_'

const Graph = z.strictObject({
  entities: z.array(
    z.strictObject({
      name: z.string(),
      'entity-type': z.string(),
      observations: z.array(z.string()),
    }),
  ),
  relations: z.array(z.unknown()),
})

let agent: Agent
/** Another client of the same person. */
let other: Agent
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  other = await Agent.of(url, 'alice', { clientName: 'another agent' })
  await agent.startFresh()
  const person = await consoleOf(url, 'alice')
  for (const [component_id, uri] of [
    ['memory', 'fs://memory'],
    ['filesystem', 'fs://memory'],
  ] as const) {
    await agent.upload(component_id, read(`components/${component_id}/${component_id}.wasm`))
    const details = { uri, access: ['read', 'write'] }
    const asked = await agent.value('grant-storage-permission', { component_id, details })
    const page = await person.open(String(asked['approval_url']))
    const decided = await person.press(page, 'decision', 'allow', { life: 'always' })
    expect(decided.status).toBe(200)
  }
})
beforeEach(async () => {
  const { entities } = await graph()
  await tool(agent, 'delete-entities', { names: entities.map(({ name }) => name) })
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
  await other.close()
})

/** A function that has to succeed: the `ok` of its result. */
async function tool(by: Agent, name: string, args: Record<string, unknown> = {}): Promise<unknown> {
  const called = await by.call(`${KNOWLEDGE}${name}`, args)
  expect(called.isError, textOf(called)).not.toBe(true)
  return z
    .strictObject({ result: z.strictObject({ ok: z.unknown() }) })
    .parse(called.structuredContent).result.ok
}

async function graph(): Promise<z.infer<typeof Graph>> {
  return Graph.parse(await tool(agent, 'read-graph'))
}

const entity = (name: string) => ({ name, 'entity-type': 'thing', observations: [] as string[] })
const numbered = (word: string) => Array.from({ length: AT_ONCE }, (_, n) => `${word} ${n}`)
const create = (by: Agent, name: string) =>
  tool(by, 'create-entities', { entities: [entity(name)] })
const files = async () => {
  const { result } = z
    .object({ result: z.object({ ok: z.array(z.object({ name: z.string() })) }) })
    .parse(await agent.value('list-directory', { path: '/memory' }))
  return result.ok.map(({ name }) => name)
}

describe('calls at once', () => {
  it('of one client all make their entity, and each is there once', async () => {
    const names = numbered('one')
    const made = await Promise.all(names.map((name) => create(agent, name)))
    expect(made).toEqual(names.map((name) => [entity(name)]))
    const { entities } = await graph()
    expect(entities.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
  })

  it('of two clients of one person do as well', async () => {
    const names = numbered('two')
    await Promise.all(names.map((name, n) => create(n % 2 === 0 ? agent : other, name)))
    const { entities } = await graph()
    expect(entities.map(({ name }) => name).toSorted()).toEqual(names.toSorted())
  })

  it('make the same entity once, and one of them is told that it is new', async () => {
    const made = await Promise.all(numbered('same').map(() => create(agent, 'same')))
    expect(made.flat()).toEqual([entity('same')])
    expect((await graph()).entities).toEqual([entity('same')])
  })

  it('add to one entity and take from it, and nothing of either is lost', async () => {
    await create(agent, 'Engine')
    const contents = numbered('fact')
    const kept = contents.filter((_, n) => n % 2 === 1)
    const gone = contents.filter((_, n) => n % 2 === 0)
    const of = (content: string) => [{ 'entity-name': 'Engine', contents: [content] }]
    await Promise.all(gone.map((fact) => tool(agent, 'add-observations', { additions: of(fact) })))
    await Promise.all([
      ...kept.map((fact) => tool(agent, 'add-observations', { additions: of(fact) })),
      ...gone.map((fact) => tool(other, 'delete-observations', { deletions: of(fact) })),
    ])
    const [engine] = (await graph()).entities
    expect(engine?.observations.toSorted()).toEqual(kept.toSorted())
  })

  it('lose nothing when turns are taken from them in the middle', async () => {
    // A large graph makes a turn long.
    const large = { ...entity('large'), observations: ['x'.repeat(500_000)] }
    await tool(agent, 'create-entities', { entities: [large] })
    const names = numbered('hurried').slice(0, 8)
    const left = new Set(names)
    const made = Promise.all(
      names.map((name) => create(agent, name).finally(() => left.delete(name))),
    )
    for (let taken = 0; taken < 12 && left.size > 0;) {
      const removed = await other.call('delete-file', { path: TURN })
      if (removed.isError !== true) taken += 1
    }
    await made
    const { entities } = await graph()
    expect(entities.map(({ name }) => name).toSorted()).toEqual([...names, 'large'].toSorted())
  })

  it('leave nothing beside the graph', async () => {
    await Promise.all(numbered('tidy').map((name) => create(agent, name)))
    expect(await files()).toEqual(['graph.jsonl'])
  })
})

describe('a call that was killed', () => {
  it('does not keep the next one from changing the graph', async () => {
    // What such a call leaves behind.
    const path = `/memory/.graph.jsonl.ticket-${'0'.repeat(16)}`
    await agent.value('write-file', { path, content: '{"type":"entity"' })
    await agent.value('write-file', { path: TURN, content: '' })
    expect(await files()).toHaveLength(3)
    await create(agent, 'after')
    expect((await graph()).entities).toEqual([entity('after')])
    expect(await files()).toEqual(['graph.jsonl'])
  })

  it('takes along nothing that was answered, wherever it was', async () => {
    const answered = new Set<string>()
    const asked = numbered('given up').map(async (name, n) => {
      // Each second one is given up at another moment of its way.
      const signal = n % 2 === 0 ? AbortSignal.timeout(n * 40) : undefined
      const args = { entities: [entity(name)] }
      const called = await agent
        .call(`${KNOWLEDGE}create-entities`, args, { ...(signal && { signal }) })
        .catch((error: unknown) => (signal?.aborted === true ? null : Promise.reject(error)))
      if (called === null) return
      expect(called.isError, textOf(called)).not.toBe(true)
      answered.add(name)
    })
    await Promise.all(asked)
    await create(agent, 'after')
    const names = (await graph()).entities.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining([...answered, 'after']))
    expect(new Set(names).size).toBe(names.length)
    expect(answered.size).toBeGreaterThanOrEqual(AT_ONCE / 2)
    expect(await files()).toEqual(['graph.jsonl'])
  })
})
