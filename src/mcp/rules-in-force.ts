// The rules in force for a component, as `get-policy` tells them: each with its life and where it comes from,
// then the host's ceilings and what was refused lately.

import type { ComponentView } from '../account/views.ts'
import type { ConnectionsView } from '../account/connections.ts'
import type { StandingRule } from '../account/standing-rules.ts'
import { neutralise, spelled, toldRule } from '../component/text.ts'
import { requestedLimits } from '../policy/authority.ts'
import { DEFAULT_CEILING, NOTHING_ALLOWED } from '../policy/ceiling.ts'
import type { Denial } from '../policy/denial.ts'
import { describeDenial } from '../policy/denial.ts'
import { policyValue } from '../policy/document-print.ts'
import { madeBy } from '../policy/life.ts'
import { parseLimitRule } from '../policy/limit-rule.ts'
import type { CallLimits } from '../policy/limits.ts'
import { effectiveLimits } from '../policy/requested-limits.ts'
import { CONSOLE_CLIENT } from '../store/approvals.ts'

type Grant = ComponentView['grants'][number]

const MAX_NAME_CHARS = 100
/** Characters of what a component chose in a refusal: there are many of them, and nobody has agreed to any. */
const MAX_REFUSED_CHARS = 300
/** A client id may be the address of a document. */
const MAX_ID_CHARS = 2_048

/** `owner`: whose session looks (`policy/life.ts`). */
export function rulesInForce(
  { grants, ceilings, refused, labels }: ComponentView,
  standing: Readonly<Record<string, StandingRule>>,
  owner: string,
) {
  return {
    rules: grants.map((grant) => {
      const chosen = labels.chosen[grant.id]
      // What the person says that its use brings.
      return {
        ...ruleOf(grant, standing[grant.id] ?? null),
        // Of others it is not told whose.
        ...(grant.owner === null ? {} : { session: grant.owner === owner ? 'this' : 'another' }),
        ...(chosen === undefined ? {} : { labels: chosen }),
      }
    }),
    ceilings:
      ceilings.length === 0
        ? [{ scope: 'everyone', from: 'default', policy: policyValue(DEFAULT_CEILING) }]
        : ceilings.map(({ scope, document }) => ({
            scope,
            from: 'host',
            // Until the host mends it, calls are refused.
            policy: document === null ? null : policyValue(document),
          })),
    refused_lately: refused.map(({ tool, at, denial }) => ({
      tool,
      at: seconds(at),
      why: describeDenial(denial),
      denial: asTheirs(denial),
    })),
  }
}

/** What a component chose stands apart: a host, a path, the rule for it, the calls of a session by their names. */
function asTheirs(denial: Denial) {
  const quoted = (text: string) => ({ theirs: spelled(text, MAX_REFUSED_CHARS) })
  const rule = 'rule' in denial ? { rule: quoted(denial.rule) } : {}
  switch (denial.permission) {
    case 'network':
      return { ...denial, host: quoted(denial.host), ...rule }
    case 'storage':
      return { ...denial, path: quoted(denial.path), ...rule }
    case 'labels': {
      const from = denial.from.map((one) => ({
        ...one,
        tool: quoted(one.tool),
        component: one.component === null ? null : quoted(one.component),
      }))
      return { ...denial, from }
    }
  }
}

/** What is put into its requests on our side, by name and place: no value leaves the server. */
export function boundTo(
  { install, secrets }: Pick<ComponentView, 'install' | 'secrets'>,
  connections: ConnectionsView | null,
) {
  const offered = connections?.offers.flatMap(({ connection }) => connection ?? []) ?? []
  const all = [...offered, ...(connections?.orphans ?? [])]
  return {
    secrets: secrets.map(({ name, digest, binding }) => ({
      name,
      hosts: binding.hosts.map(({ text }) => text),
      // False: it is for another version of the component.
      in_use: digest === install.digest,
    })),
    connections: all.map(({ service, state, scopes, hosts }) => ({
      service,
      state,
      scopes,
      hosts,
    })),
  }
}

/** Of a call that begins now. */
export function limitsInForce({
  grants,
  ceilings,
}: Pick<ComponentView, 'grants' | 'ceilings'>): CallLimits {
  const layers = ceilings.map(({ document }) => document ?? NOTHING_ALLOWED)
  const asked = (layers.length === 0 ? [DEFAULT_CEILING] : layers).map(requestedLimits)
  const narrowings = grants.flatMap(({ permission, rule }) =>
    permission === 'limit' ? (parseLimitRule(rule) ?? []) : [],
  )
  return effectiveLimits(asked, narrowings).limits
}

function ruleOf(grant: Grant, standing: StandingRule | null) {
  const { effect, permission, rule, life, until, uses, calls_an_hour, bytes } = grant
  const origin = standing?.origin ?? null
  const left = leftOf(standing)
  return {
    effect,
    permission_type: permission,
    rule: toldRule(rule),
    life,
    ...(until === null ? {} : { until: seconds(until) }),
    ...(grant.request === null ? {} : { only_for: callOf(grant.request) }),
    ...(uses === null ? {} : { uses }),
    ...(calls_an_hour === null ? {} : { calls_an_hour }),
    ...(bytes === null ? {} : { bytes }),
    ...(Object.keys(left).length === 0 ? {} : { left }),
    from: fromOf(grant, origin),
    ...(origin === null || origin.client === CONSOLE_CLIENT ? {} : { asked_by: askerOf(origin) }),
    ...(origin === null ? {} : { question_id: origin.question }),
    since: seconds(grant.granted_at),
  }
}

function fromOf({ origin }: Grant, asked: StandingRule['origin']): string {
  if (origin === 'document') return 'policy document of the person'
  return asked?.client === CONSOLE_CLIENT
    ? 'proposal of the publisher, allowed by the person'
    : 'decision of the person'
}

/** In the client's words, but for its id. */
function askerOf({ client, client_name, tool }: NonNullable<StandingRule['origin']>) {
  const name = neutralise(client_name, MAX_NAME_CHARS)
  return { client: spelled(client, MAX_ID_CHARS), client_name: name, tool }
}

function callOf(request: string) {
  const { client, tool } = madeBy(request)
  return { client: spelled(client, MAX_ID_CHARS), ...(tool === null ? {} : { tool }) }
}

/** Of what there is only so much. */
function leftOf(standing: StandingRule | null) {
  if (standing === null) return {}
  const { uses, thisHour, bytes } = standing.left
  return {
    ...(uses === null ? {} : { uses }),
    ...(thisHour === null ? {} : { calls_this_hour: thisHour }),
    ...(bytes === null ? {} : { bytes }),
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000)
