// One MCP session of the sessionful eras (2025-03-26 to 2025-11-25), or one listen stream of 2026-07-28.
// Bound to the person and the client that opened it: to anybody else it does not exist.

import type { AuthInfo } from '@modelcontextprotocol/server'
import {
  createMcpHandler,
  InMemoryServerEventBus,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import type { Server } from '@modelcontextprotocol/server'
import { DurableObject } from 'cloudflare:workers'
import * as z from 'zod'
import { accountOf, composeStates } from '../compose.ts'
import type { Desk } from '../mcp/desk.ts'
import type { RequestOrigin } from '../mcp/origin.ts'
import { NO_REQUEST } from '../mcp/origin.ts'
import { createMcpServer } from '../mcp/server.ts'
import { toPublicUri } from '../mcp/resource-uri.ts'
import type { ComponentChanges } from '../account/sessions.ts'
import type { Principal } from '../principal.ts'
import { whoIs } from '../principal.ts'
import { sessionError } from './errors.ts'
import { Events, EVENTS_SCHEMA, isEventId } from './events.ts'
import { Listener, resourcesAskedFor } from './listener.ts'
import { Watched, WATCHED_SCHEMA } from './watched.ts'

/** Milliseconds without a request after which a session is forgotten. */
const IDLE_MS = 24 * 3_600_000
/** The alarm is moved at most this often: a write for each request would be one too many. */
const TOUCH_MS = 3_600_000

/** Milliseconds after which a client should come back for the rest of a stream that broke. */
const RETRY_MS = 1_000

const Opened = z.strictObject({
  person: z.string(),
  client: z.string(),
  /** The body of the client's `initialize`: replayed into a new transport after an eviction. */
  initialize: z.string(),
})
type Opened = z.infer<typeof Opened>

interface Live {
  readonly server: Server
  readonly transport: WebStandardStreamableHTTPServerTransport
}

export class Session extends DurableObject<Env> {
  #live: Promise<Live> | null = null
  /** Of a listen stream; the object lives as long as the stream. */
  #listener: Listener | null = null
  /** When the alarm was last moved by this instance. */
  #touchedAt = 0

  /** A request of the sessionful eras. `body` is what a POST carried. */
  async serve(request: Request, body: string | null, principal: Principal): Promise<Response> {
    const opened = await this.#opened()
    const isNew = opened === null && request.method === 'POST' && isInitialize(body)
    if (opened === null && !isNew) return sessionError('unknown')
    if (opened !== null && !belongs(opened, principal)) return sessionError('unknown')
    await this.#touch(Date.now())
    if (isNew && body !== null) return await this.#open(request, body, principal)
    const last = request.method === 'GET' ? request.headers.get('last-event-id') : null
    if (last !== null && !isEventId(last)) return sessionError('event')
    this.#live ??= this.#revive(opened?.initialize ?? '')
    const { transport } = await this.#live
    return await transport.handleRequest(withBody(request, body), { authInfo: proof(principal) })
  }

  /** `subscriptions/listen` of 2026-07-28: a stream that is pushed to when the person's tools change. */
  async listen(request: Request, body: string, principal: Principal): Promise<Response> {
    const bus = new InMemoryServerEventBus()
    const desk = this.#desk(principal, NO_REQUEST)
    const asked = resourcesAskedFor(parsed(body)).map(
      async (uri): Promise<[string, string | null]> => [uri, await desk.resolve(uri)],
    )
    const found = (await Promise.all(asked)).filter(
      (one): one is [string, string] => one[1] !== null,
    )
    this.#listener = new Listener(principal, bus, found)
    const parts = {
      deskOf: (_: unknown, origin: RequestOrigin) => this.#desk(principal, origin),
      states: composeStates(this.env, () => whoIs(principal)),
      publicUrl: this.env.PUBLIC_URL,
      watches: null,
    }
    const handler = createMcpHandler(() => createMcpServer(parts), { legacy: 'reject', bus })
    await this.#account(principal).openSession(this.ctx.id.toString(), Date.now())
    return await handler.fetch(withBody(request, body))
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
  }

  /** The person, or what they allowed this client, is over; `client` `null`: whichever it is. */
  async endOf(person: string, client: string | null): Promise<void> {
    const isMeant = (of: { readonly person: string; readonly client: string } | null) =>
      of !== null && of.person === person && (client === null || of.client === client)
    if (isMeant(this.#listener)) this.#listener = null
    const opened = await this.#opened()
    if (isMeant(opened)) await this.#end()
  }

  override async alarm(): Promise<void> {
    await this.#end()
  }

  async #open(request: Request, body: string, principal: Principal): Promise<Response> {
    const opening = this.#connect()
    this.#live = opening
    const { transport } = await opening
    const response = await transport.handleRequest(withBody(request, body))
    if (!response.ok) {
      this.#live = null
      return response
    }
    const { person, client } = principal
    await this.ctx.storage.put<Opened>('opened', { person, client, initialize: body })
    await this.#account(principal).openSession(this.ctx.id.toString(), Date.now())
    return response
  }

  /** After an eviction, a deploy or a crash: a new transport that has seen the same handshake. */
  async #revive(initialize: string): Promise<Live> {
    const live = await this.#connect()
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const replay = new Request('https://session.invalid/mcp', {
      method: 'POST',
      headers,
      body: initialize,
    })
    const response = await live.transport.handleRequest(replay)
    await response.body?.cancel()
    return live
  }

  /**
   * `null` when there is no such session of theirs. One that was evicted is there again: what it says now is
   * kept for when its client comes back for it.
   */
  async #serverOf(person: string): Promise<Server | null> {
    const opened = await this.#opened()
    if (opened === null || opened.person !== person) return null
    this.#live ??= this.#revive(opened.initialize)
    const live = await this.#live.catch(() => null)
    if (live === null) this.#live = null
    return live?.server ?? null
  }

  async #connect(): Promise<Live> {
    const watches = this.#watched()
    this.ctx.storage.sql.exec(EVENTS_SCHEMA)
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => this.ctx.id.toString(),
      onsessionclosed: () => this.#end(),
      eventStore: new Events(this.ctx.storage.sql, Date.now),
      retryInterval: RETRY_MS,
    })
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

  /** Idle time counts from the last request, with the grain of `TOUCH_MS`, through evictions too. */
  async #touch(at: number): Promise<void> {
    if (at - this.#touchedAt < TOUCH_MS) return
    this.#touchedAt = at
    await this.ctx.storage.setAlarm(at + IDLE_MS)
  }

  /** The table goes with everything else when a session ends. */
  #watched(): Watched {
    this.ctx.storage.sql.exec(WATCHED_SCHEMA)
    return new Watched(this.ctx.storage.sql)
  }

  #desk(principal: Principal, origin: RequestOrigin): Desk {
    const props = { principal, session: this.ctx.id.toString(), origin }
    // What crosses is plain data, which the stub's mapped types obscure.
    return this.ctx.exports.ToolCalls({ props }) as unknown as Desk
  }

  async #opened(): Promise<Opened | null> {
    const stored = await this.ctx.storage.get('opened')
    return stored === undefined ? null : Opened.parse(stored)
  }

  async #end(): Promise<void> {
    const opened = await this.#opened()
    this.#live = null
    await this.ctx.storage.deleteAlarm()
    await this.ctx.storage.deleteAll()
    if (opened !== null) {
      await accountOf(this.env, opened.person).closeSession(this.ctx.id.toString())
    }
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

function isInitialize(body: string | null): boolean {
  const message = parsed(body)
  return (
    typeof message === 'object' &&
    message !== null &&
    'method' in message &&
    message.method === 'initialize'
  )
}

/** `null` for what is not JSON: the transport has the specification's answer. */
function parsed(body: string | null): unknown {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return null
  }
}

/** The Worker has read the body to route by it; the transports want a request that still has one. */
function withBody(request: Request, body: string | null): Request {
  if (body === null) return request
  return new Request(request.url, { method: request.method, headers: request.headers, body })
}
