// Two servers in a row that disagree about where a request ends read the rest as another request. A guest
// states a length that is not so, or two ways to find the end.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const SECOND = 'GET /second HTTP/1.1\r\nhost: watched.test\r\n\r\n'
const LIES: [string, string][][] = [
  [['content-length', '3']],
  [['Content-Length', '0']],
  [['content-length', '99999']],
  [['content-length', '3, 4']],
]
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('frames every body itself', async () => {
  await forget()
  const told = await send(
    alice,
    LIES.map((headers) =>
      message('http://watched.test/', { method: 'POST', headers, body: `abc${SECOND}` }),
    ),
  )
  expect(told).toEqual(LIES.map(() => '200 seen'))
  const { watched } = await received()
  expect(watched).toHaveLength(LIES.length)
  for (const request of watched) {
    const end = request.indexOf('\r\n\r\n')
    const [head, body] = [request.slice(0, end), request.slice(end + 4)]
    const framing = head.match(/^(content-length|transfer-encoding):.*$/gim) ?? []
    expect(framing).toHaveLength(1)
    const size = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? body.length)
    expect(size).toBe(body.length)
  }
})

it('gives a GET no body', async () => {
  await forget()
  const lie = message('http://watched.test/', { body: SECOND, headers: [['content-length', '3']] })
  expect(await send(alice, [lie])).toEqual(['200 seen'])
  const { watched } = await received()
  expect(watched.join('')).not.toContain('/second')
})
