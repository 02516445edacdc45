// What a person says of what a component may do, inside their `Account`: decisions, and what is taken back.

import { toldRule } from '../component/text.ts'
import type { Permission } from '../policy/authority.ts'
import type { Terms } from '../policy/life.ts'
import { ALWAYS, isAlive, requestOf, requestOfClient, sessionOf } from '../policy/life.ts'
import { replacedBy } from '../policy/limit-rule.ts'
import { offeredRules } from '../policy/offers.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { isStoredRule } from '../policy/stored-rule.ts'
import type { Standing } from '../policy/taking-back.ts'
import { standingToHost, standingToPath } from '../policy/taking-back.ts'
import type { Approval } from '../store/approvals.ts'
import { Approvals, CONSOLE_CLIENT } from '../store/approvals.ts'
import type { Grant } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { Holdings } from './holdings.ts'
import type { Sessions } from './sessions.ts'
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
  /** It is allowed for a session that is over. */
  | 'session-over'
  | 'not-offered'
  | SettingFault

export type Revocable = Permission | 'labels'

/** What came of taking something back. */
export interface TakenBack {
  /** Something that was allowed is not any more. */
  readonly ended: boolean
  /** Rules that reach farther than what was named, and may allow some of it still. */
  readonly stillAllowedBy: readonly string[]
}

export class Permissions {
  readonly #holdings: Holdings
  readonly #approvals: Approvals
  readonly #variables: Variables
  readonly #sessions: Pick<Sessions, 'isLive'>

  constructor(holdings: Holdings, variables: Variables, sessions: Pick<Sessions, 'isLive'>) {
    this.#holdings = holdings
    this.#sessions = sessions
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
      // Its end has come, and would not come again for a grant.
      if (decision === 'allow' && terms.life === 'session' && !this.#isLive(approval.owner)) {
        return err('session-over' as const)
      }
      const given = decision === 'allow' ? [grantFor({ ...approval, rule }, terms, at)] : []
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

  /** What lies at `host`, a rule for hosts. `null`: no such component. */
  async revokeNetwork(component: string, host: string, at: number): Promise<TakenBack | null> {
    const standing = ({ rule }: Grant) => standingToHost(rule, host)
    return await this.#takeBack(component, 'network', standing, at)
  }

  /** Every access to what lies at `uri`: as rules are stored, or as agents are told them. */
  async revokeStorage(component: string, uri: string, at: number): Promise<TakenBack | null> {
    const standing = ({ rule }: Grant) =>
      toldRule(rule.slice(rule.indexOf(' ') + 1)) === uri ? 'inside' : standingToPath(rule, uri)
    return await this.#takeBack(component, 'storage', standing, at)
  }

  /** Its value stays, until the person deletes it or the component is unloaded. */
  async revokeEnvironment(component: string, key: string, at: number): Promise<boolean | null> {
    return await this.revokeRule(component, 'environment', key, at)
  }

  /** Exactly this rule. True when such a grant was live; `null`: no such component. */
  async revokeRule(
    component: string,
    permission: Revocable,
    rule: string,
    at: number,
  ): Promise<boolean | null> {
    const standing = (grant: Grant) => (grant.rule === rule ? 'inside' : 'apart')
    return (await this.#takeBack(component, permission, standing, at))?.ended ?? null
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

  #isLive(owner: string): boolean {
    const session = sessionOf(owner)
    // A client without sessions begins another one whenever it calls.
    return session === null || this.#sessions.isLive(session)
  }

  /** Limits of the same bound, by another number. */
  async #sameBound({ source, digest, permission, rule }: Approval): Promise<readonly Grant[]> {
    if (permission !== 'limit') return []
    const { grants } = await this.#holdings.held()
    const limits = grants.filter(
      (g) => g.source === source && g.digest === digest && g.permission === 'limit',
    )
    const others = replacedBy(
      rule,
      limits.map((limit) => limit.rule),
    )
    return limits.filter((limit) => others.includes(limit.rule))
  }

  /**
   * Takes back what was allowed, to whatever version: where a new one waits, the one before may be loaded again. What
   * the person denies, only they change.
   */
  async #takeBack(
    component: string,
    permission: Revocable,
    standingOf: (grant: Grant) => Standing,
    at: number,
  ): Promise<TakenBack | null> {
    return await this.#holdings.write(async () => {
      const install = await this.#holdings.install(component)
      if (install === undefined) return null
      const { grants } = await this.#holdings.held()
      const allowed = grants
        .filter((grant) => grant.source === install.source)
        .filter((grant) => grant.permission === permission && grant.effect === 'allow')
        .map((grant) => ({ grant, standing: standingOf(grant) }))
      const ended = allowed.filter(({ standing }) => standing === 'inside')
      const others = allowed.filter(({ standing }) => standing === 'reaches')
      const { db, grants: store } = this.#holdings
      if (ended.length > 0) {
        await db.batch(ended.map(({ grant }) => store.end(grant.id, 'revoked', at)))
      }
      // Whosever session it is for.
      const alive = others.filter(({ grant }) => isAlive(grant, { owner: grant.owner, at }, null))
      const rules = new Set(alive.map(({ grant }) => grant.rule))
      return { ended: ended.length > 0, stillAllowedBy: [...rules] }
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
