// Every component that the server brings: it loads, each of its exports is a tool, nothing is skipped, and
// the author's words are there for each tool and each of its parameters.

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

/** Exports that no WIT of ours names: componentize-qjs sets its interpreter up with `init`. */
const OF_THE_TOOLCHAIN = new Set(['init'])

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
    const mine = tools.filter(({ name: shown }) => loaded.tools.includes(shown))
    for (const tool of mine.filter(({ name: shown }) => !OF_THE_TOOLCHAIN.has(shown))) {
      // Without words of its author a tool has its signature for a description.
      expect(tool.description, tool.name).toBeTruthy()
      expect(tool.description, tool.name).not.toMatch(/^\S+: (?:async )?func\(/)
      for (const [param, schema] of Object.entries(tool.inputSchema.properties ?? {})) {
        expect(schema, `${tool.name} ${param}`).toMatchObject({ description: expect.any(String) })
      }
    }
    await agent.value('unload-component', { id: loaded.id })
  })
})
