// Stores and isolates that fail or hang at one step, for one person, and a KV that is late. Everything runs in one
// isolate with the test, so that a plan made there holds here.

/** Milliseconds after which a store that hangs is given up here. */
const SOON_MS = 300

/** `body`: of an object that R2 has given; `compiler` and `isolate`: what the loader has, for bytes and for calls. */
export type Target = 'd1' | 'r2' | 'body' | 'kv' | 'compiler' | 'isolate'

export interface Plan {
  readonly target: Target
  /** The step that goes wrong, from 0. */
  readonly step: number
  readonly how: 'fail' | 'hang'
  /** `after`: it is done, and its answer is lost. */
  readonly when: 'before' | 'after'
  /** So do all that come behind it, until it is healed. */
  readonly lasts?: true
}

interface State {
  plan: Plan | null
  readonly seen: Record<Target, number>
  struck: boolean
}

const states = new Map<string, State>()

const nothingSeen = (): State['seen'] => ({ d1: 0, r2: 0, body: 0, kv: 0, compiler: 0, isolate: 0 })

function stateOf(key: string): State {
  const found = states.get(key) ?? { plan: null, seen: nothingSeen(), struck: false }
  states.set(key, found)
  return found
}

/** From here on; steps count from 0 again. */
export function strike(key: string, plan: Plan): void {
  states.set(key, { plan, seen: nothingSeen(), struck: false })
}

/** Whether the step was reached and something went wrong. Nothing does any more. */
export function heal(key: string): boolean {
  const { struck } = stateOf(key)
  states.delete(key)
  return struck
}

/** What was written to KV meanwhile, where nobody sees it yet. */
const late = new Map<string, (() => Promise<unknown>)[]>()

/** From here on nobody sees what is put into KV or deleted there. */
export function lag(key: string): void {
  late.set(key, [])
}

/** Everything written meanwhile arrives. */
export async function catchUp(key: string): Promise<void> {
  const writes = late.get(key) ?? []
  late.delete(key)
  for (const write of writes) await write()
}

const setTimer = globalThis.setTimeout

/**
 * Whoever asks a store sets a timer of its own in the same turn, as soon as it has the promise: for a step that hangs
 * that one rings sooner. What only takes its time, on a busy machine, is waited for as in earnest.
 */
function giveUpSoon(): void {
  const restore = () => void (globalThis.setTimeout = setTimer)
  globalThis.setTimeout = ((then: () => void) => {
    restore()
    return setTimer(then, SOON_MS)
  }) as typeof setTimeout
  queueMicrotask(restore)
}

/** Isolates have limits of their own, which a test sets. */
const STORES = new Set<Target>(['d1', 'r2', 'body', 'kv'])

const KV_WRITES = new Set<PropertyKey>(['put', 'delete'])

export class Broken extends Error {
  constructor(target: Target) {
    super(`${target} is broken`)
  }
}

async function through<T>(
  key: string,
  target: Target,
  work: () => Promise<T>,
  onStrike: (plan: Plan) => void = () => {},
): Promise<T> {
  const state = stateOf(key)
  const { plan } = state
  const step = state.seen[target]
  state.seen[target] += 1
  if (plan === null || plan.target !== target) return await work()
  if (plan.lasts === true ? step < plan.step : step !== plan.step) return await work()
  state.struck = true
  onStrike(plan)
  if (plan.when === 'after') await work()
  if (plan.how === 'fail') throw new Broken(target)
  if (STORES.has(target)) giveUpSoon()
  return await new Promise<never>(() => {})
}

/** `key`: a person, or `worker` for what belongs to none. */
export function faulty(env: Env, key: string): Env {
  return {
    ...env,
    DB: database(env.DB, key),
    STORE: withBodies(verbs(env.STORE, key, 'r2'), key),
    OAUTH_KV: verbs(env.OAUTH_KV, key, 'kv'),
    LOADER: loader(env.LOADER, key),
  }
}

function verbs<T extends object>(target: T, key: string, name: Target): T {
  return new Proxy(target, {
    get(of, verb) {
      const value: unknown = Reflect.get(of, verb)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        const work = () => Reflect.apply(value, of, args) as Promise<unknown>
        const unseen = name === 'kv' && KV_WRITES.has(verb) ? late.get(key) : undefined
        return unseen === undefined ? await through(key, name, work) : void unseen.push(work)
      }
    },
  })
}

function withBodies(bucket: R2Bucket, key: string): R2Bucket {
  return new Proxy(bucket, {
    get(of, verb) {
      const value: unknown = Reflect.get(of, verb)
      if (verb !== 'get' || typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        const object = (await Reflect.apply(value, of, args)) as R2ObjectBody | null
        return object === null ? null : verbs(object, key, 'body')
      }
    },
  })
}

const OWN = new WeakMap<object, D1PreparedStatement>()
const RUNS = new Set<PropertyKey>(['first', 'run', 'all', 'raw'])

function database(db: D1Database, key: string): D1Database {
  return new Proxy(db, {
    get(of, verb) {
      if (verb === 'prepare') return (sql: string) => statement(of.prepare(sql), key)
      if (verb === 'batch') {
        return async (all: D1PreparedStatement[]) =>
          await through(key, 'd1', () => of.batch(all.map((one) => OWN.get(one) ?? one)))
      }
      return Reflect.get(of, verb) as unknown
    },
  })
}

function statement(own: D1PreparedStatement, key: string): D1PreparedStatement {
  const made = new Proxy(own, {
    get(of, verb) {
      if (verb === 'bind') return (...values: unknown[]) => statement(of.bind(...values), key)
      const value: unknown = Reflect.get(of, verb)
      if (typeof value !== 'function' || !RUNS.has(verb)) return value
      return async (...args: unknown[]) =>
        await through(key, 'd1', () => Reflect.apply(value, of, args) as Promise<unknown>)
    },
  })
  OWN.set(made, own)
  return made
}

type Verbs = Record<string, (...args: unknown[]) => Promise<unknown>>

/** Of these the loader knows steps: a call in a guest's isolate, a component in the compiler's. */
const STEPS_OF_ISOLATES: Readonly<Record<string, Target>> = { run: 'isolate', compile: 'compiler' }

/** As the loader keeps it: what broke once goes on as it is under its id, for whoever asks for that. */
const broken = new Map<string, Plan['how']>()

function loader(of: WorkerLoader, key: string): WorkerLoader {
  return {
    load: (code: WorkerLoaderWorkerCode) => of.load(code),
    get(id: string | null, code: () => Promise<WorkerLoaderWorkerCode>) {
      const worker = of.get(id, code)
      const name = `${key} ${id}`
      return {
        getEntrypoint: () =>
          new Proxy(worker.getEntrypoint() as unknown as Verbs, {
            get(inside, verb) {
              return async (...args: unknown[]) => {
                const target = STEPS_OF_ISOLATES[String(verb)]
                const how = broken.get(name)
                if (how === 'fail') throw new Broken(target ?? 'isolate')
                if (how === 'hang') return await new Promise<never>(() => {})
                const ask = async () => await inside[String(verb)]?.(...args)
                const breakIt = (plan: Plan) => broken.set(name, plan.how)
                return target === undefined ? await ask() : await through(key, target, ask, breakIt)
              }
            },
          }),
      }
    },
  } as unknown as WorkerLoader
}
