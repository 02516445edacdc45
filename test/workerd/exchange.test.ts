// What a call waits for at its client, and for how long.

import type { Server, ServerContext } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { givenUp } from '../../src/exchange.ts'
import { withExchange } from '../../src/mcp/exchange.ts'

const server = { getClientCapabilities: () => ({}) } as unknown as Server

function contextOf({ signal }: AbortController): ServerContext {
  const mcpReq = { signal, requestState: () => undefined }
  return { mcpReq } as unknown as ServerContext
}

/** Whether it has settled by the time that everything else has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const later = new Promise((resolve) => setTimeout(() => resolve('later'), 0))
  return (await Promise.race([promise, later])) !== 'later'
}

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
