// Instances that outlive a call because the client holds handles to resources inside them: the only
// state that a guest isolate keeps. One for each slot, which is a session or a client of the isolate's
// one person; bounded in number and in time, and gone when the isolate is. Calls of one slot follow each other.

import { asPlaceholder, placeholderOf } from '../component/handles.ts'
import { Turns } from '../component/turns.ts'
import type { HandleFault } from './call.ts'
import type { Instance } from './instance.ts'

export const KEPT_BOUNDS = {
  /** Instances of one isolate, 64 MiB of memory each at most: beyond it the longest unused one ends. */
  INSTANCES: 4,
  /** Resources of one instance that a client can name. */
  HANDLES: 64,
  /** Milliseconds without a call after which an instance ends. */
  IDLE_MS: 15 * 60_000,
  /** Calls of one slot that wait for each other: as many as a person may have under way, unless a host allows more. */
  WAITING: 16,
} as const

export class HandleError extends Error {
  readonly fault: HandleFault
  constructor(fault: HandleFault) {
    super(fault)
    this.fault = fault
  }
}

interface Kept {
  readonly instance: Instance
  readonly handles: Map<string, object>
  usedAt: number
  busy: boolean
}

/** One call's use of a slot: nobody else's until it is settled or dropped. */
export interface Lease {
  readonly instance: Instance
  /** The arguments with resources in place of placeholders. */
  readonly args: readonly unknown[]
  /** Ends the lease; `value` with placeholders in place of resources. Throws a `HandleError`. */
  settle(value: unknown): unknown
  /** Ends the lease and the instance with all its resources. */
  drop(): void
}

export class KeptInstances {
  readonly #slots = new Map<string, Kept>()
  readonly #turns = new Map<string, Turns>()

  /** Instances that are there. */
  get size(): number {
    return this.#slots.size
  }

  /**
   * Runs `work`, which leases the slot, when the calls before it have ended. `null`: given up before that.
   * Throws a `HandleError` where too many wait already.
   */
  async inTurn<T>(
    slot: string,
    isGivenUp: () => boolean,
    work: () => Promise<T>,
  ): Promise<T | null> {
    const turns = this.#turns.get(slot) ?? new Turns(1, KEPT_BOUNDS.IDLE_MS, Date.now)
    if (turns.waiting >= KEPT_BOUNDS.WAITING) throw new HandleError('busy')
    this.#turns.set(slot, turns)
    try {
      return await turns.takeUnless(isGivenUp, 1, work)
    } finally {
      if (turns.isIdle) this.#turns.delete(slot)
    }
  }

  /** In one's turn. `create` makes the instance of a slot that has none. Throws a `HandleError`. */
  lease(slot: string, args: readonly unknown[], now: number, create: () => Instance): Lease {
    this.#expire(now)
    const held = this.#slots.get(slot)
    if (held?.busy === true) throw new HandleError('busy')
    const taken: string[] = []
    const resolved = mapObjects(args, (value) => {
      const placeholder = asPlaceholder(value)
      if (placeholder === null) return undefined
      const resource = held?.handles.get(placeholder.id)
      if (held === undefined || resource === undefined) throw new HandleError('gone')
      // jco asks a resource for its number only, which means another one among those of another class.
      const { of } = placeholder
      if (of !== null && !held.instance.isOf(of, resource)) throw new HandleError('other-resource')
      if (placeholder.own) taken.push(placeholder.id)
      return resource
    }) as unknown[]
    if (held === undefined) this.#makeRoom(slot)
    const kept = held ?? { instance: create(), handles: new Map(), usedAt: now, busy: false }
    const before = kept.usedAt
    this.#slots.set(slot, kept)
    kept.busy = true
    kept.usedAt = now
    // Given away with the call, whatever becomes of it.
    for (const id of taken) kept.handles.delete(id)
    return {
      instance: kept.instance,
      args: resolved,
      settle: (value) => this.#settle(slot, kept, value, before),
      drop: () => this.#drop(slot, kept),
    }
  }

  #settle(slot: string, kept: Kept, value: unknown, before: number): unknown {
    kept.busy = false
    const known = new Map([...kept.handles].map(([id, resource]) => [resource, id]))
    const made = new Map<object, string>()
    const named = mapObjects(value, (object) => {
      if (!isResource(object)) return undefined
      const id = known.get(object) ?? made.get(object) ?? crypto.randomUUID().replaceAll('-', '')
      if (!known.has(object)) made.set(object, id)
      return placeholderOf(id)
    })
    if (kept.handles.size + made.size > KEPT_BOUNDS.HANDLES) {
      // Nobody can name them: they end, and the attempt keeps nothing alive for longer.
      for (const resource of made.keys()) disposeOf(resource)
      kept.usedAt = before
      throw new HandleError('too-many')
    }
    for (const [resource, id] of made) kept.handles.set(id, resource)
    if (kept.handles.size === 0) this.#drop(slot, kept)
    else this.#makeRoom(slot)
    return named
  }

  /** An instance whose call never ended is dropped like an idle one: nobody waits for it any more. */
  #expire(now: number): void {
    for (const [slot, kept] of this.#slots) {
      if (now - kept.usedAt >= KEPT_BOUNDS.IDLE_MS) this.#drop(slot, kept)
    }
  }

  /** For one instance of `slot` beside the others. Those whose calls run stay until they have ended. */
  #makeRoom(slot: string): void {
    const others = [...this.#slots].filter(([name]) => name !== slot)
    const idle = others.filter(([, kept]) => !kept.busy)
    const excess = Math.max(0, others.length + 1 - KEPT_BOUNDS.INSTANCES)
    const oldest = idle.toSorted(([, a], [, b]) => a.usedAt - b.usedAt).slice(0, excess)
    for (const [slot, kept] of oldest) this.#drop(slot, kept)
  }

  #drop(slot: string, kept: Kept): void {
    if (this.#slots.get(slot) === kept) this.#slots.delete(slot)
  }
}

/** Ends a resource of jco's: its destructor runs. Throws what that throws. */
export function disposeOf(resource: unknown): void {
  const dispose: unknown = Reflect.get(Object(resource), Symbol.dispose ?? Symbol.for('dispose'))
  if (typeof dispose !== 'function') throw new Error('not a resource')
  Reflect.apply(dispose, resource, [])
}

/** jco writes resources as objects of classes, and everything else as plain objects and arrays. */
function isResource(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype !== Object.prototype && prototype !== null && !ArrayBuffer.isView(value)
}

/** A copy in which every object that `replace` answers for is replaced. Depth is that of WIT types. */
function mapObjects(value: unknown, replace: (value: object) => unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, replace))
  const replaced = replace(value)
  if (replaced !== undefined) return replaced
  const entries = Object.entries(value).map(([key, item]) => [key, mapObjects(item, replace)])
  return Object.fromEntries(entries) as unknown
}
