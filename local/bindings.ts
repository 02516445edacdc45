// The local D1 database and R2 bucket, opened in this process while no Worker runs: two processes must not write the
// same files. Only what seeding uses is typed here.
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { getPlatformProxy, unstable_readConfig } from 'wrangler'
import { z } from 'zod'
import type { StateDirectory } from './state.ts'

export type Statement = {
  bind(...values: (string | number | null)[]): Statement
  all<Row>(): Promise<{ results: Row[] }>
  run(): Promise<unknown>
}
export type Database = {
  prepare(sql: string): Statement
  batch(statements: Statement[]): Promise<unknown>
}
export type Bucket = {
  head(key: string): Promise<{ size: number } | null>
  put(
    key: string,
    body: Uint8Array,
    options: { onlyIf: { etagDoesNotMatch: string }; sha256: string },
  ): Promise<unknown>
}

/** What seeding needs of wrangler.toml. The entries are handed on as they are. */
const Config = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  d1_databases: z.array(
    z.looseObject({
      binding: z.string(),
      migrations_dir: z.string().default('migrations'),
      migrations_table: z.string().default('d1_migrations'),
    }),
  ),
  r2_buckets: z.array(z.looseObject({ binding: z.string() })),
})

export type LocalBindings = {
  DB: Database
  STORE: Bucket
  /** The migrations directory and table of `DB`, as wrangler.toml names them. */
  migrations: { directory: string; table: string }
  close(): Promise<void>
}

export async function openBindings(project: string, state: StateDirectory): Promise<LocalBindings> {
  const file = path.join(project, 'wrangler.toml')
  const config = Config.parse(unstable_readConfig({ config: file }, { hideWarnings: true }))
  const database = config.d1_databases.find(({ binding }) => binding === 'DB')
  const bucket = config.r2_buckets.find(({ binding }) => binding === 'STORE')
  if (!database || !bucket)
    throw new Error('wrangler.toml has no D1 binding DB or no R2 binding STORE')

  // A configuration with these two alone: the Worker's objects and loader need its code, which does not run here.
  mkdirSync(state.seed, { recursive: true })
  const configPath = path.join(state.seed, 'wrangler.json')
  const { name, compatibility_date } = config
  const reduced = { name, compatibility_date, d1_databases: [database], r2_buckets: [bucket] }
  writeFileSync(configPath, JSON.stringify(reduced))

  const proxy = await getPlatformProxy<{ DB: Database; STORE: Bucket }>({
    configPath,
    persist: { path: path.join(state.worker, 'v3') }, // `wrangler dev --persist-to` appends the v3 itself.
    envFiles: [],
    remoteBindings: false,
  })
  return {
    ...proxy.env,
    migrations: {
      directory: path.join(project, database.migrations_dir),
      table: database.migrations_table,
    },
    close: proxy.dispose,
  }
}
