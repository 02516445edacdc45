// A host whose word on labels is another, and what of a session's labels outlives the server: the state of one
// stack, killed and started again as one that refuses.

import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Agent, consoleOf, decideAt, denialsOf, textOf } from '../support/agent.ts'
import { ownerOf, switchTo } from '../support/labels.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const HELLO = { url: 'http://demo.test/hello' }
const DIARY = { path: '/diary/today.txt' }

let stack: Stack
beforeAll(async () => {
  stack = await startStack()
})
afterAll(async () => {
  await stack.stop()
  rmSync(stack.stateDir, { recursive: true, force: true })
})

it('has what sessions have done when it starts again, and refuses where the host says so', async () => {
  const alice = await Agent.of(stack.url, 'alice')
  const session = await Agent.with(stack.url, alice.signedIn, { mode: 'legacy' })
  const person = await consoleOf(stack.url, 'alice')
  const grant = async (component_id: string, kind: string, details: unknown) => {
    const asked = await alice.value(`grant-${kind}-permission`, { component_id, details })
    await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
  }
  await alice.load('fetch')
  await alice.load('filesystem')
  await grant('fetch', 'network', { host: 'demo.test' })
  await grant('filesystem', 'storage', { uri: 'fs://diary', access: ['read', 'write'] })
  await alice.call('create-directory', { path: '/diary' })
  await alice.call('write-file', { ...DIARY, content: 'dear diary' })
  for (const agent of [alice, session]) await agent.call('read-file', DIARY)
  expect(await switchTo(person, alice, 'off')).toBe(303)
  expect((await alice.call('fetch', HELLO)).isError).not.toBe(true)

  const { stateDir, ports } = stack
  await stack.stop()
  stack = await startStack({ stateDir, ports, labels: 'refuse' })

  for (const agent of [alice, session]) {
    // The person's word is no milder than the host's.
    const refused = await agent.call('fetch', HELLO)
    expect(denialsOf(refused), ownerOf(agent)).toMatchObject({
      denials: [{ permission: 'labels', reason: 'ceiling', brings: ['untrusted', 'outward'] }],
      approvals: [],
    })
    expect(textOf(refused)).toContain('The host of this server has that refused.')
    expect(textOf(refused)).toContain('"tool":"read-file"')
  }
  const again = await consoleOf(stack.url, 'alice')
  expect(await switchTo(again, alice, 'off')).toBe(403)
  expect(await switchTo(again, alice, 'ask')).toBe(303)
  expect(denialsOf(await session.call('fetch', HELLO)).denials).toMatchObject([
    { reason: 'ceiling' },
  ])
  await Promise.all([alice.close(), session.close()])
})
