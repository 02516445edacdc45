// Variables of a component: which names and values there may be, and which of them a call is handed. Pure:
// values pass through and are kept nowhere. A grant is Wassette's `permissions.environment.allow: [{key}]`.

import type { Allowance, Layer, LayerRefusal, Permit } from './layers.ts'
import { judgeLayers } from './layers.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import { indexed } from './rule-index.ts'

declare const brand: unique symbol
/** Matched exactly: no pattern, no case folding. */
export type VariableKey = string & { readonly [brand]: 'VariableKey' }
/** What a person set: secret until a grant hands it to a component. */
export type VariableValue = string & { readonly [brand]: 'VariableValue' }

export const ENVIRONMENT_LIMITS = {
  /** Characters of a key: longer than the name of any setting, short enough for a page. */
  KEY_CHARS: 128,
  /** UTF-8 bytes of a value: a chain of certificates or a service account's JSON fits. */
  VALUE_BYTES: 32 * 1024,
  /** Variables of one component: all of them are read and opened for a call. */
  VARIABLES: 64,
} as const

/** Names of environments (POSIX) and of configuration (`db.host`, `api-key`): never `*`, `=` or NUL. */
const KEY = /^[A-Za-z_][A-Za-z0-9_.-]*$/

/** `null`: not a name that a variable may have. */
export function parseVariableKey(text: string): VariableKey | null {
  return text.length <= ENVIRONMENT_LIMITS.KEY_CHARS && KEY.test(text)
    ? (text as VariableKey)
    : null
}

export type ValueFault = 'empty' | 'too-long' | 'characters'

/** An environment cannot hold NUL, and WIT strings no lone surrogate. */
export function parseVariableValue(text: string): Result<VariableValue, ValueFault> {
  if (text === '') return err('empty')
  // Each UTF-16 unit is at least one byte: what is far too long is not encoded first.
  if (text.length > ENVIRONMENT_LIMITS.VALUE_BYTES) return err('too-long')
  if (text.includes('\0') || !text.isWellFormed()) return err('characters')
  const { byteLength } = new TextEncoder().encode(text)
  return byteLength > ENVIRONMENT_LIMITS.VALUE_BYTES ? err('too-long') : ok(text as VariableValue)
}

/** One entry of `permissions.environment`. */
export interface KeyRule {
  /** The key, or `*` for any: in ceilings and denials only. */
  readonly text: string
}

export type EnvironmentLayer = Layer<KeyRule>

export interface EnvironmentPermission {
  readonly layers: readonly EnvironmentLayer[]
}

export const ANY_KEY: KeyRule = { text: '*' }

/** A key, or `*`; `null` for anything else. */
export function parseKeyRule(text: string): KeyRule | null {
  return text === ANY_KEY.text || parseVariableKey(text) !== null ? { text } : null
}

/** Whether the component is handed this variable. */
export function judgeKey(
  permission: EnvironmentPermission,
  key: VariableKey,
): Result<Permit, LayerRefusal<KeyRule>> {
  const covers = ({ text }: KeyRule) => text === key || text === ANY_KEY.text
  return judgeLayers<KeyRule>(permission.layers, {
    allowing: ({ allow }) =>
      allowancesOf(allow)?.covering(key) ?? allow.filter(({ rule }) => covers(rule)),
    denying: ({ deny }) => {
      const index = denialsOf(deny)
      return index === null ? deny.find(covers) : index.covering(key)[0]
    },
  })
}

/** Finds the rules of one key among many. */
class KeyIndex<T> {
  readonly #byText = new Map<string, T[]>()

  constructor(items: readonly T[], ruleOf: (item: T) => KeyRule) {
    for (const item of items) {
      const { text } = ruleOf(item)
      const known = this.#byText.get(text)
      if (known === undefined) this.#byText.set(text, [item])
      else known.push(item)
    }
  }

  covering(key: VariableKey): readonly T[] {
    const [named, any] = [this.#byText.get(key), this.#byText.get(ANY_KEY.text)]
    return named === undefined || any === undefined ? (named ?? any ?? []) : [...named, ...any]
  }
}

const allowancesOf = indexed(
  (allow: readonly Allowance<KeyRule>[]) => new KeyIndex(allow, ({ rule }) => rule),
)
const denialsOf = indexed((deny: readonly KeyRule[]) => new KeyIndex(deny, (rule) => rule))

/** `null`: the component is not handed this variable. */
export function permitOfKey(permission: EnvironmentPermission, key: VariableKey): Permit | null {
  const verdict = judgeKey(permission, key)
  return verdict.ok ? verdict.value : null
}

/** Every key that the grants name and all layers permit, each once. */
export function permittedKeys(permission: EnvironmentPermission): VariableKey[] {
  const named = permission.layers.flatMap(({ allow }) => allow.map(({ rule }) => rule.text))
  return [...new Set(named)].flatMap((text) => {
    const key = parseVariableKey(text)
    return key === null || permitOfKey(permission, key) === null ? [] : [key]
  })
}

/** Whether a component asks for variables at all: what it does not import it is not handed. */
export function readsVariables(imports: readonly string[]): boolean {
  return imports.some((name) => /^wasi:(cli\/environment|config\/store)(@|$)/.test(name))
}
