// A rule may bind to an argument, `{body}`: it opens the host that the call names. An agent that was talked into
// it names everything, a range, or two hosts at once.

import { beforeAll, expect, it } from 'vitest'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  loaded,
  NOTHING,
  received,
  refusalsOf,
  resident,
} from '../support/escape.ts'

const BODIES = [
  '*',
  '*:*',
  '*.test',
  'http://*.test/',
  'http://*/',
  'elsewhere.test',
  'http://elsewhere.test/?http://watched.test/',
  'http://watched.test@elsewhere.test/',
  'elsewhere.test watched.test',
  'elsewhere.test,watched.test',
  'watched.test:81',
  'tcp://watched.test:80',
  'GET watched.test',
  'cidr 0.0.0.0/0',
  '{url}',
  '',
]

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'probe', PROBE)
  await allowHost(alice, '{body}', 'probe')
})

const post = async (body: string) =>
  await alice.agent.call('post', { url: 'http://watched.test/', body })

it.each(BODIES)('reaches nothing by %j', async (body) => {
  await forget()
  const { denials } = refusalsOf(await post(body))
  expect(denials).toMatchObject([{ reason: 'not-granted', host: 'watched.test' }])
  expect(await received()).toEqual(NOTHING)
})

it('reaches the one host that is named', async () => {
  await forget()
  expect(refusalsOf(await post('http://WATCHED.test/any')).denials).toEqual([])
  expect((await received()).watched).toHaveLength(1)
})
