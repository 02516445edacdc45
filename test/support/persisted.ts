// What D1 and R2 hold, read from miniflare's files beside the running server: past every layer that could
// forget to show something. Reads only.

import { readdirSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import * as z from 'zod'

type Row = Readonly<Record<string, unknown>>

/** Every row of a statement against D1. */
export function rows(stateDir: string, sql: string, ...values: string[]): Row[] {
  return query(path.join(stateDir, 'worker/v3/d1/miniflare-D1DatabaseObject'), sql, values)
}

/** The keys of all objects in R2, and how many bodies lie beside them. */
export function objects(stateDir: string): { keys: string[]; blobs: number } {
  const r2 = path.join(stateDir, 'worker/v3/r2')
  const found = query(
    path.join(r2, 'miniflare-R2BucketObject'),
    'SELECT key FROM _mf_objects ORDER BY key',
    [],
  )
  const keys = z.array(z.object({ key: z.string() })).parse(found)
  const blobs = readdirSync(path.join(r2, 'wassette-edge/blobs'), { recursive: true })
  return { keys: keys.map(({ key }) => key), blobs: blobs.length }
}

function query(directory: string, sql: string, values: readonly string[]): Row[] {
  const files = readdirSync(directory).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
  const [file, ...more] = files
  if (file === undefined || more.length > 0) throw new Error(`not one database in ${directory}`)
  const database = new DatabaseSync(path.join(directory, file), { readOnly: true })
  try {
    return database.prepare(sql).all(...values)
  } finally {
    database.close()
  }
}
