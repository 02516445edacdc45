// What a person says of what a component may do, inside their `Account`: decisions, and what is taken back.

import type { Permission } from '../policy/authority.ts'
import { parseHostRule, placeText } from '../policy/host-rule.ts'
import type { Terms } from '../policy/life.ts'
import { ALWAYS, requestOf, requestOfClient } from '../policy/life.ts'
import { offeredRules } from '../policy/offers.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { parseStorageRule, parseStoredStorageRule } from '../policy/storage-rule.ts'
import { isStoredRule } from '../policy/stored-rule.ts'
import type { Approval } from '../store/approvals.ts'
import { Approvals, CONSOLE_CLIENT } from '../store/approvals.ts'
import type { Grant } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import { grantsOf } from './grants.ts'
import type { Holdings } from './holdings.ts'
import type { SettingFault, Variables } from './variables.ts'

/** The person's word on a question. `value` is what they typed for a variable that they allow. */
export interface Decision {
  readonly decision: 'allow' | 'deny'
  /** One of `offeredRules`; without it, what was asked for. */
  readonly rule?: string | null
  readonly value?: string | null
  /** Without them, always. */
  readonly terms?: Terms
}

export type DecisionFault =
  | 'unknown'
  | 'decided'
  | 'expired'
  | 'gone'
  | 'not-offered'
  | SettingFault

export class Permissions {
  readonly #holdings: Holdings
  readonly #approvals: Approvals
  readonly #variables: Variables

  constructor(holdings: Holdings, variables: Variables) {
    this.#holdings = holdings
    this.#approvals = new Approvals(holdings.db)
    this.#variables = variables
  }

