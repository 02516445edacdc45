// The smallest grants that cover what a component has used (docs/narrowing.md says what that is). What a person
// gave is only ever made narrower: no rule covers more than the one in whose place it stands. Pure.

import type { Asked } from './asked.ts'
import { accessOf, targetOf } from './asked.ts'
import type { GrantedRule, Permission } from './authority.ts'
import type { DrivePath } from './drive-path.ts'
import type { Hostname } from './host.ts'
import { coversName, matches, seenName } from './host-match.ts'
import type { HostRule } from './host-rule.ts'
import { parseHostRule } from './host-rule.ts'
import { bindHostRuleTo } from './binding.ts'
import type { Reached } from './narrow-network.ts'
import { narrowHostRule } from './narrow-network.ts'
import type { UsedPath } from './narrow-storage.ts'
import { narrowStorageRule } from './narrow-storage.ts'
import type { RequestedLimits } from './requested-limits.ts'
import type { Access, StorageRule } from './storage-rule.ts'
import { matchesPath, parseStoredStorageRule, ruleForPath } from './storage-rule.ts'
import type { Decision } from './usage.ts'
import { isHostRuleWithin, isStorageRuleWithin } from './within.ts'
import type { Circumstances, Proposed } from './what-if.ts'
import { judgeRecorded, proposeGrants } from './what-if.ts'

/** What a person gave, in the order in which it is to be relied on: what lasts longest first. */
export interface HeldGrant extends GrantedRule {
  /** Unix milliseconds; `Infinity`: always. What stands for it lasts no longer. */
  readonly until: number
  /** It stays as it is: it ends by itself, is limited, labelled, too young, or used by what is not fully known. */
  readonly stays: boolean
}

export interface Change {
  /** By id. */
  readonly grant: string
  /** In its place, canonical; none: it was not used. */
  readonly becomes: readonly string[]
}

export interface NarrowRequest {
  readonly grants: readonly HeldGrant[]
  readonly narrowings: readonly RequestedLimits[]
  readonly under: Circumstances
  /** What was asked and allowed, each once. */
  readonly used: readonly Decision[]
}

/** Rules that may stand for one grant: with more, it stays as it is. */
export const MAX_RULES_FOR_ONE = 32

/** Grants that stay as they are have no change. */
export function narrowGrants(request: NarrowRequest): Change[] {
  const before = proposed(request, request.grants)
  const judged = request.used.map((decision) => ({
    decision,
    verdict: judgeRecorded(decision, before),
  }))
  // What the grants of today do not allow is nothing that they have to cover.
  const needed = judged.flatMap(({ decision, verdict }) => (verdict?.ok ? [decision] : []))
  const narrower = new Narrower(request)
  for (const { decision, verdict } of judged) if (verdict === null) narrower.restore(decision)
  for (const decision of needed) narrower.assign(decision)
  for (const decision of narrower.missing(needed)) narrower.supply(decision)
  // Whatever is not covered all the same keeps what it had.
  for (
    let missing = narrower.missing(needed);
    missing.length > 0;
    missing = narrower.missing(needed)
  ) {
    if (!missing.map((decision) => narrower.restore(decision)).includes(true)) {
      narrower.restoreAll()
    }
  }
  return narrower.changes()
}

/** Those grants with what stands in their place. */
export function afterChanges(
  grants: readonly HeldGrant[],
  changes: readonly Change[],
): HeldGrant[] {
  const byGrant = new Map(changes.map((change) => [change.grant, change]))
  return grants.flatMap((grant) => {
    const change = byGrant.get(grant.id)
    if (change === undefined) return [grant]
    return change.becomes.map((rule, n) => ({ ...grant, id: `${grant.id} ${n}`, rule }))
  })
}

function proposed({ narrowings, under }: NarrowRequest, grants: readonly HeldGrant[]): Proposed {
  return proposeGrants(grants, narrowings, under)
}

/** What one grant was used for. */
interface Uses {
  readonly reached: Reached[]
  readonly names: Hostname[]
  readonly paths: UsedPath[]
  isHanded: boolean
}

class Narrower {
  readonly #request: NarrowRequest
  readonly #uses = new Map<string, Uses>()
  readonly #restored = new Set<string>()

