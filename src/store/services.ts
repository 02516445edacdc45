// Services that give out tokens, in D1. Those of a person are written by their `Account` only, those of the host
// by the host's routes. Nothing here can open a client secret.

import * as z from 'zod'
import { Service } from '../policy/service.ts'

/** The owner of what is there for everybody. No person has such an id. */
export const HOST_OWNER = 'host'

export const ServiceRow = z.strictObject({
  name: z.string(),
  service: Service,
  /** Sealed; `null`: a public client. */
  secret: z.string().nullable(),
  written_at: z.number().int(),
})
export type ServiceRow = z.infer<typeof ServiceRow>

export class ServiceStore {
  readonly owner: string
  readonly #db: D1Database

  constructor(db: D1Database, owner: string) {
    this.#db = db
    this.owner = owner
  }

  async all(): Promise<ServiceRow[]> {
    const { results } = await this.#db
      .prepare(
        'SELECT name, service, secret, written_at FROM services WHERE person = ?1 ORDER BY name',
      )
      .bind(this.owner)
      .all()
    return results.map(read)
  }

  async find(name: string): Promise<ServiceRow | null> {
    const row = await this.#db
      .prepare(
        'SELECT name, service, secret, written_at FROM services WHERE person = ?1 AND name = ?2',
      )
      .bind(this.owner, name)
      .first()
    return row === null ? null : read(row)
  }

  entry({ name, service, secret, written_at }: ServiceRow): D1PreparedStatement {
    return this.#db
      .prepare(
        `INSERT OR REPLACE INTO services (person, name, service, secret, written_at)
         VALUES (?1, ?2, ?3, ?4, ?5)`,
      )
      .bind(this.owner, name, JSON.stringify(service), secret, written_at)
  }

  removal(name: string): D1PreparedStatement {
    return this.#db
      .prepare('DELETE FROM services WHERE person = ?1 AND name = ?2')
      .bind(this.owner, name)
  }
}

function read(row: Record<string, unknown>): ServiceRow {
  return ServiceRow.parse({ ...row, service: JSON.parse(z.string().parse(row['service'])) })
}
