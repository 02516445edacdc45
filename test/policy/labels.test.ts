// Labels as a decision: what uses bring, when three are complete, whose word counts. The properties hold for
// every set, mode and order.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LabelSet } from '../../src/policy/labels.ts'
import {
  completes,
  effectiveMode,
  isWithin,
  labelRule,
  LABELS,
  labelsOf,
  labelsOfImports,
  minus,
  MODES,
  parseLabelRule,
  readHostMode,
  union,
} from '../../src/policy/labels.ts'

const sets = fc.subarray([...LABELS])
const modes = fc.constantFrom(...MODES)
const said = fc.option(modes)
const USES = ['request', 'connection', 'storage-read', 'keyvalue-read', 'variable'] as const
const uses = fc.constantFrom(...USES)
const grants = fc.array(fc.record({ labels: sets }, { requiredKeys: [] }), { maxLength: 4 })
const strictness = (mode: (typeof MODES)[number]): number => MODES.indexOf(mode)

describe('a set of labels', () => {
  it('is the same in whatever order it came together, and its rule reads as itself', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...LABELS]), sets, (mixed, more) => {
        expect(union(mixed, more)).toEqual(union(more, mixed))
        expect(union(union(mixed), more)).toEqual(union(mixed, union(more, mixed)))
        const set = union(mixed)
        if (set.length > 0) expect(parseLabelRule(labelRule(mixed))).toEqual(set)
        expect(minus(union(set, more), more).some((label) => more.includes(label))).toBe(false)
      }),
    )
  })

  it.each(['', 'private,', 'outward,private', 'private,private', 'PRIVATE', 'secret', 'private '])(
    'is not written %j',
    (text) => {
      expect(parseLabelRule(text)).toBeNull()
    },
  )
})

describe('completes', () => {
  it('is so for exactly what leaves a session with all three', () => {
    expect(completes([], ['private'])).toBe(false)
    expect(completes(['private'], ['untrusted'])).toBe(false)
    expect(completes(['private'], ['untrusted', 'outward'])).toBe(true)
    expect(completes(['untrusted', 'outward'], ['private'])).toBe(true)
    expect(completes([], ['private', 'untrusted', 'outward'])).toBe(true)
    // Nothing is brought: a session may have whatever it has.
    expect(completes(LABELS, [])).toBe(false)
    expect(completes(LABELS, ['private'])).toBe(true)
  })

  it('lets nothing through for a label more, of the session or of what is brought', () => {
    fc.assert(
      fc.property(sets, sets, sets, (has, brings, more) => {
        if (!completes(has, brings)) return
        expect(completes(union(has, more), brings)).toBe(true)
        expect(completes(has, union(brings, more))).toBe(true)
      }),
    )
  })

  it('stops one of any steps that come to three, in whatever order they are taken', () => {
    fc.assert(
      fc.property(fc.array(sets, { maxLength: 6 }), (steps) => {
        const run = (order: readonly LabelSet[]) => {
          let has: LabelSet = []
          let stopped = false
          for (const brings of order) {
            if (completes(has, brings)) stopped = true
            else has = union(has, brings)
          }
          return { stopped, has }
        }
        const comesToThree = union(...steps).length === LABELS.length
        for (const order of [steps, steps.toReversed()]) {
          expect(run(order).stopped).toBe(comesToThree)
          // What is stopped is not done: the session never has all three.
          expect(run(order).has.length).toBeLessThan(LABELS.length)
        }
      }),
    )
  })
})