  constructor(request: NarrowRequest) {
    this.#request = request
    for (const { id, stays } of request.grants) {
      if (!stays) this.#uses.set(id, { reached: [], names: [], paths: [], isHanded: false })
    }
  }

  /** Notes what is certain to be needed of the first grant that covers it. */
  assign({ asked, namings }: Decision): void {
    switch (asked.kind) {
      case 'request':
      case 'connection': {
        const target = targetOf(asked)
        const isCut = asked.kind === 'request' && asked.cut
        const covers = (rule: HostRule) => matches(rule, target)
        this.#first('network', hostCovers(asked, namings, covers), (uses) => {
          uses.reached.push({ target, isCut })
        })
        return
      }
      case 'access':
        if (asked.access !== 'any') this.#use(asked.path, asked.access, namings)
        return
      case 'move':
        this.#use(asked.from, 'write', namings)
        this.#use(asked.to, 'write', namings)
        return
      case 'variable':
        this.#first(
          'environment',
          ({ rule }) => rule === asked.key,
          (uses) => {
            uses.isHanded = true
          },
        )
        return
      case 'lookup':
    }
  }

  /** Notes what is needed only because nothing else gives it. */
  supply({ asked, namings }: Decision): void {
    switch (asked.kind) {
      case 'lookup': {
        const name = asked.host as Hostname
        const covers = (rule: HostRule) => coversName(rule, seenName(name))
        this.#first('network', hostCovers(asked, namings, covers), (uses) => uses.names.push(name))
        return
      }
      case 'access':
        accessOf(asked.access).some((access) => this.#use(asked.path, access, namings))
        return
      case 'move':
        this.#use(asked.from, 'read', namings)
        return
      default:
    }
  }

  /** What is allowed now, and would not be any more. */
  missing(needed: readonly Decision[]): Decision[] {
    const { grants } = this.#request
    const after = proposed(this.#request, afterChanges(grants, this.changes()))
    return needed.filter((decision) => judgeRecorded(decision, after)?.ok !== true)
  }

  /** Leaves what covers it as it is; false when that does not help. */
  restore({ asked, namings, grants }: Decision): boolean {
    const before = this.#restored.size
    const isKnown = this.#request.grants.some(({ id }) => grants.includes(id))
    for (const grant of this.#request.grants) {
      const isMeant = grants.includes(grant.id) || (!isKnown && mayCover(grant, asked, namings))
      if (!grant.stays && isMeant) this.#restored.add(grant.id)
    }
    return this.#restored.size > before
  }

  restoreAll(): void {
    for (const { id } of this.#request.grants) this.#restored.add(id)
  }

  changes(): Change[] {
    const made = this.#request.grants.flatMap((grant): (Change & HeldGrant)[] => {
      const uses = this.#uses.get(grant.id)
      if (uses === undefined || this.#restored.has(grant.id)) return []
      const becomes = [...new Set(narrowed(grant, uses))].toSorted()
      const isFine = becomes.length <= MAX_RULES_FOR_ONE
      return isFine ? [{ ...grant, grant: grant.id, becomes }] : []
    })
    return withoutRepeats(made)
      .filter(({ becomes, rule }) => becomes.length !== 1 || becomes[0] !== rule)
      .map(({ grant, becomes }) => ({ grant, becomes }))
  }

  #use(path: string, access: Access, namings: Decision['namings']): boolean {
    const used = { path: path as DrivePath, access }
    return this.#first(
      'storage',
      (grant) => boundPaths(grant, namings).some((rule) => opens(rule, used)),
      (uses) => uses.paths.push(used),
    )
  }

  /** The first that covers it; one that stays does so without a note. False: none does. */
  #first(
    permission: Permission,
    covers: (grant: HeldGrant) => boolean,
    note: (uses: Uses) => void,
  ): boolean {
    const grant = this.#request.grants.find(
      (one) => one.permission === permission && one.effect === 'allow' && covers(one),
    )
    const uses = grant === undefined ? undefined : this.#uses.get(grant.id)
    if (uses !== undefined) note(uses)
    return grant !== undefined
  }
}

