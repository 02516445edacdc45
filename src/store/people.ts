// People, their console sign-ins and sign-ins under way, in D1. Tokens are stored as digests only.

import * as z from 'zod'

export const Person = z.strictObject({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  name: z.string(),
  created_at: z.number().int(),
  /** The entry about an address that let them in (`oauth/allow-list.ts`). */
  let_in_by: z.string().nullable(),
  /** A host has shut them out, in Unix milliseconds. */
  suspended_at: z.number().int().nullable(),
})
export type Person = z.infer<typeof Person>

export const PendingSignIn = z.strictObject({
  /** Its id in the configuration. */
  provider: z.string(),
  nonce: z.string(),
  code_verifier: z.string(),
  return_to: z.string(),
  /** Seconds; with it the issuer has to have asked who this is within them. */
  max_age: z.number().int().nullable(),
})
export type PendingSignIn = z.infer<typeof PendingSignIn>

const SignedInRow = Person.extend({ authenticated_at: z.number().int().nullable() })

/** Milliseconds. */
const SIGN_IN_LIFE_MS = 10 * 60_000
const CONSOLE_LIFE_MS = 12 * 3_600_000

/** Who is signed in, and since when the issuer knows it. */
export interface SignedInPerson {
  readonly person: Person
  /** Unix milliseconds; `null`: the issuer did not say. */
  readonly authenticatedAt: number | null
}

/** A place in the list of people: whoever comes behind it signed in later. */
export interface PersonPlace {
  readonly at: number
  readonly id: string
}

const BEFORE_ALL: PersonPlace = { at: -1, id: '' }

export function printPersonPlace({ created_at: at, id }: Person): string {
  return `${at}-${id}`
}

/** `null` for what no `printPersonPlace` printed. */
export function parsePersonPlace(text: string): PersonPlace | null {
  const [, at = '', id = ''] = /^(\d{1,15})-(\w{1,64})$/.exec(text) ?? []
  return at === '' ? null : { at: Number(at), id }
}

export class People {
  readonly #db: D1Database

  constructor(db: D1Database) {
    this.#db = db
  }

  /** The person of this identity, new ones with an opaque id. */
  async meet(
    identity: { issuer: string; subject: string; name: string },
    letInBy: string | null,
    at: number,
  ): Promise<Person> {
    const id = `p${crypto.randomUUID().replaceAll('-', '')}`
    const row = await this.#db
      .prepare(
        `INSERT INTO people (id, issuer, subject, name, created_at, let_in_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (issuer, subject) DO UPDATE SET name = ?4, let_in_by = ?6 RETURNING *`,
      )
      .bind(id, identity.issuer, identity.subject, identity.name, at, letInBy)
      .first()
    return Person.parse(row)
  }

  /** Whoever this identity is here is let in by no address any more; `null`: nobody of it was here. */
  async letOut(identity: { issuer: string; subject: string }): Promise<string | null> {
    const id = await this.#db
      .prepare('UPDATE people SET let_in_by = NULL WHERE issuer = ?1 AND subject = ?2 RETURNING id')
      .bind(identity.issuer, identity.subject)
      .first('id')
    return id === null ? null : z.string().parse(id)
  }

  async find(id: string): Promise<Person | null> {
    const row = await this.#db.prepare('SELECT * FROM people WHERE id = ?1').bind(id).first()
    return row === null ? null : Person.parse(row)
  }

  /** Who signed in as `subject` at the issuer. */
  async ofIssuer(issuer: URL, subject: string): Promise<Person | null> {
    const { results } = await this.#db
      .prepare('SELECT * FROM people WHERE subject = ?1')
      .bind(subject)
      .all()
    const people = results.map((row) => Person.parse(row))
    const same = (text: string): boolean => URL.canParse(text) && new URL(text).href === issuer.href
    return people.find((person) => same(person.issuer)) ?? null
  }

  async beginSignIn(
    keys: { readonly state: string; readonly browser: string },
    pending: PendingSignIn,
    at: number,
  ): Promise<void> {
    await this.#db.batch([
      this.#db.prepare('DELETE FROM sign_ins WHERE expires_at <= ?1').bind(at),
      this.#db
        .prepare(
          `INSERT INTO sign_ins (state_digest, browser_digest, nonce, code_verifier, return_to, max_age,
             expires_at, provider)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
        )
        .bind(
          await digest(keys.state),
          await digest(keys.browser),
          pending.nonce,
          pending.code_verifier,
          pending.return_to,
          pending.max_age,
          at + SIGN_IN_LIFE_MS,
          pending.provider,
        ),
    ])
  }

  /** Single use; `null` when it is unknown, used, expired or another browser's. */
  async takeSignIn(
    keys: { readonly state: string; readonly browser: string },
    at: number,
  ): Promise<PendingSignIn | null> {
    const row = await this.#db
      .prepare(
        `DELETE FROM sign_ins WHERE state_digest = ?1 AND browser_digest = ?2 AND expires_at > ?3
         RETURNING nonce, code_verifier, return_to, max_age, provider`,
      )
      .bind(await digest(keys.state), await digest(keys.browser), at)
      .first()
    return row === null ? null : PendingSignIn.parse(row)
  }

  /** A new console session; the answer is the cookie's token. `before`: the token that it takes the place of. */
  async openConsole(
    person: string,
    authenticatedAt: number | null,
    at: number,
    before: string | null = null,
  ): Promise<string> {
    const token = crypto.getRandomValues(new Uint8Array(32)).toHex()
    await this.#db.batch([
      this.#db
        .prepare('DELETE FROM console_sessions WHERE expires_at <= ?1 OR token_digest = ?2')
        .bind(at, before === null ? null : await digest(before)),
      this.#db
        .prepare(
          `INSERT INTO console_sessions
             (token_digest, person, created_at, expires_at, authenticated_at)
           VALUES (?1, ?2, ?3, ?4, ?5)`,
        )
        .bind(await digest(token), person, at, at + CONSOLE_LIFE_MS, authenticatedAt),
    ])
    return token
  }

  async signedIn(token: string, at: number): Promise<SignedInPerson | null> {
    const row = await this.#db
      .prepare(
        `SELECT people.*, authenticated_at FROM console_sessions JOIN people ON people.id = console_sessions.person
         WHERE token_digest = ?1 AND expires_at > ?2`,
      )
      .bind(await digest(token), at)
      .first()
    if (row === null) return null
    const { authenticated_at: authenticatedAt, ...person } = SignedInRow.parse(row)
    return { person, authenticatedAt }
  }

  /** In the order of their first sign-in; at most `limit`. Who stood at the place may be forgotten by now. */
  async page(limit: number, { at, id }: PersonPlace = BEFORE_ALL): Promise<Person[]> {
    const { results } = await this.#db
      .prepare(
        `SELECT * FROM people WHERE (created_at, id) > (?2, ?3)
         ORDER BY created_at, id LIMIT ?1`,
      )
      .bind(limit, at, id)
      .all()
    return results.map((row) => Person.parse(row))
  }

  /** Signs the person out in every browser. */
  async closeConsoles(person: string): Promise<void> {
    await this.#db.prepare('DELETE FROM console_sessions WHERE person = ?1').bind(person).run()
  }

  async closeConsole(token: string): Promise<void> {
    await this.#db
      .prepare('DELETE FROM console_sessions WHERE token_digest = ?1')
      .bind(await digest(token))
      .run()
  }
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(bytes).toHex()
}
