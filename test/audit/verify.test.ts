// An export whose lines were touched is found out, whatever was touched and however it was mended afterwards.

import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { SigningKey, VerifyingKey } from '../../src/audit/key.ts'
import { readSigningKey } from '../../src/audit/key.ts'
import { parseLine, printLine } from '../../src/audit/lines.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { hashOf, sealRecord } from '../../src/audit/record.ts'
import type { ExportStatement } from '../../src/audit/statement.ts'
import type { Verdict } from '../../src/audit/verify.ts'
import { verifyExport } from '../../src/audit/verify.ts'
import { AT, chain, checkpointOf, exportOf, keys, signIn, signOut } from './support/chain.ts'

let signing: SigningKey
let trusted: VerifyingKey[]
let records: AuditRecord[]
/** Statement, records 1-4, checkpoint, records 5-8, checkpoint, records 9 and 10. */
let lines: string[]
beforeAll(async () => {
  const made = await keys()
  signing = made.signing
  trusted = [made.verifying]
  const events = Array.from({ length: 10 }, (_, n) => (n === 5 ? signOut : signIn(`person ${n}`)))
  records = await chain('p1', events)
  lines = await exportOf(records, signing)
})

const verify = (of: readonly string[]) => verifyExport(of, trusted)
const faultOf = (verdict: Verdict) => (verdict.ok ? null : [verdict.fault, verdict.line])
/** Line 0 is the statement; each fourth record has its checkpoint behind it. */
const lineOf = (seq: number): number => seq + Math.floor((seq - 1) / 4)

describe('verifyExport', () => {
  it('accepts what the server wrote, whole or from a later record on', async () => {
    expect(await verify(lines)).toMatchObject({ ok: true, chains: [{ withoutTexts: 0 }] })
    const later = await exportOf(records.slice(6), signing)
    expect(await verify(later)).toMatchObject({ ok: true, chains: [{ statement: { from: 7 } }] })
  })

  it('finds any line that is not there', async () => {
    for (const at of lines.keys()) {
      const verdict = await verify(lines.toSpliced(at, 1))
      const fault = at === 0 ? 'unsigned' : at === lines.length - 1 ? 'truncated' : 'dropped'
      expect(faultOf(verdict)?.[0], `line ${at + 1}`).toBe(fault)
    }
  })

  it('finds any two lines that changed places', async () => {
    for (const a of lines.keys()) {
      for (let b = a + 1; b < lines.length; b += 1) {
        const swapped = lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '')
        const verdict = await verify(swapped)
        const fault = a === 0 ? 'unsigned' : 'reordered'
        expect(faultOf(verdict)?.[0], `lines ${a + 1} and ${b + 1}`).toBe(fault)
      }
    }
  })

  it('finds any line that is there twice', async () => {
    for (const [at, line] of lines.entries()) {
      expect((await verify(lines.toSpliced(at, 0, line))).ok, `line ${at + 1}`).toBe(false)
    }
  })

  it('finds any character that is not what it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(lines.length - 1),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        async (at, position, char) => {
          const line = lines[at] ?? ''
          const where = position % line.length
          fc.pre(line[where] !== char)
          const changed = line.slice(0, where) + char + line.slice(where + 1)
          expect((await verify(lines.with(at, changed))).ok).toBe(false)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('names the line, and what was done to it', async () => {
    const [at, after] = [lineOf(6), lineOf(7)]
    const text = lines[at] ?? ''
    const edited = lines.with(at, text.replace('"outcome":"done"', '"outcome":"refused"'))
    expect(faultOf(await verify(edited))).toEqual(['changed', at + 1])
    expect(faultOf(await verify(lines.toSpliced(at, 1)))).toEqual(['dropped', at + 1])
    const swapped = lines.with(at, lines[after] ?? '').with(after, text)
    expect(faultOf(await verify(swapped))).toEqual(['reordered', at + 1])
    expect(faultOf(await verify(lines.slice(0, 5)))).toEqual(['truncated', 6])
    expect(faultOf(await verify(lines.with(3, 'no JSON')))).toEqual(['changed', 4])
    expect(faultOf(await verify([]))).toEqual(['unsigned', 1])
  })

  it('finds a record with a hash that was mended, at the record after it', async () => {
    const [record] = records.slice(2, 3)
    if (record === undefined) throw new Error('no record')
    const body = { ...record.body, at: record.body.at + 1 }
    const forged = { ...record, body, hash: await hashOf(body) }
    const verdict = await verify(lines.with(lineOf(3), printLine(forged).trimEnd()))
    expect(faultOf(verdict)).toEqual(['changed', lineOf(4) + 1])
  })

  it('finds a history written anew from some record on, at the next thing that was signed', async () => {
    const forged = await rewritten(7, signIn('somebody else'))
    const mended = lines.map((line, at) => forged.get(at) ?? line)
    expect(faultOf(await verify(mended))).toEqual(['changed', lineOf(8) + 2])
    // Behind the last checkpoint only the statement of the export knows better.
    const late = await rewritten(9, signIn('somebody else'))
    const end = lines.map((line, at) => late.get(at) ?? line)
    expect(faultOf(await verify(end))).toEqual(['changed', lineOf(10) + 1])
  })

  it('finds a history written anew and signed by somebody else', async () => {
    const other = await keys(8)
    const forged = await exportOf(records, other.signing)
    expect(faultOf(await verify(forged))).toEqual(['bad-signature', 1])
    const mixed = lines.with(5, forged[5] ?? '')
    expect(faultOf(await verify(mixed))).toEqual(['bad-signature', 6])
    expect((await verifyExport(forged, [...trusted, other.verifying])).ok).toBe(true)
  })

  it('finds a signature that was made for another statement', async () => {
    const [first, sixth] = [parseLine(lines[0] ?? ''), parseLine(lines[5] ?? '')]
    if (first === null || sixth === null || !('statement' in first) || !('statement' in sixth))
      throw new Error('not the statements')
    const taken = printLine({ ...first, signature: sixth.signature }).trimEnd()
    expect(faultOf(await verify(lines.with(0, taken)))).toEqual(['bad-signature', 1])
  })

  it('holds an export against checkpoints from elsewhere', async () => {
    const [fourth, last] = [records[3], records.at(-1)]
    if (fourth === undefined || last === undefined) throw new Error('no records')
    const seen = [await checkpointOf(fourth, signing), await checkpointOf(last, signing)]
    expect((await verifyExport(lines, trusted, seen)).ok).toBe(true)
    // An earlier export of the same chain passes by itself, and is too short for what was seen later.
    const early = await exportOf(records.slice(0, 8), signing)
    expect((await verify(early)).ok).toBe(true)
    expect(faultOf(await verifyExport(early, trusted, seen))?.[0]).toBe('truncated')
    // So does a history of other events, if whoever wrote it has the key.
    const other = await exportOf(
      await chain(
        'p1',
        records.map(() => signOut),
      ),
      signing,
    )
    expect((await verify(other)).ok).toBe(true)
    expect(faultOf(await verifyExport(other, trusted, seen))).toEqual(['changed', 5])
    const foreign = [await checkpointOf(fourth, (await keys(8)).signing)]
    expect(faultOf(await verifyExport(lines, trusted, foreign))?.[0]).toBe('bad-signature')
    const [stranger] = await chain('p2', [signOut])
    if (stranger === undefined) throw new Error('no record')
    const theirs = [await checkpointOf(stranger, signing)]
    expect(faultOf(await verifyExport(lines, trusted, theirs))?.[0]).toBe('dropped')
  })
})

