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

it('sends none of them as a whole, and never more than was said', async () => {
  await forget()
  const told = await send(
    alice,
    LIES.map((headers) =>
      message('http://watched.test/', { method: 'POST', headers, body: `abc${SECOND}` }),
    ),
  )
  expect(told.filter((line) => line.startsWith('200'))).toEqual([])
  // A connection that was given up before its request has nothing to frame.
  for (const request of (await received()).watched.filter(Boolean)) {
    const { framing, size, body } = parts(request)
    expect(framing).toHaveLength(1)
    expect(body.length).toBeLessThanOrEqual(size)
    expect(body).not.toContain('/second')
  }
})

it('frames a body itself, with the length it has', async () => {
  await forget()
  const body = `abc${SECOND}`
  const headers: [string, string][] = [['content-length', String(body.length)]]
  expect(
    await send(alice, [
      message('http://watched.test/', { method: 'POST', body }),
      message('http://watched.test/', { method: 'POST', body, headers }),
    ]),
  ).toEqual(['200 seen', '200 seen'])
  const { watched } = await received()
  expect(watched.map((request) => parts(request).framing.length)).toEqual([1, 1])
  expect(parts(watched[1] ?? '')).toMatchObject({ size: body.length, body })
})

/** `size` is what the head says the body has; without a length it is in chunks, which say it themselves. */
function parts(request: string): { framing: string[]; size: number; body: string } {
  const end = request.indexOf('\r\n\r\n')
  const [head, body] = [request.slice(0, end), request.slice(end + 4)]
  const framing = head.match(/^(content-length|transfer-encoding):.*$/gim) ?? []
  const size = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? Infinity)
  return { framing, size, body }
}

it('gives a GET no body', async () => {
  await forget()
  const lie = message('http://watched.test/', { body: SECOND, headers: [['content-length', '3']] })
  await send(alice, [lie])
  const { watched } = await received()
  expect(watched.join('')).not.toContain('/second')
})
