// D1, R2 and isolates that fail or hang at each step of a call: the caller gets a typed error, nothing is half-written,
// and the next call goes on as if nothing had been.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallRow } from '../../src/store/calls.ts'
import { callsOf } from '../workerd/support/calls.ts'
import type { Plan } from './support/faulty.ts'
import { heal, strike } from './support/faulty.ts'
import { account, call, forgetful, grant, isWell, load } from './support/people.ts'
import { everyAttempt } from './support/steps.ts'

/** Large enough for a chunk of its own in R2. */
const OLD = `what was there before${' '.repeat(300_000)}`
const NEW = `what the call wrote, and it is longer${' '.repeat(300_000)}`

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

/** The component that works on files. */
async function withFiles(person: string, rule: string): Promise<void> {
  await load(person, 'files', env.FILESYSTEM_WASM)
  await grant(person, 'files', 'storage', rule)
}

async function write(person: string, content: string): Promise<CallToolResult> {
  return await call(person, 'write-file', { path: '/a', content })
}

async function content(person: string): Promise<string | undefined> {
  const { structuredContent } = await call(person, 'read-file', { path: '/a' })
  const { result } = structuredContent as { result: { ok?: string } | string }
  return typeof result === 'string' ? result : result.ok
}

const errorOf = (answer: CallToolResult): unknown => answer._meta?.['wassette-edge/error']
const textOf = ({ content }: CallToolResult): string => JSON.stringify(content)

async function lastCall(person: string): Promise<CallRow> {
  const [last] = await callsOf(person)
  if (last === undefined) throw new Error('nothing is on the record')
  return last
}

/** Of a fault before a guest runs. */
const told = (how: Plan['how']) => ({
  code: how === 'hang' ? 'store-late' : 'internal',
  ran: false,
})

const STOPPED = { code: 'trap' }

/** A call that takes long looks whether its component is still there, and may meet the fault of D1 at that. */
const metAtLook = (answer: CallToolResult): boolean =>
  textOf(answer).includes('nobody could say that it is not')

