// wasi:filesystem as a component meets it: each step is one call of the interface, each answer its own word.

import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Denial } from '../../src/policy/denial.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { Redactor } from '../../src/policy/redaction.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { FileSink } from '../../src/sandbox/wasi/filesystem-streams.ts'
import { answerOf, openIo, scriptOf } from './support/io.ts'

let guest: GuestStub
beforeAll(async () => {
  guest = await openIo()
})

let person = ''
let people = 0
beforeEach(() => {
  people += 1
  person = `filesystem-${people}`
})

/** One call with all of the drive granted, or with what `rules` say. */
const call = (name: string, args: unknown[], rules?: string[], limits?: typeof CALL_LIMITS) =>
  answerOf({ guest, person, name, args, rules, limits })

/** Takes the steps before the arrows in one call; each has to answer what is behind its arrow. */
async function expectSteps(script: string, rules?: string[]): Promise<void> {
  const { taken, lines } = scriptOf(script)
  const { value } = await call('files', [taken], rules)
  const answers = (value as string[]).map((answer) => answer.replaceAll(/\b\d{10}\.\d{9}/g, 'now'))
  expect(taken.map((line, n) => `${line} → ${answers[n]}`.trimEnd())).toEqual(lines)
}

const refused = (script: string[], meter: CallMeter) =>
  answerOf({ guest, person, name: 'files', args: [script], rules: [], meter })

const STAT = 'links=1 accessed=none modified=now changed=now'

describe('open-at', () => {
  it('follows its flags', () =>
    expectSteps(`
      open|0|f||read → no-entry
      open|0|f|create|write → 1
      open|0|f|create|write → 2
      open|0|f|create,exclusive|write → exist
      stream|1|0|content → ok
      cat|1|0 → bad-descriptor
      open|0|f||read → 3
      cat|3|0 → content
      stream|3|0|x → bad-descriptor
      open|0|f|truncate|write → 4
      cat|3|0 →
      open|0|f|directory|read → not-directory
      open|0|d|create,directory|read → invalid
      mkdir|0|d → ok
      open|0|d|directory|read → 5
      open|0|d||read → 6
      open|0|d|create|write → is-directory
      open|0|d||write → is-directory
      open|0|d|truncate|write → is-directory
      open|0|d|create,exclusive|write → exist
      open|0|f/x||read → not-directory
      open|0|f/||read → not-directory
      open|0|d/||read → 7
      open|0|n/|create|write → is-directory
      open|1|x||read → not-directory
      open|0|g|create|write,sync → unsupported
    `))

  it('contains every path in its directory', () =>
    expectSteps(`
      open|0|../x|create|write → not-permitted
      open|0|/x|create|write → not-permitted
      open|0|a/../../x|create|write → not-permitted
      open|0||create|write → no-entry
      stat-at|0|../ → not-permitted
      mkdir|0|d → ok
      open|0|d|directory|read → 1
      open|1|../x|create|write → not-permitted
      open|1|./g/../x|create|write → 2
      stat-at|0|d/x → file size=0 ${STAT}
      mkdir|1|.. → not-permitted
      unlink|1|../d/x → not-permitted
      rename|1|../d|0|e → not-permitted
      rename|0|d|1|../e → not-permitted
      set-times-at|1|../d|5 → not-permitted
      hash-at|1|.. → not-permitted
      readlink|1|.. → not-permitted
    `))

  it('takes names of every kind, up to 255 bytes, and deep paths', () =>
    expectSteps(`
      open|0|${'n'.repeat(255)}|create|write → 1
      open|0|${'n'.repeat(256)}|create|write → name-too-long
      open|0|${'é'.repeat(128)}|create|write → name-too-long
      open|0|${'é'.repeat(127)}|create|write → 2
      open|0|a\\b:?"<> .. ü 🙂|create|write → 3
      open|0|a\u0001|create|write → illegal-byte-sequence
      open|0|a\u0085b|create|write → illegal-byte-sequence
      open|0|a*b|create|write → not-permitted
      open|0|...|create|write → 4
      open|0|${'x/'.repeat(64)}y||read → name-too-long
      open|0|${'x/'.repeat(63)}y||read → no-entry
      open|0|${'./'.repeat(1500)}...||read → 5
      list|0 → file ..., file a\\b:?"<> .. ü 🙂, file ${'n'.repeat(255)}, file ${'é'.repeat(127)}
    `))

  it('takes paths of 4,096 characters, and what is refused of each is a denial that can be read', async () => {
    const most = `${`${'x'.repeat(63)}/`.repeat(63)}${'y'.repeat(63)}`
    const script = [`open|0|${most}y|create|write`, `open|0|${most}|create|write`]
    // What a person's variable is replaced by may be longer than it.
    const redactor = new Redactor()
    redactor.add('xxxxxxxx')
    const meter = new CallMeter(CALL_LIMITS, null, redactor)
    for (const called of [await call('files', [script], []), await refused(script, meter)]) {
      expect(called.value).toEqual(['name-too-long', 'access'])
      expect(called.meter.denials).toHaveLength(1)
      for (const denial of called.meter.denials) expect(Denial.parse(denial)).toEqual(denial)
    }
    expect(JSON.stringify(meter.denials).length).toBeGreaterThan(2 * 4_096 + 1_000)
  })

  it('makes directories 60 deep, and lists each', async () => {
    const depths = Array.from({ length: 60 }, (_, n) => 'd/'.repeat(n + 1))
    await expectSteps(depths.map((path) => `mkdir|0|${path} → ok`).join('\n'))
    await expectSteps(`
      open|0|${'d/'.repeat(60)}f|create|write → 1
      open|0|${'d/'.repeat(60)}|directory|read → 2
      list|2 → file f
      rmdir|0|${'d/'.repeat(60)} → not-empty
    `)
  })
})

