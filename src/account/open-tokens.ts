// The access tokens of a person's connections, fresh enough to be sent, inside their `Account`. This is where they
// are refreshed: one refresh of a connection at a time, and what it brings is durable before anybody gets it.

import * as z from 'zod'
import type { ServiceClient, Tokens } from '../connect/client.ts'
import { refresh } from '../connect/client.ts'
import type { ServiceTrouble } from '../connect/fault.ts'
import type { Reach } from '../connect/transport.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ValueFault } from '../policy/secret.ts'
import type { ServiceRef } from '../policy/service.ts'
import { parseServiceRef } from '../policy/service.ts'
import { openText, sealText } from '../secrets/sealed-text.ts'
import type { Connection } from '../store/connections.ts'
import type { Version } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { Acts } from './acts.ts'
import { connectionOf } from './connection-injections.ts'
import type { Broken, ConnectionTokens, TokenRow } from './connection-tokens.ts'
import type { Holdings } from './holdings.ts'
import type { PersonKeys, Sealed } from './person-keys.ts'
import { sealed } from './person-keys.ts'
import type { Wanted } from './secrets.ts'
import type { Services } from './services.ts'
import { serviceTerms } from './services.ts'

/** Milliseconds before its end from which on a token is refreshed, of a short one half of its life. */
const EARLY_MS = 60_000
/** Milliseconds for which nobody asks again after a service could not be reached: calls would wait in line. */
const PATIENCE_MS = 2_000
/** Milliseconds between two refreshes because a host refused a token: it may refuse every one. */
const DOUBT_MS = 60_000
/** Milliseconds for which a service counts as described as it was. */
const KNOWN_MS = 1_000

type Fault = ValueFault
type Kept = Pick<Tokens, 'access' | 'refresh'>

const Kept = z.strictObject({ access: z.string(), refresh: z.string().nullable() })

export interface OpenTokensParts {
  readonly holdings: Holdings
  readonly tokens: ConnectionTokens
  readonly keys: PersonKeys
  readonly services: Readonly<Record<ServiceRef['of'], Services>>
  readonly acts: Acts
  readonly reach: Reach
  /** A refresh goes on when the call that needed it is gone: what it brings must not be lost. */
  readonly goOn: (work: Promise<unknown>) => void
}

export class OpenTokens {
  readonly #parts: OpenTokensParts
  /** By connection. */
  readonly #refreshing = new Map<string, Promise<Result<string, Fault>>>()
  readonly #patientUntil = new Map<string, number>()
  readonly #certainUntil = new Map<string, number>()
  readonly #knownUntil = new Map<string, number>()

  constructor(parts: OpenTokensParts) {
    this.#parts = parts
  }

  /** For a call that runs. Nothing throws. */
  async value(call: Version, wanted: Wanted, at: number): Promise<Result<string, Fault>> {
    try {
      return await this.#value(call, wanted, at)
    } catch (cause) {
      // Nobody says which token it would be.
      console.error('a token was not to be had', cause)
      return err('not-now')
    }
  }

