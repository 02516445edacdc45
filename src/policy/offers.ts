// The rules that a person may choose from when one is asked for. A page offers these and the decision takes
// no others: what is not derived here from the rule asked for is never granted by its question.

import { hostRule, parseHostRule } from './host-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'
import type { RuleKind } from './words.ts'

const READING = ['GET', 'HEAD'] as const

/** What was asked for first, then what is narrower and wider, in steps: never another host, never another tree. */
export function offeredRules(kind: RuleKind, asked: string): readonly string[] {
  if (kind === 'network') return [...new Set([asked, ...networkOffers(asked)])]
  if (kind === 'storage') return [...new Set([asked, ...storageOffers(asked)])]
  return [asked]
}

/** This path, by the methods asked for; the host for these, or for reading; the host. Never another scheme or port. */
function networkOffers(asked: string): string[] {
  const parsed = parseHostRule(asked)
  if (!parsed.ok || parsed.value.scheme === 'tcp') return []
  const rule = parsed.value
  const isRead = rule.methods?.every((method) => method === 'GET' || method === 'HEAD') ?? true
  const methods = isRead ? READING : rule.methods
  const at = (pathPrefix: string | null, by: typeof methods | null) =>
    hostRule({ ...rule, methods: by, pathPrefix }).text
  const narrower = rule.methods === null ? [at(rule.pathPrefix, READING)] : []
  // With its methods, a rule with a long path may be too long to be one.
  return [...narrower, at(null, methods), at(null, null)].filter((text) => parseHostRule(text).ok)
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
