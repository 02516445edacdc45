// Keeps for a long list of rules what finds the few that can concern one host or one path, so that a decision does
// not grow with the list. An index is kept for as long as its list is.

/** Below that a list is read through as fast. */
const MIN_INDEXED = 16

/**
 * `null`: the list is to be read through. That is cheaper than an index for a call that asks little, so the first
 * `readThrough` questions have none.
 */
export function indexed<T, I>(
  build: (items: readonly T[]) => I,
  readThrough = 0,
): (items: readonly T[]) => I | null {
  const kept = new WeakMap<readonly T[], { asked: number; index: I | null }>()
  return (items) => {
    if (items.length < MIN_INDEXED) return null
    const entry = kept.get(items) ?? { asked: 0, index: null }
    if (entry.asked === 0) kept.set(items, entry)
    entry.asked += 1
    if (entry.asked > readThrough) entry.index ??= build(items)
    return entry.index
  }
}
