// The key of one person, inside their `Account`: open only while something is sealed or opened with it.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { MasterKeys, MasterKeyTexts } from '../secrets/master-key.ts'
import { readMasterKeys } from '../secrets/master-key.ts'
import { makePersonKey, openPersonKey } from '../secrets/person-key.ts'
import { PersonKeyRows } from '../store/person-keys.ts'

/** The host has to look: its log names why. Nothing was written, nothing is lost. */
export type Sealed = 'sealed'

export class PersonKeys {
  readonly #person: string
  readonly #rows: PersonKeyRows
  readonly #texts: MasterKeyTexts

  constructor(person: string, db: D1Database, texts: MasterKeyTexts) {
    this.#person = person
    this.#rows = new PersonKeyRows(db)
    this.#texts = texts
  }

  /** `null`: the person has none yet. One that an older master key opened is stored anew. */
  async open(): Promise<Result<CryptoKey, Sealed> | null> {
    const stored = await this.#rows.find(this.#person)
    if (stored === null) return null
    const masters = await this.#masters()
    if (!masters.ok) return masters
    const opened = await openPersonKey(this.#person, stored, masters.value)
    if (!opened.ok) return sealed(opened.error)
    const { key, renewed } = opened.value
    if (renewed !== null) await this.#rows.renew(this.#person, stored, renewed)
    return ok(key)
  }

  /** To seal something new. The statements that the first of a person takes come before it in the same batch. */
  async openOrMake(): Promise<
    Result<{ readonly key: CryptoKey; readonly statements: D1PreparedStatement[] }, Sealed>
  > {
    const there = await this.open()
    if (there !== null) return there.ok ? ok({ key: there.value, statements: [] }) : there
    const masters = await this.#masters()
    if (!masters.ok) return masters
    const made = await makePersonKey(this.#person, masters.value)
    return ok({ key: made.key, statements: [this.#rows.entry(this.#person, made.stored)] })
  }

  /** Behind the statements that remove what it opens. */
  removalIfUnused(): D1PreparedStatement {
    return this.#rows.removalIfUnused(this.#person)
  }

  async #masters(): Promise<Result<MasterKeys, Sealed>> {
    const masters = await readMasterKeys(this.#texts)
    return masters.ok ? masters : sealed(masters.error)
  }
}

/** `why` is one of our own fixed sentences: it names no value. */
export function sealed(why: string): { readonly ok: false; readonly error: Sealed } {
  console.error('what a person has set cannot be opened:', why)
  return err('sealed')
}
