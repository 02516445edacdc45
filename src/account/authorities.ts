// What calls may do, inside a person's `Account`: the authority of a call when it begins, again while it runs,
// and its claims on grants of which there is only so much.

import type { Authority, GrantedRule } from '../policy/authority.ts'
import type { Surroundings } from '../policy/document-warnings.ts'
import { authorityOf, permittedVariables } from '../policy/authority.ts'
import { readsVariables } from '../policy/environment.ts'
import type { LabelSet } from '../policy/labels.ts'
import { isWithin, minus, parseLabelRule, union } from '../policy/labels.ts'
import type { Usage } from '../policy/life.ts'
import { isLimited } from '../policy/life.ts'
import { parseLimitRule } from '../policy/limit-rule.ts'
import type { RequestedLimits } from '../policy/requested-limits.ts'
import type { Result } from '../policy/result.ts'
import { ok } from '../policy/result.ts'
import type { Grant, Version } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { BegunCalls } from './begun-calls.ts'
import type { Ceilings, Layers, ReadCeiling } from './ceilings.ts'
import { isReadable, layersOf } from './ceilings.ts'
import { connectionInjections } from './connection-injections.ts'
import type { Claim, Claims, Moved } from './claims.ts'
import type { Expiries } from './expiries.ts'
import type { Relying } from './grants.ts'
import { grantsOf, idle, inForce, shown, termsOf } from './grants.ts'
import type { Held, Holdings } from './holdings.ts'
import type { Owners } from './owners.ts'
import type { Sealed } from './person-keys.ts'
import { injectionsOf } from './secrets.ts'
import type { SessionLabels } from './session-labels.ts'
import type { Variables } from './variables.ts'

/** Components whose opened values are kept in memory: 16 MiB at most, of an object's 128. */
const MAX_OPENED = 8

/**
 * Why a call does not run. `sealed`: its variables could not be opened, so what it was granted is not known.
 * `secrets-sealed`: nor could what its person has bound to its requests.
 * `ceiling-unreadable`: the host's policy for it is no policy any more. `waits`: the person has not looked at
 * its new version yet.
 */
export type NoAuthority = Sealed | 'secrets-sealed' | 'ceiling-unreadable' | 'waits'

/** A call under way, as it comes back for what it needs. */
export interface RunningCall extends Version {
  /** Its own id. What it asks for once it is on the record is not for it. */
  readonly call: string
  /** Under which it claims: its own id, or that of its first round. */
  readonly id: string
  /** Whose session it is made in (`policy/life.ts`). */
  readonly owner: string | null
  /** Which request it is (`policy/life.ts`, `requestOf`). */
  readonly request: string | null
}

export class Authorities {
  readonly #holdings: Holdings
  readonly #expiries: Expiries
  readonly #variables: Variables
  readonly #claims: Claims
  readonly #begun: Pick<BegunCalls, 'has'>
  readonly #tryAgain: () => Promise<void>
  readonly #owners: Owners
  readonly #ceilings: Ceilings
  readonly #labels: Pick<SessionLabels, 'chosen'>
  /** Names that this server answers to. */
  readonly ownHosts: readonly string[]

  constructor(parts: {
    readonly holdings: Holdings
    readonly expiries: Expiries
    readonly variables: Variables
    readonly claims: Claims
    readonly begun: Pick<BegunCalls, 'has'>
    /** Sees to it that `endAllSpent` is asked for soon. */
    readonly tryAgain: () => Promise<void>
    readonly owners: Owners
    readonly ceilings: Ceilings
    readonly labels: Pick<SessionLabels, 'chosen'>
    readonly ownHosts: readonly string[]
  }) {
    this.#holdings = parts.holdings
    this.#expiries = parts.expiries
    this.#variables = parts.variables
    this.#claims = parts.claims
    this.#begun = parts.begun
    this.#tryAgain = parts.tryAgain
    this.#owners = parts.owners
    this.#ceilings = parts.ceilings
    this.#labels = parts.labels
    this.ownHosts = parts.ownHosts
  }

  /** What the host allows to calls of a component at the most. */
  async ceilings(install: Pick<Install, 'source'>, at: number): Promise<readonly ReadCeiling[]> {
    return await this.#ceilings.of(install, at)
  }

