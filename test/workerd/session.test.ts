// A session as an object: what it keeps for clients that come back, and when it is forgotten.

import { env } from 'cloudflare:workers'
import {
  applyD1Migrations,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { SESSION_LIMITS } from '../../src/account/sessions.ts'
import { accountOf } from '../../src/compose.ts'
import type { Principal } from '../../src/principal.ts'
import { MAX_INITIALIZE_CHARS } from '../../src/session/errors.ts'
import { letIn } from './support/let-in.ts'

const PRINCIPAL: Principal = {
  person: 'session-person',
  client: 'a-client',
  clientName: 'a client',
  scopes: ['tools:call'],
  since: 0,
}
const INITIALIZE = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'a client', version: '1.0.0' },
  },
})
const PING = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ping' })

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  await letIn(PRINCIPAL.person, PRINCIPAL.client)
})
afterEach(() => vi.restoreAllMocks())

function request(id: string | null): Request {
  return new Request('https://edge.test/mcp', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(id === null ? {} : { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }),
    },
  })
}

it('leaves no session behind whose opening failed', async () => {
  const principal = { ...PRINCIPAL, person: 'half-opened' }
  await letIn(principal.person, principal.client)
  await env.DB.prepare('ALTER TABLE oauth_grants RENAME TO away').run()
  const stub = env.SESSION.get(env.SESSION.newUniqueId())
  // Within: what crosses as a failure would be nobody's.
  await runInDurableObject(stub, async (session) => {
    const opened = session.serve(request(null), INITIALIZE, principal)
    await expect(opened).rejects.toThrow('oauth_grants')
  })
  await env.DB.prepare('ALTER TABLE away RENAME TO oauth_grants').run()
  const known = await runInDurableObject(
    env.ACCOUNT.getByName(principal.person),
    (_, { storage }) => storage.sql.exec('SELECT id FROM sessions').toArray(),
  )
  expect(known).toEqual([])
})

const MODERN_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
}
const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}

const json = (method: string, params: unknown = {}, id: number | undefined = 2): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

/** The stream for notifications, or the rest of one that broke. */
function stream(id: string, lastEventId?: string): Request {
  const headers = new Headers(request(id).headers)
  if (lastEventId !== undefined) headers.set('last-event-id', lastEventId)
  return new Request('https://edge.test/mcp', { headers })
}

async function opened(principal = PRINCIPAL, initialize = INITIALIZE) {
  await letIn(principal.person, principal.client)
  const id = env.SESSION.newUniqueId()
  const session = env.SESSION.get(id)
  await (await session.serve(request(null), initialize, principal)).text()
  return { id: id.toString(), session }
}

/** Until it is said again. */
function itIs(time: number): void {
  vi.spyOn(Date, 'now').mockReturnValue(time)
}

const idsIn = (text: string): string[] => [...text.matchAll(/(?<=^id: ).*$/gm)].map(([id]) => id)

