// A line break inside a part of a request would end that part and begin a header or a request of the
// guest's choice; a NUL ends a text for whoever reads it in C.

import { beforeAll, expect, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, forget, message, received, send, withIntruder } from '../support/escape.ts'

const BREAKS = ['\r\n', '\n', '\r', '\0', '\u2028', '\t', ' ']
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, 'watched.test')
})

it('sends no such method, path, authority or name of a header', async () => {
  await forget()
  const fine = message('http://watched.test/')
  const split = BREAKS.flatMap((with_) => [
    { ...fine, method: `GET${with_}smuggled` },
    { ...fine, path: `/x${with_}smuggled` },
    { ...fine, authority: `watched.test${with_}smuggled` },
    message('http://watched.test/', { headers: [[`x-a${with_}smuggled`, 'b']] }),
  ])
  const told = await send(alice, split)
  expect(told.filter((line) => line.startsWith('200'))).toEqual([])
  expect((await received()).watched).toEqual([])
})

it('sends no line break in the value of a header', async () => {
  await forget()
  const split = ['\r\n', '\n', '\r', '\0'].map((with_) =>
    message('http://watched.test/', { headers: [['x-a', `b${with_}smuggled: yes`]] }),
  )
  const told = await send(alice, split)
  expect(told.filter((line) => line.startsWith('200'))).toEqual([])
  expect((await received()).watched).toEqual([])
})
