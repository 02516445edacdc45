// The Worker with stores and a loader that fail or hang when a test says so, at the operation that it says. For
// `test/stacks/faults.test.ts` only; nothing of it is deployed.

import { Account as PersonsAccount } from '../../src/account/account.ts'
import { Drive as PersonsDrive } from '../../src/drive/drive.ts'
import { serveMcp } from '../../src/http/mcp.ts'
import { createWorker } from '../../src/http/worker.ts'
import { ToolCalls as Calls } from '../../src/mcp/tool-calls.ts'
import { timely } from '../../src/timely.ts'
import type { Fault } from './fault.ts'

export { Session } from '../../src/session/session.ts'

/** Of the whole isolate, in which the Worker and all its objects are here. */
let fault: Fault | null = null
let seen = 0
/** Milliseconds that a store has once one hangs; before that, a slow machine is no fault. */
const HUNG_MS = 100
const UNHURRIED_MS = 20_000

function faulty(env: Env): Env {
  const broken = {
    ...env,
    DB: faultyDatabase(env.DB),
    STORE: breaking(env.STORE, 'STORE', ['get', 'put', 'head', 'list', 'delete']),
    OAUTH_KV: breaking(env.OAUTH_KV, 'OAUTH_KV', ['get', 'put', 'list', 'delete']),
    LOADER: breaking(env.LOADER, 'LOADER', ['get']),
  }
  const hangs = () => fault?.mode === 'hang' && seen >= fault.from
  return timely(broken, () => (hangs() ? HUNG_MS : UNHURRIED_MS))
}

function faultyDatabase(database: D1Database): D1Database {
  const plain = new WeakMap<object, D1PreparedStatement>()
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement => {
    const broken = breaking(statement, 'DB', ['first', 'all', 'run', 'raw'], {
      bind: (...values: unknown[]) => wrap(statement.bind(...values)),
    })
    plain.set(broken, statement)
    return broken
  }
  return breaking(database, 'DB', [], {
    prepare: (sql: string) => wrap(database.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) => {
      const step = stepOf('DB')
      return step ?? database.batch(statements.map((one) => plain.get(one) ?? one))
    },
  })
}

function breaking<T extends object>(
  target: T,
  store: Fault['store'],
  methods: readonly string[],
  instead: Readonly<Record<string, unknown>> = {},
): T {
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === 'string' && Object.hasOwn(instead, key)) return instead[key]
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      const breaks = typeof key === 'string' && methods.includes(key)
      return (...args: unknown[]): unknown =>
        (breaks ? stepOf(store) : null) ?? Reflect.apply(value, target, args)
    },
  })
}

/** What comes instead of an operation; `null`: it is done. */
function stepOf(store: Fault['store']): Promise<never> | null {
  if (fault?.store !== store) return null
  seen += 1
  if (seen < fault.from) return null
  if (fault.mode === 'hang') return new Promise(() => {})
  if (store === 'LOADER') throw new Error('the loader is broken')
  return Promise.reject(new Error(`${store} is broken`))
}

export class Account extends PersonsAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env))
  }
}

export class Drive extends PersonsDrive {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env))
  }
}

export class ToolCalls extends Calls {
  constructor(ctx: ConstructorParameters<typeof Calls>[0], env: Env) {
    super(ctx, faulty(env))
  }
}

const worker = createWorker(serveMcp)

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/faults') {
      return await worker.fetch(request, faulty(env), ctx)
    }
    // How many operations of the store there were since the last fault was set.
    const answer = Response.json({ seen })
    fault = await request.json<Fault | null>()
    seen = 0
    return answer
  },
} satisfies ExportedHandler<Env>
