// The host's ceilings as they apply to one person's calls, inside their `Account`: read from D1 again when the
// copy is a quarter of a second old, so that with a call's lease a change holds within a second everywhere.

import { requestedLimits } from '../policy/authority.ts'
import { DEFAULT_CEILING, NOTHING_ALLOWED } from '../policy/ceiling.ts'
import type { PolicyDocument } from '../policy/document.ts'
import { parsePolicy } from '../policy/document.ts'
import { parseLimitRule } from '../policy/limit-rule.ts'
import { effectiveLimits } from '../policy/requested-limits.ts'
import type { Ceiling, Ceilings as CeilingStore } from '../store/ceilings.ts'
import type { Grant } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'

const COPY_MS = 250
/** Parsed texts that are kept: a person has a few. */
const MAX_PARSED = 256

export interface ReadCeiling {
  readonly scope: Ceiling['scope']
  /** `null`: the stored text is no policy any more. It refuses whatever it covers. */
  readonly document: PolicyDocument | null
}

export type Layers = readonly [PolicyDocument, ...PolicyDocument[]]

export class Ceilings {
  readonly #store: Pick<CeilingStore, 'about'>
  readonly #person: string
  #copy: { readonly askedAt: number; readonly rows: Promise<readonly Ceiling[]> } | null = null
  readonly #parsed = new Map<string, PolicyDocument | null>()

  constructor(store: Pick<CeilingStore, 'about'>, person: string) {
    this.#store = store
    this.#person = person
  }

  /** All of them apply. None: the host has said nothing, and `DEFAULT_CEILING` is what holds. */
  async of({ source }: Pick<Install, 'source'>, at: number): Promise<readonly ReadCeiling[]> {
    const rows = await this.#rows(at)
    return rows
      .filter(({ scope, subject }) => scope !== 'component' || subject === source)
      .map(({ scope, document }) => ({ scope, document: this.#read(document) }))
  }

  /** What the person has loaded is other than before: another component may have a ceiling of its own. */
  drop(): void {
    this.#copy = null
  }

  async #rows(at: number): Promise<readonly Ceiling[]> {
    if (this.#copy === null || Math.abs(at - this.#copy.askedAt) >= COPY_MS) {
      const rows = this.#store.about(this.#person)
      const copy = { askedAt: at, rows }
      this.#copy = copy
      rows.catch(() => {
        if (this.#copy === copy) this.#copy = null
      })
    }
    return await this.#copy.rows
  }

  #read(text: string): PolicyDocument | null {
    const known = this.#parsed.get(text)
    if (known !== undefined) return known
    const parsed = parsePolicy(text)
    const document = parsed.ok ? parsed.value : null
    if (this.#parsed.size >= MAX_PARSED) this.#parsed.clear()
    this.#parsed.set(text, document)
    return document
  }
}

/** One that cannot be read allows nothing. */
export function layersOf(ceilings: readonly ReadCeiling[]): Layers {
  const [first = DEFAULT_CEILING, ...more] = ceilings.map(
    ({ document }) => document ?? NOTHING_ALLOWED,
  )
  return [first, ...more]
}

/** Calls of one person that may be under way when another of this component begins; `grants` are those to it. */
export function mostCalls(ceilings: readonly ReadCeiling[], grants: readonly Grant[]): number {
  const narrowings = grants.flatMap(({ permission, rule }) =>
    permission === 'limit' ? (parseLimitRule(rule) ?? []) : [],
  )
  const asked = layersOf(ceilings).map(requestedLimits)
  return effectiveLimits(asked, narrowings).limits.concurrentCalls
}

export function isReadable(ceilings: readonly ReadCeiling[]): boolean {
  return ceilings.every(({ document }) => document !== null)
}
