// What differs between two texts, piece by piece: both can be read out of it again, so nothing that was
// changed is left out. Pure.

export interface Piece {
  /** Of both texts, of the one before only, of the one after only. */
  readonly kind: 'same' | 'gone' | 'new'
  readonly parts: readonly string[]
}

/** Comparisons that one page may cost; beyond them what lies between a common start and end is shown whole. */
export class DiffBudget {
  #left: number

  constructor(comparisons: number) {
    this.#left = comparisons
  }

  /** False: too many, and none of them is taken. */
  spend(comparisons: number): boolean {
    if (comparisons > this.#left) return false
    this.#left -= comparisons
    return true
  }
}

/** Words with the space behind them. */
export function wordsOf(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? []
}

/** Lines with their ends. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+/g) ?? []
}

/** No two neighbours are of the same kind, and no piece is empty. */
export function diffOf(
  before: readonly string[],
  after: readonly string[],
  budget: DiffBudget,
): Piece[] {
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start += 1
  let end = 0
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1
  const old = before.slice(start, before.length - end)
  const now = after.slice(start, after.length - end)
  const middle: readonly Piece[] = budget.spend(old.length * now.length)
    ? between(old, now)
    : [
        { kind: 'gone', parts: old },
        { kind: 'new', parts: now },
      ]
  return joined([
    { kind: 'same', parts: before.slice(0, start) },
    ...middle,
    { kind: 'same', parts: before.slice(before.length - end) },
  ])
}

/** Along a longest common subsequence. */
function between(old: readonly string[], now: readonly string[]): Piece[] {
  const width = now.length + 1
  // Its length from every pair of places on.
  const lengths = new Uint32Array((old.length + 1) * width)
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const pieces: Piece[] = []
  let [i, j] = [0, 0]
  while (i < old.length || j < now.length) {
    const [gone, fresh] = [old.slice(i, i + 1), now.slice(j, j + 1)]
    if (gone.length > 0 && gone[0] === fresh[0]) {
      pieces.push({ kind: 'same', parts: gone })
      i += 1
      j += 1
    } else if (fresh.length === 0 || (gone.length > 0 && at(i + 1, j) >= at(i, j + 1))) {
      pieces.push({ kind: 'gone', parts: gone })
      i += 1
    } else {
      pieces.push({ kind: 'new', parts: fresh })
      j += 1
    }
  }
  return pieces
}

function joined(pieces: readonly Piece[]): Piece[] {
  const runs: { kind: Piece['kind']; parts: string[] }[] = []
  for (const { kind, parts } of pieces) {
    if (parts.length === 0) continue
    const last = runs.at(-1)
    if (last?.kind === kind) for (const part of parts) last.parts.push(part)
    else runs.push({ kind, parts: [...parts] })
  }
  return runs
}
