// Fuel of a call, through the real compiler and guest isolates: what loops ends, and others go on meanwhile.

import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import type { ArtifactModule } from '../../src/compiler/artifact.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import { meterCoreModule } from '../../src/component/meter.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { BOUNDS, guestCall, NONE } from './support/guest.ts'

const KIT = 'test:spin/kit@0.1.0'
const OUT_OF_FUEL = { tag: 'bound', bound: 'fuel' }
const A_SLICE = 20_000_000
/** A few of them. */
const LITTLE = 30_000_000
/** Many. */
const MUCH = 500_000_000

const compile = createCompile(env.LOADER)
let isolates = 0

/** What jco would write for a module whose exports may suspend. */
const CATCHER_GLUE = `
  export async function instantiate(getCoreModule, imports, instantiateCore, { _stacks }) {
    const { exports } = await instantiateCore(getCoreModule('core.wasm'))
    const { spinAndCatch, throwOn } = exports
    const kit = {
      spinAndCatch: _stacks.promising(spinAndCatch),
      throwOn: _stacks.promising(throwOn),
    }
    return { '${KIT}': kit }
  }`

function openModules(modules: readonly ArtifactModule[]): GuestStub {
  isolates += 1
  const code = { artifactDigest: `fuel-${isolates}`, modules: async () => modules }
  return openIsolate(env.LOADER, code, 'p')
}

async function open(name: string): Promise<GuestStub> {
  const compiled = await compile(Uint8Array.fromBase64(inject('hostile')[name] ?? ''))
  if (!compiled.ok) throw new Error(`${name}: ${JSON.stringify(compiled.error)}`)
  return openModules(compiled.value.modules)
}

function run(
  guest: GuestStub,
  path: string[],
  fuel: number,
  ...args: unknown[]
): Promise<RunOutcome> {
  const slot = path.length > 1 ? 's' : null
  const more = { bounds: { ...BOUNDS, fuel }, slot }
  return runGuest(guest, guestCall([KIT, ...path], args, more), NONE, 60_000)
}

let spinner: GuestStub
let laterSpinner: GuestStub
let other: GuestStub

beforeAll(async () => {
  spinner = await open('spinner')
  laterSpinner = await open('laterSpinner')
  other = await open('spinner')
})

/** How often the other guest answered until `spinning` was over, which is the second value. */
async function meanwhile(spinning: Promise<RunOutcome>): Promise<[number, RunOutcome]> {
  const state = { ended: false }
  const outcome = spinning.finally(() => {
    state.ended = true
  })
  let answers = 0
  while (!state.ended) {
    expect(await run(other, ['answer'], LITTLE)).toMatchObject({ tag: 'ok', value: 42 })
    answers += 1
    // Timers of the process come to their turn when it has nothing else to do, as between two requests.
    await scheduler.wait(5)
  }
  return [answers, await outcome]
}

