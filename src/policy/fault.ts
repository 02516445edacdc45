// What is wrong with a policy: values, all of them up to a bound. The sentences are ours and fixed; words of
// whoever wrote the policy stand in the fields.

/**
 * `yaml`: the text is not one plain YAML document. `structure`: a key or a type that the grammar does not
 * have. `value`: of the right type, and not one that is known.
 */
export type FaultKind = 'yaml' | 'structure' | 'value'

export interface PolicyFault {
  readonly kind: FaultKind
  /** Dotted, as in `permissions.network.allow[2].host`; empty for the document. */
  readonly path: string
  /** From 1. */
  readonly line: number
  /** The key that is not known; `null` where the fault is another. */
  readonly key: string | null
  /** A key or a spelling that may have been meant. */
  readonly suggestion: string | null
  /** What is wrong and what to do. */
  readonly sentence: string
}

/** Faults that are told: whoever has more starts with these. */
export const MAX_FAULTS = 20
const MAX_WORD_CHARS = 200

export class Faults {
  readonly #faults: PolicyFault[] = []
  #count = 0

  /** Those that are not told too. */
  get count(): number {
    return this.#count
  }

  get list(): readonly PolicyFault[] {
    return this.#faults
  }

  /** Whoever reads on would only be told of faults that are not. */
  get isFull(): boolean {
    return this.#count >= MAX_FAULTS
  }

  add(
    fault: Pick<PolicyFault, 'kind' | 'path' | 'line' | 'sentence'> & Partial<PolicyFault>,
  ): void {
    this.#count += 1
    if (this.#faults.length >= MAX_FAULTS) return
    const { path, key = null, suggestion = null, ...rest } = fault
    const words = { path: clip(path), key: key === null ? null : clip(key), suggestion }
    this.#faults.push({ ...rest, ...words })
  }
}

/** One line for a person: `line 7, permissions.network.alow: …`. */
export function describeFault({ path, line, sentence, suggestion }: PolicyFault): string {
  const hint = suggestion === null ? '' : ` Did you mean ${JSON.stringify(suggestion)}?`
  return `line ${line}${path === '' ? '' : `, ${path}`}: ${sentence}${hint}`
}

function clip(word: string): string {
  const clean = word.toWellFormed().replace(/\p{Cc}/gu, '\u{fffd}')
  return clean.length <= MAX_WORD_CHARS
    ? clean
    : `${clean.slice(0, MAX_WORD_CHARS).toWellFormed()}…`
}

/** The closest of `known`, when it is close enough to be a slip of the finger; `null` otherwise. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > 64) return null
  let [best, least] = [null as string | null, Math.max(2, Math.floor(word.length / 3)) + 1]
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap))
    }
    row = next
  }
  return row[b.length] ?? 0
}
