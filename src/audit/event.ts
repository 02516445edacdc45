// What is recorded: every kind of event, closed. `facts` stay for ever; `texts` are what names a person, their
// things or their words: the chain holds commitments to them, so that they can be forgotten.

import * as z from 'zod'
import { Label, Mode } from '../policy/labels.ts'
import { Terms } from '../policy/life.ts'
import { Decision } from '../policy/usage.ts'

const whole = z.number().int()
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const permission = z.enum(['network', 'storage', 'environment', 'limit', 'labels'])
/** How the act ended. `interrupted`: the server stopped before it was known; it may or may not have been done. */
const outcome = z.enum(['done', 'refused', 'interrupted'])

/** Position by position, the texts of a call's host calls belong to these. */
const HostCall = z.strictObject({
  kind: z.enum(['network', 'storage', 'keyvalue']),
  outcome: z.string(),
  status: whole.nullable(),
  bytes_out: whole,
  bytes_in: whole,
  started_at: whole,
  ms: whole,
})

const place = { host: z.string(), port: whole, method: z.string() }
const client = { client: z.string(), client_name: z.string() }

/** An act of a person, of their agent, or of a host, and what it was about. */
function act<K extends string, F extends z.ZodRawShape, T extends z.ZodRawShape>(
  kind: K,
  facts: F,
  texts: T,
) {
  return z.strictObject({
    kind: z.literal(kind),
    facts: z.strictObject({ outcome, reason: z.string().nullable(), ...facts }),
    texts: z.strictObject(texts),
  })
}

const Call = z.strictObject({
  kind: z.literal('call'),
  facts: z.strictObject({
    call: z.string(),
    /** Of the component. */
    digest: digest.nullable(),
    /** Of what the call was allowed to do. */
    policy_digest: digest.nullable(),
    outcome: z.string(),
    reason: z.string().nullable(),
    started_at: whole,
    ms: whole,
    fuel: whole.nullable(),
    host_calls: z.array(HostCall),
    /** How many it made beside those, if it made more than are listed. */
    unlisted: whole.exactOptional(),
  }),
  texts: z.strictObject({
    ...client,
    session: z.string().nullable(),
    tool: z.string(),
    component: z.string().nullable(),
    source: z.string().nullable(),
    /** A digest of few possible arguments tells them: it is a text. */
    arguments_digest: z.string().nullable(),
    /** Names of the variables that the guest was handed. */
    variables: z.array(z.string()),
    /** With the names of the secrets that went along, if any did. */
    host_calls: z.array(
      z.union([z.strictObject(place), z.strictObject({ ...place, secrets: z.array(z.string()) })]),
    ),
    /** What it asked of its authority, and was told. */
    asked: z.array(Decision),
  }),
})

/** A question was opened for the person. */
const Approval = z.strictObject({
  kind: z.literal('approval'),
  facts: z.strictObject({ approval: z.string(), digest, permission, expires_at: whole }),
  texts: z.strictObject({
    ...client,
    component: z.string(),
    source: z.string(),
    tool: z.string(),
    rule: z.string(),
  }),
})

/** Texts of a chain that are gone: everything up to `through` was forgotten, and nothing else may be missing. */
const Redaction = z.strictObject({
  kind: z.literal('redaction'),
  facts: z.strictObject({ through: whole, because: z.enum(['retention', 'forget']) }),
  texts: z.strictObject({}),
})

const decided = { component: z.string(), source: z.string(), rule: z.string() }
const held = z.strictObject({ component: z.string(), permission, rule: z.string() })
const variable = { component: z.string(), key: z.string() }
const connection = { component: z.string(), source: z.string(), service: z.string() }
const secret = { component: z.string(), secret: z.string() }

