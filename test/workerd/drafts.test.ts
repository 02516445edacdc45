import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { BOUNDS, guestCall, NONE, openGuest } from './support/guest.ts'

const VARIABLES = [
  ['CITY', 'Ulm'],
  ['EMPTY', ''],
] as const

let guest: GuestStub

beforeAll(async () => {
  guest = await openGuest('drafts', new Uint8Array(env.DRAFTS_WASM))
})

function run(name: string, args: unknown[] = [], logBytes = 10_000) {
  const more = { environment: VARIABLES, bounds: { ...BOUNDS, logBytes } }
  return runGuest(guest, guestCall([name], args, more), NONE, 55_000)
}

describe('wasi:config/store', () => {
  it('answers one variable of those granted, in both drafts', async () => {
    expect(await run('config', ['CITY'])).toMatchObject({ tag: 'ok', value: ['Ulm', 'Ulm'] })
    expect(await run('config', ['EMPTY'])).toMatchObject({ tag: 'ok', value: ['', ''] })
    expect(await run('config', ['PATH'])).toMatchObject({
      tag: 'ok',
      value: [undefined, undefined],
    })
  })

  it('answers the same set as the environment', async () => {
    expect(await run('configs')).toMatchObject({ tag: 'ok', value: [VARIABLES, VARIABLES] })
  })
})

describe('wasi:logging/logging', () => {
  it('writes a line with level and context for every message', async () => {
    const outcome = await run('log', ['shop', 'sold'])
    const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical']
    expect(outcome.log).toBe(levels.map((level) => `${level} shop: sold\n`).join(''))
  })

  it('leaves an empty context out', async () => {
    expect((await run('log', ['', 'sold'])).log).toContain('info: sold\n')
  })

  it('ends a guest that logs more than it may', async () => {
    expect(await run('log', ['c', 'x'.repeat(300)], 1000)).toMatchObject({
      tag: 'bound',
      bound: 'log-bytes',
    })
  })
})
