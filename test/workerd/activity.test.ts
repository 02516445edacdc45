// A person with 100,000 calls looks for some of them: whatever they look for, an index answers in its order, and
// nothing is skipped, shown twice, or somebody else's.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { Activity } from '../../src/store/activity.ts'
import type { CallFilter, CallPlace } from '../../src/store/call-filter.ts'
import { EVERY_CALL, select } from '../../src/store/call-filter.ts'
import { Calls } from '../../src/store/calls.ts'
import { spanOf, stepsOf } from '../../src/store/span.ts'

const CALLS = 100_000
const AT = 1_800_000_000_000
/** Milliseconds from one call to the next but one: two begin at the same time. */
const EVERY_MS = 1_000
const BATCH = 10_000

const activity = new Activity(env.DB)

/** Call `n` of a person, from 1; the last is the newest. */
const at = (n: number): number => AT + Math.floor(n / 2) * EVERY_MS

/** Every tenth is denied a host of its own, every hundredth is of a rare tool, every thousandth traps. */
const FILL = `WITH RECURSIVE numbers (n) AS (
    SELECT CAST(?2 AS INTEGER) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?3)
  INSERT INTO calls (person, seq, id, client, client_name, tool, component, outcome, started_at, ms, refused)
  SELECT ?1, n, ?1 || '-' || n, 'c', 'Client', iif(n % 100 = 0, 'rare', 'common'), 'part-' || (n % 3),
    CASE WHEN n % 1000 = 1 THEN 'trapped' WHEN n % 10 = 0 THEN 'denied' ELSE 'answered' END,
    ${AT} + (n / 2) * ${EVERY_MS}, 1, n % 10 = 0
  FROM numbers`
const FILL_HOSTS = `INSERT INTO call_hosts (person, host, started_at, seq)
  SELECT person, 'host' || (seq % 7) || '.test', started_at, seq FROM calls WHERE person = ?1 AND seq % 10 = 0`
const FILL_HOST_CALLS = `INSERT INTO host_calls
    (call, position, kind, host, port, method, outcome, bytes_out, bytes_in, started_at, ms)
  SELECT ?1 || '-' || seq, 0, 'network', host, 443, 'GET', 'denied', 0, 0, started_at, 0
  FROM call_hosts WHERE person = ?1`

async function fill(person: string, calls: number): Promise<void> {
  for (let from = 1; from <= calls; from += BATCH) {
    const to = Math.min(calls, from + BATCH - 1)
    await env.DB.prepare(FILL).bind(person, from, to).run()
  }
  for (const sql of [FILL_HOSTS, FILL_HOST_CALLS]) await env.DB.prepare(sql).bind(person).run()
}

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  await fill('many', CALLS)
  await fill('other', 1_000)
}, 60_000)

const of = (some: Partial<CallFilter>): CallFilter => ({ ...EVERY_CALL, ...some })

/** Numbers of the calls that fit, from page to page. */
async function found(filter: CallFilter, limit: number, pages: number): Promise<number[]> {
  const seqs: number[] = []
  let after: CallPlace | null = null
  for (let n = 0; n < pages; n += 1) {
    const page: { calls: { started_at: number; seq: number }[] } = await activity.page(
      'many',
      filter,
      { limit, after, hostCalls: 1 },
    )
    const { calls } = page
    const last = calls.at(-1)
    if (last === undefined) break
    after = { at: last.started_at, seq: last.seq }
    seqs.push(...calls.map(({ seq }) => seq))
  }
  return seqs
}

/** The newest numbers up to `to` that fit. */
function expected(fits: (n: number) => boolean, count: number, to = CALLS): number[] {
  const numbers: number[] = []
  for (let n = to; n > 0 && numbers.length < count; n -= 1) if (fits(n)) numbers.push(n)
  return numbers
}

const FILTERS: readonly (readonly [string, Partial<CallFilter>, (n: number) => boolean])[] = [
  ['nothing', {}, () => true],
  ['a component', { component: 'part-1' }, (n) => n % 3 === 1],
  ['a tool', { tool: 'rare' }, (n) => n % 100 === 0],
  ['an outcome', { outcome: 'trapped' }, (n) => n % 1000 === 1],
  ['the usual outcome', { outcome: 'answered' }, (n) => n % 1000 !== 1 && n % 10 !== 0],
  ['refusals', { outcome: 'with-refusals' }, (n) => n % 10 === 0],
  ['a host', { host: 'host3.test' }, (n) => n % 10 === 0 && n % 7 === 3],
  [
    'a host, a component and a tool',
    { host: 'host3.test', component: 'part-0', tool: 'rare' },
    (n) => n % 100 === 0 && n % 7 === 3 && n % 3 === 0,
  ],
  [
    'an outcome and a component',
    { outcome: 'denied', component: 'part-2' },
    (n) => n % 10 === 0 && n % 3 === 2,
  ],
]

