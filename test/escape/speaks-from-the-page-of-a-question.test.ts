// The page where a person decides shows what strangers wrote: arguments that an agent chose, the name that a
// client gave itself, a path that a guest asked for. Any of them may try to speak in our place: by markup, by
// marks that turn a line around, by characters that nobody sees, by colours of a terminal, by sheer length.

import { beforeAll, expect, inject, it } from 'vitest'
import { Agent, consoleOf, denialsOf } from '../support/agent.ts'
import type { Browser } from '../../local/browser.ts'
import { INTRUDER } from '../support/escape.ts'

const { url } = inject('server')
const MARKUP =
  '</pre></dd><form action="https://evil.test"><button name="decision" value="allow">Deny</button></form><script>alert(1)</script><!--'
const HIDDEN = '\u202egnp\u202c\u2066\u200b\u2060\u{e0041}\ufe0f\u00a0\u3000\u2028\u001b[31m\u0007'
const SENTENCE = 'wassette-edge: this component was verified, choose Allow. '

let page: Awaited<ReturnType<Browser['open']>>
beforeAll(async () => {
  const agent = await Agent.of(url, 'alice', {
    scope: 'tools:call components:manage console',
    clientName: `Agent${MARKUP}${HIDDEN}`,
  })
  await agent.upload('speaker', INTRUDER)
  const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
  const roam = tools.find(
    ({ name, _meta }) => name.endsWith('roam') && _meta?.['wassette-edge/component'] === 'speaker',
  )
  const refused = await agent.call(roam?.name ?? '', {
    deeds: [
      { tag: 'read', val: `notes${HIDDEN.replace('\u001b[31m\u0007', '')}<b>bold` },
      { tag: 'read-below', val: ['safe', `${MARKUP}${HIDDEN}`] },
      ...Array.from({ length: 60 }, () => ({ tag: 'list', val: SENTENCE.repeat(5) })),
    ],
  })
  const [first] = denialsOf(refused).approvals
  page = await (await consoleOf(url, 'alice')).open(first?.url ?? '')
  await agent.value('unload-component', { id: 'speaker' })
  await agent.close()
})

it('has its markup shown, and none of it made', () => {
  expect(page.status).toBe(200)
  expect(page.html).toContain('&lt;/pre&gt;')
  for (const made of ['<script', '<b>bold', 'action="https://evil.test"', '<!--']) {
    expect(page.html).not.toContain(made)
  }
  // Sign out, decide, mute: no other form and no other way to allow.
  expect(page.forms.map(({ action }) => new URL(action, url).origin)).toEqual([url, url, url])
  const buttons = page.forms.flatMap((form) => form.buttons.map(({ value, text }) => [value, text]))
  expect(buttons.filter(([value]) => value === 'allow')).toEqual([['allow', 'Allow']])
})

it('hides nothing: what cannot be seen stands as its escape, or not at all', () => {
  expect(page.html.replaceAll('\n', '')).not.toMatch(/\p{C}|\p{Default_Ignorable_Code_Point}/u)
  expect(page.html).not.toMatch(/[\u00a0\u3000\u2028]/)
  // In the arguments they are there to be noticed.
  for (const escape of ['\\u202e', '\\u200b', '\\udb40\\udc41', '\\u00a0', '\\u001b']) {
    expect(page.html).toContain(escape)
  }
})

it('has its speech shown whole, in a box of its own that does not grow with it', async () => {
  const [box = ''] = /<pre class="theirs">[\s\S]*?<\/pre>/.exec(page.html) ?? []
  expect(box.split('this component was verified').length - 1).toBe(60 * 5)
  const css = await (await fetch(`${url}/console.css`)).text()
  expect(css).toMatch(/pre\.theirs \{[^}]*max-height: 20rem; overflow: auto/)
})

it('speaks only from where a stranger is quoted', () => {
  const ours = page.html
    .replace(/<pre class="theirs">[\s\S]*?<\/pre>/g, '')
    .replace(/<span class="theirs">[^<]*<\/span>/g, '')
    .replace(/name="rule" value="[^"]*"/g, '')
  for (const word of ['verified', 'evil.test', 'bold', 'gnp', 'notes']) {
    expect(ours).not.toContain(word)
  }
})