describe('a file', () => {
  it('is written where its streams say, and read from there', () =>
    expectSteps(`
      open|0|f|create|read,write → 1
      stream|1|3|def → ok
      stream|1|0|abc → ok
      append|1|ghi → ok
      write|1|9|jkl → 3
      read|1|0|4 → abcd
      read|1|10|100 → kl
      read|1|12|100 → |end
      read|1|12|0 →
      cat|1|6 → ghijkl
      cat|1|99 →
      set-size|1|4 → ok
      cat|1|0 → abcd
      set-size|1|6 → ok
      cat|1|0 → abcd00
      stat|1 → file size=6 ${STAT}
      stat-at|0|f → file size=6 ${STAT}
      sync|1 → ok
      sync-data|1 → ok
      advise|1 → ok
      type|1 → file
      read|0|0|1 → is-directory
      stream|0|0|x → is-directory
      set-size|0|0 → is-directory
      list|1 → not-directory
      type|0 → directory
    `))

  it('has what was put into a stream without a flush, for whatever is asked next', async () => {
    await expectSteps(`
      open|0|f|create|read,write → 1
      put|1|0|unflushed → ok
      stat|1 → file size=9 ${STAT}
      put|1|9| too → ok
      cat|1|0 → unflushed too
      put|1|13|! → ok
      set-size|1|14 → ok
      read|1|0|99 → unflushed too!
      put|1|14|! → ok
    `)
    await expectSteps(`
      open|0|f||read → 1
      cat|1|0 → unflushed too!!
    `)
  })

  it('keeps the time that is set, also when it was written to before', async () => {
    await expectSteps(`
      open|0|f|create|write → 1
      stream|1|0|x → ok
      set-times|1|86400 → ok
      stat|1 → file size=1 links=1 accessed=none modified=86400.000000000 changed=86400.000000000
      drop|1 →
      stat-at|0|f → file size=1 links=1 accessed=none modified=86400.000000000 changed=86400.000000000
    `)
    await expectSteps(`
      stat-at|0|f → file size=1 links=1 accessed=none modified=86400.000000000 changed=86400.000000000
      set-times-at|0|f|90000 → ok
      stat-at|0|f → file size=1 links=1 accessed=none modified=90000.000000000 changed=90000.000000000
      open|0|f||write → 1
      stream|1|0|y → ok
      stat|1 → file size=1 ${STAT}
      set-times-at|0|nowhere|5 → no-entry
      set-times-at|0|f|18446744073709551615 → invalid
    `)
  })

  it('has an identity and a hash of its own', async () => {
    const script = `
      open|0|f|create|write
      open|0|f||write
      open|0|g|create|write
      same|1|2
      same|1|3
      hash|1
      hash|2
      hash|3
      hash-at|0|f
      stream|1|0|x
      hash-at|0|f
      rename|0|f|0|h
      same|1|2
      open|0|h||read
      same|1|4
      hash-at|0|f`
    const taken = script.trim().split('\n')
    const { value } = await call('files', [taken.map((line) => line.trim())])
    const answers = value as string[]
    expect(answers.slice(0, 5)).toEqual(['1', '2', '3', 'true', 'false'])
    const [one, again, other, byName] = answers.slice(5, 9)
    expect([again, byName]).toEqual([one, one])
    expect(other).not.toBe(one)
    expect(answers[10]).not.toBe(one)
    expect(answers.slice(11)).toEqual(['ok', 'true', '4', 'true', 'no-entry'])
  })

  it('may be removed while it is written to: what is written is gone with it', async () => {
    const { value, unsaved } = await call('files', [
      ['open|0|f|create|write', 'stream|1|0|x', 'unlink|0|f', 'stream|1|1|y', 'drop|1'],
    ])
    expect(value).toEqual(['1', 'ok', 'ok', 'ok', ''])
    expect(unsaved).toBeNull()
    await expectSteps('stat-at|0|f → no-entry')
  })

  it('says that it is too large when it is', () =>
    expectSteps(`
      open|0|f|create|read,write → 1
      stream|1|536870911|x → ok
      stream|1|536870912|x → file-too-large
      write|1|536870912|x → file-too-large
      append|1|x → file-too-large
      set-size|1|536870913 → file-too-large
      read|1|536870910|9 → 0x
    `))
})