export const AuditEvent = z.discriminatedUnion('kind', [
  Call,
  Approval,
  act(
    'decision',
    { approval: z.string(), decision: z.enum(['allow', 'deny']), terms: Terms, permission, digest },
    decided,
  ),
  act(
    'revocation',
    { permission: permission.nullable() },
    { component: z.string(), rule: z.string().nullable() },
  ),
  /** The person's own document, by its digest, in the place of what they had granted to a component. */
  act('policy', { digest }, { component: z.string() }),
  /** What becomes of grants when a component that had some looks different. */
  act(
    'version',
    { decision: z.enum(['keep', 'nothing']) },
    { component: z.string(), seen: z.string() },
  ),
  /** What was not used is taken back, or made as small as what was; `since`: the uses that were looked at. */
  act(
    'narrowing',
    { since: whole, ended: whole, given: whole },
    { ended: z.array(held), given: z.array(held) },
  ),
  /** A grant is over by itself; `reason`: it is `spent`, its session has ended, or its time is over. */
  act(
    'expiry',
    { grant: z.string(), permission, digest },
    { source: z.string(), rule: z.string() },
  ),
  /** No questions of a component any more, until then or until that is taken back. */
  act('mute', { until: whole.nullable() }, { component: z.string(), source: z.string() }),
  act('unmute', {}, { source: z.string() }),
  /** No questions through a client any more, whatever component they are for. */
  act('client-muted', { until: whole.nullable() }, client),
  act('client-unmuted', {}, { client: z.string() }),
  act('install', { digest, wit: digest.nullable() }, { component: z.string(), source: z.string() }),
  act('uninstall', {}, { component: z.string() }),
  /** The picture beside a component's tools, by the person; `null`: theirs is taken away. */
  act('icon', { digest: digest.nullable() }, { component: z.string() }),
  act('variable-set', {}, variable),
  act('variable-deleted', {}, variable),
  /** A component may use tokens that the person got at a service. */
  act(
    'connection-made',
    { digest },
    { ...connection, scopes: z.array(z.string()), hosts: z.array(z.string()) },
  ),
  /** `revoked`: what the service made of it. */
  act(
    'connection-ended',
    {
      because: z.enum(['person', 'unloaded', 'new-version', 'service-removed', 'forgotten']),
      revoked: z.enum(['revoked', 'not-offered', 'failed']).nullable(),
    },
    connection,
  ),
  act('connection-refreshed', {}, connection),
  /** A service of the person's own; `removed`: it is not described any more. */
  act('own-service', { removed: z.boolean() }, { name: z.string() }),
  act('secret-set', {}, secret),
  act('secret-deleted', {}, secret),
  /** What a session of the person has done is forgotten. */
  act('labels-reset', { labels: z.array(Label) }, { owner: z.string(), ...client }),
  /** What happens when a client would complete the three; `null`: what the host says. */
  act('labels-switched', { mode: Mode.nullable() }, { client: z.string() }),
  /** What the use of a grant, or of what a component keeps, brings; `null`: the default. */
  act(
    'labels-set',
    { permission: permission.or(z.literal('keyvalue')), labels: z.array(Label).nullable() },
    { component: z.string(), rule: z.string() },
  ),
  act('sign-in', {}, { issuer: z.string(), subject: z.string(), name: z.string() }),
  act('sign-out', {}, {}),
  /** A token, or who holds it, was not for what it asked. `place`: the request. */
  act(
    'refusal',
    { needed: z.array(z.string()), scopes: z.array(z.string()).nullable() },
    { ...client, place: z.string() },
  ),
  /** Who is known to the issuer and not let in; `times`: how many this stands for, where nobody is named. */
  act(
    'sign-in-refused',
    { times: whole },
    { issuer: z.string().nullable(), subject: z.string().nullable(), name: z.string().nullable() },
  ),
  /** A client was let in to act for the person, or not. */
  act('authorization', { scopes: z.array(z.string()) }, client),
  /** What a client was allowed is void. */
  act('client-ended', {}, client),
  act('catalogue', { digest: digest.nullable(), wit: digest.nullable() }, { name: z.string() }),
  /** The same of an entry, for everybody; `null`: it is taken away. */
  act('catalogue-icon', { digest: digest.nullable() }, { name: z.string() }),
  /** What components may do at the most, by the digest of the document; `null`: nothing is said any more. */
  act(
    'ceiling',
    { scope: z.enum(['everyone', 'component', 'person']), digest: digest.nullable() },
    { subject: z.string() },
  ),
  /** A service that everybody may connect to, by the digest of what was said of it; `null`: taken away. */
  act('service', { digest: digest.nullable() }, { name: z.string() }),
  /** By a host; `chain` is that of the person who was forgotten. */
  act('forget', { chain: z.string() }, {}),
  /** By a host; `chain` is that of the person. `suspended` false: they may act again. */
  act('suspension', { chain: z.string(), suspended: z.boolean() }, {}),
  Redaction,
])
export type AuditEvent = z.infer<typeof AuditEvent>
export type AuditKind = AuditEvent['kind']

/** Events that have an outcome: recorded before they are begun, and settled when they are over. */
export type AuditAct = Extract<
  AuditEvent,
  { facts: { outcome: 'done' | 'refused' | 'interrupted' } }
>

/** How an act ended that was not interrupted; `reason` is a code of ours. */
export function ended<A extends AuditAct>(act: A, reason: string | null = null): A {
  return { ...act, facts: { ...act.facts, outcome: reason === null ? 'done' : 'refused', reason } }
}

/** What a host does to the server, and who is not let in: hosts read the texts of these, also each other's. */
export const ADMINISTRATIVE: ReadonlySet<AuditKind> = new Set([
  'catalogue',
  'catalogue-icon',
  'ceiling',
  'service',
  'forget',
  'suspension',
  'sign-in-refused',
])

/** Stands in the place of a person for what is about none: people have longer ids. */
export const SERVER = 'server'
