// The rules that a person may choose from when one is asked for. A page offers these and the decision takes
// no others: what is not derived here from the rule asked for is never granted by its question.

import { hostRule, parseHostRule } from './host-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'
import type { RuleKind } from './words.ts'

const READING = ['GET', 'HEAD'] as const

/** What was asked for first, then what is narrower and wider: never another host, never another tree. */
export function offeredRules(kind: RuleKind, asked: string): readonly string[] {
  if (kind === 'network') return [...new Set([asked, ...networkOffers(asked)])]
  if (kind === 'storage') return [...new Set([asked, ...storageOffers(asked)])]
  return [asked]
}

function networkOffers(asked: string): string[] {
  const parsed = parseHostRule(asked)
  if (!parsed.ok || parsed.value.scheme === 'tcp') return []
  const rule = parsed.value
  const methods = rule.methods === null ? [READING, null] : [rule.methods, null]
  const prefixes = rule.pathPrefix === null ? [null] : [rule.pathPrefix, null]
  return prefixes.flatMap((pathPrefix) =>
    methods.map((each) => hostRule({ ...rule, methods: each, pathPrefix }).text),
  )
}

/** The same place for reading only or for both, and the directory that it lies in. */
function storageOffers(asked: string): string[] {
  const parsed = parseStoredStorageRule(asked)
  if (!parsed.ok || parsed.value.argument !== null) return []
  const { access, uri, segments, isGlob } = parsed.value
  const places =
    isGlob || segments.length < 2 ? [uri] : [uri, `fs://${segments.slice(0, -1).join('/')}`]
  return places.flatMap((place) => [`${access.join(',')} ${place}`, `read,write ${place}`])
}
