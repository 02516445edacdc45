// D1, R2 and KV as everything else sees them: what does not answer fails, so that no call waits for ever and no
// queue of writes stands still behind one that hangs.

import { LATE, within } from './deadline.ts'

/** A store did not answer in time. What was asked of it may have been done, as a whole. */
export class StoreLate extends Error {
  readonly code = 'store-late'
  constructor(store: string) {
    super(`${store} did not answer in time`)
  }
}

/** Also of one that was thrown in an object of ours: what crosses keeps its `code`, and no class. */
export function isStoreLate(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'store-late'
}

/** Milliseconds. */
export interface Patience {
  readonly readMs: number
  /** Of the body of an object in R2, all of it. */
  readonly bodyMs: number
  readonly writeMs: number
}

/**
 * A write is waited for until D1 itself has ended it (30 s): one that is given up and done all the same would come
 * behind a later one. A body has the bytes of a whole component at the most.
 */
export const PATIENCE: Patience = { readMs: 10_000, bodyMs: 20_000, writeMs: 32_000 }

type Stores = Pick<Env, 'DB' | 'STORE' | 'OAUTH_KV'>

/** The same bindings; only the stores are others. */
export function patient<E extends Stores>(env: E, patience: Patience = PATIENCE): E {
  return {
    ...env,
    DB: patientDatabase(env.DB, patience),
    STORE: patientBucket(patientCalls(env.STORE, 'R2', READS_OF_R2, patience), patience),
    OAUTH_KV: patientCalls(env.OAUTH_KV, 'KV', READS_OF_KV, patience),
  }
}

const READS_OF_R2: ReadonlySet<PropertyKey> = new Set(['get', 'head', 'list'])
const READS_OF_KV: ReadonlySet<PropertyKey> = new Set(['get', 'getWithMetadata', 'list'])

/** Every verb answers with a promise. */
function patientCalls<T extends object>(
  target: T,
  name: string,
  reads: ReadonlySet<PropertyKey>,
  { readMs, writeMs }: Patience,
): T {
  return new Proxy(target, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (typeof value !== 'function') return value
      const ms = reads.has(key) ? readMs : writeMs
      return async (...args: unknown[]) =>
        await inTime(Reflect.apply(value, of, args) as Promise<unknown>, ms, name)
    },
  })
}

/** An object is there as soon as its head is: its body can stall for itself. */
function patientBucket(bucket: R2Bucket, { bodyMs }: Patience): R2Bucket {
  return new Proxy(bucket, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (key !== 'get' || typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        const object = (await Reflect.apply(value, of, args)) as R2ObjectBody | null
        return object === null ? null : patientBody(object, bodyMs)
      }
    },
  })
}

const READS_OF_BODY: ReadonlySet<PropertyKey> = new Set([
  'arrayBuffer',
  'blob',
  'bytes',
  'json',
  'text',
])

/** Read whole. Nothing here reads `body`, its stream, which is the platform's own. */
function patientBody(object: R2ObjectBody, ms: number): R2ObjectBody {
  return new Proxy(object, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (typeof value !== 'function') return value
      if (!READS_OF_BODY.has(key)) return value.bind(of) as unknown
      return async () => await inTime(Reflect.apply(value, of, []) as Promise<unknown>, ms, 'R2')
    },
  })
}

/** The platform's own statements behind ours. */
const OWN = new WeakMap<object, D1PreparedStatement>()

function patientDatabase(db: D1Database, patience: Patience): D1Database {
  const { writeMs } = patience
  const own: Pick<D1Database, 'prepare' | 'batch'> = {
    prepare: (sql) => patientStatement(db.prepare(sql), sql, patience),
    batch: async <T>(statements: D1PreparedStatement[]) =>
      await inTime(db.batch<T>(statements.map((one) => OWN.get(one) ?? one)), writeMs, 'D1'),
  }
  return new Proxy(db, {
    get: (of, key) => Reflect.get(Object.hasOwn(own, key) ? own : of, key) as unknown,
  })
}

const RUNS: ReadonlySet<PropertyKey> = new Set(['first', 'run', 'all', 'raw'])

function patientStatement(
  statement: D1PreparedStatement,
  sql: string,
  patience: Patience,
): D1PreparedStatement {
  const ms = /^\s*SELECT\b/i.test(sql) ? patience.readMs : patience.writeMs
  const made = new Proxy(statement, {
    get(of, key) {
      if (key === 'bind') {
        return (...values: unknown[]) => patientStatement(of.bind(...values), sql, patience)
      }
      const value: unknown = Reflect.get(of, key)
      if (typeof value !== 'function' || !RUNS.has(key)) return value
      return async (...args: unknown[]) =>
        await inTime(Reflect.apply(value, of, args) as Promise<unknown>, ms, 'D1')
    },
  })
  OWN.set(made, statement)
  return made
}

async function inTime<T>(work: Promise<T>, ms: number, store: string): Promise<T> {
  const answer = await within(work, ms)
  if (answer === LATE) throw new StoreLate(store)
  return answer
}