  /** A host has answered that it does not take this token: it is refreshed before it is used again. */
  async doubt(call: Version, service: string, token: string, at: number): Promise<void> {
    const id = connectionOf(await this.#parts.holdings.held(), call, service)?.id ?? ''
    const row = this.#parts.tokens.find(id)
    if (row === null || row.lasts === 0 || (this.#certainUntil.get(id) ?? 0) > at) return
    const kept = await this.#open(row)
    if (!kept.ok || kept.value.access !== token) return
    this.#certainUntil.set(id, at + DOUBT_MS)
    this.#parts.tokens.doubt(id)
  }

  /**
   * Takes the tokens away, the ones that a refresh under way brings: from here on nobody gets them, unless they are
   * put back. `tokens` `null`: there are none that open.
   */
  async take(id: string): Promise<{ readonly tokens: Kept | null; readonly putBack: () => void }> {
    for (;;) {
      const refreshing = this.#refreshing.get(id)
      if (refreshing === undefined) break
      await refreshing
    }
    const { tokens: rows } = this.#parts
    const row = rows.find(id)
    if (row === null) return { tokens: null, putBack: () => {} }
    rows.remove(id)
    const kept = await this.#open(row)
    return { tokens: kept.ok ? kept.value : null, putBack: () => rows.putBack(row) }
  }

  async seal(key: CryptoKey, id: string, tokens: Tokens, at: number) {
    const { access, refresh: refreshToken, expiresAt } = tokens
    const kept: Kept = { access, refresh: refreshToken }
    const text = await sealText(key, this.#place(id), JSON.stringify(kept))
    const lasts = refreshToken === null ? 0 : 1
    return { id, sealed: text, expires_at: expiresAt, obtained_at: at, lasts }
  }

  async #value(call: Version, wanted: Wanted, at: number): Promise<Result<string, Fault>> {
    const { holdings, tokens } = this.#parts
    const held = await holdings.held()
    const isLoaded = held.installs.some(isVersion(call))
    const connection = isLoaded ? connectionOf(held, call, wanted.name) : null
    // One that the person has made anew may be for other hosts than the call knows.
    if (connection === null || connection.made_at !== wanted.revision) return err('gone')
    const { id } = connection
    if (!(await this.#isKnown(connection, at))) return this.#break(id, 'service-changed')
    // Nothing is awaited between this look and the refresh: an older refresh token would count as stolen.
    const row = tokens.find(id)
    if (row === null || row.broken !== null) return err('reconnect')
    if (isFresh(row, at)) return accessOf(await this.#open(row))
    const isPatient = (this.#patientUntil.get(id) ?? 0) > at
    const fresh = isPatient ? err('not-now' as const) : await this.#refreshOnce(connection, row)
    const lives = row.expires_at === null || row.expires_at > at
    if (fresh.ok || fresh.error !== 'not-now' || !lives) return fresh
    return accessOf(await this.#open(row))
  }

  /** Whoever needs the token meanwhile waits for the same answer. */
  #refreshOnce(connection: Connection, row: TokenRow): Promise<Result<string, Fault>> {
    const { id } = connection
    const under = this.#refreshing.get(id)
    if (under !== undefined) return under
    const refreshing = this.#refresh(connection, row)
      .catch((cause: unknown): Result<string, Fault> => {
        console.error('a token was not refreshed', cause)
        return err('not-now')
      })
      .finally(() => this.#refreshing.delete(id))
    this.#refreshing.set(id, refreshing)
    this.#parts.goOn(refreshing)
    return refreshing
  }

  async #refresh(connection: Connection, row: TokenRow): Promise<Result<string, Fault>> {
    const { keys, tokens, acts, reach, holdings } = this.#parts
    const { id, source, service } = connection
    const kept = await this.#open(row)
    if (!kept.ok) return kept
    const { refresh: refreshToken } = kept.value
    if (refreshToken === null) return this.#break(id, 'no-refresh')
    const client = await this.#client(connection)
    if (client === null) return this.#break(id, 'service-changed')
    if (!client.ok) return client
    // Open before the service is asked: what it answers is written without another look at D1.
    const key = await keys.open()
    if (key === null || !key.ok) return key ?? sealed('a connection has no person key')
    const { installs } = await holdings.held()
    const component = installs.find((one) => one.source === source)?.component ?? ''
    const about = { component, source, service }
    const answer = await acts.connectionRefreshed<Tokens, ServiceTrouble | 'ended'>(
      about,
      async () => {
        const got = await refresh(client.value, refreshToken, reach)
        if (!got.ok) return got
        const sealedRow = await this.seal(key.value, id, got.value, Date.now())
        // Whoever ends it waits for this: it was connected again, and nothing of the old one is revoked then.
        if (tokens.find(id) === null) return err('ended' as const)
        tokens.put(sealedRow)
        return got
      },
    )
    if (answer.ok) return ok(answer.value.access)
    return answer.error === 'ended' ? err('gone') : this.#failed(id, answer.error)
  }

  #failed(id: string, trouble: ServiceTrouble): Result<string, Fault> {
    if (trouble === 'grant-over' || trouble === 'denied-there') return this.#break(id, 'grant-over')
    if (trouble === 'bad-answer') return this.#break(id, 'bad-answer')
    this.#patientUntil.set(id, Date.now() + PATIENCE_MS)
    return err('not-now')
  }

  #break(id: string, why: Broken): { readonly ok: false; readonly error: Fault } {
    this.#parts.tokens.break(id, why)
    return err('reconnect')
  }

  async #open(row: TokenRow): Promise<Result<Kept, Sealed>> {
    const key = await this.#parts.keys.open()
    if (key === null) return sealed('a connection has no person key')
    if (!key.ok) return key
    const text = await openText(key.value, this.#place(row.id), row.sealed)
    if (text === null) return sealed('a connection does not open: its row was altered')
    return ok(Kept.parse(JSON.parse(text)))
  }

  /** The service is still described as the one that the person has agreed to. */
  async #isKnown(connection: Connection, at: number): Promise<boolean> {
    if ((this.#knownUntil.get(connection.id) ?? 0) > at) return true
    const ref = parseServiceRef(connection.service)
    const found = ref === null ? null : await this.#parts.services[ref.of].find(ref.name)
    const isSame = found !== null && (await serviceTerms(found)) === connection.terms
    if (isSame) this.#knownUntil.set(connection.id, at + KNOWN_MS)
    return isSame
  }

  async #client(connection: Connection): Promise<Result<ServiceClient, Sealed> | null> {
    const ref = parseServiceRef(connection.service)
    const client = ref === null ? null : await this.#parts.services[ref.of].client(ref.name)
    if (client === null || !client.ok) return client
    return (await serviceTerms(client.value.service)) === connection.terms ? client : null
  }

  #place(id: string): ['connection', string, string] {
    return ['connection', this.#parts.holdings.person, id]
  }
}

function isFresh({ expires_at, obtained_at, doubted, lasts }: TokenRow, at: number): boolean {
  if (doubted === 1 && lasts === 1) return false
  if (expires_at === null) return true
  const early = lasts === 1 ? Math.min(EARLY_MS, (expires_at - obtained_at) / 2) : 0
  return expires_at - early > at
}

function accessOf(kept: Result<Kept, Sealed>): Result<string, Fault> {
  return kept.ok ? ok(kept.value.access) : kept
}

function isVersion({ source, digest }: Version): (install: Install) => boolean {
  return (install) => install.source === source && install.digest === digest
}
