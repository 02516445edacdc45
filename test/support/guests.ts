// Builds the small components that tests inside workerd load, when a run has such tests.

import type { TestProject } from 'vitest/node'
import { echoComponents } from './echoes.ts'
import { hostileComponents } from './hostile.ts'
import { oddComponents } from './odd.ts'

/** Components as base64: what crosses into workerd is JSON. */
function asText(components: Record<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(components).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('base64'),
    ]),
  )
}

export default async function setup(project: TestProject): Promise<void> {
  project.provide('hostile', asText(await hostileComponents()))
  project.provide('odd', asText(await oddComponents()))
  project.provide('echoes', await echoComponents())
}
