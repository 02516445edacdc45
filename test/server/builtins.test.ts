// The tools of the server itself, each called once in a way that succeeds: they answer as their output schemas say.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Tool } from '@modelcontextprotocol/client'
import * as z from 'zod'
import { Agent, textOf } from '../support/agent.ts'

const { url } = inject('server')
const of = { component_id: 'fetch' }
const host = { ...of, details: { host: 'demo.test' } }
const path = { ...of, details: { uri: 'fs://notes' } }
const variable = { ...of, details: { key: 'TOKEN' } }
const CALLS: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['load-component', { path: 'fetch' }, ['status', 'id']],
  ['list-components', {}, ['components', 'total']],
  ['search-components', {}, ['status', 'components']],
  ['search-tools', { query: '' }, ['status', 'tools']],
  ['grant-network-permission', host, ['status', 'component_id', 'permission_type', 'details']],
  [
    'grant-storage-permission',
    { ...of, details: { uri: 'fs://notes', access: ['read'] } },
    ['status', 'component_id', 'permission_type', 'details'],
  ],
  [
    'grant-environment-variable-permission',
    variable,
    ['status', 'component_id', 'permission_type', 'details'],
  ],
  [
    'grant-memory-permission',
    { ...of, details: { memory: '32Mi' } },
    ['status', 'component_id', 'permission_type', 'details'],
  ],
  ['get-policy', of, ['status', 'component_id']],
  ['revoke-network-permission', host, ['status', 'component_id', 'permission_type', 'details']],
  ['revoke-storage-permission', path, ['status', 'component_id', 'uri', 'message']],
  [
    'revoke-environment-variable-permission',
    variable,
    ['status', 'component_id', 'permission_type', 'details'],
  ],
  ['reset-permission', of, ['status', 'component_id']],
  ['unload-component', { id: 'fetch' }, ['status', 'id']],
]

let agent: Agent
let tools: readonly Tool[]
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  await agent.startFresh()
  ;({ tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' }))
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

describe('a tool of the server', () => {
  it('is one of these', () => {
    expect(tools.map(({ name }) => name).toSorted()).toEqual(CALLS.map(([name]) => name).toSorted())
  })

  it.each(CALLS)('answers as it says: %s', async (name, args, ofWassette) => {
    const toolDefinition = tools.find((tool) => tool.name === name)
    if (toolDefinition?.outputSchema === undefined) throw new Error('it does not say')
    // The client judges the answer by the definition that it is handed.
    const answered = await agent.client.callTool({ name, arguments: args }, { toolDefinition })
    expect(answered.isError).not.toBe(true)
    expect(textOf(answered)).toBe(JSON.stringify(answered.structuredContent))
    const required = z.array(z.string()).parse(toolDefinition.outputSchema.required)
    expect(required).toEqual(expect.arrayContaining([...ofWassette]))
    const keys = Object.keys(answered.structuredContent ?? {})
    expect(keys).toEqual(expect.arrayContaining(required))
  })
})
