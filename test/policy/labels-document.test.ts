// Labels in a policy: a host's word, read and written like the rest; a person's policy cannot say it.

import { describe, expect, it } from 'vitest'
import { parsePolicy } from '../../src/policy/document.ts'
import { printPolicy } from '../../src/policy/document-print.ts'
import { rulesOf } from '../../src/policy/person-rules.ts'

const policy = (labels: string) =>
  parsePolicy(`version: "1.0"\npermissions: {}\nx-wassette-edge:\n  labels: ${labels}\n`)

describe('x-wassette-edge.labels', () => {
  it.each([
    ['{ add: [outward, private], mode: refuse }', { add: ['private', 'outward'], mode: 'refuse' }],
    ['{ add: [untrusted, untrusted] }', { add: ['untrusted'], mode: null }],
    ['{ mode: ask }', { add: [], mode: 'ask' }],
    ['{}', { add: [], mode: null }],
    ['null', { add: [], mode: null }],
  ])('%s is read, and written so that it reads the same', (text, labels) => {
    const read = policy(text)
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    expect(read.value.labels).toEqual(labels)
    expect(parsePolicy(printPolicy(read.value))).toEqual(read)
  })

  it.each([
    [
      '{ add: [secret] }',
      'x-wassette-edge.labels.add[0]',
      'Write one of private, untrusted, outward.',
    ],
    [
      '{ mode: off }',
      'x-wassette-edge.labels.mode',
      'Write ask or refuse: a policy makes nothing milder.',
    ],
    ['{ remove: [private] }', 'x-wassette-edge.labels', expect.anything()],
  ])('%s is refused', (text, path, sentence) => {
    const read = policy(text)
    expect(read.ok ? [] : read.error).toMatchObject([
      { path: expect.stringContaining(path) as string, sentence },
    ])
  })

  it('is refused in the policy of a person, who says it in the console', () => {
    const read = policy('{ mode: refuse }')
    if (!read.ok) throw new Error('not read')
    const rules = rulesOf(read.value)
    expect(rules.ok ? [] : rules.error).toMatchObject([
      { path: 'x-wassette-edge.labels', sentence: expect.stringContaining('console') as string },
    ])
  })
})