describe('a session whose object is evicted', () => {
  it('goes on: its handshake is kept, and so is what it has sent', async () => {
    const id = env.SESSION.newUniqueId()
    const session = env.SESSION.get(id)
    await (await session.serve(request(null), INITIALIZE, PRINCIPAL)).text()
    const before = await (await session.serve(request(id.toString()), PING, PRINCIPAL)).text()
    const [first] = /(?<=^id: ).*$/m.exec(before) ?? []
    await evictDurableObject(session)
    const ping = await session.serve(request(id.toString()), PING, PRINCIPAL)
    expect(ping.status).toBe(200)
    expect(await ping.text()).toContain('"result":{}')
    const headers = {
      ...Object.fromEntries(request(id.toString()).headers),
      'last-event-id': `${first}`,
    }
    const again = new Request('https://edge.test/mcp', { headers })
    const resumed = await session.serve(again, null, PRINCIPAL)
    expect(resumed.status).toBe(200)
    expect(await resumed.text()).toContain('"id":2')
  })

  it('keeps what its client may miss of the stream for notifications', async () => {
    const { id, session } = await opened()
    const heard = (await session.serve(stream(id), null, PRINCIPAL)).body?.getReader()
    await session.toolsChanged(PRINCIPAL.person)
    const [first] = idsIn(new TextDecoder().decode((await heard?.read())?.value))
    await heard?.cancel()
    await evictDurableObject(session)
    expect(await session.toolsChanged(PRINCIPAL.person)).toBe(true)
    const again = (await session.serve(stream(id, first), null, PRINCIPAL)).body?.getReader()
    let text = ''
    while (!/tools.*prompts/s.test(text)) {
      text += new TextDecoder().decode((await again?.read())?.value)
    }
    expect(text.match(/tools\/list_changed/g)).toHaveLength(1)
    await again?.cancel()
  })

  it('still has the level that its client set for log messages', async () => {
    const { id, session } = await opened()
    const level = json('logging/setLevel', { level: 'error' })
    await (await session.serve(request(id), level, PRINCIPAL)).text()
    await evictDurableObject(session)
    await (await session.serve(request(id), PING, PRINCIPAL)).text()
    await runInDurableObject(session, async (_, { storage }) => {
      expect(await storage.get('level')).toBe('error')
      const replayed = storage.sql.exec(`SELECT text FROM events WHERE text LIKE '%"id":"level"%'`)
      expect(replayed.toArray()).toEqual([{ text: '{"result":{},"jsonrpc":"2.0","id":"level"}' }])
    })
  })

  it('answers what was under way as lost, to whoever comes back for it, once', async () => {
    const { id, session } = await opened()
    const before = await (await session.serve(request(id), PING, PRINCIPAL)).text()
    const [start] = idsIn(before)
    await runInDurableObject(session, async (_, { storage }) => {
      // As it is while a call runs: its stream has begun, and has no answer.
      storage.sql.exec(
        "INSERT INTO owed (stream, request) VALUES (?1, '3')",
        `${start}`.split('.')[1],
      )
    })
    await evictDurableObject(session)
    for (const _ of ['first', 'again']) {
      const resumed = await (await session.serve(stream(id, start), null, PRINCIPAL)).text()
      expect(resumed.match(/"id":3/g)).toHaveLength(1)
      expect(resumed).toContain('"code":-32000')
      expect(resumed).toContain('its answer is lost')
    }
  })

  it('that cannot be revived is tried again by the next request', async () => {
    const { id, session } = await opened()
    await runInDurableObject(session, (_, { storage }) => storage.put('level', 'loudest'))
    await evictDurableObject(session)
    await expect(
      (async () => await session.serve(request(id), PING, PRINCIPAL))(),
    ).rejects.toThrow()
    await runInDurableObject(session, (_, { storage }) => storage.put('level', 'error'))
    expect((await session.serve(request(id), PING, PRINCIPAL)).status).toBe(200)
  })
})

describe.each([
  ['a handshake that is not taken any more', { initialize: json('initialize', {}) }],
  ['a form that is not ours any more', { initialize: INITIALIZE, since: 1 }],
])('a session that was kept with %s', (_, kept) => {
  it('has ended: it is unknown, nothing of it stays, and its account knows', async () => {
    const principal = { ...PRINCIPAL, person: `kept ${Object.keys(kept).join(' ')}` }
    const { id, session } = await opened(principal)
    const { person, client } = principal
    await runInDurableObject(session, (_object, { storage }) =>
      storage.put('opened', { person, client, ...kept }),
    )
    await evictDurableObject(session)
    const answer = await session.serve(request(id), PING, principal)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ error: { message: 'Session not found' } })
    await runInDurableObject(session, async (_object, { storage }) => {
      expect((await storage.list()).size).toBe(0)
      expect(await storage.getAlarm()).toBeNull()
    })
    await runInDurableObject(env.ACCOUNT.getByName(person), (_object, { storage }) => {
      expect(storage.sql.exec('SELECT id FROM sessions').toArray()).toEqual([])
    })
  })
})

