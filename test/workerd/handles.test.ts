// Resources that a client holds between calls: the instances behind them, through the real compiler and
// guest isolates.

import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Compiled } from '../../src/compiler/artifact.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { Instance } from '../../src/sandbox/instance.ts'
import { KEPT_BOUNDS, KeptInstances } from '../../src/sandbox/kept.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { guestCall, NONE } from './support/guest.ts'

const RESOURCES = 'test:probe/resources@0.1.0'
const CREATE = ['Counter', '$create']
const INCREMENT = ['Counter', 'prototype', 'increment']

let compiled: Compiled

beforeAll(async () => {
  const made = await createCompile(env.LOADER)(new Uint8Array(env.PROBE_WASM))
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  compiled = made.value
})

let isolates = 0
function fresh(): GuestStub {
  isolates += 1
  const code = { artifactDigest: `handles-${isolates}`, modules: async () => compiled.modules }
  return openIsolate(env.LOADER, code, 'p')
}

function run(
  guest: GuestStub,
  slot: string | null,
  path: string[],
  ...args: unknown[]
): Promise<RunOutcome> {
  return runGuest(guest, guestCall([RESOURCES, ...path], args, { slot }), NONE, 55_000)
}

async function value(outcome: Promise<RunOutcome>): Promise<unknown> {
  const ended = await outcome
  if (ended.tag !== 'ok') throw new Error(JSON.stringify(ended))
  return ended.value
}

const borrowed = (handle: unknown) => ({ ...(handle as object), own: false })
const owned = (handle: unknown) => ({ ...(handle as object), own: true })

describe('a handle', () => {
  it('names a resource that later calls find as they left it', async () => {
    const guest = fresh()
    const counter = await value(run(guest, 's', CREATE, 7))
    expect(counter).toEqual({ $handle: expect.stringMatching(/^[0-9a-f]{32}$/) })
    expect(await value(run(guest, 's', INCREMENT, borrowed(counter)))).toBe(8)
    expect(await value(run(guest, 's', INCREMENT, borrowed(counter)))).toBe(9)
    expect(await value(run(guest, 's', ['readCounter'], borrowed(counter)))).toBe(9)
  })

  it('means nothing in another slot, nor in another isolate', async () => {
    const guest = fresh()
    const counter = await value(run(guest, 'mine', CREATE, 1))
    const gone = { tag: 'handle', fault: 'gone' }
    expect(await run(guest, 'other', INCREMENT, borrowed(counter))).toMatchObject(gone)
    expect(await run(fresh(), 'mine', INCREMENT, borrowed(counter))).toMatchObject(gone)
    expect(await value(run(guest, 'mine', INCREMENT, borrowed(counter)))).toBe(2)
  })

  it('ends when it is given away, and what comes back has one of its own', async () => {
    const guest = fresh()
    const counter = await value(run(guest, 's', CREATE, 1))
    const other = await value(run(guest, 's', CREATE, 5))
    const larger = await value(run(guest, 's', ['Counter', 'larger'], owned(counter), owned(other)))
    expect(await value(run(guest, 's', INCREMENT, borrowed(larger)))).toBe(6)
    for (const handle of [counter, other]) {
      const outcome = await run(guest, 's', INCREMENT, borrowed(handle))
      expect(outcome).toMatchObject({ tag: 'handle', fault: 'gone' })
    }
  })

  it('is kept for so many slots, the longest unused going first', async () => {
    const guest = fresh()
    const counters: unknown[] = []
    for (let i = 0; i <= KEPT_BOUNDS.INSTANCES; i += 1) {
      counters.push(await value(run(guest, `s${i}`, CREATE, i)))
    }
    const gone = { tag: 'handle', fault: 'gone' }
    expect(await run(guest, 's0', INCREMENT, borrowed(counters[0]))).toMatchObject(gone)
    expect(await value(run(guest, 's1', INCREMENT, borrowed(counters[1])))).toBe(2)
  })

  it('is one of so many, and the call that would make one more keeps the others', async () => {
    const guest = fresh()
    const first = await value(run(guest, 's', CREATE, 0))
    for (let i = 1; i < KEPT_BOUNDS.HANDLES; i += 1) await value(run(guest, 's', CREATE, i))
    const many = { tag: 'handle', fault: 'too-many' }
    expect(await run(guest, 's', CREATE, 0)).toMatchObject(many)
    expect(await value(run(guest, 's', INCREMENT, borrowed(first)))).toBe(1)
  })

  it('is gone with its instance when that trapped', async () => {
    const guest = fresh()
    const counter = await value(run(guest, 's', CREATE, 1))
    const wrong = await run(guest, 's', ['readCounter'], { ...(counter as object), own: true })
    expect(wrong.tag).not.toBe('handle')
    const gone = { tag: 'handle', fault: 'gone' }
    expect(await run(guest, 's', INCREMENT, borrowed(counter))).toMatchObject(gone)
  })
})

