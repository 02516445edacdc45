// Which paths of a person's drive a component may read or write. Pure: it opens nothing.

import type { StorageDenial } from './denial.ts'
import type { DrivePath } from './drive-path.ts'
import { ROOT } from './drive-path.ts'
import type { LabelSet } from './labels.ts'
import { labelsOf, minus, NO_LABELS, union } from './labels.ts'
import type { Allowance, GrantRef, Layer, Lookup, Permit } from './layers.ts'
import { judgeLayers } from './layers.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import { PathIndex } from './path-index.ts'
import { indexed } from './rule-index.ts'
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

/**
 * What is missing to move a node; `null` when it may be moved. A directory moves with everything below
 * it, and no move makes readable what was not. Where it would be readable is told by what the person allowed
 * alone: a denial or a ceiling there is no reason to need less.
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
  return isToBeRead(permission, to, isDirectory) ? refusal(from, 'read') : null
}

/**
 * What reading a node brings where it is, and may not bring where it is moved to: a move must not wash it off.
 * Nothing where the component cannot read it afterwards. Of a directory, what reading anything below it may bring.
 */
export function labelsOfMove(
  permission: StoragePermission,
  from: DrivePath,
  to: DrivePath,
  isDirectory: boolean,
): LabelSet {
  if (!isToBeRead(permission, to, isDirectory)) return NO_LABELS
  const reading = (path: DrivePath) => {
    const by = isDirectory ? lookupBelow(path, 'read') : lookup(path, 'read')
    return judgeBy(permission, path, 'read', by)
  }
  const below = (path: DrivePath) => (isDirectory ? grantsBelow(permission, path) : [])
  const [here, there] = [reading(from), reading(to)]
  const whole = here.ok ? here.value.grants : []
  const most = union(
    labelsOf('storage-read', whole),
    labelsOf('storage-read', [...whole, ...below(from)]),
  )
  // The word of a grant for something below takes the place of what holds for the whole by default, and is added to a
  // word for the whole.
  const hasWord = ({ labels }: GrantRef) => labels !== undefined
  const isSure = there.ok && (there.value.grants.some(hasWord) || !below(to).some(hasWord))
  return minus(most, isSure ? labelsOf('storage-read', there.value.grants) : NO_LABELS)
}

/** What the person allowed lets it be read, or something below it. */
function isToBeRead({ layers }: StoragePermission, path: DrivePath, isDirectory: boolean): boolean {
  const reaches = (layer: StorageLayer) =>
    allowing(layer.allow, path, 'read').length > 0 ||
    (isDirectory && leadsBelow(layer, path, 'read'))
  return layers.some((layer) => layer.of === 'grants' && reaches(layer))
}

/** Grants to read something that may lie below the path. */
function grantsBelow({ layers }: StoragePermission, path: DrivePath): GrantRef[] {
  return layers.flatMap(({ allow }) =>
    allow.flatMap(({ rule, grant }) =>
      grant !== null && rule.access.includes('read') && leadsTo(rule, path) ? [grant] : [],
    ),
  )
}

/**
 * A directory on the way to something granted may be looked up by name (not listed), as a path to it
 * leads through it, and so may what may be read; one that a rule denies leads nowhere for that kind of access. A
 * ceiling is no reason to look at what the person lets nobody look at.
 */
export function leadsToGrant({ layers }: StoragePermission, path: DrivePath): boolean {
  return ACCESS.some((access) => {
    const leads = (layer: StorageLayer) => leadsBelow(layer, path, access)
    const isAllowed = (layer: StorageLayer) =>
      (layer.of !== 'grants' || access === 'read') && allowing(layer.allow, path, access).length > 0
    const opens = (layer: StorageLayer) =>
      denying(layer.deny, path, access) === undefined && (leads(layer) || isAllowed(layer))
    return layers.every(opens)
  })
}

const ACCESS = ['read', 'write'] as const

type Allowed = Allowance<StorageRule>
type ByAccess<T> = Readonly<Record<Access, PathIndex<T>>>

const allowancesOf = indexed<Allowed, ByAccess<Allowed>>((allow) =>
  byAccess(allow, ({ rule }) => rule),
)
const denialsOf = indexed<StorageRule, ByAccess<StorageRule>>((deny) =>
  byAccess(deny, (rule) => rule),
)

/** Of each kind of access, whatever it is about. */
const anyDenialsOf = indexed<StorageRule, Readonly<Record<Access, StorageRule | undefined>>>(
  (deny) => ({ read: anyDenial(deny, 'read'), write: anyDenial(deny, 'write') }),
)

function anyDenial(deny: readonly StorageRule[], access: Access): StorageRule | undefined {
  return deny.find((rule) => rule.access.includes(access))
}

function byAccess<T>(items: readonly T[], ruleOf: (item: T) => StorageRule): ByAccess<T> {
  const indexes = { read: new PathIndex<T>(true), write: new PathIndex<T>(true) }
  for (const item of items) {
    const { access, segments, isGlob, argument } = ruleOf(item)
    if (argument !== null) continue
    for (const kind of access) indexes[kind].add(segments, !isGlob, item)
  }
  return indexes
}

function allowing(allow: readonly Allowed[], path: DrivePath, access: Access): readonly Allowed[] {
  const index = allowancesOf(allow)
  if (index === null) return allow.filter(({ rule }) => covers(rule, path, access))
  return found(index[access], path)
}

function denying(
  deny: readonly StorageRule[],
  path: DrivePath,
  access: Access,
): StorageRule | undefined {
  const index = denialsOf(deny)
  if (index === null) return deny.find((rule) => covers(rule, path, access))
  return found(index[access], path)[0]
}

/** Something that the layer allows may lie below the path. */
function leadsBelow({ allow }: StorageLayer, path: DrivePath, access: Access): boolean {
  const index = allowancesOf(allow)
  if (index !== null) return index[access].leads(segmentsOf(path))
  return allow.some(({ rule }) => rule.access.includes(access) && leadsTo(rule, path))
}

function covers(rule: StorageRule, path: DrivePath, access: Access): boolean {
  return rule.access.includes(access) && matchesPath(rule, path)
}

function found<T>(index: PathIndex<T>, path: DrivePath): T[] {
  const items: T[] = []
  index.find(segmentsOf(path), items)
  return items
}

/** As an index reads it. */
function segmentsOf(path: DrivePath): string {
  return path === ROOT ? '' : path
}

function lookup(path: DrivePath, access: Access): Lookup<StorageRule> {
  return {
    allowing: ({ allow }) => allowing(allow, path, access),
    denying: ({ deny }) => denying(deny, path, access),
  }
}

/** The node and whatever is below it. A denying rule may be about something below: any one refuses. */
function lookupBelow(path: DrivePath, access: Access): Lookup<StorageRule> {
  const isWhole = ({ isGlob, segments }: StorageRule) => !isGlob || segments.at(-1) === '**'
  return {
    allowing: ({ allow }) => allowing(allow, path, access).filter(({ rule }) => isWhole(rule)),
    denying: ({ deny }) => {
      const any = anyDenialsOf(deny)
      return any === null ? anyDenial(deny, access) : any[access]
    },
  }
}
