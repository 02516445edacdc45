// What a person has in D1, kept for the next call, and the one queue of writes to it. Rebuilt from D1 whenever
// it is missing; dropped after every write.

import type { Connection } from '../store/connections.ts'
import { ConnectionStore } from '../store/connections.ts'
import type { Grant } from '../store/grants.ts'
import { Grants } from '../store/grants.ts'
import type { IconRow } from '../store/icons.ts'
import { IconRows } from '../store/icons.ts'
import type { Install, InstalledTool } from '../store/installs.ts'
import { Installs } from '../store/installs.ts'
import { PersonKeyRows } from '../store/person-keys.ts'
import type { SecretRow } from '../store/secrets.ts'
import { SecretRows } from '../store/secrets.ts'
import type { VariableName } from '../store/variables.ts'
import type { Waiting } from '../store/waiting.ts'
import { WaitingVersions } from '../store/waiting.ts'
import type { Variables } from './variables.ts'

export interface Held {
  readonly installs: readonly Install[]
  readonly tools: readonly InstalledTool[]
  /** Live in D1: `grants.ts` says which of them count for a call. */
  readonly grants: readonly Grant[]
  readonly variables: readonly VariableName[]
  readonly connections: readonly Connection[]
  readonly secrets: readonly SecretRow[]
  readonly icons: readonly IconRow[]
  /** Components whose new version waits for the person. */
  readonly waiting: readonly Waiting[]
  /** Opened values by source, kept for the next call. */
  readonly opened: Map<string, ReadonlyMap<string, string>>
}

export class Holdings {
  readonly person: string
  readonly db: D1Database
  readonly installs: Installs
  readonly grants: Grants
  readonly waiting: WaitingVersions
  readonly connections: ConnectionStore
  readonly secrets: SecretRows
  readonly icons: IconRows
  readonly keys: PersonKeyRows
  readonly #variables: Variables
  readonly #written: () => void
  #held: Promise<Held> | null = null
  /** What `#held` has answered. */
  #current: Held | null = null
  /** Writes pass one at a time: an await of D1 would let the next request in between. */
  #writes: Promise<unknown> = Promise.resolve()

  /** `written` is told of every write, once what it wrote can be read. */
  constructor(person: string, db: D1Database, variables: Variables, written: () => void) {
    this.person = person
    this.db = db
    this.installs = new Installs(db)
    this.grants = new Grants(db, person)
    this.waiting = new WaitingVersions(db, person)
    this.connections = new ConnectionStore(db, person)
    this.secrets = new SecretRows(db, person)
    this.icons = new IconRows(db, person)
    this.keys = new PersonKeyRows(db)
    this.#variables = variables
    this.#written = written
  }

  async held(): Promise<Held> {
    const asked = (this.#held ??= this.#read().catch((cause: unknown) => {
      this.#held = null
      throw cause
    }))
    const held = await asked
    // Who has waited for a read from before a write gets what was there then, and nobody else does.
    if (this.#held === asked) this.#current = held
    return held
  }

  /** Nothing was written since it was read. */
  isCurrent(held: Held): boolean {
    return this.#current === held
  }

  /** `undefined`: the person has no component of that name. */
  async install(component: string): Promise<Install | undefined> {
    return (await this.held()).installs.find((install) => install.component === component)
  }

  /** One at a time, in the order in which they were asked for. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#writes.then(async () => {
      try {
        return await work()
      } finally {
        this.#held = null
        this.#current = null
        this.#written()
      }
    })
    this.#writes = mine.catch(() => {})
    return await mine
  }

  /** Every write that was asked for until now is over, however it ended. */
  async written(): Promise<void> {
    await this.#writes
  }

  async #read(): Promise<Held> {
    const [{ installs, tools }, grants, variables, waiting, secrets, connections, icons] =
      await Promise.all([
        this.installs.of(this.person),
        this.grants.live(),
        this.#variables.names(),
        this.waiting.all(),
        this.secrets.all(),
        this.connections.all(),
        this.icons.all(),
      ])
    const opened = new Map<string, ReadonlyMap<string, string>>()
    return { installs, tools, grants, variables, waiting, secrets, connections, icons, opened }
  }
}
