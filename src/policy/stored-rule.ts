// Whether a text is a rule of its kind: what is none grants nothing, so nobody is asked for it and nobody gives it.

import { parseVariableKey } from './environment.ts'
import { parseHostRule } from './host-rule.ts'
import { parseLabelRule } from './labels.ts'
import { parseLimitRule } from './limit-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'
import type { RuleKind } from './words.ts'

export function isStoredRule(kind: RuleKind, text: string): boolean {
  switch (kind) {
    case 'network':
      return parseHostRule(text).ok
    case 'storage':
      return parseStoredStorageRule(text).ok
    case 'environment':
      return parseVariableKey(text) !== null
    case 'limit':
      return parseLimitRule(text) !== null
    case 'labels':
      return parseLabelRule(text) !== null
  }
}
