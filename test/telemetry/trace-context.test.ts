import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTraceparent } from '../../src/telemetry/trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

describe('parseTraceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, true],
    [`00-${TRACE}-${SPAN}-00`, false],
    [`00-${TRACE}-${SPAN}-03`, true],
    [`cc-${TRACE}-${SPAN}-01`, true],
    [`cc-${TRACE}-${SPAN}-01-what-comes-later`, true],
  ])('reads %s', (text, isSampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled })
  })

  it.each([
    ['', null, undefined, 1, {}, [`00-${TRACE}-${SPAN}-01`]],
    [
      `ff-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01-more`,
      `00-${TRACE}-${SPAN}-01x`,
      `cc-${TRACE}-${SPAN}-01x`,
      `00-${TRACE}-${SPAN}`,
      ` 00-${TRACE}-${SPAN}-01`,
      `00-${TRACE}-${SPAN}-01\n`,
      `00-${TRACE.toUpperCase()}-${SPAN}-01`,
      `00-${'0'.repeat(32)}-${SPAN}-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `cc-${TRACE}-${SPAN}-01-${'x'.repeat(513)}`,
    ],
  ])('does not read what is none', (...texts) => {
    for (const text of texts) expect(parseTraceparent(text), String(text)).toBeNull()
  })

  it('lets nothing of a text through but hex digits', () => {
    const near = fc.tuple(fc.string({ maxLength: 3 }), fc.stringMatching(/^[0-9a-f-]{50,60}$/))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          near.map(([a, b]) => a + b),
        ),
        (text) => {
          const read = parseTraceparent(text)
          if (read === null) return
          expect(`${read.traceId} ${read.spanId}`).toMatch(/^[0-9a-f]{32} [0-9a-f]{16}$/)
        },
      ),
    )
  })
})
