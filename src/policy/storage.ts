// Paths on a person's drive, and which of them a component may read or write. Pure: it opens nothing.
// The grammar of a rule's uri is Wassette's `permissions.storage` (`fs://…` with globs).

import type { Result } from './result.ts'
import { err, ok } from './result.ts'

declare const brand: unique symbol
/** Absolute, `/`-separated, without `.`, `..`, empty segments or a trailing slash; the root is `/`. */
export type DrivePath = string & { readonly [brand]: 'DrivePath' }

export type Access = 'read' | 'write'

export interface StorageRule {
  /** Canonical: `read,write fs://notes/**`. Equal rules have equal text. */
  readonly text: string
  readonly uri: string
  readonly access: readonly Access[]
  /** Segments below the root; `**` stands for any number of them. */
  readonly segments: readonly string[]
  readonly isGlob: boolean
}

export interface StoragePermission {
  readonly allow: readonly StorageRule[]
  readonly deny: readonly StorageRule[]
}

export type StorageRuleFault = 'scheme' | 'empty' | 'parent' | 'glob' | 'characters' | 'access'

/** Characters of one path; segments of one path; bytes of one name (common file systems have 255). */
const MAX_PATH_CHARS = 4_096
const MAX_SEGMENTS = 64
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
    if (segment.includes('\0') || utf8.encode(segment).byteLength > MAX_NAME_BYTES) return null
    segments.push(segment)
  }
  const all = base === '/' ? segments : [...base.slice(1).split('/'), ...segments]
  if (all.length > MAX_SEGMENTS) return null
  return `/${all.join('/')}` as DrivePath
}

export const ROOT = '/' as DrivePath

/** `uri` is `fs://…`; a leading `/` behind it is optional. `access` in any order. */
export function parseStorageRule(
  uri: string,
  access: readonly string[],
): Result<StorageRule, StorageRuleFault> {
  if (!uri.startsWith('fs://')) return err('scheme')
  const segments = uri
    .slice('fs://'.length)
    .split('/')
    .filter((s) => s !== '' && s !== '.')
  if (uri.slice('fs://'.length) === '') return err('empty')
  if (segments.includes('..')) return err('parent')
  for (const segment of segments) {
    if (!segment.isWellFormed() || /\p{Cc}/u.test(segment)) return err('characters')
    if (utf8.encode(segment).byteLength > MAX_NAME_BYTES) return err('characters')
    if (segment.includes('**') && segment !== '**') return err('glob')
    if (segment !== '**' && segment.split('*').length > 2) return err('glob')
  }
  if (segments.length > MAX_SEGMENTS) return err('characters')
  const wanted = (['read', 'write'] as const).filter((kind) => access.includes(kind))
  if (wanted.length === 0 || access.some((kind) => kind !== 'read' && kind !== 'write')) {
    return err('access')
  }
  const canonical = uriOf(segments.join('/'))
  return ok({
    text: `${wanted.join(',')} ${canonical}`,
    uri: canonical,
    access: wanted,
    segments,
    isGlob: segments.some((segment) => segment.includes('*')),
  })
}

/** Reads what `text` of a stored rule says. */
export function parseStoredStorageRule(text: string): Result<StorageRule, StorageRuleFault> {
  const space = text.indexOf(' ')
  if (space < 0) return err('access')
  return parseStorageRule(text.slice(space + 1), text.slice(0, space).split(','))
}

/** Default deny; a denying rule wins for the kind of access that it names. */
export function mayAccess(permission: StoragePermission, path: DrivePath, access: Access): boolean {
  const covers = (rule: StorageRule) => rule.access.includes(access) && matchesPath(rule, path)
  return !permission.deny.some(covers) && permission.allow.some(covers)
}

/**
 * What is missing to move a node; `null` when it may be moved. A directory moves with everything below
 * it, and no move makes readable what was not.
 */
export function missingToMove(
  permission: StoragePermission,
  from: DrivePath,
  to: DrivePath,
  isDirectory: boolean,
): { readonly path: DrivePath; readonly access: Access } | null {
  const covers = isDirectory ? mayAccessBelow : mayAccess
  if (!covers(permission, from, 'write')) return { path: from, access: 'write' }
  if (!covers(permission, to, 'write')) return { path: to, access: 'write' }
  if (covers(permission, from, 'read')) return null
  const allow = permission.allow.filter(({ access }) => access.includes('read'))
  const reaches =
    mayAccess(permission, to, 'read') || (isDirectory && leadsToGrant({ allow, deny: [] }, to))
  return reaches ? { path: from, access: 'read' } : null
}

/** Of the node and of whatever is below it. A denying rule may be about something below: none is looked at. */
function mayAccessBelow(permission: StoragePermission, path: DrivePath, access: Access): boolean {
  if (permission.deny.some((rule) => rule.access.includes(access))) return false
  return permission.allow.some(
    (rule) =>
      rule.access.includes(access) &&
      (!rule.isGlob || rule.segments.at(-1) === '**') &&
      matchesPath(rule, path),
  )
}

/** Without a glob: that node and everything below it. With one: exactly what the glob says. */
export function matchesPath(rule: StorageRule, path: DrivePath): boolean {
  const segments = path === '/' ? [] : path.slice(1).split('/')
  if (!rule.isGlob) return rule.segments.every((segment, i) => segments[i] === segment)
  return matchesGlob(rule.segments, segments)
}

/**
 * A directory on the way to something granted may be looked up by name (not listed), as a path to it
 * leads through it.
 */
export function leadsToGrant(permission: StoragePermission, path: DrivePath): boolean {
  const segments = path === '/' ? [] : path.slice(1).split('/')
  return permission.allow.some((rule) => {
    for (const [i, segment] of segments.entries()) {
      const pattern = rule.segments[i]
      if (pattern === undefined) return false
      if (pattern === '**') return true
      if (!matchesSegment(pattern, segment)) return false
    }
    return segments.length < rule.segments.length
  })
}

/** The narrowest rule that permits `access` to exactly this node (and what is below it). */
export function smallestStorageRule(path: DrivePath, access: Access): string {
  return `${access} ${uriOf(path.slice(1))}`
}

/** The root is `fs:///`: nothing behind `fs://` is no path at all. */
function uriOf(path: string): string {
  return `fs://${path === '' ? '/' : path}`
}

function matchesGlob(pattern: readonly string[], segments: readonly string[]): boolean {
  // Positions in `pattern` that are reachable after each segment: linear, whatever the pattern says.
  let reachable = closure(pattern, new Set([0]))
  for (const segment of segments) {
    const next = new Set<number>()
    for (const at of reachable) {
      const part = pattern[at]
      if (part === '**') next.add(at)
      else if (part !== undefined && matchesSegment(part, segment)) next.add(at + 1)
    }
    reachable = closure(pattern, next)
  }
  return reachable.has(pattern.length)
}

/** `**` may stand for nothing. */
function closure(pattern: readonly string[], positions: Set<number>): Set<number> {
  for (const at of positions) if (pattern[at] === '**') positions.add(at + 1)
  return positions
}

function matchesSegment(pattern: string, segment: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === segment
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)]
  const long = segment.length >= before.length + after.length
  return long && segment.startsWith(before) && segment.endsWith(after)
}
