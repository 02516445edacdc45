// The variables of one person, inside their `Account`: seals what they set, opens what they granted. What
// cannot be opened is lost to the call and stays as it is in D1.

import type { ValueFault } from '../policy/environment.ts'
import { ENVIRONMENT_LIMITS, parseVariableKey, parseVariableValue } from '../policy/environment.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { openVariable, sealVariable } from '../secrets/variable.ts'
import type { VariableName } from '../store/variables.ts'
import { SealedVariables } from '../store/variables.ts'
import type { PersonKeys, Sealed } from './person-keys.ts'
import { sealed } from './person-keys.ts'

export type SettingFault = 'bad-key' | 'too-many' | ValueFault | Sealed

/** As it came in; `at` in milliseconds. */
export interface NewVariable {
  readonly source: string
  readonly key: string
  readonly value: string
  readonly at: number
}

export class Variables {
  readonly #person: string
  readonly #store: SealedVariables
  readonly #keys: PersonKeys

  constructor(person: string, db: D1Database, keys: PersonKeys) {
    this.#person = person
    this.#store = new SealedVariables(db)
    this.#keys = keys
  }

  async names(): Promise<VariableName[]> {
    return await this.#store.names(this.#person)
  }

  /** The values of these keys of a source; a key without one is not in the answer. */
  async open(
    source: string,
    keys: readonly string[],
  ): Promise<Result<ReadonlyMap<string, string>, Sealed>> {
    const wanted = new Set(keys)
    const found = await this.#store.ofSource(this.#person, source)
    const rows = found.filter(({ key }) => wanted.has(key))
    if (rows.length === 0) return ok(new Map())
    const personKey = await this.#keys.open()
    if (personKey === null) return sealed('a variable has no person key')
    if (!personKey.ok) return personKey
    const values = new Map<string, string>()
    for (const row of rows) {
      const place = { person: this.#person, source, key: row.key }
      const value = await openVariable(personKey.value, place, row.sealed)
      if (value === null) return sealed('a variable does not open: its row was altered')
      values.set(row.key, value)
    }
    return ok(values)
  }

  /**
   * Statements that set a variable, to be run in one batch, before anything else of the person is written.
   * The first one of a person makes their key. `names` are those that the person has.
   */
  async setting(
    { source, key, value: text, at }: NewVariable,
    names: readonly VariableName[],
  ): Promise<Result<D1PreparedStatement[], SettingFault>> {
    if (parseVariableKey(key) === null) return err('bad-key')
    const parsed = parseVariableValue(text)
    if (!parsed.ok) return parsed
    const others = names.filter((name) => name.source === source && name.key !== key)
    if (others.length >= ENVIRONMENT_LIMITS.VARIABLES) return err('too-many')
    const { value } = parsed
    const person = this.#person
    const place = { person, source, key }
    const opened = await this.#keys.openOrMake()
    if (!opened.ok) return opened
    const { key: personKey, statements } = opened.value
    const entry = { key, sealed: await sealVariable(personKey, place, value) }
    return ok([...statements, this.#store.entry(person, source, entry, at)])
  }

  /** Needs no key: what cannot be opened any more can still be removed. `null`: every key of the source. */
  removal(source: string, key: string | null): D1PreparedStatement[] {
    return [this.#store.removal(this.#person, source, key), this.#keys.removalIfUnused()]
  }
}
