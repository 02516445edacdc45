// Why something was refused: one closed union, and its fixed sentences. A host chosen by a guest stays a
// field; it is never put into a sentence of ours.

import * as z from 'zod'
import { Label, LABELS, LabelSet } from './labels.ts'
import { VALUE_FAULTS } from './secret.ts'

const about = {
  permission: z.literal('network'),
  host: z.string().max(512),
  port: z.number().int(),
}

/** `rule` of `not-granted` is the smallest grant that would have allowed it. */
export const NetworkDenial = z.discriminatedUnion('reason', [
  z.strictObject({ reason: z.literal('not-granted'), ...about, rule: z.string() }),
  /** By a rule of the person. */
  z.strictObject({ reason: z.literal('denied'), ...about, rule: z.string() }),
  /** By the host of this server: no grant helps, and its rules are not told. */
  z.strictObject({ reason: z.literal('ceiling'), ...about }),
  /** The component is gone, or another version is in its place, while the call still ran. */
  z.strictObject({ reason: z.literal('gone'), ...about }),
  /** A bare lookup: no port was asked for (0 stands here), so there is no rule to offer. */
  z.strictObject({ reason: z.literal('name-not-granted'), ...about }),
  /** What the person has bound to this host is not to be had now: nothing is sent without it. */
  z.strictObject({
    reason: z.literal('secret-unavailable'),
    ...about,
    secret: z.string(),
    why: z.enum(VALUE_FAULTS),
  }),
  z.strictObject({
    reason: z.literal('unreachable'),
    ...about,
    why: z.enum(['address', 'private-name', 'own-host']),
  }),
])
export type NetworkDenial = z.infer<typeof NetworkDenial>

const path = {
  permission: z.literal('storage'),
  /** `resolvePath` bounds it; it is longer where something was taken out of it. */
  path: z.string(),
  access: z.enum(['read', 'write']),
}

export const StorageDenial = z.discriminatedUnion('reason', [
  /** `rule` is the smallest grant that would have allowed it, as a grant spells it. */
  z.strictObject({ reason: z.literal('not-granted'), ...path, rule: z.string() }),
  z.strictObject({ reason: z.literal('denied'), ...path, rule: z.string() }),
  z.strictObject({ reason: z.literal('ceiling'), ...path }),
  z.strictObject({ reason: z.literal('gone'), ...path }),
])
export type StorageDenial = z.infer<typeof StorageDenial>

const crossing = {
  permission: z.literal('labels'),
  /** What the call would have brought. */
  brings: LabelSet,
  /** What the session has, and which call brought each. The names are a stranger's. */
  has: LabelSet,
  from: z
    .array(
      z.strictObject({
        label: Label,
        tool: z.string().max(256),
        component: z.string().nullable(),
        at: z.number().int(),
      }),
    )
    .max(LABELS.length)
    .readonly(),
}

/** The session would have read private data, taken in what strangers write, and sent something out. */
export const LabelsDenial = z.discriminatedUnion('reason', [
  /** `rule` is the smallest that would have allowed it: `labelRule(brings)`. */
  z.strictObject({ reason: z.literal('not-granted'), ...crossing, rule: z.string() }),
  /** The person has this refused without being asked. */
  z.strictObject({ reason: z.literal('denied'), ...crossing }),
  /** The host of the server has. */
  z.strictObject({ reason: z.literal('ceiling'), ...crossing }),
  /** Nobody could say what the session has. */
  z.strictObject({ reason: z.literal('gone'), ...crossing }),
  /** As many sessions of the person have labels as are kept. */
  z.strictObject({ reason: z.literal('too-many-sessions'), ...crossing }),
])
export type LabelsDenial = z.infer<typeof LabelsDenial>

export const Denial = z.union([NetworkDenial, StorageDenial, LabelsDenial])
export type Denial = NetworkDenial | StorageDenial | LabelsDenial

/** What rules come to. That a secret is not to be had, comes behind them. */
export type NetworkVerdict = Exclude<NetworkDenial, { readonly reason: 'secret-unavailable' }>
export type Verdict = NetworkVerdict | StorageDenial

/** A person can change this one by a grant. */
export type Grantable = Extract<Denial, { reason: 'not-granted' }>

export function isGrantable(denial: Denial): denial is Grantable {
  return denial.reason === 'not-granted'
}

/** A person can change this one by connecting the component to its service again. */
export function takesReconnecting(denial: Denial): boolean {
  return denial.reason === 'secret-unavailable' && denial.why === 'reconnect'
}

export function describeDenial(denial: Denial): string {
  switch (denial.reason) {
    case 'not-granted':
      return NOT_GRANTED[denial.permission]
    case 'denied':
      return DENIED[denial.permission]
    case 'ceiling':
      return CEILING[denial.permission]
    case 'too-many-sessions':
      return 'Too many sessions of the person are under way: none of them may come to hold more than it does. Sessions end by themselves, or in the console.'
    case 'gone':
      return 'The component was unloaded or replaced, or nobody could say that it is not, while this call still ran.'
    case 'name-not-granted':
      return 'The component may not look up this host: no rule tcp://host:port for it was granted.'
    case 'secret-unavailable':
      return UNAVAILABLE[denial.why]
    case 'unreachable':
      return UNREACHABLE[denial.why]
  }
}

const NOT_GRANTED = {
  network: 'The component may not reach this host: nobody has granted it.',
  storage: 'The component may not use this path of the drive: nobody has granted it.',
  labels:
    'This session would have read private data, taken in what strangers write, and sent something out, which ' +
    'together is how data are stolen. Nobody has permitted that.',
} as const

const DENIED = {
  network: 'The component may not reach this host: a rule of the person denies it.',
  storage: 'The component may not use this path of the drive: a rule of the person denies it.',
  labels:
    'This session would have read private data, taken in what strangers write, and sent something out. The ' +
    'person has that refused for this client.',
} as const

/** Nobody who reads this can change it here, so no link is offered. */
const CEILING = {
  network:
    'Components may not reach this host: the host of this server does not allow it to anybody.',
  storage:
    'Components may not use this path: the host of this server does not allow it to anybody.',
  labels:
    'This session would have read private data, taken in what strangers write, and sent something out. The ' +
    'host of this server has that refused.',
} as const

const UNAVAILABLE = {
  sealed:
    'A secret that is bound to this host could not be opened, so nothing was sent: the host of this server has to ' +
    'look at its keys.',
  gone: 'A secret that was bound to this host was deleted while this call ran, so nothing was sent.',
  unavailable:
    'What is bound to this host could not be had or cannot be sent, so nothing was: the person sets it anew in ' +
    'their console.',
  'not-now':
    'The component is connected to a service for this host, and the service did not answer when its token had to be ' +
    'refreshed, so nothing was sent. Repeat the call in a moment.',
  reconnect:
    'The component is connected to a service for this host, and the service gives no token for it any more, so ' +
    'nothing was sent. The person has to connect it again.',
} as const

const UNREACHABLE = {
  address: 'Components may not reach this IP address.',
  'private-name': 'Components may not reach hosts of private networks.',
  'own-host': 'Components may not reach this server or its platform neighbours.',
} as const
