// Fuel as it is handed out, to a metered loop in this process.

import { describe, expect, it } from 'vitest'
import { FuelSlices } from '../../src/component/fuel-slices.ts'
import { METER_MODULE, PAGES_GLOBAL } from '../../src/component/meter-import.ts'
import { meter } from './support/metered.ts'
import { wat } from './support/toolchain.ts'

const LOOP = `(module
  (import "host" "call" (func $call))
  (func (export "spin") (param i32)
    (loop $again
      (call $call)
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`
const SLICE = 1_000n

interface Run {
  readonly burnt: number
  /** How often the host was asked whether the code may go on. */
  readonly asked: number
  readonly spent: boolean
}

async function spin(
  rounds: number,
  { budget = 1_000_000, cuts = false, units = 0, endsAfter = Infinity } = {},
): Promise<Run> {
  let asked = 0
  let spent = false
  const slices = new FuelSlices({
    slice: SLICE,
    isEnded: () => {
      asked += 1
      return asked > endsAfter
    },
    onSpent: () => {
      spent = true
    },
  })
  const pages = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
  const module = new WebAssembly.Module(meter(await wat(LOOP)) as BufferSource)
  const { exports } = new WebAssembly.Instance(module, {
    host: {
      call: () => {
        slices.charge(units)
        if (cuts) slices.cut()
      },
    },
    [METER_MODULE]: { ...slices.imports, [PAGES_GLOBAL]: pages },
  })
  slices.begin(budget)
  try {
    ;(exports['spin'] as (rounds: number) => void)(rounds)
  } catch (thrown) {
    if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown
  }
  return { burnt: slices.end(), asked, spent }
}

describe('fuel in slices', () => {
  it('is asked for once a slice, and burns the same however it is cut', async () => {
    const plain = await spin(1_000)
    // A little less often than slices fit in: a loop asks when it is below zero, and by how much stays owed.
    const slices = plain.burnt / Number(SLICE)
    expect(plain.asked).toBeLessThanOrEqual(slices)
    expect(plain.asked).toBeGreaterThan(slices * 0.8)
    expect(await spin(1_000, { cuts: true })).toMatchObject({ burnt: plain.burnt, asked: 999 })
  })

  it('burns what is charged', async () => {
    const [plain, charged] = [await spin(100), await spin(100, { units: 300 })]
    expect(charged.burnt).toBe(plain.burnt + 30_000)
  })

  it('ends code whose budget is spent, and no later for pauses that come sooner', async () => {
    const { burnt } = await spin(100)
    expect(await spin(100, { budget: burnt })).toMatchObject({ burnt, spent: false })
    expect(await spin(100, { budget: burnt, cuts: true })).toMatchObject({ burnt, spent: false })
    expect(await spin(100, { budget: burnt - 200 })).toMatchObject({ spent: true })
    expect(await spin(100, { budget: burnt - 200, cuts: true })).toMatchObject({ spent: true })
  })

  it('gives no more to code that was ended meanwhile', async () => {
    expect(await spin(1_000, { endsAfter: 2 })).toMatchObject({ asked: 3, spent: false })
  })
})

describe('fuel by the clock', () => {
  /** A loop of which every round takes `ms`, by the test's own clock; how often it paused, and how it ended. */
  async function slow(
    rounds: number,
    ms: (round: number) => number,
    { longestStay = 1_000_000n, othersRan = (): number => 0 } = {},
  ): Promise<{ stays: number; longest: number; spent: boolean; rounds: number }> {
    const state = { now: 1_000, last: 1_000, longest: 0, stays: 0, spent: false, rounds: 0 }
    const slices = new FuelSlices({
      slice: 100_000n,
      isEnded: () => false,
      onSpent: () => {
        state.spent = true
      },
      onStayed: () => {
        state.stays += 1
        state.longest = Math.max(state.longest, state.now - state.last)
        state.last = state.now
      },
      longestStay,
      now: () => state.now,
      othersRan,
    })
    const pages = new WebAssembly.Global({ value: 'i32', mutable: true }, 0)
    const module = new WebAssembly.Module(meter(await wat(LOOP)) as BufferSource)
    const call = () => {
      state.now += ms(state.rounds)
      state.rounds += 1
    }
    const { exports } = new WebAssembly.Instance(module, {
      host: { call },
      [METER_MODULE]: { ...slices.imports, [PAGES_GLOBAL]: pages },
    })
    slices.begin(1_000_000_000)
    try {
      ;(exports['spin'] as (rounds: number) => void)(rounds)
    } catch (thrown) {
      if (!(thrown instanceof WebAssembly.RuntimeError)) throw thrown
    }
    return state
  }

  it('comes in smaller slices to code that is slow for its fuel', async () => {
    const quick = await slow(2_000, () => 0)
    expect(quick.stays).toBe(2)
    const lazy = await slow(2_000, () => 1)
    // 2 seconds: a pause in some 10 ms, though all of it is 3 slices of fuel.
    expect(lazy.stays).toBeGreaterThan(100)
    expect(lazy.longest).toBeLessThan(20)
  })

  it('comes in small parts at once to code that is slow after it was quick', async () => {
    const { longest } = await slow(60_000, (round) => (round < 50_000 ? 0 : 1), {
      longestStay: 1_000_000_000n,
    })
    // What it got before anybody knew: a part of a slice that has grown.
    expect(longest).toBeLessThan(100_000 / 32 / 100 + 40)
  })

  it('ends code that stays for seconds, unless others could run meanwhile', async () => {
    const stayed = await slow(20_000, () => 1, { longestStay: 1_000_000_000n })
    expect(stayed).toMatchObject({ spent: true })
    expect(stayed.rounds).toBeGreaterThan(4_900)
    expect(stayed.rounds).toBeLessThan(5_100)
    const state = { at: 0 }
    const waits = await slow(
      20_000,
      () => {
        state.at += 1
        return 1
      },
      // A host call that was waited for.
      { longestStay: 1_000_000_000n, othersRan: () => 1_000 + state.at },
    )
    expect(waits).toMatchObject({ spent: false, rounds: 20_000 })
  })
})
