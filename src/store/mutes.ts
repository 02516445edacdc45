// What a person does not want to be asked by, in D1: components and clients. Written by the person's `Account`
// only.

import * as z from 'zod'
import { isDigest } from '../component/digest.ts'

const times = {
  muted_at: z.number().int(),
  /** Unix milliseconds; null: until the person ends it. */
  until: z.number().int().nullable(),
}

/** A component by its source, whatever its version, and by the bytes that asked, whatever their source. */
export const Mute = z.strictObject({
  source: z.string(),
  component: z.string(),
  digest: z.string().refine(isDigest).nullable(),
  ...times,
})
export type Mute = z.infer<typeof Mute>

export const MutedClient = z.strictObject({
  client: z.string(),
  client_name: z.string(),
  ...times,
})
export type MutedClient = z.infer<typeof MutedClient>

const COLUMNS = 'source, component, digest, muted_at, until'
const CLIENT_COLUMNS = 'client, client_name, muted_at, until'
const LIVE = 'person = ?1 AND (until IS NULL OR until > ?2) ORDER BY muted_at'

export class Mutes {
  readonly #db: D1Database
  readonly #person: string

  constructor(db: D1Database, person: string) {
    this.#db = db
    this.#person = person
  }

  async of(at: number): Promise<Mute[]> {
    const { results } = await this.#db
      .prepare(`SELECT ${COLUMNS} FROM mutes WHERE ${LIVE}`)
      .bind(this.#person, at)
      .all()
    return results.map((row) => Mute.parse(row))
  }

  async clients(at: number): Promise<MutedClient[]> {
    const { results } = await this.#db
      .prepare(`SELECT ${CLIENT_COLUMNS} FROM muted_clients WHERE ${LIVE}`)
      .bind(this.#person, at)
      .all()
    return results.map((row) => MutedClient.parse(row))
  }

  async put({ source, component, digest, muted_at: at, until }: Mute): Promise<void> {
    await this.#db
      .prepare(
        `INSERT INTO mutes (person, ${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET component = ?3, digest = ?4, muted_at = ?5, until = ?6`,
      )
      .bind(this.#person, source, component, digest, at, until)
      .run()
  }

  async putClient({ client, client_name: name, muted_at: at, until }: MutedClient): Promise<void> {
    await this.#db
      .prepare(
        `INSERT INTO muted_clients (person, ${CLIENT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET client_name = ?3, muted_at = ?4, until = ?5`,
      )
      .bind(this.#person, client, name, at, until)
      .run()
  }

  /** False when it was not muted. */
  async end(source: string): Promise<boolean> {
    return await this.#remove('DELETE FROM mutes WHERE person = ?1 AND source = ?2', source)
  }

  /** False when it was not muted. */
  async endClient(client: string): Promise<boolean> {
    return await this.#remove('DELETE FROM muted_clients WHERE person = ?1 AND client = ?2', client)
  }

  async #remove(sql: string, which: string): Promise<boolean> {
    const { meta } = await this.#db.prepare(sql).bind(this.#person, which).run()
    return meta.changes > 0
  }
}
