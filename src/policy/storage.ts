// Which paths of a person's drive a component may read or write. Pure: it opens nothing.

import type { StorageDenial } from './denial.ts'
import type { DrivePath } from './drive-path.ts'
import { ROOT } from './drive-path.ts'
import type { Layer, Lookup, Permit } from './layers.ts'
import { judgeLayers } from './layers.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import { keying, select } from './rule-index.ts'
import type { Access, AnyAccess, StorageRule } from './storage-rule.ts'
import { leadsTo, matchesPath, smallestStorageRule } from './storage-rule.ts'

export type StorageLayer = Layer<StorageRule>

export interface StoragePermission {
  readonly layers: readonly StorageLayer[]
}

/** Default deny; a denying rule wins for the kind of access that it names. */
export function judgeAccess(
  permission: StoragePermission,
  path: DrivePath,
  access: Access,
): Result<Permit, StorageDenial> {
  return judgeBy(permission, path, access, lookup(path, access))
}

function judgeBy(
  { layers }: StoragePermission,
  path: DrivePath,
  access: Access,
  by: Lookup<StorageRule>,
): Result<Permit, StorageDenial> {
  const verdict = judgeLayers(layers, by)
  if (verdict.ok) return verdict
  const about = { permission: 'storage', path, access } as const
  switch (verdict.error.by) {
    case 'ceiling':
      return err({ ...about, reason: 'ceiling' })
    case 'person':
      return err({ ...about, reason: 'denied', rule: verdict.error.rule.text })
    case 'nobody':
      return err({ ...about, reason: 'not-granted', rule: smallestStorageRule(path, access) })
  }
}

/** The first kind of access that is permitted, or a refusal: one that a grant can change, if there is one. */
export function judgeAnyOf(
  permission: StoragePermission,
  path: DrivePath,
  anyOf: AnyAccess,
): Result<{ readonly access: Access; readonly permit: Permit }, StorageDenial> {
  let refusal: StorageDenial | null = null
  for (const access of anyOf) {
    const verdict = judgeAccess(permission, path, access)
    if (verdict.ok) return ok({ access, permit: verdict.value })
    const isBetter = verdict.error.reason === 'not-granted' && refusal?.reason !== 'not-granted'
    if (refusal === null || isBetter) refusal = verdict.error
  }
  return err(refusal ?? { permission: 'storage', path, access: anyOf[0], reason: 'gone' })
}

/** A directory there may be looked at, so that the path can be walked. The root is looked at by every runtime. */
export function mayPass(permission: StoragePermission, path: DrivePath): boolean {
  return path === ROOT || leadsToGrant(permission, path)
}

export function mayAccess(permission: StoragePermission, path: DrivePath, access: Access): boolean {
  return judgeLayers(permission.layers, lookup(path, access)).ok
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
): StorageDenial | null {
  const refusal = (path: DrivePath, access: Access) => {
    const by = isDirectory ? lookupBelow(path, access) : lookup(path, access)
    const verdict = judgeBy(permission, path, access, by)
    return verdict.ok ? null : verdict.error
  }
  const unwritable = refusal(from, 'write') ?? refusal(to, 'write')
  if (unwritable !== null) return unwritable
  const reaches =
    mayAccess(permission, to, 'read') || (isDirectory && leadsToReadable(permission, to))
  return reaches ? refusal(from, 'read') : null
}

/**
 * A directory on the way to something granted may be looked up by name (not listed), as a path to it
 * leads through it.
 */
export function leadsToGrant(permission: StoragePermission, path: DrivePath): boolean {
  const leads = permission.layers.some(({ allow }) => allow.some(({ rule }) => leadsTo(rule, path)))
  const isOpen = ({ allow }: StorageLayer) =>
    allow.some(({ rule }) => leadsTo(rule, path) || matchesPath(rule, path))
  return leads && permission.layers.every(isOpen)
}

/** Something at or below the directory may be readable; denying rules are not looked at. */
function leadsToReadable({ layers }: StoragePermission, path: DrivePath): boolean {
  const isOpen = ({ allow }: StorageLayer) =>
    allow.some(
      ({ rule }) =>
        rule.access.includes('read') && (leadsTo(rule, path) || matchesPath(rule, path)),
    )
  return layers.every(isOpen)
}

const byAllowance = keying<StorageLayer['allow'][number]>(({ rule }) => keyOf(rule))
const byRule = keying<StorageRule>(keyOf)

/** The first name of the path, where the rule says it. */
function keyOf({ segments }: StorageRule): string | null {
  const first = segments[0]
  return first === undefined || first.includes('*') ? null : first
}

function lookup(path: DrivePath, access: Access): Lookup<StorageRule> {
  const first = path.slice(1).split('/', 1)
  const covers = (rule: StorageRule) => rule.access.includes(access) && matchesPath(rule, path)
  return {
    allowing: ({ allow }) => select(allow, byAllowance, first, ({ rule }) => covers(rule)),
    denying: ({ deny }) => select(deny, byRule, first, covers)[0],
  }
}

/** The node and whatever is below it. A denying rule may be about something below: any one refuses. */
function lookupBelow(path: DrivePath, access: Access): Lookup<StorageRule> {
  const coversAll = (rule: StorageRule) =>
    rule.access.includes(access) &&
    (!rule.isGlob || rule.segments.at(-1) === '**') &&
    matchesPath(rule, path)
  return {
    allowing: ({ allow }) => allow.filter(({ rule }) => coversAll(rule)),
    denying: ({ deny }) => deny.find((rule) => rule.access.includes(access)),
  }
}
