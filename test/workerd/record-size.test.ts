// The record of a call has all that was sent, whatever else the call did, and fits into one row of a store: 2,000,000
// bytes of D1 and of the SQLite of objects.

import { describe, expect, it } from 'vitest'
import { callEvent } from '../../src/account/audit-events.ts'
import { sealRecord, EMPTY } from '../../src/audit/record.ts'
import type { Attempt } from '../../src/attempt.ts'
import type { HostCall } from '../../src/capabilities/meter.ts'
import { CallMeter, MAX_LISTED } from '../../src/capabilities/meter.ts'
import type { Outcome } from '../../src/outcome.ts'
import type { Asked } from '../../src/policy/asked.ts'
import type { Denial } from '../../src/policy/denial.ts'
import { BOUNDS, CALL_LIMITS } from '../../src/policy/limits.ts'
import { receiptOf } from '../../src/receipt.ts'
import { usageOf } from '../../src/usage.ts'

const MAX_ROW_BYTES = 2_000_000
const REQUESTS = BOUNDS.requests.most

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).byteLength

function hostCall(kind: HostCall['kind'], host: string, more: Partial<HostCall> = {}): HostCall {
  const counts = { status: null, ms: 0, bytesOut: 0, bytesIn: 0 }
  return { kind, host, port: 0, method: 'remove', at: 1, outcome: 'denied', ...counts, ...more }
}

function denied(path: string): Denial {
  const about = { permission: 'storage', path, access: 'write' } as const
  return { reason: 'not-granted', ...about, rule: `write fs:/${path}` }
}

const REFUSED: Denial = {
  reason: 'not-granted',
  permission: 'network',
  host: 'evil.test',
  port: 443,
  rule: 'evil.test',
}

async function recorded(meter: CallMeter, log = '', args: unknown = {}) {
  const outcome: Outcome = {
    tag: 'denied',
    component: 'c',
    denied: { denials: meter.denials, approvals: [] },
    result: null,
    again: null,
  }
  const attempt: Attempt = {
    outcome,
    admitted: null,
    handed: [],
    hostCalls: meter.hostCalls,
    fuel: 1,
    moved: {},
    labels: [],
    claimant: null,
    usage: usageOf(args, meter, { fuel: 1, spent: null }, { ranMs: 1, underWay: 1 }),
    log,
    changes: { listings: [], resources: [] },
  }
  const request = {
    principal: { person: 'p', client: 'c', clientName: 'C' },
    session: null,
    tool: 't',
    arguments: args,
  } as unknown as Parameters<typeof receiptOf>[1]
  return await receiptOf('id', request, attempt, { argumentsDigest: 'd', startedAt: 1, ms: 1 })
}

