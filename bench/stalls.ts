// How long one person's component keeps another person waiting: calls of a small tool, one behind the other,
// while somebody else's component spins, fills memory, calls the host without end, does that in the ways of WASI 0.3, or
// is compiled. Prints
// percentiles beside those of a quiet server; it asserts nothing.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { signInHeadless } from '../local/oauth.ts'
import { REPOSITORY } from '../local/state.ts'
import { laterSpinner } from '../test/support/later-spinner.ts'
import { spinningComponents } from '../test/support/spinners.ts'
import { caller, quantile, time, upload, variant } from './client.ts'

const SCOPE = 'tools:call components:manage'
const WARM_UP = 50
/** Milliseconds of each kind. */
const SPAN_MS = 8_000
const COMPILES = 3
const TEXT = { text: 'some words' }

export async function measureStalls(url: string): Promise<void> {
  const alice = await person(url, 'alice')
  const bob = await person(url, 'bob')
  const { spinner } = await spinningComponents()
  if (spinner === undefined) throw new Error('no spinner was built')
  await alice.load('bench-spinner', spinner)
  await alice.load('bench-later', await laterSpinner())
  await bob.load('bench-small', module('components/text-stats/text-stats.wasm'))
  const small = () => bob.call('analyze', TEXT)
  for (let n = 0; n < WARM_UP; n += 1) await small()

  console.log('\na small tool of one person, by what another person does meanwhile')
  const quiet = await during(small, (ended) => until(ended, async () => {}))
  print('nothing', quiet, quiet)
  for (const [what, tool] of [
    ['spins', 'test_spin_kit_0_1_0_spin'],
    ['fills memory', 'test_spin_kit_0_1_0_fill'],
    ['calls the host', 'test_spin_kit_0_1_0_ask'],
    ['0.3: spins', 'alone'],
    ['0.3: in a callback', 'woken'],
    ['0.3: beside sleeps', 'beside-sleeps'],
    ['0.3: beside a stream', 'beside-a-stream'],
    ['0.3: sleeps and spins', 'count-beside-sleeps'],
    ['0.3: sleeps', 'sleep-again'],
  ] as const) {
    const spin = () => alice.call(tool, {}).catch(() => {})
    print(what, await during(small, (ended) => until(ended, spin)), quiet)
  }
  for (const [what, file, count] of [
    ['loads 1.2 MB', 'components/json-tools/json-tools.wasm', COMPILES * 3],
    ['loads 11.8 MB', 'components/python/python.wasm', COMPILES],
  ] as const) {
    const bytes = module(file)
    const load = async () => {
      for (let n = 0; n < count; n += 1) await alice.load('bench-stalls', variant(bytes, n))
    }
    print(what, await during(small, load), quiet)
  }
}

/** Milliseconds of each call of `small` until `other` is over; it is told when the span is. */
async function during(
  small: () => Promise<unknown>,
  other: (ended: () => boolean) => Promise<void>,
): Promise<number[]> {
  const start = performance.now()
  const state = { going: true }
  const work = other(() => performance.now() - start > SPAN_MS).finally(() => {
    state.going = false
  })
  const times: number[] = []
  while (state.going) times.push(await time(small))
  await work
  return times
}

async function until(ended: () => boolean, work: () => Promise<unknown>): Promise<void> {
  while (!ended()) {
    await work()
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

async function person(url: string, user: string) {
  const { accessToken } = await signInHeadless({ serverUrl: url, user, scope: SCOPE })
  const call = caller(url, accessToken)
  const load = (name: string, bytes: Uint8Array) => upload(url, accessToken, name, bytes)
  return { call, load }
}

function module(file: string): Uint8Array {
  return readFileSync(join(REPOSITORY, file))
}

function print(what: string, times: readonly number[], quiet: readonly number[]): void {
  const ms = (value: number) => value.toFixed(1).padStart(7)
  const [median, p99, longest] = [0.5, 0.99, 1].map((q) => quantile(times, q)) as [
    number,
    number,
    number,
  ]
  const more = longest - quantile(quiet, 1)
  console.log(
    `${what.padEnd(22)}${String(times.length).padStart(6)} calls   median ${ms(median)} ms   ` +
      `p99 ${ms(p99)} ms   longest ${ms(longest)} ms, ${ms(more)} ms more than quiet`,
  )
}
