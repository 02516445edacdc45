// What a component says of itself in its custom sections: read at any depth, and refused where it is no word.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLabels, withLabels } from '../../src/component/labels.ts'
import { LABELS, union } from '../../src/policy/labels.ts'
import { err, ok } from '../../src/policy/result.ts'
import { wat } from '../support/components.ts'

const section = (words: string) => `(@custom "wassette-edge:labels" "${words}")`

describe('readLabels', () => {
  it.each([
    ['nothing', '(component)', []],
    ['one', `(component ${section('private')})`, ['private']],
    [
      'several, in any order',
      `(component ${section('outward, private\\n')})`,
      ['private', 'outward'],
    ],
    [
      'several sections',
      `(component ${section('outward')} ${section('untrusted')})`,
      ['untrusted', 'outward'],
    ],
    ['a core module', `(component (core module ${section('untrusted ')}))`, ['untrusted']],
    ['a component inside', `(component (component ${section('outward')}))`, ['outward']],
    ['another section', '(component (@custom "wassette-edge:labelz" "private"))', []],
    ['an empty section', `(component ${section('')})`, []],
  ] as const)('reads %s', async (_, text, labels) => {
    expect(readLabels(await wat(text))).toEqual(ok(labels))
  })

  it.each(['secret', 'Private', 'private;outward', 'private '.repeat(40)])(
    'refuses %j, which was meant to say something',
    async (words) => {
      const read = readLabels(await wat(`(component ${section(words)})`))
      expect(read).toEqual(err(expect.objectContaining({ reason: 'bad-labels' })))
    },
  )
})

describe('withLabels', () => {
  it('adds to whatever is there, and takes nothing away', async () => {
    const plain = await wat(`(component ${section('private')})`)
    const sets = fc.subarray([...LABELS], { minLength: 1 })
    fc.assert(
      fc.property(fc.array(sets, { maxLength: 4 }), (added) => {
        const bytes = added.reduce<Uint8Array>((to, labels) => withLabels(to, labels), plain)
        expect(readLabels(bytes)).toEqual(ok(union(['private'], ...added)))
      }),
    )
  })
})
