// Applies migrations to the local D1 and records them as wrangler does (src/d1/migrations/helpers.ts in workers-sdk),
// so that `wrangler d1 migrations list` and `apply` see the same history.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { unstable_splitSqlQuery } from 'wrangler'
import type { LocalBindings } from './bindings.ts'

/** Applies what is missing, in order, and returns the names. A migration and its record are one transaction. */
export async function applyMigrations({ DB, migrations }: LocalBindings): Promise<string[]> {
  const table = `"${migrations.table.replaceAll('"', '""')}"`
  await DB.prepare(
    `CREATE TABLE IF NOT EXISTS ${table}(
		id         INTEGER PRIMARY KEY AUTOINCREMENT,
		name       TEXT UNIQUE,
		applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`,
  ).run()
  const { results } = await DB.prepare(`SELECT name FROM ${table}`).all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  const missing = migrationNames(migrations.directory).filter((name) => !applied.has(name))

  for (const name of missing) {
    const sql = readFileSync(path.join(migrations.directory, name), 'utf8')
    const record = DB.prepare(`INSERT INTO ${table} (name) VALUES (?1)`).bind(name)
    const statements = unstable_splitSqlQuery(sql).map((query) => DB.prepare(query))
    try {
      await DB.batch([...statements, record])
    } catch (cause) {
      throw new Error(`migrations/${name} failed; nothing of it was applied`, { cause })
    }
  }
  return missing
}

function migrationNames(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
}