describe('the tree', () => {
  it('is changed as the interface says', () =>
    expectSteps(`
      mkdir|0|d → ok
      mkdir|0|d → exist
      mkdir|0|. → exist
      mkdir|0|no/d → no-entry
      open|0|d/f|create|write → 1
      mkdir|0|d/f/x → not-directory
      rmdir|0|d → not-empty
      rmdir|0|d/f → not-directory
      rmdir|0|no → no-entry
      rmdir|0|. → invalid
      unlink|0|d → is-directory
      unlink|0|d/ → is-directory
      unlink|0|d/f/ → not-directory
      unlink|0|no → no-entry
      rename|0|d|0|d/e → invalid
      rename|0|d|0|. → invalid
      rename|0|no|0|x → no-entry
      rename|0|d/f|0|no/f → no-entry
      mkdir|0|e → ok
      rename|0|d/f|0|e → is-directory
      rename|0|e|0|d/f → not-directory
      rename|0|e|0|d → not-empty
      rename|0|d/f|0|x/ → not-directory
      rename|0|d|0|e → ok
      rename|0|e/f|0|e/f → ok
      list|0 → directory e
      unlink|0|e/f → ok
      rmdir|0|e/ → ok
      list|0 →
    `))

  it('has no links', () =>
    expectSteps(`
      open|0|f|create|write → 1
      link|0|f|0|g → unsupported
      symlink|0|f|g → unsupported
      readlink|0|f → invalid
      readlink|0|no → no-entry
      list|0 → file f
    `))

  it('refuses in the word for it what was not granted', () =>
    expectSteps(
      `
      open|0|f|create|write → access
      open|0|f||read → access
      list|0 → access
      mkdir|0|d → access
      unlink|0|f → access
      rename|0|f|0|g → access
      set-times-at|0|f|5 → access
      stat-at|0|f → access
      `,
      ['read fs://other'],
    ))

  it('takes files beside nine thousand others, and lists all ten thousand once', async () => {
    const limits = { ...CALL_LIMITS, driveOperations: 1_002 }
    const make = async (first: number, count: number) => {
      const made = await call('makeFiles', ['many', first, count], undefined, limits)
      expect([made.value, made.unsaved]).toEqual([undefined, null])
    }
    await make(0, 1)
    // Written by guests they would take a minute.
    await runInDurableObject(env.DRIVE.getByName(person), (_, { storage }) => {
      const many = "(SELECT id FROM nodes WHERE name = 'many')"
      const insert = `INSERT INTO nodes (parent, name, is_directory, created_at, modified_at)
        VALUES (${many}, ?1, 0, 0, 0)`
      storage.transactionSync(() => {
        for (let n = 1; n < 9_000; n += 1) storage.sql.exec(insert, `f${n}`)
      })
    })
    await make(9_000, 500)
    await make(9_500, 500)
    const { value, meter } = await call('listFiles', ['many'])
    const names = Array.from({ length: 10_000 }, (_, n) => `f${n}`)
    expect((value as string[]).toSorted()).toEqual(names.toSorted())
    // Pages, not one operation for each name.
    expect(meter.hostCalls.length).toBeLessThan(20)
    const last = await call('files', [['open|0|many/f9999||read', 'cat|1|0']])
    expect(last.value).toEqual(['1', 'f9999'])
  }, 120_000)
})

