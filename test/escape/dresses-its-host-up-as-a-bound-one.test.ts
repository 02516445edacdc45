// A secret is bound to one host. The component sends requests to a host of its own that look, to a careless reader of
// addresses, as if they went to the bound one.

import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  INTRUDER,
  loaded,
  message,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'
import { BEARER, bind } from '../support/secrets.ts'

const VALUE = 'a-value-for-watched-test-alone'
const AUTHORITIES = [
  'watched.test@elsewhere.test',
  'watched.test:443@elsewhere.test',
  'elsewhere.test@watched.test',
  'elsewhere.test#watched.test',
  'elsewhere.test\\@watched.test',
  'elsewhere.test/.watched.test',
  'elsewhere.test?watched.test',
  'watched.test%00.elsewhere.test',
  'watched.test\t.elsewhere.test',
  'watched。test@elsewhere.test',
  'elsewhere.test:80:443',
]

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  // Everything may be reached: what is left to stop it is what the secret is bound to.
  for (const host of ['*', 'watched.test:*']) await allowHost(alice, host)
  const secret = { value: VALUE, hosts: ['watched.test'], placement: BEARER }
  await bind(alice, 'intruder', 'key', secret)
})
afterAll(async () => {
  await loaded(alice, 'intruder', INTRUDER)
  await alice.agent.close()
})

it('takes the secret to nobody but the host that it is bound to', async () => {
  await forget()
  const odd = AUTHORITIES.map((authority) => ({ ...message('https://elsewhere.test/'), authority }))
  const host: [string, string][] = [
    ['Host', 'watched.test'],
    ['X-Forwarded-Host', 'watched.test'],
    [':authority', 'watched.test'],
  ]
  await send(alice, [
    ...odd,
    message('https://elsewhere.test/https://watched.test/'),
    message('https://elsewhere.test/', { headers: host.slice(0, 2) }),
    message('https://elsewhere.test/', { headers: host.slice(2) }),
    message('https://elsewhere.test//watched.test/'),
    message('https://sub.watched.test/'),
    message('https://watched.test:8443/'),
    message('http://watched.test/'),
  ])
  const { watched, elsewhere } = await received()
  expect(elsewhere.length).toBeGreaterThan(0)
  for (const text of [...watched, ...elsewhere]) expect(text).not.toContain(VALUE)
})

it('finds the host that it is bound to however that is spelt', async () => {
  await forget()
  const spelt = ['watched.test', 'WATCHED.test', 'watched.test.', 'watched.test:443']
  await send(
    alice,
    spelt.map((authority) => ({ ...message('https://watched.test/'), authority })),
  )
  const { watched } = await received()
  expect(watched.map((text) => text.includes(`Bearer ${VALUE}`))).toEqual(spelt.map(() => true))
})