describe('texts', () => {
  const bare = (record: AuditRecord): AuditRecord => ({ ...record, private: null })

  it('may be missing where the statement says that they were forgotten, and nowhere else', async () => {
    const forgotten = records.map((record, n) => (n < 4 ? bare(record) : record))
    const told = await exportOf(forgotten, signing, { about: { redacted: 4 } })
    expect(await verify(told)).toMatchObject({ ok: true, chains: [{ withoutTexts: 4 }] })
    const untold = await exportOf(forgotten, signing, { about: { redacted: 3 } })
    expect(faultOf(await verify(untold))).toEqual(['changed', lineOf(4) + 1])
  })

  it('are left out for others, but for those of administrative records', async () => {
    const publish: AuditEvent = {
      kind: 'catalogue',
      facts: { outcome: 'done', reason: null, digest: null, wit: null },
      texts: { name: 'fetch' },
    }
    const mixed = await chain('p1', [signIn('host'), publish])
    const about = { texts: 'administrative' } as const
    const [first, second] = mixed
    if (first === undefined || second === undefined) throw new Error('no records')
    expect(await verify(await exportOf([bare(first), second], signing, { about }))).toMatchObject({
      ok: true,
      chains: [{ withoutTexts: 1 }],
    })
    const without = await exportOf([bare(first), bare(second)], signing, { about })
    expect(faultOf(await verify(without))).toEqual(['changed', 3])
  })

  it('are those that were recorded', async () => {
    const [record] = records
    if (record?.private == null) throw new Error('no texts')
    const { salt, texts } = record.private
    const others = [
      { salt, texts: { ...texts, name: 'somebody else' } },
      { salt, texts: { name: texts['name'] ?? null } },
      { salt, texts: { ...texts, more: 'text' } },
      { salt: salt.replaceAll(/./g, '0'), texts },
    ]
    for (const other of others) {
      const line = printLine({ ...record, private: other }).trimEnd()
      expect(faultOf(await verify(lines.with(1, line)))).toEqual(['changed', 2])
    }
  })

  it('do not show in what stays: the same event is another record under another salt', async () => {
    const [a] = await chain('p1', [signIn('alice')])
    const [b] = await chain('p1', [signIn('alice')])
    expect(a?.body.commitments).not.toEqual(b?.body.commitments)
    expect(JSON.stringify(a?.body)).not.toContain('alice')
  })

  it('are in no record that does not know them', async () => {
    const known = signIn('alice')
    const secret = { ...known, texts: { ...known.texts, password: 'x' } } as unknown as AuditEvent
    const head = { seq: 0, hash: '0'.repeat(64), at: 0 }
    const salt = new Uint8Array(32)
    await expect(sealRecord('0'.repeat(64), head, secret, AT, salt)).rejects.toThrow('password')
  })
})

