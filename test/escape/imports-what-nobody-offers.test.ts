// A component may import anything by name: interfaces that look like ours, newer versions of them, whole
// packages of a stranger. What is not linked must not be answered by something near it.

import { beforeAll, expect, it } from 'vitest'
import { fromWit } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { refused, resident } from '../support/escape.ts'

const IMPORTS = [
  'wasi:http/outgoing-handlers@0.2.0',
  'wasi:https/outgoing-handler@0.2.0',
  'wasi:filesystem/admin@0.2.0',
  'wasi:keyvalue-draft/store@0.2.0',
  'wassette-edge:mcp/server@0.1.0',
  'wassette-edge:mcp/client@9.0.0',
  'wasi:random/random@9.9.9',
  'evil:host/eval@1.0.0',
]
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
})

it.each(IMPORTS)('%s is refused by name', async (name) => {
  const [, owner = '', iface = '', version = ''] = /^(.+)\/(.+)@(.+)$/.exec(name) ?? []
  const component = await fromWit(
    `package test:wants; world w { import ${name}; export run: func(); }
     package ${owner}@${version} { interface ${iface} { use-it: func(); } }`,
  )
  const { status, text, there } = await refused(alice, component)
  expect([status, there]).toEqual([422, 0])
  expect(text).toContain('unlinkable')
  expect(text).toContain(name)
})
