// What is sealed opens for its own row, with its own keys, unaltered; and in no other way.

import { describe, expect, it } from 'vitest'
import { toBase64 } from '../../src/component/base64.ts'
import type { MasterKeys } from '../../src/secrets/master-key.ts'
import { readMasterKeys } from '../../src/secrets/master-key.ts'
import { makePersonKey, openPersonKey } from '../../src/secrets/person-key.ts'
import { openVariable, sealVariable } from '../../src/secrets/variable.ts'

const text = (fill: number) => toBase64(new Uint8Array(32).fill(fill))

async function masters(current: number, previous?: number): Promise<MasterKeys> {
  const read = await readMasterKeys({
    SECRETS_KEY: text(current),
    ...(previous === undefined ? {} : { SECRETS_KEY_PREVIOUS: text(previous) }),
  })
  if (!read.ok) throw new Error(read.error)
  return read.value
}

const PLACE = { person: 'p1', source: 'catalogue:github', key: 'GITHUB_TOKEN' }
const VALUE = 'a token\nof two lines'

/** Every byte of a sealed text, changed one at a time. */
function* altered(sealed: string): Generator<string> {
  const bytes = Uint8Array.from(atob(sealed), (char) => char.charCodeAt(0))
  for (let at = 0; at < bytes.length; at += 1) {
    const other = Uint8Array.from(bytes)
    other[at] = (other[at] ?? 0) ^ 1
    yield toBase64(other)
  }
  yield toBase64(bytes.subarray(0, -1))
  yield toBase64(bytes.subarray(1))
  yield ''
  yield 'not base64'
}

describe('a sealed variable', () => {
  it('opens for its person, source and name', async () => {
    const { key } = await makePersonKey('p1', await masters(1))
    const sealed = await sealVariable(key, PLACE, VALUE)
    expect(sealed).not.toContain(VALUE)
    expect(atob(sealed)).not.toContain(VALUE)
    expect(await openVariable(key, PLACE, sealed)).toBe(VALUE)
  })

  it('never seals the same way twice', async () => {
    const { key } = await makePersonKey('p1', await masters(1))
    const seals = await Promise.all(
      Array.from({ length: 100 }, () => sealVariable(key, PLACE, VALUE)),
    )
    expect(new Set(seals.map((sealed) => sealed.slice(0, 16)))).toHaveLength(100)
  })

  it.each([
    ['another person', { ...PLACE, person: 'p2' }],
    ['another source', { ...PLACE, source: 'upload:github' }],
    ['another name', { ...PLACE, key: 'OTHER' }],
    [
      'names that read the same when joined',
      { person: 'p1', source: 'catalogue:', key: 'githubGITHUB_TOKEN' },
    ],
  ])('does not open in the row of %s', async (_, place) => {
    const { key } = await makePersonKey('p1', await masters(1))
    expect(await openVariable(key, place, await sealVariable(key, PLACE, VALUE))).toBeNull()
  })

  it('does not open with the key of another person', async () => {
    const [mine, other] = [
      await makePersonKey('p1', await masters(1)),
      await makePersonKey('p2', await masters(1)),
    ]
    const sealed = await sealVariable(mine.key, PLACE, VALUE)
    expect(await openVariable(other.key, PLACE, sealed)).toBeNull()
  })

  it('does not open when anything of it was altered', async () => {
    const { key } = await makePersonKey('p1', await masters(1))
    for (const other of altered(await sealVariable(key, PLACE, VALUE))) {
      expect(await openVariable(key, PLACE, other)).toBeNull()
    }
  })
})

describe('the key of a person', () => {
  const roundTrip = async (key: CryptoKey, opened: CryptoKey) =>
    await openVariable(opened, PLACE, await sealVariable(key, PLACE, VALUE))

  it('opens with the master key that sealed it', async () => {
    const { key, stored } = await makePersonKey('p1', await masters(1))
    const opened = await openPersonKey('p1', stored, await masters(1))
    if (!opened.ok) throw new Error(opened.error)
    expect(opened.value.renewed).toBeNull()
    expect(await roundTrip(key, opened.value.key)).toBe(VALUE)
  })

  it('does not leave the runtime: it cannot be exported', async () => {
    const { key } = await makePersonKey('p1', await masters(1))
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
  })

  it('does not open for another person, nor altered', async () => {
    const { stored } = await makePersonKey('p1', await masters(1))
    const broken = { ok: false, error: 'a person key does not open: its row was altered' }
    expect(await openPersonKey('p2', stored, await masters(1))).toEqual(broken)
    for (const sealed of altered(stored.sealed)) {
      expect(await openPersonKey('p1', { ...stored, sealed }, await masters(1))).toEqual(broken)
    }
  })

  it('says that its master key is not there, and does not try another', async () => {
    const { stored } = await makePersonKey('p1', await masters(1))
    const error =
      'a person key names a master key that is neither SECRETS_KEY nor SECRETS_KEY_PREVIOUS'
    expect(await openPersonKey('p1', stored, await masters(2, 3))).toEqual({ ok: false, error })
    const { current } = await masters(2)
    const claimed = { ...stored, master: current.id }
    expect((await openPersonKey('p1', claimed, await masters(2))).ok).toBe(false)
  })

  it('is sealed anew by a rotation, and opens what was sealed before', async () => {
    const { key, stored } = await makePersonKey('p1', await masters(1))
    const during = await openPersonKey('p1', stored, await masters(2, 1))
    const renewed = during.ok ? during.value.renewed : null
    if (!during.ok || renewed === null) throw new Error('not renewed')
    expect(await roundTrip(key, during.value.key)).toBe(VALUE)
    expect(renewed.master).not.toBe(stored.master)
    const after = await openPersonKey('p1', renewed, await masters(2))
    if (!after.ok) throw new Error(after.error)
    expect(after.value.renewed).toBeNull()
    expect(await roundTrip(key, after.value.key)).toBe(VALUE)
    expect((await openPersonKey('p1', stored, await masters(2))).ok).toBe(false)
  })
})

describe('readMasterKeys', () => {
  it('names a key by nothing that gives it away', async () => {
    const { current } = await masters(1)
    expect(current.id).toMatch(/^[0-9a-f]{16}$/)
    expect(Buffer.from(text(1), 'base64').toString('hex')).not.toContain(current.id)
  })

  it.each([
    [{}, 'SECRETS_KEY is not set'],
    [{ SECRETS_KEY: '' }, 'SECRETS_KEY is not set'],
    [{ SECRETS_KEY: 'a password' }, 'SECRETS_KEY is not base64 of 32 bytes'],
    [{ SECRETS_KEY: toBase64(new Uint8Array(16)) }, 'SECRETS_KEY is not base64 of 32 bytes'],
    [{ SECRETS_KEY: toBase64(new Uint8Array(33)) }, 'SECRETS_KEY is not base64 of 32 bytes'],
    [
      { SECRETS_KEY: text(1), SECRETS_KEY_PREVIOUS: 'x' },
      'SECRETS_KEY_PREVIOUS is not base64 of 32 bytes',
    ],
  ])('says of %j what is wrong', async (texts, error) => {
    expect(await readMasterKeys(texts)).toEqual({ ok: false, error })
  })
})
