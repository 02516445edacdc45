// Every component that the server brings: it loads, each function of its author is a tool, and
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

/** Of componentize-qjs: it sets its interpreter up with `init`. */
const OF_THE_TOOLCHAIN: Readonly<Record<string, readonly string[]>> = { 'json-tools': ['init'] }

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
    const skipped = component?.['skipped'] as readonly { function: string }[]
    expect(skipped.map((of) => of.function)).toEqual(OF_THE_TOOLCHAIN[name] ?? [])
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    const mine = tools.filter(({ name: shown }) => loaded.tools.includes(shown))
    for (const tool of mine) {
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