  /** Where a policy for the component is to hold. */
  async surroundings(install: Pick<Install, 'source'>, at: number): Promise<Surroundings> {
    const ceilings = layersOf(await this.#ceilings.of(install, at))
    return { ceilings, ownHosts: this.ownHosts }
  }

  /**
   * What is found of what the person has, and what the host allows to it, both as they are when this answers: either
   * may change while the other is read. `null`: it is not there (any more).
   */
  async together<T extends { readonly install: Install }>(
    find: (held: Held) => T | null,
  ): Promise<(T & { readonly held: Held; readonly ceilings: readonly ReadCeiling[] }) | null> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- as often as something was written meanwhile
      const held = await this.#holdings.held()
      const found = find(held)
      if (found === null) return null
      // oxlint-disable-next-line no-await-in-loop
      const ceilings = await this.#ceilings.of(found.install, Date.now())
      if (this.#holdings.isCurrent(held)) return { ...found, held, ceilings }
    }
  }

  /** Of a call that begins under these ceilings, or why there is none. */
  async begin(
    held: Held,
    install: Install,
    ceilings: readonly ReadCeiling[],
    call: Relying,
  ): Promise<Authority | NoAuthority> {
    if (!isReadable(ceilings)) return 'ceiling-unreadable'
    const layers = layersOf(ceilings)
    const asked = this.#inForce(held, install, call)
    const values = await this.#open(held, install, layers, asked)
    if (!values.ok) return values.error
    // What was taken back while the values were opened.
    const now = await this.#holdings.held()
    const isThere = now.installs.some(isVersion(install))
    const grants = isThere ? this.#inForce(now, install, { ...call, at: Date.now() }) : []
    return this.#authority(now, install, layers, grants, values.value)
  }

  /** Of one that runs; `null` when its component is gone or has been replaced. */
  async renew(call: RunningCall): Promise<Authority | null> {
    const now = await this.together(({ installs }) => {
      const install = installs.find(isVersion(call))
      return install === undefined ? null : { install }
    })
    if (now === null) return null
    const { held, install, ceilings } = now
    const grants = this.#inForce(held, install, { ...call, at: Date.now() })
    return this.#authority(held, install, layersOf(ceilings), grants, new Map())
  }