describe('a slot', () => {
  it('serves one call at a time', () => {
    const kept = new KeptInstances()
    const create = () => ({}) as Instance
    const first = kept.lease('s', [], 0, create)
    expect(() => kept.lease('s', [], 1, create)).toThrow('busy')
    expect(kept.lease('other', [], 1, create).instance).not.toBe(first.instance)
    class Resource {}
    first.settle(new Resource())
    expect(kept.lease('s', [], 2, create).instance).toBe(first.instance)
  })

  it('has its calls follow each other, and one that is given up never begins', async () => {
    const kept = new KeptInstances()
    const begun: number[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const go = (call: number, isGivenUp = () => false, until = Promise.resolve()) =>
      kept.inTurn('s', isGivenUp, async () => {
        begun.push(call)
        await until
        return call
      })
    const first = go(1, undefined, promise)
    const givenUp = go(2, () => true)
    const third = go(3)
    expect(await givenUp).toBe(null)
    expect(begun).toEqual([1])
    resolve()
    expect(await Promise.all([first, third])).toEqual([1, 3])
  })

  it('has so many calls wait, and refuses more', async () => {
    const kept = new KeptInstances()
    const { promise, resolve } = Promise.withResolvers<void>()
    const go = () =>
      kept.inTurn(
        's',
        () => false,
        async () => await promise,
      )
    const calls = Array.from({ length: KEPT_BOUNDS.WAITING + 1 }, go)
    await expect(go()).rejects.toThrow('busy')
    resolve()
    await Promise.all(calls)
  })

  it('ends when nobody has used it for its time, a call that never ended included', () => {
    const kept = new KeptInstances()
    const create = () => ({}) as Instance
    const { instance } = kept.lease('s', [], 0, create)
    const later = kept.lease('s', [], KEPT_BOUNDS.IDLE_MS, create)
    expect(later.instance).not.toBe(instance)
  })

  it.each([
    ['one after the other', false],
    ['at the same time', true],
  ])('is one of so many that are kept, when they are used %s', (_, together) => {
    const { INSTANCES } = KEPT_BOUNDS
    class Resource {}
    const kept = new KeptInstances()
    const settles: (() => unknown)[] = []
    const slots = Array.from({ length: INSTANCES + 2 }, (__, n) => `s${n}`)
    for (const [n, slot] of slots.entries()) {
      const lease = kept.lease(slot, [], n, () => ({}) as Instance)
      settles.push(() => lease.settle(new Resource()))
      if (!together) settles.pop()?.()
      if (!together) expect(kept.size).toBeLessThanOrEqual(INSTANCES)
    }
    for (const settle of settles) settle()
    expect(kept.size).toBe(INSTANCES)
    const gone = (slot: string): boolean => {
      try {
        kept.lease(slot, [], 10, () => {
          throw new Error('gone')
        })
        return false
      } catch {
        return true
      }
    }
    // From the last on: to look for one that is gone makes room for it.
    expect(slots.toReversed().map(gone)).toEqual([...slots.slice(2).map(() => false), true, true])
  })

  it('without resources of a client is not kept', () => {
    const kept = new KeptInstances()
    const create = () => ({}) as Instance
    const lease = kept.lease('s', [], 0, create)
    expect(lease.settle({ tag: 'err', val: 'no' })).toEqual({ tag: 'err', val: 'no' })
    expect(kept.lease('s', [], 1, create).instance).not.toBe(lease.instance)
  })
})
