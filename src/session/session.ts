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
import { accountOf } from '../compose.ts'
import type { Desk } from '../mcp/desk.ts'
import { createMcpServer } from '../mcp/server.ts'
import type { Principal } from '../principal.ts'
import { sessionError } from './errors.ts'

/** Milliseconds without a request after which a session is forgotten. */
const IDLE_MS = 24 * 3_600_000
/** The alarm is moved at most this often: a write for each request would be one too many. */
const TOUCH_MS = 3_600_000

/** A component may bring each of them. A listener gets what it asked for. */
const CHANGED = ['tools_list_changed', 'resources_list_changed', 'prompts_list_changed'] as const

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
  #bus: InMemoryServerEventBus | null = null
  #listener: { readonly person: string; readonly client: string } | null = null
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
    this.#live ??= this.#revive(opened?.initialize ?? '')
    const { transport } = await this.#live
    return await transport.handleRequest(withBody(request, body), { authInfo: proof(principal) })
  }

  /** `subscriptions/listen` of 2026-07-28: a stream that is pushed to when the person's tools change. */
  async listen(request: Request, body: string, principal: Principal): Promise<Response> {
    this.#bus ??= new InMemoryServerEventBus()
    this.#listener = { person: principal.person, client: principal.client }
    const handler = createMcpHandler(() => createMcpServer(() => this.#desk(principal)), {
      legacy: 'reject',
      bus: this.#bus,
    })
    await this.#account(principal).openSession(this.ctx.id.toString(), Date.now())
    return await handler.fetch(withBody(request, body))
  }

  /** False when there is no such session any more: whoever keeps the list may forget it. */
  async toolsChanged(person: string): Promise<boolean> {
    if (this.#bus !== null && this.#listener?.person === person) {
      for (const kind of CHANGED) this.#bus.publish({ kind })
      return true
    }
    const opened = await this.#opened()
    if (opened === null || opened.person !== person) return false
    // Without a live transport nobody listens; the client lists again when it comes back.
    const live = await this.#live?.catch(() => null)
    await live?.server.sendToolListChanged().catch(() => {})
    await live?.server.sendResourceListChanged().catch(() => {})
    await live?.server.sendPromptListChanged().catch(() => {})
    return true
  }

  /** The person is deleted: nothing of their session stays. */
  async forget(person: string): Promise<void> {
    await this.endOf(person, null)
  }

  /** The person, or what they allowed this client, is over; `client` `null`: whichever it is. */
  async endOf(person: string, client: string | null): Promise<void> {
    const isMeant = (of: { readonly person: string; readonly client: string } | null) =>
      of !== null && of.person === person && (client === null || of.client === client)
    if (isMeant(this.#listener)) {
      this.#bus = null
      this.#listener = null
    }
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

  async #connect(): Promise<Live> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => this.ctx.id.toString(),
      onsessionclosed: () => this.#end(),
    })
    // Each request brings its own proof: the scopes are those of the token in hand.
    const server = createMcpServer((auth) => this.#desk(principalIn(auth)))
    await server.connect(transport)
    return { server, transport }
  }

  /** Idle time counts from the last request, with the grain of `TOUCH_MS`, through evictions too. */
  async #touch(at: number): Promise<void> {
    if (at - this.#touchedAt < TOUCH_MS) return
    this.#touchedAt = at
    await this.ctx.storage.setAlarm(at + IDLE_MS)
  }

  #desk(principal: Principal): Desk {
    const props = { principal, session: this.ctx.id.toString() }
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
  try {
    const message: unknown = JSON.parse(body ?? '')
    return (
      typeof message === 'object' &&
      message !== null &&
      'method' in message &&
      message.method === 'initialize'
    )
  } catch {
    return false
  }
}

/** The Worker has read the body to route by it; the transports want a request that still has one. */
function withBody(request: Request, body: string | null): Request {
  if (body === null) return request
  return new Request(request.url, { method: request.method, headers: request.headers, body })
}
