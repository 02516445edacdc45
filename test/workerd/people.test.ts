// The list of people as a host reads it, a page at a time.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import type { Person } from '../../src/store/people.ts'
import { parsePersonPlace, People, printPersonPlace } from '../../src/store/people.ts'

let people: People
beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  people = new People(env.DB)
})

/** Behind whoever was there from the beginning, before whoever came today. */
const AT = 1_000_000

async function meet(subject: string, at: number): Promise<Person> {
  return await people.meet({ issuer: 'https://list.test', subject, name: subject }, null, AT + at)
}

it('goes on behind somebody who was forgotten meanwhile, past nobody and to nobody twice', async () => {
  const met = [await meet('a', 1), await meet('b', 2), await meet('c', 2), await meet('d', 3)]
  const order = met.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1))
  const [first, second, ...rest] = order as [Person, Person, Person, Person]
  expect(await people.page(2, { at: AT, id: '' })).toEqual([first, second])
  const place = parsePersonPlace(printPersonPlace(second))
  await env.DB.prepare('DELETE FROM people WHERE id = ?1').bind(second.id).run()
  expect(await people.page(2, place ?? undefined)).toEqual(rest)
  expect(await people.page(1_000)).toEqual(expect.arrayContaining([first, ...rest]))
})

it.each(['', 'p0123', '1-', '-p', '1-p q', '1-p-q', 'x-p', '1.5-p'])(
  'knows no place %j',
  (text) => {
    expect(parsePersonPlace(text)).toBeNull()
  },
)