function narrowed({ permission, rule }: HeldGrant, uses: Uses): readonly string[] {
  switch (permission) {
    case 'environment':
      return uses.isHanded ? [rule] : []
    case 'network': {
      const parsed = parseHostRule(rule)
      if (!parsed.ok) return []
      return narrowHostRule(parsed.value, uses.reached, uses.names).map(({ text }) => text)
    }
    case 'storage': {
      const parsed = parseStoredStorageRule(rule)
      return parsed.ok ? narrowStorageRule(parsed.value, uses.paths).map(({ text }) => text) : []
    }
  }
}

/** Beyond it rules inside other rules are left: they do no harm. */
const MAX_COMPARED = 256

/** No rule that another one makes superfluous which lasts as long. */
function withoutRepeats<T extends Change & HeldGrant>(changes: readonly T[]): T[] {
  const all = changes.flatMap(({ permission, until, becomes }) =>
    becomes.map((rule) => ({ rule, until, within: comparerOf(permission, rule) })),
  )
  const isInside = (rule: Comparable, until: number) =>
    all.length <= MAX_COMPARED &&
    all.some((one) => one.until >= until && one.rule !== rule.text && one.within(rule))
  const seen = new Map<string, number>()
  return changes.map((change) => {
    const { permission, until } = change
    const becomes = change.becomes.filter((text) => {
      const key = `${permission} ${text}`
      if ((seen.get(key) ?? -1) >= until || isInside({ permission, text }, until)) return false
      seen.set(key, until)
      return true
    })
    return { ...change, becomes }
  })
}

interface Comparable {
  readonly permission: Permission
  readonly text: string
}

/** Whether a rule is within this one. */
function comparerOf(permission: Permission, text: string): (inner: Comparable) => boolean {
  const [host, path] = [parseHostRule(text), parseStoredStorageRule(text)]
  return (inner) => {
    if (inner.permission !== permission) return false
    if (permission === 'network' && host.ok) {
      const rule = parseHostRule(inner.text)
      return rule.ok && isHostRuleWithin(rule.value, host.value)
    }
    if (permission === 'storage' && path.ok) {
      const rule = parseStoredStorageRule(inner.text)
      return rule.ok && isStorageRuleWithin(rule.value, path.value)
    }
    return false
  }
}

function hostCovers(
  asked: Asked,
  namings: Decision['namings'],
  covers: (rule: HostRule) => boolean,
): (grant: HeldGrant) => boolean {
  return (grant) => boundHosts(grant, asked, namings).some(covers)
}

function boundHosts({ rule }: HeldGrant, asked: Asked, namings: Decision['namings']): HostRule[] {
  const parsed = parseHostRule(rule)
  if (!parsed.ok) return []
  const { value } = parsed
  const { host } = value
  if (host.kind !== 'argument') return [value]
  const name = 'host' in asked ? (asked.host as Hostname) : null
  return (namings ?? []).flatMap((naming) =>
    name === null || 'path' in naming || naming.argument !== host.path
      ? []
      : (bindHostRuleTo(value, { ...naming, name }) ?? []),
  )
}

function boundPaths({ rule }: HeldGrant, namings: Decision['namings']): StorageRule[] {
  const parsed = parseStoredStorageRule(rule)
  if (!parsed.ok) return []
  const { value } = parsed
  if (value.argument === null) return [value]
  return (namings ?? []).flatMap((naming) =>
    'path' in naming && naming.argument === value.argument
      ? [ruleForPath(naming.path as DrivePath, value.access)]
      : [],
  )
}

function opens(rule: StorageRule, { path, access }: UsedPath): boolean {
  return rule.access.includes(access) && matchesPath(rule, path)
}

/** Anything of the kind, where it cannot be told which it was. */
function mayCover(grant: HeldGrant, asked: Asked, namings: Decision['namings']): boolean {
  if (grant.effect !== 'allow') return false
  switch (asked.kind) {
    case 'variable':
      return grant.permission === 'environment' && grant.rule === asked.key
    case 'request':
    case 'connection':
      if (grant.permission !== 'network') return false
      return (
        namings === null || hostCovers(asked, namings, (r) => matches(r, targetOf(asked)))(grant)
      )
    case 'lookup':
      return grant.permission === 'network'
    case 'access':
    case 'move':
      return grant.permission === 'storage'
  }
}