describe.each([
  ['d1', 'fail', told('fail')],
  ['d1', 'hang', told('hang')],
  ['r2', 'fail', { code: 'unsaved', why: 'io' }],
  ['r2', 'hang', { code: 'unsaved', why: 'io' }],
  ['isolate', 'fail', STOPPED],
] as const)('%s that %ss under a call that writes a file', (target, how, error) => {
  it('is told as such, the file is old or new, and the next call writes', async () => {
    const person = `writes ${target} ${how}`
    await withFiles(person, 'read,write fs:///')
    const struck = await everyAttempt(
      { key: person, target, how },
      isWell,
      (answer, said) => {
        if (target !== 'd1' || !metAtLook(answer)) expect(errorOf(answer), said).toEqual(error)
      },
      async () => {
        expect(isWell(await write(person, OLD))).toBe(true)
        await forgetful(person)
        return {
          run: async () => await write(person, NEW),
          after: async (answer, said) => {
            const row = await lastCall(person)
            expect(row, said).toMatchObject({ tool: 'write-file' })
            expect(row.outcome === 'answered', said).toBe(isWell(answer))
            const found = await content(person)
            if (isWell(answer)) expect(found, said).toBe(NEW)
            // What was written before a refusal stays written.
            else if (found !== OLD && metAtLook(answer))
              expect(NEW.startsWith(found ?? 'none'), said).toBe(true)
            else expect([OLD, NEW], said).toContain(found)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })
})

describe.each([
  ['r2', 'fail'],
  ['r2', 'hang'],
  ['body', 'fail'],
  ['body', 'hang'],
] as const)('%s that %ss under a call that reads a file', (target, how) => {
  it('is an error of that file to the component, and no fault of its own', async () => {
    const person = `reads ${target} ${how}`
    await withFiles(person, 'read,write fs:///')
    expect(isWell(await write(person, OLD))).toBe(true)
    const struck = await everyAttempt(
      { key: person, target, how, isRead: true },
      isWell,
      (answer, said) => {
        expect(errorOf(answer), said).toBeUndefined()
        expect(textOf(answer), said).toContain('/a: ')
        expect(textOf(answer), said).not.toMatch(/broken|in time/)
      },
      async () => ({
        run: async () => await call(person, 'read-file', { path: '/a' }),
        after: async (answer, said, met) => {
          const { outcome, reason, host_calls } = await lastCall(person)
          expect([outcome, reason], said).toEqual(['answered', isWell(answer) ? null : 'err'])
          expect(
            host_calls.some(({ outcome }) => outcome === 'failed'),
            said,
          ).toBe(met)
          expect(await content(person), said).toBe(OLD)
        },
      }),
    )
    expect(struck).toBe(2)
  })
})

describe.each([
  ['d1', 'fail', told('fail')],
  ['d1', 'hang', told('hang')],
  ['r2', 'fail', told('fail')],
  ['r2', 'hang', told('hang')],
  ['body', 'fail', told('fail')],
  ['body', 'hang', told('hang')],
  ['isolate', 'fail', STOPPED],
] as const)('%s that %ss under the first call of a component', (target, how, error) => {
  it('is told as such and is on its record, and the next call is answered', async () => {
    let nth = 0
    const struck = await everyAttempt(
      { key: 'one after the other', target, how, isRead: true },
      isWell,
      (answer, said) => expect(errorOf(answer), said).toEqual(error),
      async () => {
        const person = `begins ${target} ${how} ${(nth += 1)}`
        await load(person, 'stats', env.TEXT_STATS_WASM)
        await forgetful(person)
        const analyze = () => call(person, 'analyze', { text: 'one two' })
        return {
          key: person,
          run: analyze,
          after: async (answer, said) => {
            const { outcome, reason, component } = await lastCall(person)
            if (!isWell(answer) && target !== 'isolate') {
              expect([outcome, reason], said).toEqual([
                'fault',
                how === 'hang' ? 'store-late' : null,
              ])
            }
            // Once it is known, whose fault it is.
            if (target !== 'd1') expect(component, said).toBe('stats')
            const again = await analyze()
            expect(isWell(again), `${said}: ${textOf(again)}`).toBe(true)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })
})

describe.each(['fail', 'hang'] as const)('d1 that %ss under a call that is denied', (how) => {
  it('is a fault before it runs; after that it is told what was denied, and whether anybody was asked', async () => {
    let nth = 0
    let unasked = 0
    const struck = await everyAttempt(
      { key: 'one after the other', target: 'd1', how },
      (answer) => JSON.stringify(answer).includes('/approvals/'),
      (answer, said) => {
        const error = errorOf(answer)
        if ((error as { code: string }).code !== 'permission-denied') {
          expect(error, said).toEqual(told(how))
          return
        }
        unasked += 1
        if (!metAtLook(answer)) {
          expect(textOf(answer), said).toContain('The person could not be asked')
        }
        expect(JSON.stringify(answer._meta), said).toContain('"path":"/b"')
      },
      async () => {
        const person = `denied ${how} ${(nth += 1)}`
        await withFiles(person, 'read fs:///a')
        await forgetful(person)
        const read = () => call(person, 'read-file', { path: '/b' })
        return {
          key: person,
          run: read,
          after: async (answer, said) => {
            const { outcome, component, host_calls } = await lastCall(person)
            const ran = (errorOf(answer) as { ran?: boolean }).ran ?? true
            expect(outcome, said).toBe(ran ? 'denied' : 'fault')
            if (ran) {
              expect(component, said).toBe('files')
              expect(host_calls, said).toMatchObject([{ host: '/b', outcome: 'denied' }])
            }
            expect(JSON.stringify(await read()), said).toContain('/approvals/')
            expect(await account(person).openApprovals(Date.now()), said).toHaveLength(1)
          },
        }
      },
    )
    expect(unasked).toBeGreaterThan(2)
    expect(struck).toBeGreaterThan(unasked)
  })
})

const FILES =
  'version: "1.0"\npermissions: {}\nx-wassette-edge:\n  storage:\n    allow: ["read,write fs:///"]\n'
const SECONDS = `${FILES}  limits:\n    wall-clock: 1s\n`

async function putPolicy(person: string, text: string): Promise<void> {
  const policy = new TextEncoder().encode(text)
  const written = await account(person).writePolicy('files', policy, Date.now())
  expect(JSON.stringify(written)).toMatch(/^\{"ok":true/)
}

it('an isolate that never answers ends at the wall clock, and is in nobody’s way after that', async () => {
  const person = 'hangs'
  await withFiles(person, 'read,write fs:///')
  expect(isWell(await write(person, OLD))).toBe(true)
  await putPolicy(person, SECONDS)
  strike(person, { target: 'isolate', step: 0, how: 'hang', when: 'before' })
  const answer = await write(person, NEW)
  expect(heal(person)).toBe(true)
  expect(errorOf(answer)).toMatchObject({ code: 'bound', bound: 'wall-clock' })
  // What begins afresh may take longer than that second.
  await putPolicy(person, FILES)
  expect(await content(person)).toBe(OLD)
})

it('a look at a question that fails leaves its place to the next, and others in theirs', async () => {
  const person = 'waits'
  await withFiles(person, 'read fs:///a')
  const view = await account(person).component('files')
  if (view === null) throw new Error('no such component')
  const question = await account(person).propose(
    view.install,
    'storage',
    'read fs:///b',
    Date.now(),
  )
  const id = question?.id ?? ''
  const word = (waitMs: number) => account(person).word(id, waitMs)
  const waiting = word(60_000)
  expect(await word(0)).toBe('open')
  strike(person, { target: 'd1', step: 0, how: 'fail', when: 'before', lasts: true })
  // More of them than places.
  for (let n = 0; n < 40; n += 1) {
    expect(await word(60_000).catch(String), `look ${n}`).toContain('broken')
  }
  expect(heal(person)).toBe(true)
  expect(await word(0)).toBe('open')
  await account(person).decide(id, 'allow', Date.now())
  expect(await waiting).toBe('allow')
})
