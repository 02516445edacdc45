// What a session has sent on its streams, so that a client whose connection broke can have the rest
// (MCP 2025-11-25, transports, resumability). In SQLite: it outlives the object and the process.

import type { EventStore, JSONRPCMessage, RequestId } from '@modelcontextprotocol/server'
import * as z from 'zod'

export const EVENT_LIMITS = {
  /** Milliseconds that an event is kept: who has not come back by then lists and calls again. */
  LIFE_MS: 15 * 60_000,
  /** Events of one session; beyond it the oldest go. */
  EVENTS: 1_000,
  /** Characters of all of them together; beyond it the oldest go. */
  CHARS: 16 * 1024 * 1024,
  /** Characters of one row, which may have 2 MB. */
  ROW_CHARS: 512 * 1024,
} as const

export const EVENTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    stream TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (id, part)
  ) STRICT;
  -- Of each event, so that what is too much is found without reading what was sent.
  CREATE TABLE IF NOT EXISTS sizes (
    id INTEGER PRIMARY KEY,
    chars INTEGER NOT NULL,
    sent_at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO sizes (id, chars, sent_at)
    SELECT id, SUM(LENGTH(text)), MIN(sent_at) FROM events
    WHERE NOT EXISTS (SELECT 1 FROM sizes) GROUP BY id;
  -- Requests that are not answered yet, each as JSON of its id, with the stream that their answer belongs to.
  CREATE TABLE IF NOT EXISTS owed (
    stream TEXT NOT NULL,
    request TEXT NOT NULL,
    PRIMARY KEY (stream, request)
  ) STRICT;
`

const Row = z.strictObject({ id: z.number(), text: z.string() })
const Size = z.strictObject({ id: z.number(), chars: z.number(), sent_at: z.number() })
const Owed = z.strictObject({ stream: z.string(), request: z.string() })
const Id = z.union([z.string(), z.number()])
/** An event that only says that its stream is there. */
const NOTHING = '{}'

/**
 * Does not say which stream an event is of before it is asked to replay: the transport would refuse whoever
 * comes back before it has noticed that they were gone.
 */
export class Events implements EventStore {
  /** The requests that the next stream begins with: its first event does not name them. */
  next: readonly RequestId[] = []
  /** The request that the next event is about; `null`: none. */
  about: RequestId | null = null
  /** What the transport is told and nobody else: it is not kept. */
  unsaid: JSONRPCMessage | null = null
  readonly #sql: SqlStorage
  readonly #now: () => number
  /** Characters of all events; `null`: not counted yet. */
  #chars: number | null = null

  constructor(sql: SqlStorage, now: () => number) {
    this.#sql = sql
    this.#now = now
  }

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    const at = this.#now()
    const last = this.#last()
    if (message === this.unsaid) return toEventId(last, stream)
    const id = last + 1
    const text = JSON.stringify(message)
    for (const [part, piece] of pieces(text).entries()) {
      this.#sql.exec(
        'INSERT INTO events (id, part, stream, text, sent_at) VALUES (?1, ?2, ?3, ?4, ?5)',
        id,
        part,
        stream,
        piece,
        at,
      )
    }
    this.#sql.exec(
      'INSERT INTO sizes (id, chars, sent_at) VALUES (?1, ?2, ?3)',
      id,
      text.length,
      at,
    )
    this.#trim({ newest: id, added: text.length }, at)
    this.#keepOwed(stream, message, text)
    return toEventId(id, stream)
  }

  /** Nobody works on them any more: each gets this as its answer, for whoever comes back for it. */
  async answerOwed(error: { readonly code: number; readonly message: string }): Promise<void> {
    for (const row of this.#sql.exec('SELECT stream, request FROM owed').toArray()) {
      const { stream, request } = Owed.parse(row)
      const id = Id.parse(JSON.parse(request))
      // oxlint-disable-next-line no-await-in-loop -- in order
      await this.storeEvent(stream, { jsonrpc: '2.0', id, error })
    }
  }

  /** No answer will come. */
  forgive(request: RequestId): void {
    this.#sql.exec('DELETE FROM owed WHERE request = ?1', JSON.stringify(request))
  }

  async replayEventsAfter(
    lastEventId: string,
    { send }: { send: (eventId: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const last = fromEventId(lastEventId)
    if (last === null) throw new Error('not an event of this server')
    const at = this.#now()
    this.#trim({ newest: this.#last(), added: 0 }, at)
    const rows = this.#sql
      .exec(
        `SELECT id, text FROM events WHERE stream = ?1 AND id > ?2 AND sent_at > ?3
         ORDER BY id, part`,
        last.stream,
        last.id,
        at - EVENT_LIMITS.LIFE_MS,
      )
      .toArray()
    const texts = new Map<number, string>()
    for (const row of rows) {
      const { id, text } = Row.parse(row)
      texts.set(id, (texts.get(id) ?? '') + text)
    }
    for (const [id, text] of texts) {
      // Our own writing: what the transport sent.
      if (text === NOTHING) continue
      // oxlint-disable-next-line no-await-in-loop -- in order
      await send(toEventId(id, last.stream), JSON.parse(text) as JSONRPCMessage)
    }
    return last.stream
  }

  #keepOwed(stream: string, message: JSONRPCMessage, text: string): void {
    const about = text === NOTHING ? this.next : this.about === null ? [] : [this.about]
    if (text === NOTHING) this.next = []
    this.about = null
    if ('id' in message && !('method' in message)) {
      const answered = JSON.stringify(message.id)
      this.#sql.exec('DELETE FROM owed WHERE stream = ?1 AND request = ?2', stream, answered)
      return
    }
    for (const id of about) {
      const request = JSON.stringify(id)
      this.#sql.exec(
        'INSERT OR IGNORE INTO owed (stream, request) VALUES (?1, ?2)',
        stream,
        request,
      )
    }
  }

  /** What is too old or too much goes, the oldest first; ids go on rising, as the newest event always stays. */
  #trim({ newest, added }: { newest: number; added: number }, at: number): void {
    const { LIFE_MS, EVENTS, CHARS } = EVENT_LIMITS
    let chars = this.#chars === null ? this.#counted() : this.#chars + added
    for (;;) {
      const [row] = this.#sql.exec('SELECT * FROM sizes ORDER BY id LIMIT 1').toArray()
      if (row === undefined) break
      const oldest = Size.parse(row)
      const { id } = oldest
      if (id === newest) break
      if (oldest.sent_at > at - LIFE_MS && id > newest - EVENTS && chars <= CHARS) break
      this.#sql.exec('DELETE FROM events WHERE id = ?1', id)
      this.#sql.exec('DELETE FROM sizes WHERE id = ?1', id)
      chars -= oldest.chars
    }
    this.#chars = chars
  }

  /** 0 before the first event. */
  #last(): number {
    const { last } = this.#sql.exec('SELECT MAX(id) AS last FROM sizes').one()
    return z.number().catch(0).parse(last)
  }

  #counted(): number {
    const { chars } = this.#sql.exec('SELECT TOTAL(chars) AS chars FROM sizes').one()
    return z.number().parse(chars)
  }
}

/** No piece ends within a character. */
function pieces(text: string): string[] {
  const found: string[] = []
  for (let start = 0; start < text.length;) {
    const end = start + EVENT_LIMITS.ROW_CHARS
    const last = text.charCodeAt(end - 1)
    const cut = end < text.length && last >= 0xd800 && last < 0xdc00 ? end - 1 : end
    found.push(text.slice(start, cut))
    start = cut
  }
  return found
}

function toEventId(id: number, stream: string): string {
  return `${id}.${stream}`
}

export function isEventId(text: string): boolean {
  return fromEventId(text) !== null
}

function fromEventId(eventId: string): { id: number; stream: string } | null {
  const [, id, stream] = /^(\d{1,15})\.([A-Za-z0-9_-]{1,64})$/.exec(eventId) ?? []
  return id === undefined || stream === undefined ? null : { id: Number(id), stream }
}
