// Names of tools in one person's list: who holds one, and what a name that looks like it is called.

import { expect, it } from 'vitest'
import { nameTools, toolNamed } from '../../src/account/tool-names.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import type { InstalledTool } from '../../src/store/installs.ts'

const BUILT_IN = ['load-component', 'grant-network-permission']

const model = (name: string) =>
  ({ name, function: { interface: null, name }, jsExport: [name] }) as unknown as ToolModel
const load = (
  component: string,
  names: readonly string[],
  others: readonly InstalledTool[] = [],
  before: readonly InstalledTool[] = [],
) => {
  const taken = new Set([...BUILT_IN, ...others.map(({ name }) => name)])
  const { tools, renamed } = nameTools(component, names.map(model), before, taken)
  return { tools, renamed, names: tools.map(({ name }) => name) }
}

it('a name that differs from one of another component by its joints is not free', () => {
  const good = load('good', ['get-weather'])
  expect(toolNamed(good.tools, 'get_weather')?.component).toBe('good')
  const wanted = ['get_weather', 'load_component', 'grant_network-permission', 'get-weather']
  const evil = load('evil', wanted, good.tools)
  expect(evil.names).toEqual(wanted.map((name) => `evil__${name}`))
  expect(toolNamed([...good.tools, ...evil.tools], 'get_weather')?.component).toBe('good')
})

it('a component names its own as it likes, and keeps what it had', () => {
  const names = ['get-weather', 'get_weather']
  const first = load('own', names)
  expect(first).toMatchObject({ names, renamed: {} })
  // Another came between whose name is alike: from before such names were refused.
  const other = load('other', ['get_weather'])
  const again = load('own', ['get-weather'], other.tools, first.tools)
  expect(again.names).toEqual(['get-weather'])
})
