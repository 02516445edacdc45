// The smallest grants for what a component has used, inside a person's `Account`: what they would be, and putting
// them in the place of those in force.

import { digestOf } from '../component/digest.ts'
import type { Change, HeldGrant } from '../policy/narrow.ts'
import { narrowGrants } from '../policy/narrow.ts'
import type { LabelSet } from '../policy/labels.ts'
import { isLimited } from '../policy/life.ts'
import { parseLimitRule } from '../policy/limit-rule.ts'
import { MAX_PERSON_RULES } from '../policy/person-rules.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Decision } from '../policy/usage.ts'
import type { Grant } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { Usages } from '../store/usages.ts'
import type { Narrowed } from './acts.ts'
import type { Authorities } from './authorities.ts'
import { layersOf } from './ceilings.ts'
import { termsOf } from './grants.ts'
import type { Holdings } from './holdings.ts'
import type { SessionLabels } from './session-labels.ts'

/** Calls of one component that are looked at, newest first: what came before them is not known. */
export const MAX_CALLS_LOOKED_AT = 5_000

/**
 * Why a grant stays as it is. `young`: given since. `passing`: limited, for one call or for a session, it ends by
 * itself. `labelled`: the person has said what its use brings, of this one grant. `not-known`: used by a call that used
 * more than is kept. `said`: another grant says already what would be in its place, and would end by that.
 */
export type Stays = 'young' | 'passing' | 'labelled' | 'not-known' | 'said'

export interface NarrowingView {
  readonly component: string
  readonly since: number
  /** Calls that were looked at. */
  readonly calls: number
  /**
   * Of them, those of which it is not known what they used; and whether there may be more, which were not looked at or
   * are forgotten.
   */
  readonly unknownCalls: number
  readonly more: boolean
  readonly changes: readonly { readonly grant: Grant; readonly becomes: readonly string[] }[]
  /** Used as they are. */
  readonly fitting: readonly Grant[]
  readonly staying: readonly { readonly grant: Grant; readonly why: Stays }[]
  /** Names exactly these changes. */
  readonly seal: string
}

export type NarrowFault = 'unknown-component' | 'changed' | 'nothing' | 'not-known'

interface Parts {
  readonly holdings: Holdings
  readonly authorities: Pick<Authorities, 'shown' | 'ceilings' | 'ownHosts'>
  readonly usages: Usages
  readonly labels: Pick<SessionLabels, 'chosen'>
}

/** `null`: no such component. */
export async function narrowingOf(
  parts: Parts,
  component: string,
  since: number,
  at: number,
): Promise<NarrowingView | null> {
  const { holdings, authorities, usages, labels } = parts
  const install = await holdings.install(component)
  if (install === undefined) return null
  const shown = authorities.shown(await holdings.held(), install, at)
  const used = await usedSince(usages, install, since)
  const labelled = labels.chosen(install.source)
  const allowing = shown.filter((grant) => grant.effect === 'allow' && isPlace(grant))
  const stays = new Map(
    allowing.map((grant) => [grant.id, staying(grant, { ...used, labelled }, since)]),
  )
  const changes = narrowGrants({
    grants: inOrder(shown.flatMap((grant) => held(grant, (stays.get(grant.id) ?? null) !== null))),
    narrowings: shown.flatMap(({ permission, rule }) =>
      permission === 'limit' ? (parseLimitRule(rule) ?? []) : [],
    ),
    under: {
      ceilings: layersOf(await authorities.ceilings(install, at)),
      imports: install.imports,
      ownHosts: authorities.ownHosts,
    },
    used: used.decisions,
  })
  const bounded = withinBound(changes, shown.length)
  const kept = besideOthers(bounded, shown)
  const isKept = new Set(kept.map(({ grant }) => grant))
  for (const { grant } of bounded) if (!isKept.has(grant)) stays.set(grant, 'said')
  const byId = new Map(kept.map((change) => [change.grant, change.becomes]))
  return {
    component,
    since,
    calls: used.calls,
    unknownCalls: used.unknownCalls,
    more: used.more || since < (await usages.since(at)),
    changes: allowing.flatMap((grant) => {
      const becomes = byId.get(grant.id)
      return becomes === undefined ? [] : [{ grant, becomes }]
    }),
    fitting: allowing.filter(({ id }) => !byId.has(id) && stays.get(id) === null),
    staying: allowing.flatMap((grant) => {
      const why = stays.get(grant.id) ?? null
      return why === null ? [] : [{ grant, why }]
    }),
    seal: await digestOf(JSON.stringify([install.source, install.digest, kept])),
  }
}

/**
 * Exactly the changes that `seal` names, in one transaction: what has been used or granted since makes others of
 * them. `acceptsUnknown`: also where it is not known what some calls used.
 */
