// Which rules Wassette can be told, and where a document has each of its rules: those under `permissions`, the others
// under `x-wassette-edge`.

import { isOneAddress } from './address.ts'
import type { KeyRule } from './environment.ts'
import { isPlainHost } from './grammar-network.ts'
import type { Effect } from './grammar-scalars.ts'
import { MAX_RULES } from './grammar.ts'
import type { HostRule } from './host-rule.ts'
import type { StorageRule } from './storage-rule.ts'

export const isPlain =
  (effect: Effect) =>
  (rule: HostRule): boolean =>
    isPlainHost(rule, effect) || isPlainRange(rule, effect)

/** With a port it stands there as a `host`, which in a denial is another rule. */
function isPlainRange({ host, methods, port }: HostRule, effect: Effect): boolean {
  if (host.kind !== 'cidr' || methods !== null) return false
  const isHost = effect === 'allow' && isOneAddress(host.prefix) && typeof port === 'number'
  return port === null || isHost
}

export const isPlainPath = ({ argument }: StorageRule): boolean => argument === null
export const isPlainKey = ({ text }: KeyRule): boolean => text !== '*'

/** `wassette`: as much as it knows stands where it reads it. `ours`: as much as there is room for is one text each. */
export type Placing = 'wassette' | 'ours'

export interface Placed<R> {
  readonly plain: readonly R[]
  readonly ours: readonly R[]
}

/** Each list has no more than it may, and in the order of both the rules are read again as they are. */
export function placed<R>(
  rules: readonly R[],
  isPlain: (rule: R) => boolean,
  placing: Placing,
): Placed<R> {
  const plain = rules.filter(isPlain)
  const others = rules.filter((rule) => !isPlain(rule))
  const most = placing === 'ours' ? plain.length + others.length - MAX_RULES : MAX_RULES
  const count = Math.max(0, most)
  return { plain: plain.slice(0, count), ours: [...plain.slice(count), ...others] }
}
