// Stores and the compiler's isolate that fail or hang while a component is loaded, or compiled again: it is there whole,
// or not at all, and loads the next time.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCompile } from '../../src/compiler/compile.ts'
import { composeLoad } from '../../src/compose.ts'
import type { LoadDeps } from '../../src/load.ts'
import { loadUpload } from '../../src/load.ts'
import { patient } from '../../src/patience.ts'
import { faulty, heal, strike } from './support/faulty.ts'
import { account, call, forgetful, isWell, load, soundly } from './support/people.ts'
import { everyAttempt } from './support/steps.ts'

const STATS = new Uint8Array(env.TEXT_STATS_WASM)

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

async function answers(person: string, said: string): Promise<void> {
  const answer = await call(person, 'analyze', { text: 'one two' })
  expect(isWell(answer), `${said}: ${JSON.stringify(answer.content)}`).toBe(true)
}

/** `null`: it threw. */
type Loaded = Awaited<ReturnType<typeof loadUpload>> | null

const upload = async (deps: LoadDeps): Promise<Loaded> =>
  await loadUpload('stats', STATS, deps).catch(() => null)

describe.each([
  ['d1', 'fail'],
  ['d1', 'hang'],
  ['r2', 'fail'],
  ['r2', 'hang'],
] as const)('%s that %ss while a component is loaded', (target, how) => {
  it('leaves it there whole, or not at all, and it loads the next time', async () => {
    let nth = 0
    const struck = await everyAttempt<Loaded>(
      { key: 'one after the other', target, how },
      (loaded) => loaded?.ok === true,
      // A fault, and no refusal of the component.
      (loaded, said) => expect(loaded, said).toBeNull(),
      async () => {
        const person = `loads ${target} ${how} ${(nth += 1)}`
        const { compile } = soundly(person)
        const deps = { ...composeLoad(patient(faulty(env, person)), person), compile }
        return {
          key: person,
          run: () => upload(deps),
          after: async (loaded, said) => {
            const isThere = (await account(person).tools()).length > 0
            if (loaded?.ok === true) expect(isThere, said).toBe(true)
            if (isThere) await answers(person, said)
            expect((await upload(soundly(person)))?.ok, said).toBe(true)
            await answers(person, said)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })
})

describe.each([
  ['r2', 'fail', 'internal'],
  ['body', 'fail', 'internal'],
  ['body', 'hang', 'store-late'],
] as const)('%s that %ss while a component is compiled again for a call', (target, how, code) => {
  it('is told, nothing has run, and the next call is answered', async () => {
    const person = `compiles again ${target} ${how}`
    await load(person, 'stats', env.TEXT_STATS_WASM)
    const struck = await everyAttempt(
      { key: person, target, how, isRead: true },
      isWell,
      (answer, said) =>
        expect(answer._meta?.['wassette-edge/error'], said).toEqual({ code, ran: false }),
      async () => {
        await env.DB.prepare(`UPDATE installs SET compiler = 'before' WHERE person = ?1`)
          .bind(person)
          .run()
        await forgetful(person)
        return {
          run: () => call(person, 'analyze', { text: 'one two' }),
          after: (_, said) => answers(person, said),
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })
})

describe.each(['fail', 'hang'] as const)('a compiler that %ss', (how) => {
  it('is told, and another one is at the next component', async () => {
    const person = `compiler ${how}`
    const { LOADER } = faulty(env, person)
    const deps = composeLoad(env, person)
    strike(person, { target: 'compiler', step: 0, how, when: 'before' })
    const loading = loadUpload('stats', STATS, {
      ...deps,
      compile: createCompile(LOADER, how === 'hang' ? 200 : undefined),
    })
    if (how === 'fail') await expect(loading).rejects.toThrow('broken')
    else {
      const error = { reason: 'compile-bound', bound: 'compile-time' }
      expect(await loading).toEqual({ ok: false, error })
    }
    expect(heal(person)).toBe(true)
    expect(await account(person).components()).toEqual([])
    const again = await loadUpload('stats', STATS, { ...deps, compile: createCompile(LOADER) })
    expect(again.ok).toBe(true)
    await answers(person, how)
  })
})
