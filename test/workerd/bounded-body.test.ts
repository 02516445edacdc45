// What is read of a request that is refused unread: its sender hears the answer, and holds nobody up.

import { expect, it } from 'vitest'
import { discardUnread } from '../../src/bounded-body.ts'

function request(body: ReadableStream<Uint8Array>, headers: Record<string, string> = {}): Request {
  return new Request('http://server.test/', { method: 'POST', headers, body })
}

/** Counts what is taken of it. */
function source(piece: Uint8Array | null, end = Infinity) {
  const taken = { pieces: 0, isCancelled: false }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (piece === null) return await new Promise(() => {})
        controller.enqueue(piece)
        taken.pieces++
        if (taken.pieces === end) controller.close()
      },
      cancel() {
        taken.isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, taken }
}

const MEBIBYTE = new Uint8Array(1024 * 1024)

it('reads a body to its end', async () => {
  const { body, taken } = source(new Uint8Array(10), 1_000)
  await discardUnread(request(body))
  expect(taken).toEqual({ pieces: 1_000, isCancelled: false })
})

it('leaves one that is read already, in part or by somebody', async () => {
  const begun = source(MEBIBYTE, 3)
  const asked = request(begun.body)
  const reader = asked.body?.getReader()
  await reader?.read()
  await discardUnread(asked)
  reader?.releaseLock()
  await discardUnread(asked)
  expect(begun.taken).toEqual({ pieces: 1, isCancelled: false })
})

it('leaves one that is said to be larger than what is thrown away', async () => {
  const { body, taken } = source(MEBIBYTE)
  await discardUnread(request(body, { 'content-length': String(64 * 1024 * 1024 + 1) }))
  expect(taken.pieces).toBe(0)
})

it('stops at one that does not end', async () => {
  const { body, taken } = source(MEBIBYTE)
  await discardUnread(request(body))
  expect(taken).toEqual({ pieces: 65, isCancelled: true })
})

it('stops waiting for one that does not come', async () => {
  const { body, taken } = source(null)
  await discardUnread(request(body), 20)
  await expect.poll(() => taken.isCancelled).toBe(true)
})

it('takes one that breaks for ended', async () => {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error('broke')),
  })
  await expect(discardUnread(request(body))).resolves.toBeUndefined()
})

it('needs no body', async () => {
  await expect(discardUnread(new Request('http://server.test/'))).resolves.toBeUndefined()
})
