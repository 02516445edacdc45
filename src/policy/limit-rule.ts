// A bound of a call as a rule that is stored and shown: `<name> <number>`, of the bounds of `limits.ts`, or
// `cpu-cores <number>`, or `io-per-second <number>`. A person's limits only lower.

import { BOUND_KEYS } from './grammar-amounts.ts'
import { BOUNDS } from './limits.ts'
import type { CallLimits } from './limits.ts'
import type { RequestedLimits } from './requested-limits.ts'
import { NOTHING_REQUESTED } from './requested-limits.ts'

/** `null` for what says no limit. */
export function parseLimitRule(text: string): RequestedLimits | null {
  const [name = '', digits = '', ...more] = text.split(' ')
  const number = Number(digits)
  if (more.length > 0 || digits === '' || !Number.isFinite(number) || number <= 0) return null
  if (name === 'cpu-cores') return { ...NOTHING_REQUESTED, cpuCores: number }
  if (!Number.isSafeInteger(number)) return null
  if (name === 'io-per-second') return { ...NOTHING_REQUESTED, ioPerSecond: number }
  const key = new Map<string, keyof CallLimits>(BOUND_KEYS).get(name)
  return key === undefined ? null : { ...NOTHING_REQUESTED, bounds: { [key]: number } }
}

/** In one order, however they were written. */
export function limitRules({ bounds, cpuCores, ioPerSecond }: RequestedLimits): string[] {
  const keys = [...BOUND_KEYS.values()]
  return [
    ...keys.flatMap((key) => (bounds[key] === undefined ? [] : [limitRule(key, bounds[key])])),
    ...(cpuCores === null ? [] : [`cpu-cores ${cpuCores}`]),
    ...(ioPerSecond === null ? [] : [`io-per-second ${ioPerSecond}`]),
  ]
}

/** What a limit takes the place of: of these limits, those of its bound by another number. */
export function replacedBy(rule: string, limits: readonly string[]): string[] {
  return limits.filter((other) => other !== rule && boundOf(other) === boundOf(rule))
}

/** It takes the place of a lower one. */
export function loosens(rule: string, limits: readonly string[]): boolean {
  return replacedBy(rule, limits).some((other) => amountOf(other) < amountOf(rule))
}

const boundOf = (rule: string) => rule.split(' ', 1)[0]
const amountOf = (rule: string) => Number(rule.split(' ')[1])

export function limitRule(key: keyof CallLimits, amount: number): string {
  return `${BOUNDS[key].name} ${amount}`
}
