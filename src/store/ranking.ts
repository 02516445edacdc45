// Search by words, as Wassette ranks its catalogue: each term counts where it occurs, the sums decide.

/** Words of one query that are looked for; the rest of it says nothing more. */
const MAX_TERMS = 16

/** No terms: everything, as it stands. What no term occurs in is left out. */
export function ranked<T>(
  entries: readonly T[],
  query: string,
  score: (entry: T, term: string) => number,
  nameOf: (entry: T) => string,
): readonly T[] {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean).slice(0, MAX_TERMS)
  if (terms.length === 0) return entries
  return entries
    .map((entry) => ({ entry, score: terms.reduce((sum, term) => sum + score(entry, term), 0) }))
    .filter(({ score: sum }) => sum > 0)
    .sort((a, b) => b.score - a.score || (nameOf(a.entry) < nameOf(b.entry) ? -1 : 1))
    .map(({ entry }) => entry)
}

/** All three in lower case. */
export function scoreOfWords(name: string, about: string, term: string): number {
  const byName = name === term ? 100 : name.startsWith(term) ? 50 : name.includes(term) ? 20 : 0
  return byName + (about.startsWith(term) ? 15 : about.includes(term) ? 10 : 0)
}
