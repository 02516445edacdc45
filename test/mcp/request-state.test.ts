// What a client carries from a question to its answer: good for who was asked, as it was, and for a while.

import type { ServerContext } from '@modelcontextprotocol/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRequestStates } from '../../src/mcp/request-state.ts'

const SECRET = new Uint8Array(32).fill(7)
const LIFE_MS = 15 * 60_000

const contextOf = (clientId: string): ServerContext =>
  ({ http: { authInfo: { clientId } } }) as unknown as ServerContext
const states = (secret = SECRET) => createRequestStates(secret, (auth) => auth?.clientId ?? '')

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a sealed state', () => {
  it('is read by who was asked for 15 minutes, and not a second longer', async () => {
    const sealed = await states().mint('round', contextOf('a'))
    const start = Date.now()
    vi.setSystemTime(start + LIFE_MS)
    expect(await states().verify(sealed, contextOf('a'))).toBe('round')
    vi.setSystemTime(start + LIFE_MS + 1_000)
    await expect(states().verify(sealed, contextOf('a'))).rejects.toThrow()
  })

  it('is nothing to another client, under another key, or when it was changed', async () => {
    const sealed = await states().mint('round', contextOf('a'))
    await expect(states().verify(sealed, contextOf('b'))).rejects.toThrow()
    const other = new Uint8Array(32).fill(8)
    await expect(states(other).verify(sealed, contextOf('a'))).rejects.toThrow()
    const [version, body = '', signature] = sealed.split('.')
    const said = JSON.parse(Buffer.from(body, 'base64url').toString()) as { exp: number }
    const later = Buffer.from(JSON.stringify({ ...said, exp: said.exp + 1 })).toString('base64url')
    const changed = [version, later, signature].join('.')
    await expect(states().verify(changed, contextOf('a'))).rejects.toThrow()
  })
})
