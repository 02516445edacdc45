// A grant may name methods: `GET,HEAD watched.test` is for reading. The intruder writes all the same, in every
// spelling that a server or the platform may take for another method, and in the headers that servers believe more than the
// first line of a request.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  message,
  NOTHING,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'

const METHODS = [
  'POST',
  'post',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'Gets',
  'PROPFIND',
  'TRACE',
  'CONNECT',
]

const OVERRIDES = [
  'x-http-method-override',
  'X-HTTP-Method-Override',
  'X_HTTP_Method_Override',
  'x-http-method',
  'x-method-override',
  'x-original-method',
]

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'GET,HEAD http://watched.test/')
})

it('reads, and nothing of what it writes leaves', async () => {
  await forget()
  const told = await send(
    alice,
    METHODS.map((method) => message('http://watched.test/', { method, body: 'x' })),
  )
  expect(told.filter((line) => line.startsWith('200'))).toEqual([])
  expect(await received()).toEqual(NOTHING)
})

it('sends what was granted under its one name', async () => {
  await forget()
  const told = await send(
    alice,
    ['GET', 'get', 'Get'].map((method) => message('http://watched.test/', { method })),
  )
  expect(told).toEqual(['200 seen', '200 seen', '200 seen'])
  const { watched } = await received()
  expect(watched.map((request) => request.split(' ')[0])).toEqual(['GET', 'GET', 'GET'])
})

it('has no header arrive that names another method', async () => {
  await forget()
  const told = await send(
    alice,
    OVERRIDES.map((name) => message('http://watched.test/', { headers: [[name, 'DELETE']] })),
  )
  expect(told).toEqual(OVERRIDES.map(() => '200 seen'))
  const { watched } = await received()
  expect(watched).toHaveLength(OVERRIDES.length)
  expect(watched.filter((request) => request.includes('DELETE'))).toEqual([])
})
