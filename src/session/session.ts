// One MCP session of the sessionful eras (2025-03-26 to 2025-11-25), or one listen stream of 2026-07-28.
// Bound to the person and the client that opened it: to anybody else it does not exist.

import type { AuthInfo } from '@modelcontextprotocol/server'
import { createMcpHandler, InMemoryServerEventBus } from '@modelcontextprotocol/server'
import type { Server } from '@modelcontextprotocol/server'
import { DurableObject } from 'cloudflare:workers'
import * as z from 'zod'
import { accountOf, composeStates } from '../compose.ts'
import type { Desk } from '../mcp/desk.ts'
import { levelIn, setLevel } from '../mcp/log-level.ts'
import type { RequestOrigin } from '../mcp/origin.ts'
import { NO_REQUEST } from '../mcp/origin.ts'
import { createMcpServer } from '../mcp/server.ts'
import { toPublicUri } from '../mcp/resource-uri.ts'
import type { ComponentChanges } from '../account/sessions.ts'
import type { Principal } from '../principal.ts'
import { whoIs } from '../principal.ts'
import { MAX_INITIALIZE_CHARS, sessionError } from './errors.ts'
import { Events, EVENTS_SCHEMA, isEventId } from './events.ts'
import type { Found } from './listener.ts'
import { askingOnlyFor, foundOf, Listener, resourcesAskedFor } from './listener.ts'
import { whenOver } from './stream-end.ts'
import { SessionTransport } from './transport.ts'
import { Watched, WATCHED_SCHEMA } from './watched.ts'

/** Milliseconds without a request after which a session is forgotten. */
const IDLE_MS = 24 * 3_600_000
/** The alarm is moved at most this often, and rings so much later: a write for each request would be one too many. */
const TOUCH_MS = 60_000
/** Milliseconds after which an end that did not come through is tried again. */
const END_AGAIN_MS = 60_000

/** The one revision that has batches. */
const BATCHES = '2025-03-26'

const Opened = z.strictObject({
  person: z.string(),
  client: z.string(),
  /** The body of the client's `initialize`: replayed into a new transport after an eviction. */
  initialize: z.string(),
})
type Opened = z.infer<typeof Opened>
/** Whose it is, whatever version of ours kept it. */
const Owned = z.object({ person: z.string() })

interface Live {
  readonly server: Server
  readonly transport: SessionTransport
}

export class Session extends DurableObject<Env> {
  #live: Promise<Live | null> | null = null
  /** Of a listen stream; the object lives as long as the stream. */
  #listener: Listener | null = null
  /** When the alarm was last moved by this instance. */
  #touchedAt = 0
  /** The session has ended. Its id is never given again, so nothing of it begins anew. */
  #isOver = false

  /** A request of the sessionful eras. `body` is what a POST carried. */
  async serve(request: Request, body: string | null, principal: Principal): Promise<Response> {
    const message = parsed(body)
    const opened = await this.#opened()
    if (opened === null) {
      const isNew = request.headers.get('mcp-session-id') === null && isInitialize(message)
      if (!isNew || body === null) return sessionError('unknown')
      return await this.#open(request, body, principal)
    }
    if (!belongs(opened, principal)) return sessionError('unknown')
    await this.#touch(Date.now(), opened)
    const last = request.method === 'GET' ? request.headers.get('last-event-id') : null
    if (last !== null && !isEventId(last)) return sessionError('event')
    const live = await this.#alive(opened)
    if (live === null) return sessionError('unknown')
    const { server, transport } = live
    if (request.method !== 'POST') return await transport.handleRequest(request)
    if (Array.isArray(message) && server.getNegotiatedProtocolVersion() !== BATCHES) {
      return sessionError('batch')
    }
    const level = levelIn(message)
    if (level !== null) await this.ctx.storage.put('level', level)
    return await transport.post(withBody(request, body), message, proof(principal))
  }

