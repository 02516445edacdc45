// What each session of a person has done, as labels, inside the `Account` object: which, and which call brought
// each first. In its SQLite before the answer leaves (output gate), so before the host call that brings a label.

import * as z from 'zod'
import type { LabelSet } from '../policy/labels.ts'
import { Label, LabelSet as LabelSetSchema, minus, Mode, union } from '../policy/labels.ts'
import { SESSION_IDLE_MS, sessionOf } from '../policy/life.ts'
import type { Owners } from './owners.ts'

/** Part of the object's schema, beside that of `sessions.ts`. `place` is the id of a grant, or `KEPT` for what a component keeps. */
export const LABELS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS session_labels (
    owner TEXT NOT NULL,
    label TEXT NOT NULL,
    client TEXT NOT NULL,
    client_name TEXT NOT NULL,
    tool TEXT NOT NULL,
    component TEXT,
    at INTEGER NOT NULL,
    PRIMARY KEY (owner, label)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS label_modes (
    client TEXT PRIMARY KEY,
    client_name TEXT NOT NULL,
    mode TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS chosen_labels (
    source TEXT NOT NULL,
    place TEXT NOT NULL,
    labels TEXT NOT NULL,
    PRIMARY KEY (source, place)
  ) STRICT, WITHOUT ROWID;
`

/** Sessions of one person that have labels: one of them every three seconds for as long as it may be idle. */
export const MAX_LABELLED_SESSIONS = 10_000
/** Clients for which a person has said what happens. */
const MAX_MODES = 1_000
export const KEPT = 'keyvalue'

/** The call that brings something, as the person is shown it. The names are a stranger's. */
export interface Bringer {
  readonly owner: string
  readonly client: string
  readonly clientName: string
  readonly tool: string
  readonly component: string | null
}

const Entry = z.object({
  owner: z.string(),
  label: Label,
  client: z.string(),
  client_name: z.string(),
  tool: z.string(),
  component: z.string().nullable(),
  at: z.number().int(),
})
export type LabelEntry = z.infer<typeof Entry>

const ModeRow = z.object({ client: z.string(), client_name: z.string(), mode: Mode })
export type ClientMode = z.infer<typeof ModeRow>

const ChosenRow = z.object({
  source: z.string(),
  place: z.string(),
  labels: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(LabelSetSchema),
})

export class SessionLabels {
  readonly #sql: SqlStorage
  readonly #owners: Owners

  constructor(sql: SqlStorage, owners: Owners) {
    this.#sql = sql
    this.#owners = owners
  }

  /** Before a call of `owner` is noted: a client that was away for too long comes back to a new session. */
  wake(owner: string, at: number): void {
    if (this.of(owner).length > 0 && this.isOver(owner, at)) this.forget(owner)
  }

  /** Nobody can go on with what was done in it. */
  isOver(owner: string, at: number): boolean {
    const session = sessionOf(owner)
    if (session !== null) return !this.#isOpen(session)
    const newest = Math.max(...this.of(owner).map((entry) => entry.at))
    return at - Math.max(this.#owners.lastSeen(owner) ?? newest, newest) >= SESSION_IDLE_MS
  }

  of(owner: string): LabelEntry[] {
    return this.#entries('SELECT * FROM session_labels WHERE owner = ?1 ORDER BY at, label', owner)
  }

  has(owner: string): LabelSet {
    return union(this.of(owner).map(({ label }) => label))
  }

  /** Oldest first; sessions that are over are not among them. */
  all(at: number): LabelEntry[] {
    return this.#entries('SELECT * FROM session_labels ORDER BY at, label').filter(
      ({ owner }) => !this.isOver(owner, at),
    )
  }

  /** What is there stays as it is. False: no more sessions come to have labels. */
  add(labels: LabelSet, by: Bringer, at: number): boolean {
    const had = this.has(by.owner)
    if (labels.length > 0 && had.length === 0 && !this.#hasRoom(at)) return false
    for (const label of minus(labels, had)) {
      this.#sql.exec(
        'INSERT INTO session_labels VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)',
        by.owner,
        label,
        by.client,
        by.clientName,
        by.tool.slice(0, 256),
        by.component,
        at,
      )
    }
    return true
  }

  /** The session is over, or the person says that it begins anew. */
  forget(owner: string): void {
    this.#sql.exec('DELETE FROM session_labels WHERE owner = ?1', owner)
  }

  /** `null`: the person has said nothing of this client. */
  modeOf(client: string): Mode | null {
    return this.#modes('WHERE client = ?1', client)[0]?.mode ?? null
  }

  modes(): ClientMode[] {
    return this.#modes('ORDER BY at DESC')
  }

  /** False when there are as many as are kept: none is forgotten for another. */
  setMode(client: string, clientName: string, mode: Mode | null, at: number): boolean {
    const isNew = this.modeOf(client) === null
    if (mode !== null && isNew && this.modes().length >= MAX_MODES) return false
    this.#sql.exec('DELETE FROM label_modes WHERE client = ?1', client)
    if (mode === null) return true
    this.#sql.exec('INSERT INTO label_modes VALUES (?1, ?2, ?3, ?4)', client, clientName, mode, at)
    return true
  }

  /** What the person says that uses bring, of one source by place. */
  chosen(source: string): ReadonlyMap<string, LabelSet> {
    const rows = this.#sql
      .exec('SELECT * FROM chosen_labels WHERE source = ?1', source)
      .toArray()
      .map((row) => ChosenRow.parse(row))
    return new Map(rows.map(({ place, labels }) => [place, labels]))
  }

  /** `live`: places that there are; what was said of others is forgotten. */
  choose(source: string, place: string, labels: LabelSet | null, live: readonly string[]): void {
    this.#sql.exec(
      `DELETE FROM chosen_labels WHERE source = ?1
         AND (place = ?2 OR place NOT IN (SELECT value FROM json_each(?3)))`,
      source,
      place,
      JSON.stringify([...live, KEPT]),
    )
    if (labels === null) return
    const text = JSON.stringify(labels)
    this.#sql.exec('INSERT INTO chosen_labels VALUES (?1, ?2, ?3)', source, place, text)
  }

  /** The component is gone: one that comes under its source is another. */
  forgetSource(source: string): void {
    this.#sql.exec('DELETE FROM chosen_labels WHERE source = ?1', source)
  }

  #isOpen(session: string): boolean {
    const [row] = this.#sql.exec('SELECT 1 FROM sessions WHERE id = ?1', session).toArray()
    return row !== undefined
  }

  #hasRoom(at: number): boolean {
    const count = () =>
      this.#sql.exec<{ n: number }>('SELECT count(DISTINCT owner) AS n FROM session_labels').one().n
    if (count() < MAX_LABELLED_SESSIONS) return true
    const owners = new Set(this.#entries('SELECT * FROM session_labels').map((e) => e.owner))
    for (const owner of owners) if (this.isOver(owner, at)) this.forget(owner)
    return count() < MAX_LABELLED_SESSIONS
  }

  #entries(query: string, ...values: SqlStorageValue[]): LabelEntry[] {
    return this.#sql
      .exec(query, ...values)
      .toArray()
      .map((row) => Entry.parse(row))
  }

  #modes(rest: string, ...values: SqlStorageValue[]): ClientMode[] {
    return this.#sql
      .exec(`SELECT client, client_name, mode FROM label_modes ${rest}`, ...values)
      .toArray()
      .map((row) => ModeRow.parse(row))
  }
}
