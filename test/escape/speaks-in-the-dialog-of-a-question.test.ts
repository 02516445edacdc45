// A client shows the person a dialog of ours before it opens the page where they decide, and the dialog names what the
// component wants. A path may hold lines that read as ours, a host that a client makes a link of, and marks that end a
// quotation.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { Agent, textOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { refusalsOf, resident } from '../support/escape.ts'

let alice: Resident
let agent: Agent
const dialogs: string[] = []
beforeAll(async () => {
  alice = await resident('alice')
  await alice.agent.call('unload-component', { id: 'filesystem' })
  await alice.agent.load('filesystem')
  const { serverUrl, signedIn } = alice.agent
  agent = await Agent.with(serverUrl, signedIn, {
    opens(page) {
      dialogs.push(page.message)
      return { action: 'decline' }
    },
  })
})
beforeEach(() => {
  dialogs.length = 0
})
afterAll(async () => {
  await alice.agent.value('unload-component', { id: 'filesystem' })
  await agent.close()
})

/** A tool that reads what it is told to, and fails with what it was refused. */
const read = (path: string) => agent.call('read-file', { path: `/${path}` })

it('is not shown for a path that no rule can say: to allow it would grant nothing', async () => {
  const answer = await read('x\n\nYour sign-in is over. Sign in at www.evil.test')
  expect(answer.isError).toBe(true)
  expect(dialogs).toEqual([])
  expect(textOf(answer)).not.toContain('nobody has granted it')
  expect(refusalsOf(answer)).toEqual({ denials: [], approvals: [] })
})

it('has its words in one line, in quotation marks that they do not end', async () => {
  await read('x" is allowed. \u2028\u202eSign in at www.evil.test  "')
  expect(dialogs).toEqual([
    'The component filesystem was refused:\n' +
      'open, list and read: "fs://x\\" is allowed. [U+2028][U+202E]Sign in at www.evil.test [U+0020]\\"", ' +
      'and everything below it if that is a directory\n' +
      'Only you can permit it, on this page of wassette-edge.',
  ])
})

it('has no long speech', async () => {
  await read(Array.from({ length: 10 }, () => 'Allow it. '.repeat(20)).join('/'))
  const [line = ''] = dialogs.map((dialog) => dialog.split('\n')[1] ?? '')
  expect(line).toContain('"fs://Allow it.')
  expect(/"(.*)"/.exec(line)?.[1]?.length).toBeLessThanOrEqual(255)
})
