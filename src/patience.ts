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

/** Milliseconds, as all here. */
export const READ_MS = 10_000
/** Of the body of an object in R2, all of it: the bytes of a whole component at the most. */
export const BODY_MS = 20_000
/**
 * A write is waited for until D1 itself has ended it (30 s): one that is given up and done all the same would come
 * behind a later one.
 */
const WRITE_MS = 32_000

type Stores = Pick<Env, 'DB' | 'STORE' | 'OAUTH_KV'>

/** The same bindings; only the stores are others. */
export function patient<E extends Stores>(env: E): E {
  return {
    ...env,
    DB: patientDatabase(env.DB),
    STORE: patientBucket(patientCalls(env.STORE, 'R2', READS_OF_R2)),
    OAUTH_KV: patientCalls(env.OAUTH_KV, 'KV', READS_OF_KV),
  }
}

const READS_OF_R2: ReadonlySet<PropertyKey> = new Set(['get', 'head', 'list'])
const READS_OF_KV: ReadonlySet<PropertyKey> = new Set(['get', 'getWithMetadata', 'list'])

/** Every verb answers with a promise. */
function patientCalls<T extends object>(
  target: T,
  name: string,
  reads: ReadonlySet<PropertyKey>,
): T {
  return new Proxy(target, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (typeof value !== 'function') return value
      const ms = reads.has(key) ? READ_MS : WRITE_MS
      return async (...args: unknown[]) =>
        await inTime(Reflect.apply(value, of, args) as Promise<unknown>, ms, name)
    },
  })
}

/** An object is there as soon as its head is: its body can stall for itself. */
function patientBucket(bucket: R2Bucket): R2Bucket {
  return new Proxy(bucket, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (key !== 'get' || typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        const object = (await Reflect.apply(value, of, args)) as R2ObjectBody | null
        return object === null ? null : patientBody(object)
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
function patientBody(object: R2ObjectBody): R2ObjectBody {
  return new Proxy(object, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      if (typeof value !== 'function') return value
      if (!READS_OF_BODY.has(key)) return value.bind(of) as unknown
      return async () =>
        await inTime(Reflect.apply(value, of, []) as Promise<unknown>, BODY_MS, 'R2')
    },
  })
}

/** The platform's own statements behind ours. */
const OWN = new WeakMap<object, D1PreparedStatement>()

function patientDatabase(db: D1Database): D1Database {
  const own: Pick<D1Database, 'prepare' | 'batch'> = {
    prepare: (sql) => patientStatement(db.prepare(sql), sql),
    batch: async <T>(statements: D1PreparedStatement[]) =>
      await inTime(db.batch<T>(statements.map((one) => OWN.get(one) ?? one)), WRITE_MS, 'D1'),
  }
  return new Proxy(db, {
    get: (of, key) => Reflect.get(Object.hasOwn(own, key) ? own : of, key) as unknown,
  })
}

const RUNS: ReadonlySet<PropertyKey> = new Set(['first', 'run', 'all', 'raw'])

function patientStatement(statement: D1PreparedStatement, sql: string): D1PreparedStatement {
  const ms = /^\s*SELECT\b/i.test(sql) ? READ_MS : WRITE_MS
  const made = new Proxy(statement, {
    get(of, key) {
      if (key === 'bind') {
        return (...values: unknown[]) => patientStatement(of.bind(...values), sql)
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