  /** `subscriptions/listen` of 2026-07-28: a stream that is pushed to when the person's tools change. */
  async listen(request: Request, body: string, principal: Principal): Promise<Response> {
    const bus = new InMemoryServerEventBus()
    const parts = {
      deskOf: (_: unknown, origin: RequestOrigin) => this.#desk(principal, origin, null),
      states: composeStates(this.env, () => whoIs(principal)),
      publicUrl: this.env.PUBLIC_URL,
      watches: null,
    }
    const handler = createMcpHandler(() => createMcpServer(parts), { legacy: 'reject', bus })
    let answer = await handler.fetch(withBody(request, body))
    // An error: nobody listens, and no component is run for it.
    if (answer.headers.get('content-type')?.startsWith('text/event-stream') !== true) return answer
    const message = parsed(body)
    const asked = resourcesAskedFor(message)
    let found: readonly Found[] = []
    if (asked.length > 0) {
      // What is acknowledged is what will be told (MCP 2026-07-28, subscriptions): only what there is.
      await answer.body?.cancel()
      const listed = await this.#desk(principal, NO_REQUEST, null).resolve(asked)
      found = foundOf(asked, listed)
      const granted = JSON.stringify(askingOnlyFor(message, found))
      answer = await handler.fetch(withBody(request, granted))
    }
    this.#listener = new Listener(principal, bus, found, () => handler.close())
    const id = this.ctx.id.toString()
    // False: their end has come since the Worker has looked.
    let isOpen = false
    try {
      isOpen = await this.#account(principal).openSession(id, principal, Date.now())
    } finally {
      if (!isOpen) {
        this.#listener = null
        await handler.close()
      }
    }
    return whenOver(answer, () => {
      this.#listener = null
      this.ctx.waitUntil(this.#account(principal).closeSession(id))
    })
  }

  /** False when there is no such session any more: whoever keeps the list may forget it. */
  async toolsChanged(person: string, lists: 'tools' | 'all' = 'all'): Promise<boolean> {
    if (this.#listener?.person === person) {
      this.#listener.listsChanged(lists)
      return true
    }
    const server = await this.#serverOf(person)
    await server?.sendToolListChanged().catch(() => {})
    if (lists === 'tools') return server !== null
    await server?.sendResourceListChanged().catch(() => {})
    await server?.sendPromptListChanged().catch(() => {})
    return server !== null
  }

  /** A component of theirs says what it has changed. */
  async changed(person: string, changes: ComponentChanges): Promise<void> {
    if (this.#listener?.person === person) return this.#listener.changed(changes)
    const server = await this.#serverOf(person)
    if (server === null) return
    const { component, listings, resources } = changes
    if (listings.includes('resources')) await server.sendResourceListChanged().catch(() => {})
    if (listings.includes('prompts')) await server.sendPromptListChanged().catch(() => {})
    const listed = resources.map((uri) => toPublicUri(component, uri))
    for (const uri of this.#watched().watching(listed)) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await server.sendResourceUpdated({ uri }).catch(() => {})
    }
  }

  /** The person is deleted: nothing of their session stays. */
  async forget(person: string): Promise<void> {
    await this.endOf(person, null)
    // One whose end has not come through.
    if ((await this.#owner()) === person) await this.#end()
  }

  /** The person, or what they allowed this client, is over; `client` `null`: whichever it is. */
  async endOf(person: string, client: string | null): Promise<void> {
    const isMeant = (of: { readonly person: string; readonly client: string } | null) =>
      of !== null && of.person === person && (client === null || of.client === client)
    if (isMeant(this.#listener)) {
      await this.#listener?.end()
      this.#listener = null
    }
    const opened = await this.#opened()
    if (isMeant(opened)) await this.#end()
  }

  override async alarm(): Promise<void> {
    try {
      await this.#end()
    } catch (cause) {
      // The platform tries a few times and gives up; an alarm of our own comes until it is done.
      if ((await this.ctx.storage.getAlarm()) === null) throw cause
      console.error('a session did not end', cause)
    }
  }

  async #open(request: Request, body: string, principal: Principal): Promise<Response> {
    if (body.length > MAX_INITIALIZE_CHARS) return sessionError('large')
    const at = Date.now()
    // First, so that whatever is begun and not opened is cleared away.
    await this.#keepAwake(at)
    const live = await this.#connect()
    const response = await live.transport.post(withBody(request, body), parsed(body))
    if (!response.ok) {
      await this.#end()
      return response
    }
    this.#live = Promise.resolve(live)
    const { person, client } = principal
    await this.ctx.storage.put<Opened>('opened', { person, client, initialize: body })
    // False: their end has come since the Worker has looked.
    let isOpen = false
    try {
      isOpen = await this.#account(principal).openSession(this.ctx.id.toString(), principal, at)
    } finally {
      if (!isOpen) {
        await response.body?.cancel()
        await this.#end().catch((cause: unknown) => console.error('a session did not end', cause))
      }
    }
    return isOpen ? response : sessionError('unknown')
  }

  /** `null`: it has ended. Where a revival fails, the next request tries again. */
  async #alive({ initialize }: Opened): Promise<Live | null> {
    if (this.#isOver) return null
    const reviving = (this.#live ??= this.#revive(initialize))
    try {
      const live = await reviving
      if (live === null) await this.#end()
      return live
    } catch (cause) {
      if (this.#live === reviving) this.#live = null
      throw cause
    }
  }

  /**
   * After an eviction, a deploy or a crash: a new transport that has seen the same handshake and level. `null`: the
   * handshake is one that we do not take any more.
   */
  async #revive(initialize: string): Promise<Live | null> {
    const live = await this.#connect()
    await this.#replay(live, initialize)
    if (live.server.getNegotiatedProtocolVersion() === undefined) return null
    const setsLevel = setLevel(await this.ctx.storage.get('level'))
    if (setsLevel !== null) await this.#replay(live, setsLevel)
    await live.transport.answerLost()
    return live
  }

  async #replay({ transport }: Live, body: string): Promise<void> {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': this.ctx.id.toString(),
    }
    const replayed = new Request('https://session.invalid/mcp', { method: 'POST', headers, body })
    const response = await transport.handleRequest(replayed)
    await response.text()
  }

  /**
   * `null` when there is no such session of theirs. One that was evicted is there again: what it says now is
   * kept for when its client comes back for it.
   */
  async #serverOf(person: string): Promise<Server | null> {
    const opened = await this.#opened()
    if (opened === null || opened.person !== person) return null
    return (await this.#alive(opened))?.server ?? null
  }

  async #connect(): Promise<Live> {
    const watches = this.#watched()
    this.ctx.storage.sql.exec(EVENTS_SCHEMA)
    const events = new Events(this.ctx.storage.sql, Date.now)
    const transport = new SessionTransport(this.ctx.id.toString(), events, () => this.#end())
    // Each request brings its own proof: the scopes are those of the token in hand.
    const server = createMcpServer({
      deskOf: (auth, origin) => this.#desk(principalIn(auth), origin),
      states: composeStates(this.env, (auth) => whoIs(principalIn(auth))),
      publicUrl: this.env.PUBLIC_URL,
      watches,
    })
    await server.connect(transport)
    return { server, transport }
  }

  /** Idle time counts from the last request, through evictions too: never less, and up to `TOUCH_MS` more. */
  async #touch(at: number, { person }: Opened): Promise<void> {
    if (at - this.#touchedAt < TOUCH_MS) return
    await this.#keepAwake(at)
    const used = accountOf(this.env, person).useSession(this.ctx.id.toString(), at)
    this.ctx.waitUntil(used.catch(() => {}))
  }

  async #keepAwake(at: number): Promise<void> {
    this.#touchedAt = at
    await this.ctx.storage.setAlarm(at + IDLE_MS + TOUCH_MS)
  }

  /** The table goes with everything else when a session ends. */
  #watched(): Watched {
    this.ctx.storage.sql.exec(WATCHED_SCHEMA)
    return new Watched(this.ctx.storage.sql)
  }

  /** `session` `null`: of a client without sessions. */
  #desk(
    principal: Principal,
    origin: RequestOrigin,
    session: string | null = this.ctx.id.toString(),
  ): Desk {
    const props = { principal, session, origin }
    // What crosses is plain data, which the stub's mapped types obscure.
    return this.ctx.exports.ToolCalls({ props }) as unknown as Desk
  }

