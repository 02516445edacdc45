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

const Id = z.union([z.string(), z.number()])
const Asks = z.object({ id: Id, method: z.string() })
const Cancels = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: Id }),
})

export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #events: Events
  /** Requests under way. */
  readonly #owed = new Set<RequestId>()
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
    const answered = 'method' in message ? undefined : message.id
    if (answered !== undefined) this.#owed.delete(answered)
    // It keeps the event before it waits for anything.
    this.#events.about = answered ?? options?.relatedRequestId ?? null
    await super.send(message, options)
  }

  /** What was under way where this session was before is lost. */
  async answerLost(): Promise<void> {
    await this.#events.answerOwed(LOST)
  }

  /** Whoever waits is answered; then every stream ends, and whatever runs is given up. */
  async end(): Promise<void> {
    for (const id of this.#owed) {
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
    for (const id of ids) this.#owed.add(id)
    this.#events.next = ids
    const response = await this.handleRequest(request, {
      ...(body !== undefined && { parsedBody: body }),
      ...(authInfo && { authInfo }),
    })
    if (!response.ok) for (const id of ids) this.#owed.delete(id)
    for (const message of messages) {
      const cancels = Cancels.safeParse(message)
      if (cancels.success) this.#forgive(cancels.data.params.requestId)
    }
    return response
  }

  /** Its client has given it up: no answer will come. */
  #forgive(id: RequestId): void {
    this.#owed.delete(id)
    this.#events.forgive(id)
  }
}
