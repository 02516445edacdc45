// The SDK's transport of one session, and which requests it still owes an answer: they get one when the session
// ends, and when the process that ran them is gone.

import type { AuthInfo, JSONRPCMessage, RequestId } from '@modelcontextprotocol/server'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server'
import * as z from 'zod'
import type { Events } from './events.ts'

/** Milliseconds after which a client should come back for the rest of a stream that broke. */
const RETRY_MS = 1_000

/** What the SDKs' clients know as a connection that closed. */
const CLOSED = -32_000
const ENDED = {
  code: CLOSED,
  message: 'The session ended while this request ran. Initialize again.',
}
const LOST = {
  code: CLOSED,
  message:
    'The server ended while this request ran: its answer is lost. The record has what it did.',
}
/** Never sent. */
const GIVEN_UP = { code: CLOSED, message: 'Its client has given it up.' }

const Id = z.union([z.string(), z.number()])
const Asks = z.object({ id: Id, method: z.string() })
const Cancels = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: Id }),
})

/** The requests of one POST, whose stream is theirs together. */
interface Posted {
  /** Those that are owed an answer. */
  readonly open: Set<RequestId>
  readonly givenUp: Set<RequestId>
}

export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #events: Events
  /** Requests under way, each with those that came with it. */
  readonly #owed = new Map<RequestId, Posted>()
  /** POSTs pass one at a time as far as their first event, which does not say whose it is. */
  #turn: Promise<unknown> = Promise.resolve()
  #isOver = false

  constructor(id: string, events: Events, onsessionclosed: () => Promise<void>) {
    super({
      sessionIdGenerator: () => id,
      onsessionclosed,
      eventStore: events,
      retryInterval: RETRY_MS,
    })
    this.#events = events
  }

  /** A POST; `body` is its JSON, `undefined` when it is none. The answer comes as a stream, so this is short. */
  async post(request: Request, body: unknown, authInfo?: AuthInfo): Promise<Response> {
    const posted = this.#turn.then(() => this.#post(request, body, authInfo))
    this.#turn = posted.catch(() => {})
    return await posted
  }

  override async send(
    message: JSONRPCMessage,
    options?: { relatedRequestId?: RequestId },
  ): Promise<void> {
    if (this.#isOver) return
    const about = options?.relatedRequestId
    const isTold = 'method' in message && !('id' in message)
    // Of a request that is over nothing is told any more.
    if (isTold && about !== undefined && !this.#owed.has(about)) return
    const answered = 'method' in message ? undefined : message.id
    const posted = answered === undefined ? undefined : this.#settle(answered)
    // It keeps the event before it waits for anything.
    this.#events.about = answered ?? about ?? null
    await super.send(message, options)
    if (posted !== undefined) await this.#endStream(posted)
  }

  /** What was under way where this session was before is lost. */
  async answerLost(): Promise<void> {
    await this.#events.answerOwed(LOST)
  }

  /** Whoever waits is answered; then every stream ends, and whatever runs is given up. */
  async end(): Promise<void> {
    for (const id of this.#owed.keys()) {
      // oxlint-disable-next-line no-await-in-loop -- in order
      await this.send({ jsonrpc: '2.0', id, error: ENDED }).catch(() => {})
    }
    this.#isOver = true
    await this.close()
  }

  async #post(request: Request, body: unknown, authInfo?: AuthInfo): Promise<Response> {
    const messages: unknown[] = Array.isArray(body) ? body : [body]
    const ids = messages.flatMap((message) => {
      const asks = Asks.safeParse(message)
      return asks.success ? [asks.data.id] : []
    })
    const posted: Posted = { open: new Set(ids), givenUp: new Set() }
    for (const id of ids) this.#owed.set(id, posted)
    this.#events.next = ids
    const response = await this.handleRequest(request, {
      ...(body !== undefined && { parsedBody: body }),
      ...(authInfo && { authInfo }),
    })
    if (!response.ok) {
      for (const id of ids) if (this.#owed.get(id) === posted) this.#owed.delete(id)
      return response
    }
    const givenUp = messages.flatMap((message) => {
      const cancels = Cancels.safeParse(message)
      return cancels.success ? [cancels.data.params.requestId] : []
    })
    // What the server says of it goes first, such as that a question to the client is withdrawn.
    if (givenUp.length > 0) await scheduler.wait(0)
    // oxlint-disable-next-line no-await-in-loop -- in order
    for (const id of givenUp) await this.#forgive(id)
    return response
  }

  /** Its client has given it up: no answer will come. */
  async #forgive(id: RequestId): Promise<void> {
    this.#events.forgive(id)
    const posted = this.#settle(id)
    posted?.givenUp.add(id)
    if (posted !== undefined) await this.#endStream(posted)
  }

  #settle(id: RequestId): Posted | undefined {
    const posted = this.#owed.get(id)
    this.#owed.delete(id)
    posted?.open.delete(id)
    return posted
  }

  /**
   * The SDK ends a stream with the last answer on it, and a request that was given up has none. It is told of one when
   * nobody is there to read it.
   */
  async #endStream({ open, givenUp }: Posted): Promise<void> {
    if (open.size > 0) return
    for (const id of givenUp) this.closeSSEStream(id)
    for (const id of givenUp) {
      givenUp.delete(id)
      const answer: JSONRPCMessage = { jsonrpc: '2.0', id, error: GIVEN_UP }
      this.#events.unsaid = answer
      // oxlint-disable-next-line no-await-in-loop -- in order
      await super.send(answer)
    }
  }
}