describe(`a page of ${CALLS} calls`, () => {
  it.each(FILTERS)(
    'has the newest that fit %s, and the next ones behind them',
    async (_, filter, fits) => {
      expect(await found(of(filter), 7, 4)).toEqual(expected(fits, 28))
    },
  )

  it.each(FILTERS)(
    'has those of a time that fit %s, from its beginning until before its end',
    async (_, filter, fits) => {
      const [first, last] = [40_000, 40_999]
      const within = { ...filter, from: at(first), to: at(last) + 1 }
      const all = expected((n) => n >= first && fits(n), 20, last)
      expect(await found(of(within), 20, 1)).toEqual(all)
      expect(await found(of({ ...filter, from: at(CALLS) + 1 }), 20, 1)).toEqual([])
      expect(await found(of({ ...filter, to: AT }), 20, 1)).toEqual([])
    },
  )

  it.each(FILTERS)('is read by an index in its order, without sorting: %s', async (_, filter) => {
    for (const more of [{}, { from: AT + 5, to: AT + 50 }]) {
      for (const after of [null, { at: AT + 40, seq: 17 }]) {
        const { sql, values, order } = select('many', of({ ...filter, ...more }), after)
        const explained = `EXPLAIN QUERY PLAN SELECT calls.id ${sql} ORDER BY ${order} LIMIT 50`
        const { results } = await env.DB.prepare(explained)
          .bind(...values)
          .all()
        const plan = results.map((row) => String(row['detail'])).join('\n')
        const bounded =
          after !== null || 'to' in more ? /started_at|\(person=\? AND host=\? AND/ : /./
        expect(plan).toMatch(
          /SEARCH (calls|call_hosts) USING (COVERING )?(INDEX calls_|PRIMARY KEY)/,
        )
        expect(plan).toMatch(bounded)
        expect(plan).not.toMatch(/SCAN|TEMP B-TREE/)
      }
    }
  })

  it('shows each call once, where two began at the same time', async () => {
    const seqs = await found(of({ from: at(CALLS - 20) }), 3, 20)
    expect(seqs).toEqual(expected((n) => at(n) >= at(CALLS - 20), CALLS))
  })

  it('has those that were recorded before another', async () => {
    expect(await found(of({ recordedBefore: 501 }), 3, 1)).toEqual([500, 499, 498])
  })

  it('has the host calls of its calls and no other', async () => {
    const page = { limit: 11, after: null, hostCalls: 5 }
    const { calls } = await activity.page('many', EVERY_CALL, page)
    expect(calls.map(({ host_calls: made }) => made.length)).toEqual([1, ...Array(9).fill(0), 1])
    expect(calls[0]?.host_calls).toMatchObject([{ host: `host${CALLS % 7}.test` }])
  })

  it('is of one person', async () => {
    const page = { limit: 1, after: null, hostCalls: 0 }
    const others = await activity.page('other', EVERY_CALL, page)
    expect(others).toMatchObject({ calls: [{ id: 'other-1000' }], more: true })
    expect(await activity.call('other', 'many-1')).toBeNull()
    expect(await activity.call('many', 'many-10')).toMatchObject({
      seq: 10,
      host_calls: [{ host: 'host3.test' }],
    })
    const nothing = { calls: [], more: false }
    expect(await activity.page('nobody', EVERY_CALL, page)).toEqual(nothing)
  })
})

describe(`${CALLS} calls over time`, () => {
  it.each(FILTERS)('are counted as they are listed: %s', async (_, filter, fits) => {
    const [first, last] = [20_000, 24_999]
    const within = of({ ...filter, from: at(first), to: at(last) + 1 })
    const span = spanOf(at(first), at(last) + 1)
    const steps = stepsOf(span, await activity.counts('many', within, span))
    const counted = steps.map(({ at: start, ...counts }) => {
      const isIn = (n: number): boolean => at(n) >= start && at(n) < start + span.width
      const numbers = expected((n) => n >= first && fits(n) && isIn(n), CALLS, last)
      const refused = numbers.filter((n) => n % 10 === 0).length
      const failed = numbers.filter((n) => n % 1000 === 1).length
      expect(counts).toEqual({ calls: numbers.length, refused, failed })
      return counts.calls
    })
    const all = expected((n) => n >= first && fits(n), CALLS, last)
    expect(counted.reduce((sum, calls) => sum + calls, 0)).toBe(all.length)
  })

  it('begin with the first that fits', async () => {
    expect(await activity.firstAt('many', of({ tool: 'rare' }))).toBe(at(100))
    expect(await activity.firstAt('many', of({ outcome: 'interrupted' }))).toBeNull()
  })

  it('are counted without a look at the calls themselves', async () => {
    for (const filter of [{}, { component: 'part-1' }, { tool: 'rare' }]) {
      const { sql, values } = select('many', of(filter), null)
      const explained = `EXPLAIN QUERY PLAN SELECT calls.started_at / 60000 AS step, count(*), sum(calls.refused)
        ${sql} GROUP BY step`
      const { results } = await env.DB.prepare(explained)
        .bind(...values)
        .all()
      expect(results.map((row) => String(row['detail'])).join()).toContain('COVERING INDEX')
    }
  })
})

describe('the names that occur', () => {
  it('are found by a look at the index for each', async () => {
    expect(await activity.names('many', 'tool')).toEqual(['common', 'rare'])
    expect(await activity.names('many', 'component')).toEqual(['part-0', 'part-1', 'part-2'])
    expect(await activity.names('many', 'host')).toHaveLength(7)
    expect(await activity.names('nobody', 'host')).toEqual([])
  })
})

describe('calls that are older than texts are kept', () => {
  it('go with their hosts, and no others', async () => {
    await fill('old', 100)
    await new Calls(env.DB).forgetBefore('old', at(50))
    const page = { limit: 100, after: null, hostCalls: 1 }
    expect((await activity.page('old', EVERY_CALL, page)).calls).toHaveLength(51)
    expect(await activity.names('old', 'host')).toEqual(
      [50, 60, 70, 80, 90, 100].map((n) => `host${n % 7}.test`).toSorted(),
    )
  })
})
