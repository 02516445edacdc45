// The stores with an end to waiting: an operation of D1, R2 or KV that does not answer fails, as one that answers
// with an error does. Without it one lost answer would hold a person's account, where changes wait for each other.

import { LATE, within } from './deadline.ts'

/** Milliseconds of one operation: its caller is told before its client gives up (a minute, in the SDKs). */
export const STORE_MS = 20_000

/** What was asked may still be done, as after every failure of a network. */
export class StoreLate extends Error {
  readonly code = 'store-late'
}

type Stores = Pick<Env, 'DB' | 'STORE' | 'OAUTH_KV'>

/** `ms`: how long the operation that begins now may take. */
export function timely<E extends Stores>(env: E, ms: () => number = () => STORE_MS): E {
  return {
    ...env,
    DB: timelyDatabase(env.DB, ms),
    STORE: timelyBucket(env.STORE, ms),
    OAUTH_KV: withDeadlines(env.OAUTH_KV, ms),
  }
}

/** Statements that are run by themselves have a deadline; in a batch it is the batch's. */
function timelyDatabase(database: D1Database, ms: () => number): D1Database {
  const plain = new WeakMap<D1PreparedStatement, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const timed = withDeadlines(statement, ms, {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
    })
    plain.set(timed, statement)
    return timed
  }
  return withDeadlines(database, ms, {
    prepare: (sql: string) => wrap(database.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      inTime(database.batch(statements.map((one) => plain.get(one) ?? one)), ms()),
  })
}

/** An object's body is read in time too. */
function timelyBucket(bucket: R2Bucket, ms: () => number): R2Bucket {
  return withDeadlines(bucket, ms, {
    get: async (...of: Parameters<R2Bucket['get']>) => {
      const object = await inTime(bucket.get(...of), ms())
      return object === null ? null : withDeadlines(object, ms)
    },
  })
}

/** The same object, each of whose promises has an end; `instead` are methods in the place of its own. */
function withDeadlines<T extends object>(
  target: T,
  ms: () => number,
  instead: Readonly<Record<string, unknown>> = {},
): T {
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === 'string' && Object.hasOwn(instead, key)) return instead[key]
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(value, target, args)
        return answer instanceof Promise ? inTime(answer, ms()) : answer
      }
    },
  })
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const answer = await within(work, ms)
  if (answer === LATE) throw new StoreLate(`a store did not answer within ${ms} ms`)
  return answer
}
