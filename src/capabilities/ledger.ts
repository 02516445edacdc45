// What one call asked of its authority and was told, each question once: what policies of another day can be
// judged by. Kept on our side of the wall, for the record.

import type { Asked, AskedVerdict } from '../policy/asked.ts'
import { shortened } from '../policy/asked.ts'
import { Redactor } from '../policy/redaction.ts'

/** Questions of one call that are kept, and characters of all of them: what is beyond them is said to be missing. */
export const MAX_ASKED = 256
const MAX_ASKED_CHARS = 64 * 1024
/** Characters of the path of a request: no rule is longer than 512. */
export const MAX_ASKED_PATH_CHARS = 2_048

/** A question and every answer to it, as a grant may be taken back, or be used up, while the call runs. */
export interface AskedEntry {
  readonly asked: Asked
  /** How often each was said. */
  readonly verdicts: ReadonlyMap<AskedVerdict, number>
  /** What it relied on. */
  readonly grants: ReadonlySet<string>
}

export class Noted implements AskedEntry {
  readonly #onUse: (grants: readonly string[]) => void
  readonly verdicts = new Map<AskedVerdict, number>()
  readonly grants = new Set<string>()
  #asked: Asked

  constructor(asked: Asked, onUse: (grants: readonly string[]) => void) {
    this.#asked = asked
    this.#onUse = onUse
  }

  get asked(): Asked {
    return this.#asked
  }

  allowed(grants: readonly string[]): void {
    this.#say('allowed')
    this.relies(grants)
  }

  /** Still allowed, by other grants than before. */
  relies(grants: readonly string[]): void {
    for (const grant of grants) this.grants.add(grant)
    this.#onUse(grants)
  }

  refused(reason: Exclude<AskedVerdict, 'allowed'>): void {
    this.#say(reason)
  }

  /** What was looked at turned out to be a directory. */
  passes(): void {
    if (this.#asked.kind === 'access') this.#asked = { ...this.#asked, passes: true }
  }

  #say(verdict: AskedVerdict): void {
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1)
  }
}

export class Ledger {
  readonly #redactor: Redactor
  readonly #entries = new Map<string, Noted>()
  readonly #grants = new Set<string>()
  #chars = 0
  #complete = true

  /** `redactor`: for paths that are cut. */
  constructor(redactor: Redactor = new Redactor()) {
    this.#redactor = redactor
  }

  /** The same question has the same entry. `looks`: a directory that is only looked at may be another question. */
  note(question: Asked, looks = false): Noted {
    const asked = shortened(question, MAX_ASKED_PATH_CHARS, this.#redactor)
    const key = JSON.stringify([looks, asked])
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    const noted = new Noted(asked, (grants) => {
      for (const grant of grants) this.#grants.add(grant)
    })
    this.#chars += key.length
    if (this.#entries.size >= MAX_ASKED || this.#chars > MAX_ASKED_CHARS) {
      this.#complete = false
      return noted
    }
    this.#entries.set(key, noted)
    return noted
  }

  /** In the order in which they were first asked. */
  get entries(): readonly AskedEntry[] {
    return [...this.#entries.values()]
  }

  /** False: more was asked than is kept. */
  get isComplete(): boolean {
    return this.#complete
  }

  /** Every grant that the call relied on, also for what is not kept. */
  get grants(): readonly string[] {
    return [...this.#grants]
  }
}