describe('several chains in one file', () => {
  const two = async () => [
    ...(await exportOf(records, signing, { about: { part: 1, parts: 2 } })),
    ...(await exportOf(await chain('p2', [signOut, signIn('b')]), signing, {
      about: { part: 2, parts: 2 },
    })),
  ]

  it('are verified each, and one of them cannot go missing', async () => {
    const file = await two()
    expect(await verify(file)).toMatchObject({ ok: true, chains: [{}, {}] })
    expect(faultOf(await verify(file.slice(0, lines.length)))?.[0]).toBe('truncated')
    expect(faultOf(await verify(file.slice(lines.length)))?.[0]).toBe('dropped')
    const turned = [...file.slice(lines.length), ...file.slice(0, lines.length)]
    expect((await verify(turned)).ok).toBe(false)
    expect(faultOf(await verify(file.toSpliced(lines.length - 1, 1)))?.[0]).toBe('dropped')
  })

  it('are of one export: what others had does not fill its places', async () => {
    const [yesterday, today] = [crypto.randomUUID(), crypto.randomUUID()]
    const [b, c] = [await chain('p2', [signOut]), await chain('p3', [signIn('c')])]
    const at = (of: AuditRecord[], about: Partial<ExportStatement>) =>
      exportOf(of, signing, { about })
    const together = async (...parts: Promise<string[]>[]) =>
      faultOf(await verify((await Promise.all(parts)).flat()))?.[0] ?? null
    const first = (id?: string) => at(records, { ...(id && { id }), part: 1, parts: 2 })
    const second = (id?: string) => at(b, { ...(id && { id }), part: 2, parts: 2 })
    expect(await together(first(), second())).toBeNull()
    expect(await together(first(today), second(today))).toBeNull()
    // The chain of p3 is left out: its place is filled by one of the day before.
    const third = at(b, { id: today, part: 3, parts: 3 })
    expect(await together(first(yesterday), second(yesterday), third)).toBe('changed')
    expect(await together(first(), second(), at(b, { part: 3, parts: 3 }))).toBe('changed')
    expect(await together(first(today), at(c, { id: yesterday, part: 2, parts: 2 }))).toBe(
      'changed',
    )
    expect(await together(first(today), second())).toBe('changed')
    expect(await together(first(), at(records, { part: 2, parts: 2 }))).toBe('changed')
    const administrative = at(b, { part: 2, parts: 2, texts: 'administrative' })
    expect(await together(first(), administrative)).toBe('changed')
  })

  it('do not lend each other records', async () => {
    const file = await two()
    const swapped = file.with(1, file.at(-1) ?? '').with(file.length - 1, file[1] ?? '')
    expect(faultOf(await verify(swapped))).toEqual(['reordered', 2])
  })
})

describe('readSigningKey', () => {
  it.each([
    [undefined, 'AUDIT_KEY is not set'],
    ['', 'AUDIT_KEY is not set'],
    ['a password', 'AUDIT_KEY is not base64 of 32 bytes'],
    [Buffer.alloc(31).toString('base64'), 'AUDIT_KEY is not base64 of 32 bytes'],
  ])('refuses %j', async (text, error) => {
    expect(await readSigningKey(text)).toEqual({ ok: false, error })
  })

  it('makes of the seed of RFC 8032, test 1, the public key that stands there', async () => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
    const read = await readSigningKey(Buffer.from(seed, 'hex').toString('base64'))
    if (!read.ok) throw new Error(read.error)
    const x = Buffer.from(read.value.jwk.x, 'base64url').toString('hex')
    expect(x).toBe('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    expect(Object.keys(read.value.jwk).toSorted()).toEqual(['crv', 'kty', 'x'])
  })
})

/** Lines from record `seq` on, each hash right again, with another event in its place. */
async function rewritten(seq: number, event: AuditEvent): Promise<Map<number, string>> {
  const before = records[seq - 2]
  if (before === undefined) throw new Error('no record before it')
  let head = { seq: seq - 1, hash: before.hash, at: before.body.at }
  const forged = new Map<number, string>()
  for (const { body } of records.slice(seq - 1)) {
    const record = await sealRecord(body.chain, head, event, body.at, new Uint8Array(32))
    forged.set(lineOf(body.seq), printLine(record).trimEnd())
    head = { seq: body.seq, hash: record.hash, at: record.body.at }
  }
  return forged
}
