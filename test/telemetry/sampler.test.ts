import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSampled, readSampler } from '../../src/telemetry/sampler.ts'

const traceId = fc.stringMatching(/^[0-9a-f]{32}$/)
const FIRST = '0'.repeat(31) + '1'
const LAST = 'f'.repeat(32)

describe('readSampler', () => {
  it.each([
    ['', '', { followsParent: true, ratio: 1 }],
    ['always_on', 'unused', { followsParent: false, ratio: 1 }],
    ['always_off', '', { followsParent: false, ratio: 0 }],
    ['traceidratio', '0.25', { followsParent: false, ratio: 0.25 }],
    ['traceidratio', '', { followsParent: false, ratio: 1 }],
    ['parentbased_always_on', '', { followsParent: true, ratio: 1 }],
    ['parentbased_always_off', '', { followsParent: true, ratio: 0 }],
    ['parentbased_traceidratio', '.5', { followsParent: true, ratio: 0.5 }],
  ])('reads %j with %j', (name, argument, value) => {
    expect(readSampler(name, argument)).toEqual({ ok: true, value })
  })

  it.each(['sometimes', 'ALWAYS_ON', 'parentbased_', 'jaeger_remote'])('refuses %j', (name) => {
    const read = readSampler(name)
    expect(!read.ok && read.error).toMatch(/^OTEL_TRACES_SAMPLER is none of always_on, /)
  })

  it.each(['1.1', '-0.1', 'half', '1e-3', 'NaN', ' 1', '0x1'])('refuses the ratio %j', (ratio) => {
    expect(readSampler('traceidratio', ratio)).toEqual({
      ok: false,
      error: 'OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1',
    })
  })
})

describe('isSampled', () => {
  it('takes all or none where the sampler says so', () => {
    fc.assert(
      fc.property(traceId, (id) => {
        expect(isSampled({ followsParent: false, ratio: 1 }, id, null)).toBe(true)
        expect(isSampled({ followsParent: false, ratio: 0 }, id, null)).toBe(false)
      }),
      { examples: [[FIRST], [LAST]] },
    )
  })

  it('follows the parent only where the sampler does', () => {
    fc.assert(
      fc.property(traceId, fc.boolean(), (id, said) => {
        const parent = { isSampled: said }
        expect(isSampled({ followsParent: true, ratio: 0.5 }, id, parent)).toBe(said)
        const alone = isSampled({ followsParent: false, ratio: 0.5 }, id, null)
        expect(isSampled({ followsParent: false, ratio: 0.5 }, id, parent)).toBe(alone)
        expect(isSampled({ followsParent: true, ratio: 0.5 }, id, null)).toBe(alone)
      }),
    )
  })

  it('takes with a larger ratio whatever a smaller one takes', () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(traceId, ratio, ratio, (id, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        const taken = (ratio: number) => isSampled({ followsParent: false, ratio }, id, null)
        if (taken(less)) expect(taken(more)).toBe(true)
      }),
    )
  })
})
