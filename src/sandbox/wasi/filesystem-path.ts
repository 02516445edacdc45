// Paths of wasi:filesystem, relative to a directory descriptor. Resolved here, so that the drive sees one
// plain path: without links on a drive `a/../b` is `b`, and `..` may not leave the directory.

export type PathBelow =
  | { readonly path: string }
  | { readonly refused: 'not-permitted' | 'no-entry' }

/** `base` and the result are from the root of the drive, without a leading slash. */
export function pathBelow(base: string, path: string): PathBelow {
  if (path === '') return { refused: 'no-entry' }
  if (path.startsWith('/')) return { refused: 'not-permitted' }
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) return { refused: 'not-permitted' }
  }
  return { path: [base, ...segments].filter((part) => part !== '').join('/') }
}

/** `a/`, `a/.` and `a/..` name directories only. */
export function wantsDirectory(path: string): boolean {
  return /(^|\/)\.{0,2}$/.test(path)
}
