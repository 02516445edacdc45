// Whether a person may act, and which of their clients no longer do, in D1. Written by the person's `Account`
// only, but for the entry that let them in, which a sign-in writes.

import * as z from 'zod'

const Row = z.strictObject({
  issuer: z.string(),
  subject: z.string(),
  /** As the issuer says. */
  name: z.string(),
  let_in_by: z.string().nullable(),
  suspended_at: z.number().int().nullable(),
})
const Caller = z.strictObject({ client: z.string() })
const Ended = z.strictObject({ client: z.string(), ended_at: z.number().int() })

export interface Standing extends z.infer<typeof Row> {
  /** Clients, and until when what they were allowed is void, in Unix milliseconds. */
  readonly ended: ReadonlyMap<string, number>
  /** Clients that the person has ever let call tools or manage components. */
  readonly agents: ReadonlySet<string>
}

export class Standings {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  /** `null`: there is no such person. */
  async read(): Promise<Standing | null> {
    const [people, clients, callers] = await this.#db.batch([
      this.#db
        .prepare('SELECT issuer, subject, name, let_in_by, suspended_at FROM people WHERE id = ?1')
        .bind(this.#person),
      this.#db
        .prepare('SELECT client, ended_at FROM ended_clients WHERE person = ?1')
        .bind(this.#person),
      this.#db.prepare('SELECT client FROM agent_clients WHERE person = ?1').bind(this.#person),
    ])
    const row = people?.results[0]
    if (row === undefined) return null
    const ended = (clients?.results ?? []).map((client) => Ended.parse(client))
    return {
      ...Row.parse(row),
      ended: new Map(ended.map(({ client, ended_at }) => [client, ended_at])),
      agents: new Set((callers?.results ?? []).map((row) => Caller.parse(row).client)),
    }
  }

  /** `at` `null`: they may act again. False: nothing has changed by it. */
  async suspend(at: number | null): Promise<boolean> {
    const { meta } = await this.#db
      .prepare(
        'UPDATE people SET suspended_at = ?2 WHERE id = ?1 AND (suspended_at IS NULL) = (?2 IS NOT NULL)',
      )
      .bind(this.#person, at)
      .run()
    return meta.changes > 0
  }

  /** For good: that a client is ended does not make it another. */
  async addAgent(client: string): Promise<void> {
    await this.#db
      .prepare('INSERT INTO agent_clients (person, client) VALUES (?1, ?2) ON CONFLICT DO NOTHING')
      .bind(this.#person, client)
      .run()
  }

  /** The latest end counts. */
  async endClient(client: string, at: number): Promise<void> {
    await this.#db
      .prepare(
        `INSERT INTO ended_clients (person, client, ended_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (person, client) DO UPDATE SET ended_at = max(ended_at, ?3)`,
      )
      .bind(this.#person, client, at)
      .run()
  }
}
