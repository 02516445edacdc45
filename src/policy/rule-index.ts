// Finds the few rules of a long list that can concern one host or one path, so that a decision does not
// grow with the list. An index is built at its first use and kept for as long as its list is.

export interface Keying<T> {
  /** What an item is filed under; `null`: it may concern anything. */
  readonly keyOf: (item: T) => string | null
  readonly kept: WeakMap<readonly T[], Index<T>>
}

interface Index<T> {
  readonly byKey: ReadonlyMap<string, readonly T[]>
  readonly others: readonly T[]
}

/** Below that a list is read through as fast. */
const MIN_INDEXED = 16

export function keying<T>(keyOf: Keying<T>['keyOf']): Keying<T> {
  return { keyOf, kept: new WeakMap() }
}

/** The items that pass `test`, of those filed under one of `keys` or under none. */
export function select<T>(
  items: readonly T[],
  { keyOf, kept }: Keying<T>,
  keys: readonly string[],
  test: (item: T) => boolean,
): T[] {
  if (items.length < MIN_INDEXED) return items.filter(test)
  let index = kept.get(items)
  if (index === undefined) {
    index = build(items, keyOf)
    kept.set(items, index)
  }
  const { byKey, others } = index
  return [...keys.flatMap((key) => byKey.get(key) ?? []), ...others].filter(test)
}

function build<T>(items: readonly T[], keyOf: Keying<T>['keyOf']): Index<T> {
  const byKey = new Map<string, T[]>()
  const others: T[] = []
  for (const item of items) {
    const key = keyOf(item)
    const filed = key === null ? others : byKey.get(key)
    if (filed !== undefined) filed.push(item)
    else if (key !== null) byKey.set(key, [item])
  }
  return { byKey, others }
}