describe('the record of a call', () => {
  it('has what was sent behind any number of looks, and says how many it has not', async () => {
    const meter = new CallMeter(CALL_LIMITS)
    for (let n = 0; n < 1_000; n += 1) {
      meter.deny(denied(`/f${n}`))
      meter.list(hostCall('storage', `/f${n}`))
      meter.list(hostCall('storage', `/g${n}`, { outcome: 'answered' }))
      meter.list(hostCall('network', '', { outcome: 'malformed' }))
    }
    meter.deny(REFUSED)
    const sent = meter.list(hostCall('network', 'demo.test', { outcome: 'failed' }))
    sent.outcome = 'answered'
    sent.secrets = ['token']
    sent.bytesOut = 5
    const receipt = await recorded(meter)
    expect(receipt.host_calls.at(-1)).toMatchObject({
      host: 'demo.test',
      outcome: 'answered',
      secrets: ['token'],
      bytes_out: 5,
    })
    expect(receipt.host_calls).toHaveLength(3 * 256 + 1)
    expect(receipt.usage?.unlisted).toBe(3 * (1_000 - 256))
    expect(receipt.refusals?.at(-1)).toMatchObject({ subject: 'evil.test:443' })
    expect(callEvent(receipt).facts).toMatchObject({ unlisted: 3 * (1_000 - 256) })
  })

  it('tells paths whole while there is room, and their beginnings after that', async () => {
    const meter = new CallMeter(CALL_LIMITS)
    const long = `/${'x'.repeat(4_000)}`
    for (let n = 0; n < 100; n += 1) meter.list(hostCall('storage', long))
    meter.list(hostCall('storage', '/short'))
    meter.deny(denied(long))
    const { host_calls: made, refusals } = await recorded(meter)
    expect(made[0]?.host).toBe(long)
    expect(made[99]?.host).toBe(`${long.slice(0, 64)}… [3937 more characters]`)
    expect(made[100]?.host).toBe('/short')
    expect(refusals).toMatchObject([
      {
        subject: `${long.slice(0, 512)}… [3489 more characters]`,
        rule: `write fs:/${long.slice(0, 502)}… [3499 more characters]`,
      },
    ])
  })

  it('fits into one row, whatever the guest did', async () => {
    const meter = new CallMeter({ ...CALL_LIMITS, requests: REQUESTS })
    const grants = Array.from({ length: 500 }, () => crypto.randomUUID())
    const wide = (n: number) => `/${n}/${'€'.repeat(4_000)}`
    const host = (n: number) => `${`${n}`.padStart(61, 'h')}.${'a.'.repeat(93)}test`
    const asked = (n: number): Asked => ({
      kind: 'request',
      scheme: 'https',
      host: host(n),
      port: 65_535,
      method: 'M'.repeat(32),
      path: `/${'p'.repeat(16_000)}${n}`,
      cut: false,
    })
    for (let n = 0; n < 2_000; n += 1) {
      meter.deny(denied(wide(n)))
      meter.deny({ ...REFUSED, host: host(n), rule: `${host(n)}${'/r'.repeat(120)}` })
      meter.list(hostCall('storage', wide(n)))
      meter.list(hostCall('storage', wide(n), { outcome: 'answered', bytesIn: 536_870_912 }))
      meter.list(hostCall('network', host(n), { method: 'M'.repeat(32) }))
      meter.ledger
        .note({ kind: 'access', path: wide(n), access: 'read', passes: true })
        .allowed(grants)
      meter.ledger
        .note({ kind: 'access', path: `/${n}`, access: 'read', passes: true })
        .allowed(grants)
      meter.ledger
        .note({ kind: 'access', path: `/${n}`, access: 'write', passes: false })
        .refused('denied')
      meter.ledger.note(asked(n)).refused('not-granted')
    }
    for (let n = 0; n < REQUESTS; n += 1) {
      meter.ledger.note(asked(10_000 + n)).allowed(grants)
      meter.list(
        hostCall('network', host(n), {
          method: 'M'.repeat(32),
          outcome: 'answered',
          port: 65_535,
          status: 200,
          at: 1_800_000_000_000,
          ms: 120_000,
          bytesOut: 536_870_912,
          bytesIn: 536_870_912,
          secrets: Array.from({ length: 32 }, (_, one) => `${one}`.padStart(64, 's')),
        }),
      )
    }
    const args = { paths: Array.from({ length: 400 }, (_, n) => `${n}/${'€'.repeat(1_000)}`) }
    const receipt = await recorded(meter, '\u0001'.repeat(2 * 8_192), args)
    expect(receipt.host_calls).toHaveLength(MAX_LISTED)
    expect(
      receipt.host_calls.filter(({ outcome, host }) => outcome === 'answered' && host !== ''),
    ).toHaveLength(REQUESTS + 256)
    expect(receipt.host_calls.at(-1)?.secrets).toEqual([`${'s'.repeat(63)}0`, '[31 more]'])
    expect(bytes(receipt)).toBeLessThan(MAX_ROW_BYTES)
    const sealed = await sealRecord('c', EMPTY, callEvent(receipt), 1, new Uint8Array(32))
    expect(bytes(sealed.body) + bytes(sealed.private)).toBeLessThan(MAX_ROW_BYTES)
  })
})
