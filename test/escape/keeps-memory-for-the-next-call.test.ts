// A component remembers in a static what one call brought and answers the next with it: another call's
// arguments, another client's, another person's.

import { beforeAll, expect, it } from 'vitest'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'

let people: Resident[]
beforeAll(async () => {
  people = [await resident('alice'), await resident('bob')]
  for (const one of people) await loaded(one, 'probe', PROBE)
})

it('counts its calls and never gets beyond one', async () => {
  const calls = [0, 1, 0, 1, 0, 0].map((who) => people[who]?.agent.result('count-calls'))
  expect(await Promise.all(calls)).toEqual([1, 1, 1, 1, 1, 1])
})