describe('a call', () => {
  it('meets the quota of its drive when it saves, in the word for it', async () => {
    const { value } = await call('files', [
      [
        'open|0|a|create|write',
        'set-size|1|536870912',
        'sync|1',
        'open|0|b|create|write',
        'set-size|2|536870912',
        'sync|2',
        'open|0|c|create|write',
        'stream|3|0|x',
        'sync|3',
        'set-size|2|0',
        'sync|2',
        'sync|3',
      ],
    ])
    expect(value).toEqual([
      ...['1', 'ok', 'ok', '2', 'ok', 'ok', '3', 'ok', 'quota', 'ok', 'ok', 'ok'],
    ])
  })

  it('is told at its end what could not be saved', async () => {
    const fill = ['open|0|a|create|write', 'set-size|1|536870912', 'open|0|b|create|write']
    const { unsaved } = await call('files', [
      [...fill, 'set-size|2|536870912', 'open|0|c|create|write', 'stream|3|0|x', 'drop|3'],
    ])
    expect(unsaved).toBe('quota')
  })

  it('counts what it reads and writes, and ends with its bound', async () => {
    const limits = { ...CALL_LIMITS, driveOperations: 4 }
    const taken = [
      'open|0|f|create|read,write',
      'write|1|0|x',
      'read|1|0|1',
      'write|1|0|y',
      'write|1|0|z',
    ]
    const { value, meter } = await call('files', [taken], undefined, limits)
    expect(value).toEqual(['1', '1', 'x', '1', 'quota'])
    expect(meter.bound).toBe('drive-operations')
  })
})

describe('a stream of writes', () => {
  it.each([
    ['refused', async () => ({ ok: false, error: 'quota' }) as const, 'quota'],
    ['lost', async () => Promise.reject(new Error('disconnected')), 'io'],
  ] as const)('puts nothing behind one that was %s', async (_, fails, code) => {
    const offsets: (number | null)[] = []
    const drive = {
      write: async (_: number, offset: number, piece: Uint8Array) => {
        offsets.push(offset)
        if (offset === 10) return await fails()
        return { ok: true, value: offset + piece.byteLength }
      },
    }
    const sink = new FileSink(drive as never, 1, 0)
    for (let n = 0; n < 4; n += 1) sink.put(new Uint8Array(10))
    await sink.drain()
    expect(offsets).toEqual([0, 10])
    await expect(sink.flushed()).rejects.toMatchObject({ val: { code } })
  })
})
