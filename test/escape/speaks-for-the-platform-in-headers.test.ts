// Servers believe some headers: where a request comes from, for which host it is, who is signed in. A guest
// that sets them speaks for Cloudflare, for us or for its person.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const NAMES = [
  ...[
    'host',
    'Host',
    'cookie',
    'Cookie2',
    'cf-connecting-ip',
    'CF-Worker',
    'cf-access-jwt-assertion',
  ],
  ...['x-forwarded-for', 'X-Forwarded-Host', 'x-forwarded-proto', 'x-real-ip', 'true-client-ip'],
  // One field to a server that hands them on as variables.
  ...['X_Forwarded_For', 'x-real.ip'],
  ...['forwarded', 'via', 'connection', 'keep-alive', 'te', 'trailer', 'upgrade', 'http2-settings'],
  ...['proxy-authorization', 'proxy-connection', 'transfer-encoding', 'content-length'],
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('has none of them arrive', async () => {
  await forget()
  const told = await send(
    alice,
    NAMES.map((name) => message('http://watched.test/', { headers: [[name, 'smuggled']] })),
  )
  expect(
    told.filter((line) => line !== '200 seen' && !/Forbidden|Syntax|protocol-error/.test(line)),
  ).toEqual([])
  const { watched } = await received()
  expect(watched.length).toBeGreaterThan(5)
  expect(watched.filter((request) => request.includes('smuggled'))).toEqual([])
})

it('still sends what is the component’s own to say', async () => {
  await forget()
  await send(alice, [message('http://watched.test/', { headers: [['x-tool', 'honest']] })])
  expect((await received()).watched[0]?.toLowerCase()).toContain('x-tool: honest\r\n')
})