  /** `null`: there is none, or it has ended. One that a version before us kept, and we cannot read, ends here. */
  async #opened(): Promise<Opened | null> {
    const kept = await this.ctx.storage.get<unknown>(['opened', 'over'])
    if (!kept.has('opened') || kept.has('over')) return null
    const opened = Opened.safeParse(kept.get('opened'))
    if (opened.success) return opened.data
    await this.#end()
    return null
  }

  async #owner(): Promise<string | null> {
    const owned = Owned.safeParse(await this.ctx.storage.get('opened'))
    return owned.success ? owned.data.person : null
  }

  /**
   * It is over at once, and forgotten when the account has closed it: whoever fails or is cut off in between leaves
   * an alarm that ends it again.
   */
  async #end(): Promise<void> {
    this.#isOver = true
    const { storage } = this.ctx
    const person = await this.#owner()
    if (person !== null) {
      await storage.put('over', true)
      await storage.setAlarm(Date.now() + END_AGAIN_MS)
    }
    const live = await this.#live?.catch(() => null)
    this.#live = null
    await live?.transport.end()
    if (person !== null) await accountOf(this.env, person).closeSession(this.ctx.id.toString())
    await storage.deleteAll()
    await storage.deleteAlarm()
  }

  #account(principal: Principal) {
    return accountOf(this.env, principal.person)
  }
}

function belongs(opened: Opened, principal: Principal): boolean {
  return opened.person === principal.person && opened.client === principal.client
}

/** The SDK passes it through untouched; the token itself stays in the Worker. */
function proof(principal: Principal): AuthInfo {
  const { client, scopes } = principal
  return { token: '', clientId: client, scopes: [...scopes], extra: { principal } }
}

function principalIn(auth: AuthInfo | undefined): Principal {
  const principal = auth?.extra?.['principal']
  if (principal === undefined) throw new Error('a request without a principal')
  return principal as Principal
}

function isInitialize(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'method' in message &&
    message.method === 'initialize'
  )
}

/** `undefined` for what is not JSON: the transport has the specification's answer. */
function parsed(body: string | null): unknown {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return undefined
  }
}

/** The Worker has read the body to route by it; the transports want a request that still has one. */
function withBody(request: Request, body: string | null): Request {
  if (body === null) return request
  return new Request(request.url, { method: request.method, headers: request.headers, body })
}