describe('a guest that never stops', () => {
  it.each([
    ['spin', 'a loop'],
    ['recurse', 'tail calls'],
    ['fill', 'a loop of bulk operations'],
    ['ask', 'a loop of host calls'],
    ['Thing.$create', 'a loop in a constructor'],
    ['Thing.make', 'a loop in a static function'],
    ['spinAndCatch', 'a loop where every exception is caught'],
  ])('ends by its fuel, and others go on while it runs: %s, %s', async (name) => {
    const [answers, outcome] = await meanwhile(run(spinner, name.split('.'), MUCH))
    expect(outcome).toMatchObject(OUT_OF_FUEL)
    expect(outcome.fuel).toBeGreaterThanOrEqual(MUCH)
    // If the guest held the thread there would be one before it and one behind it.
    expect(answers).toBeGreaterThan(5)
  })

  it.each([
    ['alone', 'nothing else under way'],
    ['woken', 'in the callback that a sleep has called'],
    ['besideSleeps', 'while sleeps end'],
    ['besideAStream', 'while the host reads a stream of its'],
  ])('ends by its fuel in the same way if it is asynchronous: %s, %s', async (name) => {
    const call = guestCall([name], [], { bounds: { ...BOUNDS, fuel: MUCH } })
    const [answers, outcome] = await meanwhile(runGuest(laterSpinner, call, NONE, 60_000))
    expect(outcome).toMatchObject(OUT_OF_FUEL)
    expect(outcome.fuel).toBeGreaterThanOrEqual(MUCH)
    expect(answers).toBeGreaterThan(5)
  })

  it('ends in the same way in a part of a component that another part waits for', async () => {
    const guest = await open('partThatIsWaitedFor')
    const call = guestCall(['run'], [], { bounds: { ...BOUNDS, fuel: MUCH } })
    const [answers, outcome] = await meanwhile(runGuest(guest, call, NONE, 60_000))
    expect(outcome).toMatchObject(OUT_OF_FUEL)
    expect(answers).toBeGreaterThan(5)
  })

  it('lets others go on as often where its instructions wait for memory', async () => {
    const guest = await open('chaser')
    const call = guestCall(['chase'], [], { bounds: { ...BOUNDS, fuel: A_SLICE } })
    const [answers, outcome] = await meanwhile(runGuest(guest, call, NONE, 60_000))
    expect(outcome).toMatchObject(OUT_OF_FUEL)
    // By its fuel alone it would not have paused.
    expect(answers).toBeGreaterThan(5)
  })

  it('ends early in a part that another part starts: nothing suspends that', async () => {
    const guest = await open('partThatIsStarted')
    const outcome = await runGuest(guest, guestCall(['run']), NONE, 60_000)
    expect(outcome).toMatchObject(OUT_OF_FUEL)
    expect(outcome.fuel).toBeGreaterThan(MUCH)
    expect(outcome.fuel).toBeLessThan(BOUNDS.fuel / 5)
  })

  it.each([
    ['spinAndCatch', 'a loop where every exception is caught'],
    ['throwOn', 'a loop of exceptions'],
  ])('cannot catch its end: %s, %s', async (name) => {
    const metered = meterCoreModule(Uint8Array.fromBase64(inject('hostile')['catcher'] ?? ''))
    if (!metered.ok) throw new Error(JSON.stringify(metered.error))
    const guest = openModules([
      { name: 'core.wasm', wasm: metered.value },
      { name: 'component.js', js: CATCHER_GLUE },
    ])
    const [answers, outcome] = await meanwhile(run(guest, [name], MUCH))
    expect(outcome).toMatchObject(OUT_OF_FUEL)
    expect(answers).toBeGreaterThan(5)
  })

  it.each([
    ['spinsInRealloc', ['take'], ['text'], 'while an argument is lowered'],
    ['spinsInRealloc', ['give'], [], 'while the answer of a host call is lowered'],
    ['spinner', ['give'], [], 'behind its answer, in the post-return function'],
    ['spinsAtStart', ['answer'], [], 'in a start function'],
    ['spinner', ['letGo'], [], 'in a destructor'],
  ])(
    'ends where it cannot be suspended: %s, %s(%s), %s',
    async (name: string, path: string[], args: string[]) => {
      const guest = await open(name)
      const [, outcome] = await meanwhile(run(guest, path, LITTLE, ...args))
      expect(outcome).toMatchObject(OUT_OF_FUEL)
      expect(await run(other, ['answer'], LITTLE)).toMatchObject({ tag: 'ok', value: 42 })
    },
  )

  it.each([
    ['spin', [KIT, 'spin']],
    ['compute', [KIT, 'compute']],
    ['spinAndCatch', [KIT, 'spinAndCatch']],
    ['besideSleeps', ['besideSleeps']],
  ])('ends when it is given up: %s', async (name, path) => {
    const bounds = { ...BOUNDS, fuel: 200_000_000_000 }
    const call = guestCall(path, [], { bounds })
    const guest = name === 'besideSleeps' ? laterSpinner : spinner
    const report = guest.run(call, NONE)
    await scheduler.wait(20)
    await guest.stop(call.id)
    expect(await report).toMatchObject({ outcome: { tag: 'stopped' } })
  })

  it('spins beside others that spin, each within a budget of its own', async () => {
    const budgets = [MUCH / 10, MUCH / 5, MUCH / 10]
    const outcomes = await Promise.all(budgets.map((budget) => run(spinner, ['spin'], budget)))
    for (const outcome of outcomes) expect(outcome).toMatchObject(OUT_OF_FUEL)
  })
})

describe('the fuel of a call', () => {
  it('is the same every time, however the work was sliced', async () => {
    const outcomes = await Promise.all(
      [LITTLE, MUCH, MUCH].map((budget) => run(spinner, ['count'], budget, 1_000_000)),
    )
    const [first, ...rest] = outcomes
    expect(first).toMatchObject({ tag: 'ok', value: 1_000_000 })
    expect(first?.fuel).toBeGreaterThan(1_000_000)
    for (const outcome of rest) expect(outcome).toEqual(first)
  })

  it('is enough to the unit, and not with one less', async () => {
    const { fuel } = await run(spinner, ['count'], MUCH, 3_000_000)
    if (fuel === null) throw new Error('no fuel was reported')
    expect(await run(spinner, ['count'], fuel, 3_000_000)).toMatchObject({ tag: 'ok' })
    expect(await run(spinner, ['count'], fuel - 100, 3_000_000)).toMatchObject(OUT_OF_FUEL)
  })

  it('starts anew with the next call', async () => {
    expect(await run(spinner, ['spin'], LITTLE)).toMatchObject(OUT_OF_FUEL)
    expect(await run(spinner, ['answer'], LITTLE)).toMatchObject({ tag: 'ok', value: 42 })
  })

  it('is a claim of the isolate: one that is no amount makes the report void', async () => {
    const outcome = { tag: 'ok', value: 1 }
    for (const fuel of [-1, 0.5, '7', null]) {
      const liar: GuestStub = {
        run: async () => ({ outcome, stdout: '', stderr: '', fuel }),
        stop: async () => {},
        loadFault: () => null,
      }
      expect(await run(liar, ['answer'], LITTLE)).toMatchObject({ tag: 'trap', fuel: null })
    }
  })
})
