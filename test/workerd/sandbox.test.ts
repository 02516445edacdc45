import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Network } from '../../src/capabilities/network.ts'
import type { ArtifactModule } from '../../src/compiler/artifact.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { guestCall, NONE, openGuest } from './support/guest.ts'
import { lasting } from './support/lease.ts'

function run(
  guest: GuestStub,
  path: string[],
  args: unknown[] = [],
  ms = 55_000,
): Promise<RunOutcome> {
  return runGuest(guest, guestCall(path, args), NONE, ms)
}

const hostile = (name: string) => Uint8Array.fromBase64(inject('hostile')[name] ?? '')

let probe: GuestStub

beforeAll(async () => {
  probe = await openGuest('probe', new Uint8Array(env.PROBE_WASM))
})

describe('a run', () => {
  it('gives every call an instance of its own', async () => {
    const counts = await Promise.all(Array.from({ length: 8 }, () => run(probe, ['countCalls'])))
    for (const outcome of counts) expect(outcome).toMatchObject({ tag: 'ok', value: 1 })
  })

  it('ends a guest that exits, and does not let it answer', async () => {
    expect(await run(probe, ['exit'], [true])).toMatchObject({ tag: 'exit', code: 0 })
    expect(await run(probe, ['exit'], [false])).toMatchObject({ tag: 'exit', code: 1 })
  })

  it('keeps what a guest wrote before it trapped', async () => {
    const outcome = await run(probe, ['panicMessage'], ['the guest says so'])
    expect(outcome.tag).toBe('trap')
    expect(outcome.log).toContain('the guest says so')
  })

  it('ends a guest that writes more than it may', async () => {
    expect(await run(probe, ['floodStdout'], [1_000_000])).toMatchObject({
      tag: 'bound',
      bound: 'log-bytes',
    })
  })

  it('gives up a guest that does not answer in time', async () => {
    const clock = await openGuest('time', new Uint8Array(env.TIME_WASM))
    const wait = ['wassette-edge:time/clock@0.1.0', 'wait']
    // An isolate that has yet to be loaded may take longer than the guest is given here.
    expect(await run(clock, wait, [1])).toMatchObject({ tag: 'ok' })
    const outcome = await run(clock, wait, [9_000], 200)
    expect(outcome).toMatchObject({ tag: 'bound', bound: 'wall-clock' })
  })

  it.each(['manyBytes', 'manyStrings', 'manyLists'])(
    'ends %s: elements that all point at the same bytes of a small memory',
    async (name) => {
      const guest = await openGuest(name, hostile(name))
      expect(await run(guest, ['run'])).toMatchObject({ tag: 'bound', bound: 'result-size' })
    },
  )

  it('refuses an absurd length that a guest asks of an import', async () => {
    const guest = await openGuest('hugeRandom', hostile('hugeRandom'))
    expect((await run(guest, ['run'])).tag).toBe('trap')
  })

  it.each(['emptyPoll', 'strangeHandle'])(
    'ends %s at once: an import that suspends the guest and then throws',
    async (name) => {
      const guest = await openGuest(name, hostile(name))
      expect((await run(guest, ['run'])).tag).toBe('trap')
    },
  )

  it('does not grow a memory beyond its maximum', async () => {
    expect(await run(probe, ['growMemory'], [2_000])).toMatchObject({ tag: 'ok', value: -1 })
  })

  it('denies every request when the call holds no network', async () => {
    const outcome = await run(probe, ['fetchAndIgnore'], ['http://demo.test/'])
    expect(outcome).toMatchObject({ tag: 'ok', value: 'ignored: HTTP-request-denied' })
  })

  it('takes a report that is out of form for a trap', async () => {
    const liar: GuestStub = {
      run: async () => ({ outcome: { tag: 'ok' }, extra: 'x' }),
      stop: async () => {},
      loadFault: () => null,
    }
    expect(await run(liar, ['x'])).toMatchObject({ tag: 'trap' })
  })
})

describe('an isolate whose code', () => {
  const call = (guest: GuestStub, ms = 55_000) =>
    runGuest(guest, guestCall(['countCalls']), NONE, ms)
  let modules: readonly ArtifactModule[] = []
  beforeAll(async () => {
    const compiled = await createCompile(env.LOADER)(new Uint8Array(env.PROBE_WASM))
    if (!compiled.ok) throw new Error(compiled.error.reason)
    ;({ modules } = compiled.value)
  })

  it('cannot be read is a fault of ours for each call that waits for it, and is read again', async () => {
    const read = Promise.withResolvers<readonly ArtifactModule[]>()
    const open = (of: () => Promise<readonly ArtifactModule[]>) =>
      openIsolate(env.LOADER, { artifactDigest: 'test-unread', modules: of }, 'p')
    const calls = [call(open(() => read.promise)), call(open(() => read.promise))]
    const ended = Promise.allSettled(calls)
    // Nobody may have begun to read by then.
    read.promise.catch(() => {})
    setTimeout(() => read.reject(new Error('R2 is broken')), 50)
    const reason: unknown = expect.objectContaining({ message: 'R2 is broken' })
    const rejected = { status: 'rejected', reason }
    expect(await ended).toEqual([rejected, rejected])
    expect(await call(open(async () => modules))).toMatchObject({ tag: 'ok', value: 1 })
  })

  it('is not there in time is late, no bound of the guest, and is read again when nobody reads it any more', async () => {
    const open = (of: () => Promise<readonly ArtifactModule[]>) =>
      openIsolate(env.LOADER, { artifactDigest: 'test-stalled', modules: of }, 'p')
    const stalled = () =>
      call(
        open(() => new Promise(() => {})),
        200,
      )
    await expect(stalled()).rejects.toMatchObject({ code: 'store-late' })
    vi.setSystemTime(Date.now() + 10 * 60_000)
    try {
      await expect(stalled()).rejects.toMatchObject({ code: 'store-late' })
    } finally {
      vi.useRealTimers()
    }
    expect(await call(open(async () => modules))).toMatchObject({ tag: 'ok', value: 1 })
  })
})

describe('Network', () => {
  it('sends nothing any more once its call has ended', async () => {
    const permission = { layers: [], ownHosts: [] }
    const meter = new CallMeter(CALL_LIMITS)
    const network = new Network(lasting({ network: permission }), meter, new Map())
    network[Symbol.dispose]()
    const message = {
      method: 'GET',
      scheme: 'http',
      authority: 'demo.test',
      path: '/',
      headers: [],
      body: null,
      timeoutMs: null,
    }
    expect(await network.send(message)).toEqual({
      ok: false,
      error: { tag: 'HTTP-request-denied' },
    })
    expect(meter.hostCalls).toEqual([])
  })

  it('takes a message that is out of form for a bad request, and lists it', async () => {
    const meter = new CallMeter(CALL_LIMITS)
    const network = new Network(
      lasting({ network: { layers: [], ownHosts: [] } }),
      meter,
      new Map(),
    )
    expect(await network.send({ method: 'GET', surplus: true })).toEqual({
      ok: false,
      error: { tag: 'HTTP-request-URI-invalid' },
    })
    expect(meter.hostCalls).toMatchObject([{ outcome: 'malformed' }])
  })
})
