// What D1 does for a question about one person: it reads no table of everybody's from end to end.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { Approvals } from '../../src/store/approvals.ts'
import type { Approval } from '../../src/store/approvals.ts'
import { forgettingOf } from '../../src/store/forgetting.ts'
import { Grants } from '../../src/store/grants.ts'
import { People } from '../../src/store/people.ts'

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))

/** What is prepared in `work`, and not run. */
async function prepared(work: (db: D1Database) => unknown): Promise<string[]> {
  const said: string[] = []
  const statement = {
    bind: () => statement,
    run: async () => ({ results: [] }),
    all: async () => ({ results: [] }),
    first: async () => null,
  }
  const prepare = (sql: string) => {
    said.push(sql)
    return statement
  }
  const db = { prepare, batch: async () => [] } as unknown as D1Database
  // That there is no row for it is no matter here.
  await Promise.resolve(work(db)).catch(() => {})
  return said
}

/** Steps of a plan that read all of a table. */
async function scans(sql: string): Promise<string[]> {
  const count = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, n]) => Number(n)))
  const values = Array.from({ length: count }, () => null)
  const plan = env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values)
  const { results } = await plan.all<{ detail: string }>()
  return results.map(({ detail }) => detail).filter((detail) => detail.startsWith('SCAN'))
}

const APPROVAL = { person: 'p', id: 'a', digest: `sha256:${'a'.repeat(64)}` } as Approval

it.each<[string, (db: D1Database) => unknown, number]>([
  ['to forget somebody', (db) => forgettingOf(db, 'p'), 24],
  ['to sign somebody out', (db) => new People(db).closeConsoles('p'), 1],
  ['to find a subject', (db) => new People(db).ofIssuer(new URL('https://i.test'), 's'), 1],
  ['to list people', (db) => new People(db).page(2, { at: 1, id: 'p' }), 1],
  ['to ask a question', (db) => new Approvals(db).ask(APPROVAL, 1), 4],
  ['to find the open questions', (db) => new Approvals(db).open('p', 1), 1],
  ['to count the open questions', (db) => new Approvals(db).countOpen('p', 's', 1), 1],
  ['to find what is granted', (db) => new Grants(db, 'p').live(), 1],
])('%s, nothing of others is read', async (_, work, least) => {
  const statements = await prepared(work)
  expect(statements.length).toBeGreaterThanOrEqual(least)
  for (const sql of statements) expect(await scans(sql), sql).toEqual([])
})

describe('a foreign key', () => {
  it('is looked for by an index as a row goes that others may name', async () => {
    const { results } = await env.DB.prepare(
      `SELECT tables.name AS child, keys.id, keys."from" AS name FROM sqlite_schema AS tables
       JOIN pragma_foreign_key_list(tables.name) AS keys
       WHERE tables.type = 'table' AND tables.name NOT GLOB '_cf_*'`,
    ).all<{ child: string; id: number; name: string }>()
    const keys = Map.groupBy(results, ({ child, id }) => `${child} ${id}`)
    expect(keys.size).toBeGreaterThan(5)
    for (const [key, columns] of keys) {
      const [{ child } = { child: '' }] = columns
      const where = columns.map(({ name }, n) => `${name} = ?${n + 1}`).join(' AND ')
      expect(await scans(`SELECT 1 FROM ${child} WHERE ${where}`), key).toEqual([])
    }
  })
})
