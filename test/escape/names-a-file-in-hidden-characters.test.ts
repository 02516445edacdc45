// A question names the file that a component wants. Written with marks that reverse a line or take no room it
// would read as another file, on the page where the person decides and before the model.

import { beforeAll, expect, it } from 'vitest'
import { textOf } from '../support/agent.ts'
import type { Resident } from '../support/escape.ts'
import { refusalsOf, withIntruder } from '../support/escape.ts'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})

/** The answer to a call that wants this file, and the page that asks the person. */
async function asked(name: string): Promise<{ text: string; page: string }> {
  const answer = await alice.agent.call('roam', { deeds: [{ tag: 'read', val: name }] })
  const [approval] = refusalsOf(answer).approvals
  if (approval === undefined) throw new Error(`no question: ${textOf(answer)}`)
  const page = await fetch(String(approval['url']), { headers: { cookie: alice.cookie } })
  return { text: textOf(answer), page: await page.text() }
}

it.each([
  ['reversed', 'invoice-\u202efdp.exe', 'U+202E'],
  ['isolated', '\u2067a\u2069-notes', 'U+2067'],
  ['without width', 'no\u200btes', 'U+200B'],
  ['as tags', `notes\u{e0078}`, 'U+E0078'],
  ['with a selector', 'notes\ufe0f', 'U+FE0F'],
  ['as blank', 'notes\u2800', 'U+2800'],
])('shows what is %s', async (_, name, spelled) => {
  const { text, page } = await asked(name)
  for (const shown of [text, page]) {
    expect(shown.replaceAll('\n', '')).not.toMatch(/\p{C}|[\ufe0f\u2800]/u)
  }
  expect(page).toContain(`[${spelled}]`)
})

it.each(['a\u001b[2Jb', 'a\nb', 'a\u009b2Jb', 'a\u007f'])(
  'is no file at all with what a terminal would obey: %j',
  async (name) => {
    const answer = await alice.agent.call('roam', { deeds: [{ tag: 'read', val: name }] })
    expect(answer.structuredContent).toEqual({
      result: [expect.stringContaining('illegal-byte-sequence')],
    })
    expect(refusalsOf(answer)).toEqual({ denials: [], approvals: [] })
  },
)
