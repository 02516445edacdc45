// Paths on a person's drive. Pure: it opens nothing.

declare const brand: unique symbol
/** Absolute, `/`-separated, without `.`, `..`, empty segments or a trailing slash; the root is `/`. */
export type DrivePath = string & { readonly [brand]: 'DrivePath' }

/** Characters of one path, as it is given and as it is resolved; segments of one path; bytes of one name (common file systems have 255). */
const MAX_PATH_CHARS = 4_096
export const MAX_SEGMENTS = 64
const MAX_NAME_BYTES = 255
const utf8 = new TextEncoder()

/**
 * Resolves `path` against the directory `base`. `null`: not a path on the drive. `..` never leaves the
 * directory that the descriptor stands for (WASI filesystem, "sandboxing").
 */
export function resolvePath(base: DrivePath, path: string): DrivePath | null {
  if (path.length > MAX_PATH_CHARS || path.startsWith('/') || !path.isWellFormed()) return null
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment === '..') {
      if (segments.pop() === undefined) return null
      continue
    }
    // A rule for such a name would be a pattern: asking for it would offer the person much more.
    if (segment.includes('*')) return null
    if (hasControls(segment) || isTooLong(segment)) return null
    segments.push(segment)
  }
  const all = base === '/' ? segments : [...base.slice(1).split('/'), ...segments]
  if (all.length > MAX_SEGMENTS) return null
  const resolved = `/${all.join('/')}`
  return resolved.length > MAX_PATH_CHARS ? null : (resolved as DrivePath)
}

export const ROOT = '/' as DrivePath

/** No name on a drive has any (POSIX.1-2024 answers the same, `EILSEQ`), so that every path is one that a rule can say. */
export function hasControls(name: string): boolean {
  return /\p{Cc}/u.test(name)
}

export function isTooLong(name: string): boolean {
  return utf8.encode(name).byteLength > MAX_NAME_BYTES
}
