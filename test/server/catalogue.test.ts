// Every component that the server brings: it loads, each of its exports is a tool, and nothing is skipped.

import { readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { REPOSITORY } from '../../local/state.ts'
import { Agent } from '../support/agent.ts'

const { url } = inject('server')
const COMPONENTS = path.join(REPOSITORY, 'components')
const NAMES = readdirSync(COMPONENTS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .filter((name) => readdirSync(path.join(COMPONENTS, name)).includes(`${name}.wasm`))

let agent: Agent
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  await agent.startFresh()
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

describe('the catalogue', () => {
  it.each(NAMES)('has %s: it loads, and each export is a tool', async (name) => {
    const loaded = await agent.load(name)
    expect(loaded.tools.length).toBeGreaterThan(0)
    const component = (await agent.components()).find(({ id }) => id === loaded.id)
    expect(component?.['skipped']).toEqual([])
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    for (const tool of tools.filter(({ name: shown }) => loaded.tools.includes(shown))) {
      expect(tool.description, tool.name).toBeTruthy()
    }
    await agent.value('unload-component', { id: loaded.id })
  })
})