  /**
   * `null`: there is no such grant for this call, nothing is left of it, or the call is over: its record, which may
   * come while D1 is read, has settled what it had claimed, and nobody settles it again.
   */
  async claim(call: RunningCall, grant: string, at: number): Promise<Claim | null> {
    const held = await this.#holdings.held()
    if (!this.#begun.has(call.call)) return null
    const install = held.installs.find(isVersion(call))
    if (install === undefined) return null
    const found = this.#inForce(held, install, { ...call, at }).find((one) => one.id === grant)
    if (found === undefined) return null
    return this.#claims.claim({ id: grant, terms: termsOf(found) }, call.id, at)
  }

  /**
   * Whether the person lets the component bring these labels into a session that then has all three. Of
   * limited grants, those that it takes are claimed; none, where they are not enough, or the call is over.
   */
  async mayComplete(call: RunningCall, brings: LabelSet, at: number): Promise<boolean> {
    const held = await this.#holdings.held()
    if (!this.#begun.has(call.call)) return false
    const install = held.installs.find(isVersion(call))
    if (install === undefined) return false
    const grants = this.#inForce(held, install, { ...call, at }).flatMap((grant) => {
      const labels = grant.permission === 'labels' ? parseLabelRule(grant.rule) : null
      const terms = termsOf(grant)
      return labels === null ? [] : [{ id: grant.id, labels, terms, limited: isLimited(terms) }]
    })
    let left = minus(brings, union(...grants.filter((g) => !g.limited).map((g) => g.labels)))
    const taken = grants.filter(({ labels, limited }) => {
      if (!limited || isWithin(left, minus(left, labels))) return false
      left = minus(left, labels)
      return true
    })
    if (left.length > 0) return false
    // Each is open to this call, and nothing is awaited in between.
    return taken.every(({ id, terms }) => this.#claims.claim({ id, terms }, call.id, at) !== null)
  }

  /** A call is over. Answers what it had claimed: `endSpent` ends what is over with it. */
  settle(call: string, moved: Moved, at: number, goesOn: boolean): readonly string[] {
    return this.#claims.settle(call, moved, at, goesOn)
  }

  /** A call that might have gone on does not: what it has reserved and not used comes back. */
  async giveUp(claimant: string, at: number): Promise<void> {
    const claimed = this.#claims.settle(claimant, {}, at)
    if (claimed.length > 0) await this.endSpent(claimed, at)
  }

  /** Calls that wait for the person keep what they have claimed, for a while. */
  get paused(): Pick<Claims, 'pause' | 'resume' | 'abandoned' | 'nextAt'> {
    return this.#claims
  }

  /** What nobody can claim any more is over in D1 as well. Where D1 does not take it, it is tried again. */
  async endSpent(claimed: readonly string[], at: number): Promise<void> {
    try {
      await this.#endOver(claimed, at)
      await this.#forgetQuiet(at)
    } catch (cause) {
      console.error('what is spent has not ended in D1', cause)
      await this.#tryAgain()
    }
  }

  /** The same for whatever was claimed and no call holds any more. */
  async endAllSpent(at: number): Promise<void> {
    await this.#endOver(this.#claims.unheld(at), at)
  }

  async #endOver(claimed: readonly string[], at: number): Promise<void> {
    if (claimed.length === 0) return
    const { grants } = await this.#holdings.held()
    const mine = grants.filter(({ id }) => claimed.includes(id))
    const over = mine.filter((g) => this.#claims.isOver({ id: g.id, terms: termsOf(g) }, at))
    const ids = over.map(({ id }) => id)
    await this.#expiries.end(ids, 'spent', at)
  }

  async #forgetQuiet(at: number): Promise<void> {
    // Listed before D1 is asked: what is claimed after that is of no grant that has ended.
    const quiet = this.#claims.quiet(at)
    if (quiet.length === 0) return
    const live = new Set((await this.#holdings.grants.live()).map(({ id }) => id))
    for (const id of quiet) if (!live.has(id)) this.#claims.forget(id)
  }

  /** A client that was away for too long comes back: its session is another one. */
  async saw(owner: string | null, at: number): Promise<void> {
    if (owner === null) return
    const { grants } = await this.#holdings.held()
    const over = idle(grants, { owner, at }, this.#owners)
    const ids = over.map(({ id }) => id)
    await this.#expiries.end(ids, 'session-ended', at)
    this.#owners.saw(owner, at)
  }

  /** What calls have claimed of a grant. */
  usage(grant: string, at: number): Usage {
    return this.#claims.usage(grant, at)
  }

  /** What was granted to a component and is not over. */
  shown(held: Held, install: Install, at: number): Grant[] {
    const sources = { claims: this.#claims, owners: this.#owners }
    return shown(grantsOf(held.grants, install), at, sources)
  }

  #inForce(held: Held, install: Install, call: Relying): Grant[] {
    const sources = { claims: this.#claims, owners: this.#owners }
    return inForce(grantsOf(held.grants, install), call, sources)
  }

  #granted(install: Install, grants: readonly Grant[]): GrantedRule[] {
    const chosen = this.#labels.chosen(install.source)
    return grants.flatMap((grant) => granted(grant, chosen))
  }

  #authority(
    held: Held,
    install: Install,
    ceilings: Layers,
    grants: readonly Grant[],
    values: ReadonlyMap<string, string>,
  ): Authority {
    return authorityOf({
      ceilings,
      grants: this.#granted(install, grants),
      narrowings: grants.flatMap(narrowing),
      component: install,
      ownHosts: this.ownHosts,
      values,
      injections: [...injectionsOf(held, install), ...connectionInjections(held, install)],
    })
  }

  /** The values that a call was granted, and no others: they are opened for nothing else. */
  async #open(
    held: Held,
    install: Install,
    ceilings: Layers,
    grants: readonly Grant[],
  ): Promise<Result<ReadonlyMap<string, string>, Sealed>> {
    const rules = this.#granted(install, grants)
    const keys = readsVariables(install.imports) ? permittedVariables(ceilings, rules) : []
    if (keys.length === 0) return ok(new Map())
    // Two calls may have different grants. No space is in a key.
    const place = [...keys.toSorted(), install.source].join(' ')
    const kept = held.opened.get(place)
    if (kept !== undefined) return ok(kept)
    const values = await this.#variables.open(install.source, keys)
    if (!values.ok) return values
    if (held.opened.size >= MAX_OPENED) held.opened.clear()
    held.opened.set(place, values.value)
    return values
  }
}

/** As the decision needs it. */
function granted(grant: Grant, chosen: ReadonlyMap<string, LabelSet>): GrantedRule[] {
  const { id, permission, rule, effect } = grant
  if (permission === 'limit' || permission === 'labels') return []
  const labels = chosen.get(id)
  const limited = isLimited(termsOf(grant))
  return [{ id, permission, rule, effect, limited, ...(labels === undefined ? {} : { labels }) }]
}

/** A limit that cannot be read is a fault: without it the call would have more than the person allows. */
function narrowing({ permission, rule }: Grant): RequestedLimits[] {
  if (permission !== 'limit') return []
  const limits = parseLimitRule(rule)
  if (limits === null) throw new Error('a stored limit does not parse')
  return [limits]
}

export function isVersion({ source, digest }: Version): (install: Install) => boolean {
  return (install) => install.source === source && install.digest === digest
}
