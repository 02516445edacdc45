// What a guest says when it fails goes before a model and on a person's screen: sequences that colour or
// clear a terminal, marks that reverse a line, tags that spell a message nobody sees.

import { beforeAll, expect, it } from 'vitest'
import { textOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'

const HIDDEN = [
  '\u001b[2J\u001b]0;title\u0007',
  '\u202egnp.exe\u202c',
  '\u2067isolated\u2069',
  '\u200bzero\u200c\u200d\u2060\ufeff',
  '\u{e0001}\u{e0068}\u{e0069}',
  '\ufe0f\u{e0100}',
  '\u0008\u007f\u0085\u009b31m',
  '\u115f\u3164\u2800',
  `z${'\u0336'.repeat(40)}`,
]
let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'probe', PROBE)
})

it('has them all taken out', async () => {
  const answer = await alice.agent.call('panic-message', {
    message: `said ${HIDDEN.join(' ')} end`,
  })
  const text = textOf(answer)
  expect(text).toContain('said')
  expect(text).toContain('end')
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}|[\ufe0f\u{e0100}\u115f\u3164\u2800]/u)
  expect(text).not.toMatch(/\u0336{5}/u)
})
