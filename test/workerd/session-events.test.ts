// What a session keeps in its SQLite: events for clients that come back, and what it watches.

import { env } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { JSONRPCMessage } from '@modelcontextprotocol/server'
import { EVENT_LIMITS, Events, EVENTS_SCHEMA, isEventId } from '../../src/session/events.ts'
import { MAX_WATCHED, Watched, WATCHED_SCHEMA } from '../../src/session/watched.ts'

const message = (n: number, text = ''): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id: n,
  result: { text },
})

async function withEvents<T>(work: (events: (at: number) => Events) => Promise<T>): Promise<T> {
  const session = env.SESSION.get(env.SESSION.newUniqueId())
  return await runInDurableObject(session, async (_, { storage }) => {
    storage.sql.exec(EVENTS_SCHEMA)
    return await work((at) => new Events(storage.sql, () => at))
  })
}

async function replayed(events: Events, after: string): Promise<unknown[]> {
  const found: unknown[] = []
  await events.replayEventsAfter(after, {
    send: async (id, sent) => void found.push([id, 'id' in sent ? sent.id : null]),
  })
  return found
}

describe('the events of a session', () => {
  it('come back in order, of their stream alone, after the one that was seen', async () => {
    await withEvents(async (eventsAt) => {
      const events = eventsAt(0)
      const first = await events.storeEvent('a', {} as JSONRPCMessage)
      await events.storeEvent('b', message(1))
      const second = await events.storeEvent('a', message(2))
      const third = await events.storeEvent('a', message(3))
      expect(await replayed(events, first)).toEqual([
        [second, 2],
        [third, 3],
      ])
      expect(await replayed(events, third)).toEqual([])
      for (const id of [first, second, third]) expect(isEventId(id)).toBe(true)
      for (const id of ['', 'x', '1', '1.', '-1.a', '1.a b']) expect(isEventId(id), id).toBe(false)
    })
  })

  it('may be larger than a row', async () => {
    await withEvents(async (eventsAt) => {
      const events = eventsAt(0)
      const first = await events.storeEvent('a', {} as JSONRPCMessage)
      const text = 'ä€😀'.repeat(EVENT_LIMITS.ROW_CHARS / 2)
      await events.storeEvent('a', message(2, text))
      const found: JSONRPCMessage[] = []
      await events.replayEventsAfter(first, { send: async (_, sent) => void found.push(sent) })
      expect(found).toEqual([message(2, text)])
    })
  })

  it('are forgotten when they are old, too many or too much', async () => {
    await withEvents(async (eventsAt) => {
      const start = await eventsAt(0).storeEvent('a', {} as JSONRPCMessage)
      await eventsAt(0).storeEvent('a', message(1))
      await eventsAt(EVENT_LIMITS.LIFE_MS - 1).storeEvent('a', message(2))
      expect(await replayed(eventsAt(0), start)).toHaveLength(2)
      await eventsAt(EVENT_LIMITS.LIFE_MS).storeEvent('a', message(3))
      expect((await replayed(eventsAt(0), start)).map((one) => (one as unknown[])[1])).toEqual([
        2, 3,
      ])
      for (let n = 0; n < EVENT_LIMITS.EVENTS; n += 1) {
        await eventsAt(EVENT_LIMITS.LIFE_MS).storeEvent('a', message(n))
      }
      expect(await replayed(eventsAt(0), start)).toHaveLength(EVENT_LIMITS.EVENTS)
      const half = 'x'.repeat(EVENT_LIMITS.CHARS / 2)
      for (const n of [1, 2, 3])
        await eventsAt(EVENT_LIMITS.LIFE_MS).storeEvent('b', message(n, half))
      expect((await replayed(eventsAt(0), '0.b')).map((one) => (one as unknown[])[1])).toEqual([3])
      expect(await replayed(eventsAt(0), start)).toEqual([])
    })
  })
})

describe('an event that is too old', () => {
  it('is not given again, however quiet the session is, and is deleted as somebody asks', async () => {
    const session = env.SESSION.get(env.SESSION.newUniqueId())
    await runInDurableObject(session, async (_, { storage }) => {
      storage.sql.exec(EVENTS_SCHEMA)
      const eventsAt = (at: number) => new Events(storage.sql, () => at)
      expect(await replayed(eventsAt(0), '0.a')).toEqual([])
      await eventsAt(0).storeEvent('a', message(1))
      await eventsAt(0).storeEvent('a', message(2))
      expect(await replayed(eventsAt(EVENT_LIMITS.LIFE_MS - 1), '0.a')).toHaveLength(2)
      expect(await replayed(eventsAt(EVENT_LIMITS.LIFE_MS), '0.a')).toEqual([])
      // The newest stays for its number.
      expect(storage.sql.exec('SELECT id FROM events').toArray()).toEqual([{ id: 2 }])
    })
  })
})

describe('what a session watches', () => {
  it('is found by the address that is listed, as its client calls it, and is bounded', async () => {
    const session = env.SESSION.get(env.SESSION.newUniqueId())
    await runInDurableObject(session, async (_, { storage }) => {
      storage.sql.exec(WATCHED_SCHEMA)
      const watched = new Watched(storage.sql)
      await watched.add('notes://a', 'wassette-edge://x/notes://a')
      await watched.add('wassette-edge://x/notes://a', 'wassette-edge://x/notes://a')
      const listed = ['wassette-edge://x/notes://a', 'wassette-edge://y/notes://a']
      expect(watched.watching(listed)).toEqual(['notes://a', 'wassette-edge://x/notes://a'])
      await watched.remove('notes://a')
      expect(watched.watching(listed)).toEqual(['wassette-edge://x/notes://a'])
      for (let n = 0; n < MAX_WATCHED; n += 1) await watched.add(`n://${n}`, 'wassette-edge://x/n')
      expect(watched.watching(listed)).toEqual([])
      expect(watched.watching(['wassette-edge://x/n'])).toHaveLength(MAX_WATCHED)
    })
  })
})
