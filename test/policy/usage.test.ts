// What is kept of what a call asked: bounded, whatever the call asks and is called with.

import { describe, expect, it } from 'vitest'
import { MAX_ASKED, MAX_ASKED_PATH_CHARS } from '../../src/capabilities/ledger.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import type { Asked } from '../../src/policy/asked.ts'
import { BOUNDS, CALL_LIMITS } from '../../src/policy/limits.ts'
import { Redactor } from '../../src/policy/redaction.ts'
import { CallUsage } from '../../src/policy/usage.ts'
import { usageOf } from '../../src/usage.ts'

const RAN = { ranMs: 5, underWay: 1 }

function used(meter: CallMeter, args: unknown = {}): CallUsage {
  return CallUsage.parse(usageOf(args, meter, { fuel: 7, spent: null }, RAN))
}

const access = (path: string, passes = false): Asked => ({
  kind: 'access',
  path,
  access: 'read',
  passes,
})

const request = (path: string, host = 'demo.test'): Asked => ({
  kind: 'request',
  scheme: 'https',
  host,
  port: 443,
  method: 'POST',
  path,
  cut: false,
})

/** What was asked, of those with this answer. */
const those = ({ decisions }: CallUsage, verdict: string) =>
  decisions.filter((one) => one.verdict === verdict).map(({ asked }) => asked)

describe('what is kept of a call', () => {
  it('has each question once, with how often it was asked and what was said', () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (const grant of ['g', 'h', 'g']) meter.ledger.note(access('/a')).allowed([grant])
    meter.ledger.note(access('/a')).refused('not-granted')
    const { decisions, complete, grants } = used(meter)
    expect(decisions).toMatchObject([
      { verdict: 'allowed', times: 3, grants: ['g', 'h'] },
      { verdict: 'not-granted', times: 1, grants: [] },
    ])
    expect([complete, grants]).toEqual([true, ['g', 'h']])
  })

  it('says that there was more, and has the grants of that too', () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (let n = 0; n <= MAX_ASKED; n += 1) meter.ledger.note(access(`/${n}`)).allowed([`g${n}`])
    const { decisions, complete, grants } = used(meter)
    expect(decisions).toHaveLength(MAX_ASKED)
    expect(complete).toBe(false)
    expect(grants).toContain(`g${MAX_ASKED}`)
  })

  it('stays small for long paths, and for arguments that name all of them', () => {
    const meter = new CallMeter(CALL_LIMITS)
    const deep = Array.from({ length: 16 }, (_, n) => `d/${`${n}`.repeat(100)}/${'x'.repeat(200)}`)
    const args = { path: deep }
    for (let n = 0; n < 200; n += 1) {
      const noted = meter.ledger.note(access(n === 0 ? '/d' : `/d/${n}`), true)
      noted.passes()
      noted.allowed([])
    }
    for (let n = 0; n < 200; n += 1)
      meter.ledger.note(access(`/${n}${'y'.repeat(3_000)}`)).allowed([])
    const usage = used(meter, args)
    expect(usage.complete).toBe(false)
    expect(JSON.stringify(usage).length).toBeLessThan(300 * 1024)
    expect(usage.decisions[0]?.namings).toHaveLength(16)
  })

  it('has every request that was sent, whatever was asked before', () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (let n = 0; n < 2 * MAX_ASKED; n += 1) {
      meter.ledger.note(access(`/${n}`)).refused('not-granted')
      meter.ledger.note(access(`/r/${n}`)).allowed([])
      meter.ledger.note(request(`/${n}`, 'other.test')).refused('not-granted')
      meter.ledger.note({ kind: 'lookup', host: `${n}.test` }).allowed([])
    }
    for (let n = 0; n < BOUNDS.requests.most; n += 1) {
      meter.ledger.note(request(`/${n}`)).allowed(['g'])
    }
    const usage = used(meter)
    const sent = those(usage, 'allowed').filter(({ kind }) => kind === 'request')
    expect(sent).toEqual(Array.from({ length: BOUNDS.requests.most }, (_, n) => request(`/${n}`)))
    expect(those(usage, 'not-granted')).toHaveLength(2 * MAX_ASKED)
    expect(usage.complete).toBe(false)
  })

  it('has the beginning of a long path, and less of it once there are many, of every request', () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (let n = 0; n < BOUNDS.requests.most; n += 1) {
      meter.ledger.note(request(`/${n}/${'x'.repeat(9_000)}`)).allowed(['g'])
    }
    const usage = used(meter)
    const lengths = usage.decisions.map(({ asked }) => (asked.kind === 'request' ? asked.path : ''))
    expect(lengths).toHaveLength(BOUNDS.requests.most)
    expect(lengths[0]).toBe(`/0/${'x'.repeat(MAX_ASKED_PATH_CHARS - 3)}`)
    expect(lengths.at(-1)).toBe(`/899/${'x'.repeat(27)}`)
    expect(usage.decisions.every(({ asked }) => 'cut' in asked && asked.cut)).toBe(true)
    // A rule with a path may have been used, and nobody would see it by these.
    expect(usage.complete).toBe(false)
  })

  it('has a question that was refused without room for it, once it is allowed', () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (let n = 0; n <= MAX_ASKED; n += 1) {
      meter.ledger.note(request(`/${n}`)).refused('not-granted')
    }
    const last = meter.ledger.note(request(`/${MAX_ASKED}`))
    last.refused('not-granted')
    last.allowed(['g'])
    meter.ledger.note(request(`/${MAX_ASKED}`)).allowed(['h'])
    const usage = used(meter)
    expect(usage.decisions.filter(({ verdict }) => verdict === 'allowed')).toMatchObject([
      { asked: { path: `/${MAX_ASKED}` }, times: 2, grants: ['g', 'h'] },
    ])
  })

  it('has one entry for a question that is asked again before it is answered', () => {
    const { ledger } = new CallMeter(CALL_LIMITS)
    const [one, other] = [ledger.note(request('/')), ledger.note(request('/'))]
    one.allowed(['g'])
    other.allowed(['g'])
    expect(ledger.entries.map(({ verdicts }) => [...verdicts])).toEqual([[['allowed', 2]]])
  })

  it('has no part of a value where a path was cut', () => {
    const value = 'sk-live-0123456789abcdef'
    const redactor = new Redactor()
    redactor.add(value)
    const long = '.'.repeat(MAX_ASKED_PATH_CHARS - 10)
    const meter = new CallMeter(CALL_LIMITS, null, redactor)
    meter.ledger.note(request(`/${long}${value}${long}`)).allowed([])
    for (let n = 0; n < BOUNDS.requests.most - 1; n += 1) {
      meter.ledger.note(request(`/${n}/${'.'.repeat(15)}${value}/${long}`)).refused('denied')
      meter.ledger.note(request(`/${n}/${'.'.repeat(15)}${value}/${long}`)).allowed([])
    }
    const { decisions } = used(meter)
    expect(decisions.length).toBeGreaterThan(BOUNDS.requests.most - 2)
    expect(JSON.stringify(decisions)).not.toContain('sk-l')
  })

  it('has what each bound would have had to be', () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (let n = 0; n < 3; n += 1) meter.admit('requests')
    expect(used(meter)).toMatchObject({
      ran: true,
      amounts: { requests: 3, fuel: 7, wallClockMs: 5, concurrentCalls: 1 },
      ioNeeded: 3,
      ioPerSecond: null,
      limits: {},
    })
    expect(used(new CallMeter({ ...CALL_LIMITS, requests: 2 }, 9))).toMatchObject({
      limits: { requests: 2 },
      ioPerSecond: 9,
    })
  })
})
