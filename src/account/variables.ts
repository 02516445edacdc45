// The variables of one person, inside their `Account`: seals what they set, opens what they granted. What
// cannot be opened is lost to the call and stays as it is in D1.

import type { ValueFault } from '../policy/environment.ts'
import { ENVIRONMENT_LIMITS, parseVariableKey, parseVariableValue } from '../policy/environment.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { MasterKeys, MasterKeyTexts } from '../secrets/master-key.ts'
import { readMasterKeys } from '../secrets/master-key.ts'
import { makePersonKey, openPersonKey } from '../secrets/person-key.ts'
import { openVariable, sealVariable } from '../secrets/variable.ts'
import type { SealedVariable, VariableName } from '../store/variables.ts'
import { SealedVariables } from '../store/variables.ts'

/** The host has to look: its log names why. Nothing was written, nothing is lost. */
export type Sealed = 'sealed'

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
  readonly #texts: MasterKeyTexts

  constructor(person: string, db: D1Database, texts: MasterKeyTexts) {
    this.#person = person
    this.#store = new SealedVariables(db)
    this.#texts = texts
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
    const personKey = await this.#personKey()
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
    const entry = (variable: SealedVariable) => this.#store.entry(person, source, variable, at)
    const there = await this.#personKey()
    if (there !== null) {
      if (!there.ok) return there
      return ok([entry({ key, sealed: await sealVariable(there.value, place, value) })])
    }
    const masters = await this.#masters()
    if (!masters.ok) return masters
    const made = await makePersonKey(person, masters.value)
    return ok([
      this.#store.personKeyEntry(person, made.stored),
      entry({ key, sealed: await sealVariable(made.key, place, value) }),
    ])
  }

  /** Needs no key: what cannot be opened any more can still be removed. `null`: every key of the source. */
  removal(source: string, key: string | null): D1PreparedStatement[] {
    return this.#store.removal(this.#person, source, key)
  }

  /** `null`: the person has none yet. One that an older master key opened is stored anew. */
  async #personKey(): Promise<Result<CryptoKey, Sealed> | null> {
    const stored = await this.#store.personKey(this.#person)
    if (stored === null) return null
    const masters = await this.#masters()
    if (!masters.ok) return masters
    const opened = await openPersonKey(this.#person, stored, masters.value)
    if (!opened.ok) return sealed(opened.error)
    const { key, renewed } = opened.value
    if (renewed !== null) await this.#store.renewPersonKey(this.#person, stored, renewed)
    return ok(key)
  }

  async #masters(): Promise<Result<MasterKeys, Sealed>> {
    const masters = await readMasterKeys(this.#texts)
    return masters.ok ? masters : sealed(masters.error)
  }
}

/** `why` is one of our own fixed sentences: it names no value. */
function sealed(why: string): { readonly ok: false; readonly error: Sealed } {
  console.error('variables cannot be opened:', why)
  return err('sealed')
}
