// What a publisher writes about a tool is put before a model on every listing. The section that holds it may
// be huge, nested beyond any parser's stack, or full of what a person does not see.

import { beforeAll, expect, it } from 'vitest'
import { custom } from '../component/support/binary.ts'
import { constants } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'

let alice: Resident
let plain: Uint8Array
beforeAll(async () => {
  alice = await resident('alice')
  plain = await constants({ documented: 7 })
})

/** The description of a tool with this text as its component's documentation. */
async function described(json: string): Promise<string> {
  const content = [1, ...Buffer.from(json)]
  const bytes = Buffer.concat([plain, Uint8Array.from(custom('package-docs', content))])
  await loaded(alice, 'documented', new Uint8Array(bytes))
  const { tools } = await alice.agent.client.listTools(undefined, { cacheMode: 'bypass' })
  const found = tools.find(({ name }) => name === 'documented')
  expect(await alice.agent.result('documented')).toBe(7)
  await alice.agent.value('unload-component', { id: 'documented' })
  if (found === undefined) throw new Error('the tool is not listed')
  return found.description ?? ''
}

const words = (docs: string): string =>
  JSON.stringify({ worlds: { root: { func_exports: { documented: { docs } } } } })

it('shows nothing that cannot be seen', async () => {
  const hidden =
    '\u001b[2J\u001b]0;title\u0007 \u202egnp.exe\u202c \u200b\u2060\ufeff \u{e0068}\u{e0069} \u009b31m'
  const description = await described(words(`Says ${hidden} seven.`))
  expect(description).toContain('Says')
  expect(description).toContain('seven.')
  expect(description.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
})

it('shows a long text cut', async () => {
  const description = await described(words(`Says ${'very '.repeat(40_000)}much.`))
  expect(description).toContain('Says very')
  expect(description.length).toBeLessThan(2_500)
  expect(description).not.toContain('much.')
})

it.each([
  ['more than a section may be', words('long '.repeat(100_000))],
  ['arrays in arrays', `{"worlds":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['objects in objects', `{"worlds":${'{"w":'.repeat(40_000)}1${'}'.repeat(40_000)}}`],
  ['what only looks like text', '{"worlds":{"root":{"func_exports":{"documented":{"docs":{}}}}}}'],
  [
    'a prototype',
    '{"worlds":{"root":{"__proto__":{"func_exports":{"documented":{"docs":"inherited"}}}}}}',
  ],
])('takes no words from %s', async (_, json) => {
  const description = await described(json)
  expect(description).not.toMatch(/long|inherited|\[object/)
})