export async function narrow(
  parts: Parts,
  component: string,
  wish: { readonly since: number; readonly seal: string; readonly acceptsUnknown: boolean },
  at: number,
): Promise<Result<Narrowed, NarrowFault>> {
  const { holdings } = parts
  return await holdings.write(async () => {
    const view = await narrowingOf(parts, component, wish.since, at)
    if (view === null) return err('unknown-component' as const)
    if (view.seal !== wish.seal) return err('changed' as const)
    if (view.changes.length === 0) return err('nothing' as const)
    if ((view.unknownCalls > 0 || view.more) && !wish.acceptsUnknown) {
      return err('not-known' as const)
    }
    const { db, grants } = holdings
    const given = view.changes.flatMap(({ grant, becomes }) =>
      becomes.map((rule) => {
        const smaller: Grant = { ...grant, id: crypto.randomUUID(), rule, granted_at: at }
        return { smaller, before: grant.id }
      }),
    )
    const named = ({ permission, rule }: Grant) => ({ component, permission, rule })
    await db.batch([
      ...view.changes.map(({ grant, becomes }) =>
        grants.end(grant.id, becomes.length === 0 ? 'revoked' : 'replaced', at),
      ),
      ...given.flatMap(({ smaller, before }) => [
        ...grants.entry(smaller, null),
        grants.inheritance(smaller.id, before),
      ]),
    ])
    return ok({
      ended: view.changes.map(({ grant }) => named(grant)),
      given: given.map(({ smaller }) => named(smaller)),
    })
  })
}

interface Used {
  readonly calls: number
  readonly unknownCalls: number
  readonly more: boolean
  /** What was asked and allowed, each once. */
  readonly decisions: readonly Decision[]
  /** Grants that calls used of which not everything is kept. */
  readonly beyond: ReadonlySet<string>
}

async function usedSince(usages: Usages, { source }: Install, since: number): Promise<Used> {
  const decisions = new Map<string, Decision>()
  const beyond = new Set<string>()
  let [calls, unknownCalls] = [0, 0]
  for await (const { usage } of usages.of(source, since, MAX_CALLS_LOOKED_AT + 1)) {
    calls += 1
    if (calls > MAX_CALLS_LOOKED_AT) break
    if (usage === null) unknownCalls += 1
    else if (!usage.complete) for (const grant of usage.grants) beyond.add(grant)
    for (const decision of usage?.decisions ?? []) {
      if (decision.verdict !== 'allowed') continue
      decisions.set(JSON.stringify([decision.asked, decision.namings]), decision)
    }
  }
  const more = calls > MAX_CALLS_LOOKED_AT
  return {
    calls: Math.min(calls, MAX_CALLS_LOOKED_AT),
    unknownCalls,
    more,
    decisions: [...decisions].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
    beyond,
  }
}

function staying(
  grant: Grant,
  { beyond, labelled }: Pick<Used, 'beyond'> & { labelled: ReadonlyMap<string, LabelSet> },
  since: number,
): Stays | null {
  const terms = termsOf(grant)
  if (isLimited(terms) || grant.life === 'session') return 'passing'
  // A smaller one in its place would bring the default again.
  if (labelled.has(grant.id)) return 'labelled'
  if (grant.granted_at > since) return 'young'
  return beyond.has(grant.id) ? 'not-known' : null
}

/** It names a place that calls reach. Bounds, and leave to bring labels, stay as they are. */
function isPlace({ permission }: Grant): boolean {
  return permission !== 'limit' && permission !== 'labels'
}

function held(grant: Grant, stays: boolean): HeldGrant[] {
  const { id, permission, rule, effect, life, until } = grant
  if (permission === 'limit' || permission === 'labels') return []
  const lasting = life === 'until' ? (until ?? 0) : 0
  return [
    {
      id,
      permission,
      rule,
      effect,
      limited: isLimited(termsOf(grant)),
      until: life === 'always' ? Infinity : lasting,
      stays: stays || effect === 'deny',
    },
  ]
}

/** What lasts longest is relied on first, and of that what is there anyway; limits come last. */
function inOrder(grants: readonly HeldGrant[]): HeldGrant[] {
  const order = (grant: HeldGrant) => (grant.limited ? -1 : grant.until)
  return grants.toSorted((a, b) => {
    const [first, second] = [order(b), order(a)]
    return first === second ? Number(b.stays) - Number(a.stays) : first - second
  })
}

/**
 * A rule is one grant: given anew, it would end the one that says it now, with its labels, its life and what is left of
 * it. Where that one is to stay, so does the larger one.
 */
function besideOthers(changes: readonly Change[], shown: readonly Grant[]): readonly Change[] {
  const ended = new Map(changes.map((change) => [change.grant, change]))
  const said = new Set(shown.filter(({ id }) => !ended.has(id)).map((grant) => wordOf(grant)))
  const fine = shown.flatMap((grant) => {
    const change = ended.get(grant.id)
    if (change === undefined) return []
    return change.becomes.some((rule) => said.has(wordOf({ ...grant, rule }))) ? [] : [change]
  })
  // What stays after all may be what another one would have become.
  return fine.length === changes.length ? changes : besideOthers(fine, shown)
}

/** What there is one live grant of (`Grants.entry`). */
function wordOf({ effect, permission, rule, owner, request }: Grant): string {
  return JSON.stringify([effect, permission, rule, owner, request])
}

/** A person has no more rules for a component than a policy may have. */
function withinBound(changes: readonly Change[], before: number): readonly Change[] {
  const after = changes.reduce((sum, { becomes }) => sum + becomes.length - 1, before)
  return after <= MAX_PERSON_RULES ? changes : changes.filter(({ becomes }) => becomes.length <= 1)
}
