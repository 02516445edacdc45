import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Terms } from '../../src/policy/life.ts'
import {
  allowance,
  ALWAYS,
  HOUR_MS,
  isAlive,
  isForRequest,
  isLimited,
  isSpentForGood,
  madeBy,
  ownerOf,
  remaining,
  requestOf,
  requestOfClient,
  SESSION_IDLE_MS,
  Terms as TermsSchema,
} from '../../src/policy/life.ts'
import { limitRules, parseLimitRule } from '../../src/policy/limit-rule.ts'

const limit = fc.option(fc.integer({ min: 1, max: 50 }), { nil: null })
const terms: fc.Arbitrary<Terms> = fc.record({
  life: fc.constantFrom('once', 'session', 'until', 'always'),
  until: fc.constant(null),
  uses: limit,
  callsAnHour: limit,
  bytes: limit,
}) as never
const usage = fc.record({
  calls: fc.nat(60),
  callsInHour: fc.nat(60),
  bytes: fc.nat(60),
})

describe('allowance', () => {
  it('never comes back by using more', () => {
    fc.assert(
      fc.property(terms, usage, usage, (given, used, more) => {
        const later = {
          calls: used.calls + more.calls,
          callsInHour: used.callsInHour + more.callsInHour,
          bytes: used.bytes + more.bytes,
        }
        if (allowance(given, used) === 'spent') expect(allowance(given, later)).toBe('spent')
      }),
    )
  })

  it('and what was used never come to more bytes than there are', () => {
    fc.assert(
      fc.property(terms, usage, (given, used) => {
        const left = allowance(given, used)
        if (given.bytes === null || left === 'spent') return
        expect((left ?? Infinity) + used.bytes).toBe(given.bytes)
        expect(left).toBeGreaterThan(0)
      }),
    )
  })

  it('is spent for ever only where it is spent, and bounded only where it is limited', () => {
    fc.assert(
      fc.property(terms, usage, (given, used) => {
        if (isSpentForGood(given, used)) expect(allowance(given, used)).toBe('spent')
        if (!isLimited(given)) expect(allowance(given, used)).toBeNull()
      }),
    )
  })
})

describe('isAlive', () => {
  const session = { life: 'session', until: null, owner: ownerOf('c', null) } as const

  it.each([
    [ownerOf('c', null), 0, true],
    [ownerOf('c', null), SESSION_IDLE_MS - 1, true],
    [ownerOf('c', null), SESSION_IDLE_MS, false],
    [ownerOf('d', null), 0, false],
    [ownerOf('c', 'c'), 0, false],
    [null, 0, false],
  ])('for a session of the client c: %s, idle for %d ms: %s', (owner, at, alive) => {
    expect(isAlive(session, { owner, at }, 0)).toBe(alive)
  })

  it('ends at its time, for anybody', () => {
    const grant = { life: 'until', until: 10, owner: null } as const
    expect([9, 10].map((at) => isAlive(grant, { owner: null, at }, null))).toEqual([true, false])
  })

  it('tells a session from a client of the same name', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(ownerOf(a, b)).not.toBe(ownerOf(b, null))
      }),
    )
  })
})

describe('Terms', () => {
  it.each([
    { ...ALWAYS, life: 'until' },
    { ...ALWAYS, until: HOUR_MS },
    { ...ALWAYS, uses: 0 },
    { ...ALWAYS, bytes: 0.5 },
    { ...ALWAYS, callsAnHour: Number.NaN },
    { ...ALWAYS, more: 1 },
  ])('refuses %j', (given) => {
    expect(TermsSchema.safeParse(given).success).toBe(false)
  })
})

describe('parseLimitRule', () => {
  it('reads what limitRules writes', () => {
    const requested = { bounds: { memoryBytes: 1024, fuel: 5 }, cpuCores: 0.25, ioPerSecond: 7 }
    const rules = limitRules(requested)
    expect(rules).toEqual(['fuel 5', 'memory 1024', 'cpu-cores 0.25', 'io-per-second 7'])
    expect(rules.map(parseLimitRule)).toEqual([
      { bounds: { fuel: 5 }, cpuCores: null, ioPerSecond: null },
      { bounds: { memoryBytes: 1024 }, cpuCores: null, ioPerSecond: null },
      { bounds: {}, cpuCores: 0.25, ioPerSecond: null },
      { bounds: {}, cpuCores: null, ioPerSecond: 7 },
    ])
  })

  it.each(['', 'memory', 'memory 0', 'memory -1', 'memory 1.5', 'memory x', 'memory 1 2', 'x 1'])(
    'knows no limit in %j',
    (text) => expect(parseLimitRule(text)).toBeNull(),
  )
})

describe('remaining', () => {
  it('is nothing exactly where the next claim gets nothing, and never more than was given', () => {
    fc.assert(
      fc.property(terms, usage, (given, used) => {
        const left = remaining(given, used)
        const counts = [left.uses, left.thisHour, left.bytes]
        expect(counts.includes(0)).toBe(allowance(given, used) === 'spent')
        if (given.uses !== null) expect(left.uses ?? Infinity).toBeLessThanOrEqual(given.uses)
        expect(left.thisHour === null).toBe(given.callsAnHour === null)
        expect(left.bytes === null).toBe(given.bytes === null)
      }),
    )
  })
})

describe('isForRequest', () => {
  const text = fc.string()
  const call = fc.tuple(text, text, text)

  it('is for exactly the call that was refused, or for any of the client that asked, or for any', () => {
    fc.assert(
      fc.property(call, call, (granted, made) => {
        const request = requestOf(...made)
        const isSame = granted.every((part, n) => part === made[n])
        expect(isForRequest(requestOf(...granted), request)).toBe(isSame)
        expect(isForRequest(requestOfClient(granted[0]), request)).toBe(granted[0] === made[0])
        expect(isForRequest(requestOfClient(made[0]), request)).toBe(true)
        expect(madeBy(requestOf(...granted))).toEqual({ client: granted[0], tool: granted[1] })
        expect(madeBy(requestOfClient(granted[0]))).toEqual({ client: granted[0], tool: null })
        expect(isForRequest(null, request)).toBe(true)
        expect(isForRequest(requestOf(...granted), null)).toBe(false)
        expect(isForRequest(requestOfClient(granted[0]), null)).toBe(false)
      }),
    )
  })
})
