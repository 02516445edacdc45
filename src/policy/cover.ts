// The fewest prefixes that cover a set of paths, each of them as long as it can be. Pure, and the same whatever
// order the paths come in.

/** Paths that stand one by one below one directory; of more, the directory stands for all of them. */
export const MAX_PATHS = 8

/** A path, and whatever is below it. */
export interface Covered {
  readonly path: string
  /** It stands for several paths, all of which lie directly in it. */
  readonly names: boolean
}

/** Paths are absolute and `/`-separated, without a slash at the end; the root is the empty text. */
export function coverPaths(paths: Iterable<string>, most: number = MAX_PATHS): Covered[] {
  let covered = [...new Set(paths)].toSorted().map((path): Covered => ({ path, names: false }))
  covered = covered.filter(
    ({ path }) => !covered.some((other) => other.path !== path && isBelow(path, other.path)),
  )
  for (;;) {
    const full = deepestFull(covered, most)
    if (full === null) return covered.toSorted((a, b) => (a.path < b.path ? -1 : 1))
    const inside = covered.filter(({ path }) => isBelow(path, full))
    const names = inside.every((one) => !one.names && parentOf(one.path) === full)
    covered = [...covered.filter((one) => !inside.includes(one)), { path: full, names }]
  }
}

export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`)
}

/** Of the root: the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** The deepest directory with more than `most` of them below it; of several, the first by name. */
function deepestFull(covered: readonly Covered[], most: number): string | null {
  const below = new Map<string, number>()
  for (const { path } of covered) {
    for (let at = path; at !== '';) {
      at = parentOf(at)
      below.set(at, (below.get(at) ?? 0) + 1)
    }
  }
  const full = [...below].filter(([, count]) => count > most).map(([directory]) => directory)
  const depth = (path: string) => path.split('/').length
  return full.toSorted((a, b) => depth(b) - depth(a) || (a < b ? -1 : 1))[0] ?? null
}
