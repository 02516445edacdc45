// What a call waits for at its client, and for how long.

import type { Server, ServerContext } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { givenUp } from '../../src/exchange.ts'
import { withExchange } from '../../src/mcp/exchange.ts'
import { pushTo } from '../../src/mcp/push.ts'

const server = { getClientCapabilities: () => ({}) } as unknown as Server

function contextOf({ signal }: AbortController, more: object = {}): ServerContext {
  const mcpReq = { signal, requestState: () => undefined, ...more }
  return { mcpReq } as unknown as ServerContext
}

/** Whether it has settled by the time that everything else has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(() => resolve('later'), 0))
  return (await Promise.race([promise, later])) !== 'later'
}

describe('a sign of life', () => {
  const TENTH = 0.1

  it.each([0, TENTH, -5, 1.7e10, -1e15, 2 ** 53, 1e300])(
    'is more progress than %d, as it crosses the wire, and hardly more',
    async (progress) => {
      const told: number[] = []
      const notify = async ({ params }: { params: { progress: number } }) => {
        told.push((JSON.parse(JSON.stringify(params)) as typeof params).progress)
      }
      const context = contextOf(new AbortController(), {
        _meta: { progressToken: 'p' },
        notify,
      })
      await withExchange(server, context, async (exchange) => {
        await exchange.notify?.({ kind: 'progress', progress, total: null, message: null })
        await exchange.notify?.({ kind: 'waiting' })
        await exchange.notify?.({ kind: 'waiting' })
      })
      const [first = NaN, second = NaN, third = NaN] = told
      expect(told).toHaveLength(3)
      expect(first).toBe(progress)
      expect(second).toBeGreaterThan(first)
      expect(third).toBeGreaterThan(second)
      const step = Math.max(1e-6, Math.abs(progress) * 2 ** -51)
      expect(third - first).toBeLessThanOrEqual(3 * step)
    },
  )

  it('is none where no larger number is left', async () => {
    const told: unknown[] = []
    const notify = async (said: unknown) => void told.push(said)
    const more = { _meta: { progressToken: 'p' }, notify }
    await withExchange(server, contextOf(new AbortController(), more), async (exchange) => {
      const progress = Number.MAX_VALUE
      await exchange.notify?.({ kind: 'progress', progress, total: null, message: null })
      await exchange.notify?.({ kind: 'waiting' })
    })
    expect(told).toHaveLength(1)
  })
})

describe('a question of a session', () => {
  const question = (mode: 'url' | 'form') =>
    ({
      mode,
      because: 'refused',
      component: 'fetch',
      permission: 'network',
      rule: 'GET a.test',
      url: 'https://edge.test/approvals/1',
    }) as const

  it.each(['url', 'form'] as const)('is asked though one before it is over (%s)', async (mode) => {
    const sent: { readonly elicitationId?: string }[] = []
    const over: unknown[] = []
    let hold = Promise.resolve()
    const client = {
      async request({ params }: { params: object }, { signal }: { signal: AbortSignal }) {
        signal.throwIfAborted()
        sent.push(params)
        const withdrawn = new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        await Promise.race([hold, withdrawn])
        signal.throwIfAborted()
        return { action: 'accept', content: { answer: 'I have decided' } }
      },
    } as unknown as Server
    const more = {
      id: 1,
      notify: async ({ params }: { params: unknown }) => void over.push(params),
    }
    const push = pushTo(client, contextOf(new AbortController(), more))
    expect(await push.ask(question(mode))).toBe('accept')
    await push.settle()
    expect(await push.ask(question(mode))).toBe('accept')
    await push.settle()
    // One that nobody answers is withdrawn.
    hold = new Promise(() => {})
    const third = push.ask(question(mode))
    await push.settle()
    expect(await third).toBe('cancel')
    await push.settle()
    expect(sent).toHaveLength(3)
    const ids = sent.map(({ elicitationId }) => elicitationId)
    if (mode === 'form') expect([ids, over]).toEqual([[undefined, undefined, undefined], []])
    else {
      expect(over).toEqual(ids.map((elicitationId) => ({ elicitationId })))
      expect(new Set(ids).size).toBe(3)
    }
  })
})

describe('a call that waits to be given up', () => {
  it('is told when its client does', async () => {
    const controller = new AbortController()
    await withExchange(server, contextOf(controller), async (exchange) => {
      const told = exchange.cancelled?.()
      const gone = givenUp(exchange)
      expect(await isSettled(gone)).toBe(false)
      controller.abort()
      expect(await told).toBe(true)
      expect(await isSettled(gone)).toBe(true)
      expect(await exchange.cancelled?.()).toBe(true)
    })
  })

  it.each(['answers', 'fails'])(
    'is let go when its request %s, and was not given up',
    async (how) => {
      let told: Promise<boolean> | undefined
      let gone: Promise<void> = Promise.resolve()
      const request = withExchange(server, contextOf(new AbortController()), async (exchange) => {
        told = exchange.cancelled?.()
        gone = givenUp(exchange)
        if (how === 'fails') throw new Error('a fault')
        return 'an answer'
      })
      expect(await request.catch((cause: Error) => cause.message)).toBe(
        how === 'fails' ? 'a fault' : 'an answer',
      )
      expect(await told).toBe(false)
      expect(await isSettled(gone)).toBe(false)
    },
  )
})