describe('labelsOf', () => {
  it.each([
    ['request', 'untrusted,outward'],
    ['connection', 'untrusted,outward'],
    ['storage-read', 'private'],
    ['keyvalue-read', 'private'],
    ['variable', 'private'],
  ] as const)('of a %s that nobody has labelled is %s', (use, rule) => {
    expect(labelRule(labelsOf(use, []))).toBe(rule)
    expect(labelRule(labelsOf(use, [{}, {}]))).toBe(rule)
  })

  it('is the word of the person where there is one, also that nothing is brought', () => {
    expect(labelsOf('request', [{ labels: [] }])).toEqual([])
    expect(labelsOf('request', [{}, { labels: ['private'] }])).toEqual(['private'])
  })

  it('loses nothing by a grant that is labelled more, and is the same in any order', () => {
    fc.assert(
      fc.property(uses, grants, sets, sets, (use, some, labels, more) => {
        const with_ = (set: LabelSet) => labelsOf(use, [...some, { labels: set }])
        expect(isWithin(with_(labels), with_(union(labels, more)))).toBe(true)
        expect(labelsOf(use, some.toReversed())).toEqual(labelsOf(use, some))
      }),
    )
  })
})

describe('labelsOfImports', () => {
  it('covers whatever a use of the import can bring by default', () => {
    const http = ['wasi:http/types@0.2.4', 'wasi:http/outgoing-handler@0.2.4']
    expect(labelsOfImports(http, [])).toEqual(['untrusted', 'outward'])
    expect(labelsOfImports(['wasi:sockets/tcp@0.2.0'], [])).toEqual(['untrusted', 'outward'])
    expect(labelsOfImports(['wasi:filesystem/types@0.2.0'], [])).toEqual(['private'])
    expect(labelsOfImports(['wasi:keyvalue/store@0.2.0-draft'], [])).toEqual(['private'])
    expect(labelsOfImports(['wasi:cli/environment@0.2.0'], [])).toEqual(['private'])
    expect(labelsOfImports(['wasi:config/store@0.2.0-draft'], [])).toEqual(['private'])
    expect(labelsOfImports(['wasi:clocks/wall-clock@0.2.0', 'wasi:cli/stdout@0.2.0'], [])).toEqual(
      [],
    )
    expect(labelsOfImports([], ['outward'])).toEqual(['outward'])
  })
})

describe('effectiveMode', () => {
  const host = fc.record({ mode: modes, mayBeOff: fc.boolean() })

  it('is never milder than the host, but where people may switch it off', () => {
    fc.assert(
      fc.property(host, fc.array(said, { maxLength: 3 }), said, (configured, ceilings, person) => {
        const mode = effectiveMode(configured, ceilings, person)
        const least = effectiveMode(configured, ceilings, null)
        const isSwitchedOff = person === 'off' && configured.mayBeOff && least === 'ask'
        if (!isSwitchedOff) expect(strictness(mode)).toBeGreaterThanOrEqual(strictness(least))
        else expect(mode).toBe('off')
        for (const ceiling of ceilings) {
          if (ceiling === 'refuse') expect(mode).toBe('refuse')
        }
        if (person !== null && person !== 'off')
          expect(strictness(mode)).toBeGreaterThanOrEqual(strictness(person))
      }),
    )
  })

  it('grows no milder by a word more of the host', () => {
    fc.assert(
      fc.property(host, fc.array(said, { maxLength: 3 }), modes, (configured, some, more) => {
        const before = effectiveMode(configured, some, null)
        expect(strictness(effectiveMode(configured, [...some, more], null))).toBeGreaterThanOrEqual(
          strictness(before),
        )
      }),
    )
  })
})

describe('readHostMode', () => {
  it('asks where nothing is said, and takes no other word', () => {
    expect(readHostMode(undefined)).toEqual({ mode: 'ask', mayBeOff: false })
    expect(readHostMode(' ')).toEqual({ mode: 'ask', mayBeOff: false })
    expect(readHostMode('refuse')).toEqual({ mode: 'refuse', mayBeOff: false })
    expect(readHostMode('off')).toEqual({ mode: 'off', mayBeOff: false })
    expect(readHostMode('ask, off by people')).toEqual({ mode: 'ask', mayBeOff: true })
    for (const text of ['on', 'ASK', 'refuse, off by people', 'none']) {
      expect(readHostMode(text), text).toBeNull()
    }
  })
})