  /**
   * Each question is decided once. A value is set together with the grant, or neither; the grant takes the
   * place of one for the same rule.
   */
  async decide(
    id: string,
    { decision, rule: chosen = null, value = null, terms = ALWAYS }: Decision,
    at: number,
  ): Promise<Result<Approval, DecisionFault>> {
    return await this.#holdings.write(async () => {
      const approval = await this.#approvals.find(this.#holdings.person, id)
      if (approval === null) return err('unknown' as const)
      if (approval.decision !== null) return err('decided' as const)
      const { source, digest, permission, rule: asked } = approval
      const { installs, variables } = await this.#holdings.held()
      const asker = (i: Install): boolean => i.source === source && i.digest === digest
      // A grant would lie in wait for whoever loads that version again.
      if (decision === 'allow' && !installs.some(asker)) return err('gone' as const)
      if (approval.expires_at <= at) return err('expired' as const)
      const rule = chosen ?? asked
      const isRule = decision === 'deny' || isStoredRule(permission, rule)
      if (!isRule || !offeredRules(permission, asked).includes(rule)) {
        return err('not-offered' as const)
      }
      const isSet = decision === 'allow' && permission === 'environment' && value !== null
      const setting = isSet
        ? await this.#variables.setting({ source, key: rule, value, at }, variables)
        : ok([])
      if (!setting.ok) return setting
      // What bounds a call is in nobody's way for a while: it holds until the person says another.
      const life = permission === 'limit' ? ALWAYS : terms
      const given = decision === 'allow' ? [grantFor({ ...approval, rule }, life, at)] : []
      const others = decision === 'allow' ? await this.#sameBound(approval) : []
      const [decided] = await this.#holdings.db.batch([
        this.#approvals.decision(approval, decision, at),
        ...others.map((other) => this.#holdings.grants.end(other.id, 'replaced', at)),
        ...given.flatMap((grant) => this.#holdings.grants.entry(grant, id)),
        ...setting.value,
      ])
      return (decided?.meta.changes ?? 0) > 0 ? ok(approval) : err('decided' as const)
    })
  }

  /** True when such a grant was live; `null`: no such component. */
  async revokeNetwork(component: string, host: string, at: number): Promise<boolean | null> {
    const asked = parseHostRule(host)
    const same = ({ rule }: Grant) => {
      const parsed = parseHostRule(rule)
      if (!asked.ok || !parsed.ok) return rule === host
      // Without methods the place is meant, with whatever methods it was granted; a bare host with all that lies there.
      const { methods, scheme, pathPrefix } = asked.value
      if (methods !== null) return parsed.value.text === asked.value.text
      const isBare = scheme === null && pathPrefix === null && parsed.value.scheme !== 'tcp'
      const bare = { scheme: null, pathPrefix: null }
      return placeText(isBare ? { ...parsed.value, ...bare } : parsed.value) === asked.value.text
    }
    return await this.#revoke(component, 'network', same, at)
  }

  /** Every access to exactly this uri. */
  async revokeStorage(component: string, uri: string, at: number): Promise<boolean | null> {
    const asked = parseStorageRule(uri, ['read'])
    if (!asked.ok) return await this.#revoke(component, 'storage', () => false, at)
    const same = (grant: Grant) => {
      const rule = parseStoredStorageRule(grant.rule)
      return rule.ok && rule.value.uri === asked.value.uri
    }
    return await this.#revoke(component, 'storage', same, at)
  }

  /** Its value stays, until the person deletes it or the component is unloaded. */
  async revokeEnvironment(component: string, key: string, at: number): Promise<boolean | null> {
    return await this.#revoke(component, 'environment', (grant) => grant.rule === key, at)
  }

  async revokeLabels(component: string, rule: string, at: number): Promise<boolean | null> {
    return await this.#revoke(component, 'labels', (grant) => grant.rule === rule, at)
  }

  /** Takes back whatever was allowed. What the person denies or limits stays. `null`: no such component. */
  async reset(component: string, at: number): Promise<true | null> {
    return await this.#holdings.write(async () => {
      const install = await this.#holdings.install(component)
      if (install === undefined) return null
      await this.#holdings.grants.endAllowedOfSource(install.source, 'reset', at).run()
      return true
    })
  }

  /** Limits of the same bound, by another number. */
  async #sameBound({ source, digest, permission, rule }: Approval): Promise<readonly Grant[]> {
    if (permission !== 'limit') return []
    const { grants } = await this.#holdings.held()
    const bound = rule.split(' ', 1)[0]
    return grants.filter(
      (g) =>
        g.source === source &&
        g.digest === digest &&
        g.permission === 'limit' &&
        g.rule !== rule &&
        g.rule.split(' ', 1)[0] === bound,
    )
  }

  /** Takes back what was allowed: what the person denies, only they change. */
  async #revoke(
    component: string,
    permission: Permission | 'labels',
    which: (grant: Grant) => boolean,
    at: number,
  ): Promise<boolean | null> {
    return await this.#holdings.write(async () => {
      const install = await this.#holdings.install(component)
      if (install === undefined) return null
      const { grants } = await this.#holdings.held()
      const live = grantsOf(grants, install).filter(
        (g) => g.permission === permission && g.effect === 'allow' && which(g),
      )
      if (live.length === 0) return false
      const { db, grants: store } = this.#holdings
      await db.batch(live.map(({ id }) => store.end(id, 'revoked', at)))
      return true
    })
  }
}

function grantFor(approval: Approval, terms: Terms, at: number) {
  const { source, digest, permission, rule, owner } = approval
  const { life, until, uses, callsAnHour, bytes } = terms
  const grant: Grant = {
    id: crypto.randomUUID(),
    source,
    digest,
    effect: 'allow',
    permission,
    rule,
    life,
    owner: life === 'session' ? owner : null,
    request: life === 'once' ? calledFor(approval) : null,
    until,
    uses,
    calls_an_hour: callsAnHour,
    bytes,
    origin: 'question',
    granted_at: at,
  }
  return grant
}

/** What "for one call" is for: the refused one, or the next of the client that asked without one. */
function calledFor({ client, tool, arguments_digest: args }: Approval): string | null {
  // The person has asked themselves, on a page: they know of no client.
  if (client === CONSOLE_CLIENT) return null
  return args === '' ? requestOfClient(client) : requestOf(client, tool, args)
}