describe('a session', () => {
  it('does not begin under an id that its client brings', async () => {
    const id = env.SESSION.newUniqueId()
    const status = (await env.SESSION.get(id).serve(request(id.toString()), INITIALIZE, PRINCIPAL))
      .status
    expect(status).toBe(404)
  })

  it('begins with a handshake of a bounded size, and leaves nothing when it does not begin', async () => {
    for (const [params, status] of [
      [{ padding: 'x'.repeat(MAX_INITIALIZE_CHARS) }, 413],
      [{}, 400],
    ] as const) {
      const session = env.SESSION.get(env.SESSION.newUniqueId())
      const refused = await session.serve(request(null), json('initialize', params), PRINCIPAL)
      expect(refused.status).toBe(status)
      expect(await refused.json()).toMatchObject({ jsonrpc: '2.0', error: {} })
      await runInDurableObject(session, async (_, { storage }) => {
        expect((await storage.list()).size).toBe(0)
        expect(await storage.getAlarm()).toBeNull()
      })
    }
  })

  it('takes a batch where its revision has batches', async () => {
    const batch = `[${PING},${json('ping', {}, 3)}]`
    for (const [version, status] of [
      ['2025-03-26', 200],
      ['2025-06-18', 400],
      ['2025-11-25', 400],
    ] as const) {
      const initialize = INITIALIZE.replace('2025-11-25', version)
      const { id, session } = await opened(PRINCIPAL, initialize)
      const headers = new Headers(request(id).headers)
      headers.delete('mcp-protocol-version')
      const posted = new Request('https://edge.test/mcp', { method: 'POST', headers })
      const answer = await session.serve(posted, batch, PRINCIPAL)
      expect(answer.status, version).toBe(status)
      const text = await answer.text()
      if (status === 200) expect(text.match(/"result":\{\}/g)).toHaveLength(2)
      else expect(JSON.parse(text)).toMatchObject({ error: { code: -32600 } })
    }
  })
})

describe('the sessions of a person', () => {
  it('are so many for one client: the one that was idle for longest ends, and others stay', async () => {
    const principal = { ...PRINCIPAL, person: 'many-sessions' }
    const account = accountOf(env, principal.person)
    const idle = await opened(principal)
    const used = await opened(principal)
    const other = await opened({ ...principal, client: 'another' })
    await account.openSession(idle.id, principal, 1)
    await account.openSession(used.id, principal, 2)
    await account.useSession(used.id, Date.now() + 1_000)
    const heard = await idle.session.serve(stream(idle.id), null, principal)
    for (let n = 0; n < SESSION_LIMITS.OF_CLIENT - 1; n += 1) {
      await account.openSession(env.SESSION.newUniqueId().toString(), principal, 3)
    }
    expect(await heard.text()).toBe('')
    const status = async ({ id, session }: typeof idle, client = principal.client) =>
      (await session.serve(request(id), PING, { ...principal, client })).status
    expect(await status(idle)).toBe(404)
    expect(await status(used)).toBe(200)
    expect(await status(other, 'another')).toBe(200)
  })
})

describe.each([
  [
    'ended',
    (who: Principal) => accountOf(env, who.person).endClient(who.client, 'a client', 1_000),
  ],
  [
    'given back its token',
    async ({ person }: Principal, grant: string) => {
      const used = { grant, kind: 'code', digest: 'c' } as const
      await accountOf(env, person).credentialUsed(used, ['token'])
      expect(await accountOf(env, person).tokenGivenBack(grant, 'token')).toBe(true)
    },
  ],
  ['been suspended with its person', (who: Principal) => accountOf(env, who.person).suspend(1_000)],
  ['been deleted with its person', (who: Principal) => accountOf(env, who.person).forget()],
])('a client that has %s since the Worker let it in', (what, end) => {
  const principal = { ...PRINCIPAL, person: `raced ${what}`, since: 999 }
  const known = () =>
    runInDurableObject(env.ACCOUNT.getByName(principal.person), (_, { storage }) =>
      storage.sql.exec('SELECT id FROM sessions').toArray(),
    )
  beforeAll(async () => {
    await end(principal, await letIn(principal.person, principal.client))
  })

  it('opens no session, and nothing of one is left', async () => {
    const session = env.SESSION.get(env.SESSION.newUniqueId())
    expect((await session.serve(request(null), INITIALIZE, principal)).status).toBe(404)
    await runInDurableObject(session, async (_, { storage }) => {
      expect((await storage.list()).size).toBe(0)
      expect(await storage.getAlarm()).toBeNull()
    })
    expect(await known()).toEqual([])
  })

  it('gets a listen stream that is over', async () => {
    const session = env.SESSION.get(env.SESSION.newUniqueId())
    const headers = { ...MODERN_HEADERS, 'mcp-method': 'subscriptions/listen' }
    const asked = new Request('https://edge.test/mcp', { method: 'POST', headers })
    const params = { notifications: { toolsListChanged: true }, _meta: MODERN_META }
    const answer = await session.listen(asked, json('subscriptions/listen', params), principal)
    expect(await answer.text()).toContain('"result"')
    expect(await session.toolsChanged(principal.person)).toBe(false)
    expect(await known()).toEqual([])
  })
})

