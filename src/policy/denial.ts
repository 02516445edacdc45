// Why something was refused: one closed union, and its fixed sentences. A host chosen by a guest stays a
// field; it is never put into a sentence of ours.

import * as z from 'zod'

const about = {
  permission: z.literal('network'),
  host: z.string().max(512),
  port: z.number().int(),
}

/** `rule` of `not-granted` is the smallest grant that would have allowed it. */
export const NetworkDenial = z.discriminatedUnion('reason', [
  z.strictObject({ reason: z.literal('not-granted'), ...about, rule: z.string() }),
  z.strictObject({ reason: z.literal('denied'), ...about, rule: z.string() }),
  z.strictObject({
    reason: z.literal('unreachable'),
    ...about,
    why: z.enum(['address', 'private-name', 'own-host']),
  }),
])
export type NetworkDenial = z.infer<typeof NetworkDenial>

/** `rule` is the smallest grant that would have allowed it, as a grant spells it. */
export const StorageDenial = z.strictObject({
  reason: z.literal('not-granted'),
  permission: z.literal('storage'),
  path: z.string().max(4096),
  access: z.enum(['read', 'write']),
  rule: z.string(),
})
export type StorageDenial = z.infer<typeof StorageDenial>

export type Denial = NetworkDenial | StorageDenial

/** A person can change this one by a grant. */
export type Grantable = Extract<Denial, { reason: 'not-granted' }>

export function isGrantable(denial: Denial): denial is Grantable {
  return denial.reason === 'not-granted'
}

export function describeDenial(denial: Denial): string {
  switch (denial.reason) {
    case 'not-granted':
      return NOT_GRANTED[denial.permission]
    case 'denied':
      return 'The component may not reach this host: a rule denies it.'
    case 'unreachable':
      return UNREACHABLE[denial.why]
  }
}

const NOT_GRANTED = {
  network: 'The component may not reach this host: nobody has granted it.',
  storage: 'The component may not use this path of the drive: nobody has granted it.',
} as const

const UNREACHABLE = {
  address: 'Components may not reach hosts by IP address.',
  'private-name': 'Components may not reach hosts of private networks.',
  'own-host': 'Components may not reach this server or its platform neighbours.',
} as const
