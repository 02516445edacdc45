// What a guest is handed as its environment before it runs, and what that does to the session.

import type { CallLease } from './capabilities/lease.ts'
import type { Ledger } from './capabilities/ledger.ts'
import type { Authority, Environment } from './policy/authority.ts'
import type { LabelSet, LabelStanding } from './policy/labels.ts'
import { labelsOf, union } from './policy/labels.ts'

/** Texts that stand for secrets, beside the variables. */
export function withPlaceholders({ injections }: Authority, environment: Environment): Environment {
  const held = injections.flatMap(({ placeholder }) =>
    placeholder === null ? [] : [[placeholder.key, placeholder.text] as const],
  )
  return [...environment, ...held]
}

/** Before anything runs: what the component is said to bring, and the variables that it is handed. */
export function labelsOfStart(
  { environment, handed }: Authority,
  { declared }: LabelStanding,
): LabelSet {
  const grants = (key: string) => handed.find((permit) => permit.key === key)?.grants ?? []
  return union(declared, ...environment.map(([key]) => labelsOf('variable', grants(key))))
}

/** To be handed a variable is to use the grant for it: what nothing is left of, is not handed over. */
export async function handedOver(
  { environment, handed }: Authority,
  lease: CallLease,
  ledger: Ledger,
): Promise<Environment> {
  const kept: (readonly [string, string])[] = []
  for (const entry of environment) {
    const grants = handed.find(({ key }) => key === entry[0])?.grants
    const use = grants === undefined ? null : await lease.use(grants)
    const noted = ledger.note({ kind: 'variable', key: entry[0] })
    if (use === null) noted.refused('spent')
    else {
      noted.allowed(use.grants)
      kept.push(entry)
    }
  }
  return kept
}
