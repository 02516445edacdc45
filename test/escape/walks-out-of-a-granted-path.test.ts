// A grant may name a path, `http://watched.test/v1/`. Servers undo percent-encoding and dots at different
// times, so a path below it may be another one where it arrives.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const PATHS = [
  '/admin',
  '/v1/../admin',
  '/v1/./../admin',
  '/v1/%2e%2e/admin',
  '/v1/.%2E/admin',
  '/v1/..%2fadmin',
  '/v1/..%5Cadmin',
  '/v1/x%2f..%2f..%2fadmin',
  '/v1/%2e%2e%2fadmin',
  '/v1/..;/admin',
  '/v1/..\\admin',
  '/v1/%u002e%u002e/admin',
  '/v1/%c0%ae%c0%ae/admin',
  '/v1',
  '/V1/x',
  '/v1x/y',
  '//v1/x',
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'http://watched.test/v1/')
})

it('stays below it', async () => {
  await forget()
  const told = await send(
    alice,
    PATHS.map((path) => message(`http://watched.test${path}`)),
  )
  const { watched } = await received()
  const asked = watched.map((request) => request.split(' ')[1])
  // `/v1` itself is what the rule names.
  expect(asked).toEqual(['/v1'])
  expect(told.filter((line) => line.startsWith('200'))).toHaveLength(1)
})

it('reads what is below it, encoded or not', async () => {
  await forget()
  const honest = ['/v1/x', '/v1/a%2fb', '/v1/a..b/c', '/v1/x?y=../z']
  const told = await send(
    alice,
    honest.map((path) => message(`http://watched.test${path}`)),
  )
  expect(told).toEqual(honest.map(() => '200 seen'))
})

it('has no header arrive that names another path', async () => {
  await forget()
  const names = ['x-original-url', 'X-Original-URI', 'X_Original_URL', 'x-rewrite-url']
  const told = await send(
    alice,
    names.map((name) => message('http://watched.test/v1/', { headers: [[name, '/admin']] })),
  )
  expect(told).toEqual(names.map(() => '200 seen'))
  const { watched } = await received()
  expect(watched).toHaveLength(names.length)
  expect(watched.filter((request) => request.includes('admin'))).toEqual([])
})
