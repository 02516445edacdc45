// D1 that fails or hangs at each step of a tool of the server: a typed error, and what it was to do is done or is not.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { composeLoad } from '../../src/compose.ts'
import { publish } from '../../src/load.ts'
import { callsOf } from '../workerd/support/calls.ts'
import { account, call, forgetful, grant, isWell, load } from './support/people.ts'
import { everyAttempt } from './support/steps.ts'

const NAME = 'faulted-stats'

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const published = await publish(
    NAME,
    { description: 'Counts.', policy: null },
    new Uint8Array(env.TEXT_STATS_WASM),
    composeLoad(env, 'the host'),
  )
  if (!published.ok) throw new Error(published.error.reason)
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

interface Tool {
  readonly name: string
  /** Each attempt is about something else. */
  readonly args: (nth: number) => object
  readonly prepare?: (person: string, nth: number) => Promise<void>
  /** What it is to bring about, and once only. */
  readonly isDone: (person: string, nth: number) => Promise<boolean>
}

const has = async (person: string, name: string): Promise<boolean> =>
  (await account(person).components()).some(({ install }) => install.component === name)

const about = (details?: object) => ({
  component_id: 'files',
  ...(details === undefined ? {} : { details }),
})

/** Asks for something: `rule` as the person is shown it. */
const asks = (name: string, details: (n: number) => object, rule: (n: number) => string): Tool => ({
  name,
  args: (nth) => about(details(nth)),
  isDone: async (person, nth) => {
    const open = await account(person).openApprovals(Date.now())
    return open.filter((one) => one.rule === rule(nth)).length === 1
  },
})

const takes = (name: string, args: (n: number) => object): Tool => ({
  name,
  args,
  prepare: (person, nth) => grant(person, 'files', 'storage', `read fs:///${nth}`),
  isDone: async (person) => (await account(person).component('files'))?.grants.length === 0,
})

const TOOLS: readonly Tool[] = [
  {
    name: 'load-component',
    args: () => ({ path: NAME }),
    prepare: async (person) => {
      if (await has(person, NAME)) await account(person).uninstall(NAME, Date.now())
    },
    isDone: (person) => has(person, NAME),
  },
  {
    name: 'unload-component',
    args: () => ({ id: 'going' }),
    prepare: (person) => load(person, 'going', env.TEXT_STATS_WASM),
    isDone: async (person) => !(await has(person, 'going')),
  },
  asks(
    'grant-storage-permission',
    (nth) => ({ uri: `fs:///${nth}`, access: ['read'] }),
    (nth) => `read fs://${nth}`,
  ),
  asks(
    'grant-network-permission',
    (nth) => ({ host: `h${nth}.test` }),
    (nth) => `h${nth}.test`,
  ),
  asks(
    'grant-environment-variable-permission',
    (nth) => ({ key: `KEY${nth}` }),
    (nth) => `KEY${nth}`,
  ),
  asks(
    'grant-memory-permission',
    (nth) => ({ memory: `${nth}Mi` }),
    (nth) => `memory ${nth * 1_048_576}`,
  ),
  takes('revoke-storage-permission', (nth) => about({ uri: `fs:///${nth}` })),
  takes('reset-permission', () => about()),
]

/** What hangs takes its time: it is met by these. */
const HANGS = new Set(['load-component', 'unload-component', 'grant-storage-permission'])

describe.each(TOOLS)('$name over a D1', ({ name, args, prepare, isDone }) => {
  const hows = HANGS.has(name) ? (['fail', 'hang'] as const) : (['fail'] as const)
  it.each(hows)('that %ss does it or says that it did not', async (how) => {
    let nth = 0
    let person = ''
    const code = how === 'hang' ? 'store-late' : 'internal'
    const struck = await everyAttempt<CallToolResult>(
      { key: 'one after the other', target: 'd1', how },
      isWell,
      (answer, said) => {
        expect(answer._meta?.['wassette-edge/error'], said).toEqual({ code })
        expect(JSON.stringify(answer.content), said).toContain('Nothing was half-done; try again')
      },
      async () => {
        const n = (nth += 1)
        // One person has so many questions open and no more.
        if (n % 16 === 1) {
          person = `${name} ${how} ${n}`
          await load(person, 'files', env.FILESYSTEM_WASM)
        }
        await prepare?.(person, n)
        expect(await isDone(person, n)).toBe(false)
        await forgetful(person)
        const run = () => call(person, name, args(n))
        return {
          key: person,
          run,
          after: async (answer, said) => {
            const [last] = await callsOf(person)
            expect(last?.tool, said).toBe(name)
            expect(last?.outcome, said).toBe(isWell(answer) ? 'answered' : 'fault')
            if (!isWell(answer)) {
              const again = await run()
              // To unload what is gone already is refused as that.
              if (name !== 'unload-component') expect(isWell(again), said).toBe(true)
            }
            expect(await isDone(person, n), said).toBe(true)
          },
        }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })
})
