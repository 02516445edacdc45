// The narrowest rules for what was used of a drive under one rule of a person. Each is within that rule, or is it.

import { coverPaths } from './cover.ts'
import type { DrivePath } from './drive-path.ts'
import type { Access, StorageRule } from './storage-rule.ts'
import { parseStorageRule, ruleForPath } from './storage-rule.ts'
import { isStorageRuleWithin, ruleForNamesIn } from './within.ts'

export interface UsedPath {
  readonly path: DrivePath
  readonly access: Access
}

export function narrowStorageRule(granted: StorageRule, used: readonly UsedPath[]): StorageRule[] {
  // Kind by kind, so that none reaches further than it did; then those of one place in one rule.
  const byPlace = new Map<string, { readonly rule: StorageRule; readonly access: Access[] }>()
  for (const access of ['read', 'write'] as const) {
    const paths = used.filter((one) => one.access === access).map(({ path }) => path)
    for (const rule of rulesFor(granted, paths, access)) {
      const place = byPlace.get(rule.uri) ?? { rule, access: [] }
      place.access.push(access)
      byPlace.set(rule.uri, place)
    }
  }
  return [...byPlace.values()].map(({ rule, access }) => withAccess(rule, access))
}

function rulesFor(
  granted: StorageRule,
  paths: readonly DrivePath[],
  access: Access,
): readonly StorageRule[] {
  if (paths.length === 0) return []
  const rules = coverPaths(paths.map((path) => (path === '/' ? '' : path))).map(
    ({ path, names }) => {
      const place = (path === '' ? '/' : path) as DrivePath
      return names ? ruleForNamesIn(place, [access]) : ruleForPath(place, [access])
    },
  )
  const isWithin = (rule: StorageRule) => isStorageRuleWithin(rule, granted)
  return rules.every(isWithin) ? rules : [withAccess(granted, [access])]
}

function withAccess(rule: StorageRule, access: readonly Access[]): StorageRule {
  const parsed = parseStorageRule(rule.uri, access)
  return parsed.ok ? parsed.value : rule
}