describe('a session that was used a minute ago', () => {
  it('stays where one that was opened later and never used has to go', async () => {
    const principal = { ...PRINCIPAL, person: 'used-a-minute-ago' }
    const account = env.ACCOUNT.getByName(principal.person)
    const start = Date.now()
    itIs(start)
    const used = await opened(principal)
    itIs(start + 30_000)
    const unused = await opened(principal)
    itIs(start + 60_000)
    await (await used.session.serve(request(used.id), PING, principal)).text()
    const usedAt = () =>
      runInDurableObject(account, (_, { storage }) =>
        storage.sql.exec('SELECT used_at FROM sessions WHERE id = ?1', used.id).one(),
      )
    await expect.poll(usedAt).toEqual({ used_at: start + 60_000 })
    for (let n = 0; n < SESSION_LIMITS.OF_CLIENT - 1; n += 1) {
      const id = env.SESSION.newUniqueId().toString()
      await accountOf(env, principal.person).openSession(id, principal, start + 61_000)
    }
    const status = async ({ id, session }: typeof used) =>
      (await session.serve(request(id), PING, principal)).status
    expect(await status(unused)).toBe(404)
    expect(await status(used)).toBe(200)
  })
})

describe('a session without requests', () => {
  it('is kept for a day after the last: its alarm moves with requests, once in a minute', async () => {
    const [minute, day] = [60_000, 86_400_000]
    const start = Date.now()
    itIs(start)
    const { id, session } = await opened()
    const alarm = () => runInDurableObject(session, (_, { storage }) => storage.getAlarm())
    expect(await alarm()).toBe(start + day + minute)
    const ping = async (at: number) => {
      itIs(at)
      expect(await (await session.serve(request(id), PING, PRINCIPAL)).text()).toContain('result')
      return await alarm()
    }
    expect(await ping(start + minute - 1)).toBe(start + day + minute)
    expect(await ping(start + minute)).toBe(start + day + 2 * minute)
    await evictDurableObject(session)
    expect(await ping(start + minute + 1)).toBe(start + day + 2 * minute + 1)
  })

  it('ends by its alarm: nothing of it stays, and it is unknown', async () => {
    const id = env.SESSION.newUniqueId()
    const session = env.SESSION.get(id)
    const status = async (body: string, given: string | null): Promise<number> => {
      const response = await session.serve(request(given), body, PRINCIPAL)
      await response.text()
      return response.status
    }
    expect(await status(INITIALIZE, null)).toBe(200)
    expect(await status(PING, id.toString())).toBe(200)
    const heard = await session.serve(stream(id.toString()), null, PRINCIPAL)
    expect(heard.status).toBe(200)
    expect(await runDurableObjectAlarm(session)).toBe(true)
    await runInDurableObject(session, async (_, { storage }) => {
      expect((await storage.list()).size).toBe(0)
      const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'events'")
      expect(tables.toArray()).toEqual([])
    })
    expect(await status(PING, id.toString())).toBe(404)
    // The stream for notifications ends with it.
    expect(await heard.text()).toBe('')
  })
})
