// One rule of `permissions.storage`, and its one spelling: `read,write fs://notes/**`, or `read {path}` for
// the path that an argument of the call names. The grammar of the uri is Wassette's (`fs://…` with globs).

import { isArgumentPath } from './arguments.ts'
import type { DrivePath } from './drive-path.ts'
import { hasControls, isTooLong, MAX_SEGMENTS } from './drive-path.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export type Access = 'read' | 'write'
/** One of these is enough. */
export type AnyAccess = readonly [Access, ...Access[]]

export interface StorageRule {
  /** Canonical: equal rules have equal text. */
  readonly text: string
  /** `{argument}` for a rule that binds to one. */
  readonly uri: string
  readonly access: readonly Access[]
  /** Segments below the root; `**` stands for any number of them. */
  readonly segments: readonly string[]
  readonly isGlob: boolean
  /** The argument that names the path; by itself such a rule covers nothing (see `binding.ts`). */
  readonly argument: string | null
}

export type StorageRuleFault =
  | 'scheme'
  | 'empty'
  | 'parent'
  | 'glob'
  | 'characters'
  | 'access'
  | 'argument'

/** `uri` is `fs://…`; a leading `/` behind it is optional. `access` in any order. */
export function parseStorageRule(
  uri: string,
  access: readonly string[],
): Result<StorageRule, StorageRuleFault> {
  const wanted = (['read', 'write'] as const).filter((kind) => access.includes(kind))
  if (wanted.length === 0 || access.some((kind) => kind !== 'read' && kind !== 'write')) {
    return err('access')
  }
  if (uri.startsWith('{') && uri.endsWith('}')) return argumentRule(uri.slice(1, -1), wanted)
  if (!uri.startsWith('fs://')) return err('scheme')
  const segments = uri
    .slice('fs://'.length)
    .split('/')
    .filter((s) => s !== '' && s !== '.')
  if (uri.slice('fs://'.length) === '') return err('empty')
  if (segments.includes('..')) return err('parent')
  for (const segment of segments) {
    if (!segment.isWellFormed() || hasControls(segment)) return err('characters')
    if (isTooLong(segment)) return err('characters')
    if (segment.includes('**') && segment !== '**') return err('glob')
    if (segment !== '**' && segment.split('*').length > 2) return err('glob')
  }
  if (segments.length > MAX_SEGMENTS) return err('characters')
  return ok(pathRule(segments, wanted))
}

function argumentRule(
  path: string,
  access: readonly Access[],
): Result<StorageRule, StorageRuleFault> {
  if (!isArgumentPath(path)) return err('argument')
  const uri = `{${path}}`
  const text = `${access.join(',')} ${uri}`
  return ok({ text, uri, access, segments: [], isGlob: false, argument: path })
}

function pathRule(segments: readonly string[], access: readonly Access[]): StorageRule {
  const uri = uriOf(segments.join('/'))
  const isGlob = segments.some((segment) => segment.includes('*'))
  return { text: `${access.join(',')} ${uri}`, uri, access, segments, isGlob, argument: null }
}

/** The rule for exactly this node, and what is below it. */
export function ruleForPath(path: DrivePath, access: readonly Access[]): StorageRule {
  return pathRule(path === '/' ? [] : path.slice(1).split('/'), access)
}

/** It covers paths of any name: all of the drive, whatever ends somehow anywhere, or where no name stands whole. */
export function isBroadPath({ segments, argument }: StorageRule): boolean {
  if (argument !== null) return false
  return segments[0] === '**' || segments.every((segment) => segment.includes('*'))
}

/** Reads what `text` of a stored rule says. */
export function parseStoredStorageRule(text: string): Result<StorageRule, StorageRuleFault> {
  const space = text.indexOf(' ')
  if (space < 0) return err('access')
  return parseStorageRule(text.slice(space + 1), text.slice(0, space).split(','))
}

/** Without a glob: that node and everything below it. With one: exactly what the glob says. */
export function matchesPath(rule: StorageRule, path: DrivePath): boolean {
  if (rule.argument !== null) return false
  const segments = path === '/' ? [] : path.slice(1).split('/')
  if (!rule.isGlob) return rule.segments.every((segment, i) => segments[i] === segment)
  return matchesGlob(rule.segments, segments)
}

/** `path` lies on the way to something that the rule covers. */
export function leadsTo(rule: StorageRule, path: DrivePath): boolean {
  if (rule.argument !== null) return false
  const segments = path === '/' ? [] : path.slice(1).split('/')
  for (const [i, segment] of segments.entries()) {
    const pattern = rule.segments[i]
    if (pattern === undefined) return false
    if (pattern === '**') return true
    if (!matchesSegment(pattern, segment)) return false
  }
  return segments.length < rule.segments.length
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
