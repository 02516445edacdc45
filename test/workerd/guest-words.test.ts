// Words of a guest that are too long are cut, and no part of a value that it was handed is left where they are.

import { describe, expect, it } from 'vitest'
import { Redactor } from '../../src/policy/redaction.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { guestBounds } from '../../src/sandbox/call.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'

const VALUE = 'sk-live-0123456789abcdef0123456789abcdef'
const redactor = new Redactor()
redactor.add(VALUE)

interface Said {
  readonly outcome?: { readonly tag: string; readonly [key: string]: unknown }
  readonly stdout?: string
  readonly stderr?: string
}

/** How a run ends whose isolate says this. */
async function ended(said: Said, logBytes = CALL_LIMITS.logBytes) {
  const guest: GuestStub = {
    run: async () => ({
      outcome: { tag: 'ok', value: null },
      stdout: '',
      stderr: '',
      fuel: 1,
      spent: null,
      ...said,
    }),
    stop: async () => {},
    loadFault: () => null,
  }
  const bounds = guestBounds({ ...CALL_LIMITS, logBytes })
  const call = { id: 'c', bounds } as Parameters<GuestStub['run']>[0]
  const held = {} as Parameters<GuestStub['run']>[1]
  return await runGuest(guest, call, held, 1_000, undefined, redactor)
}

/** So long before the value that a cut at `chars` goes through it, before its character `n`. */
const across = (chars: number, n: number) => `${'.'.repeat(chars - n)}${VALUE} and more`
const EVERYWHERE = Array.from({ length: VALUE.length + 1 }, (_, n) => n)

describe('what is cut of a guest’s words', () => {
  it('has no part of a value in its log, nor in what it printed', async () => {
    for (const n of EVERYWHERE) {
      const stdout = across(8_192, n)
      const stderr = across(8_192, n)
      const run = await ended({ stdout, stderr }, 8_192)
      const words = n === VALUE.length ? '[redacted]' : ''
      const cut = `${'.'.repeat(8_192 - n)}${words}`
      expect(run.log).toBe(
        [stdout, stderr]
          .map(({ length }) => `${cut}\n[${length - 8_192} more characters]\n`)
          .join(''),
      )
      expect('printed' in run && run.printed).toBe(cut)
    }
  })

  it('has none in the message of a trap', async () => {
    for (const n of EVERYWHERE) {
      const message = `Error: ${across(1_000 - 'Error: '.length, n)}`
      const run = await ended({ outcome: { tag: 'trap', message } })
      const words = n === VALUE.length ? '[redacted]' : ''
      expect('message' in run && run.message).toBe(
        `Error: ${'.'.repeat(1_000 - 'Error: '.length - n)}${words}`,
      )
    }
  })

  it('has none where the guest was stopped in the middle of it', async () => {
    const outcome = { tag: 'bound', bound: 'log-bytes' }
    expect((await ended({ outcome, stdout: `a ${VALUE.slice(0, -1)}` })).log).toBe('a ')
    expect((await ended({ outcome, stdout: `a ${VALUE}, b` })).log).toBe('a [redacted], b')
  })

  it('is what it said otherwise', async () => {
    const run = await ended({ stdout: `a ${VALUE} b sk-liv`, stderr: 'c' })
    expect(run).toMatchObject({
      tag: 'ok',
      log: 'a [redacted] b sk-livc',
      printed: 'a [redacted] b sk-liv',
    })
  })
})
