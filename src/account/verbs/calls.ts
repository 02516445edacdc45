// The verbs of a person's `Account` that calls use, from their admission to their record. Each is one round trip on a
// call's path.

import type { Authority } from '../../policy/authority.ts'
import type { LabelsDenial } from '../../policy/denial.ts'
import type { KeyValueAnswer, KeyValueFault, KeyValueOperation } from '../../policy/keyvalue.ts'
import type { Brought, LabelSet, LabelStanding } from '../../policy/labels.ts'
import type { Result } from '../../policy/result.ts'
import { err } from '../../policy/result.ts'
import type { ValueFault } from '../../policy/secret.ts'
import { parseServiceRef } from '../../policy/service.ts'
import type { Version } from '../../store/grants.ts'
import type { Install, InstalledTool } from '../../store/installs.ts'
import type { NoAuthority, RunningCall } from '../authorities.ts'
import { isVersion } from '../authorities.ts'
import type { BegunCall, CallAbout } from '../begun-calls.ts'
import { mostCalls } from '../ceilings.ts'
import type { Claim } from '../claims.ts'
import { grantsOf } from '../grants.ts'
import type { LabelledCall } from '../labelling.ts'
import type { Parts } from '../parts.ts'
import type { Receipt } from '../record.ts'
import type { Aftermath } from '../recording.ts'
import type { Round, RoundCall } from '../rounds.ts'
import type { OpenedSecret, Wanted } from '../secrets.ts'
import { toolNamed } from '../tool-names.ts'

type Needed = Pick<
  Parts,
  | 'alarm'
  | 'audit'
  | 'authorities'
  | 'begun'
  | 'connecting'
  | 'entries'
  | 'expiries'
  | 'goOn'
  | 'holdings'
  | 'labelling'
  | 'labels'
  | 'recording'
  | 'rounds'
  | 'running'
  | 'secrets'
  | 'settling'
  | 'standings'
>

/** What a call needs to know of a tool, and its authority for this one call. */
export interface AdmittedTool {
  readonly tool: InstalledTool
  readonly install: Install
  readonly authority: Authority | NoAuthority
  /** Calls of the person that are under way, this one included. */
  readonly underWay?: number
  /** Values of `injections`, for our side of the wall. */
  readonly secrets: readonly OpenedSecret[]
  readonly labels: LabelStanding
  /** Which life of its store the component has (`account/keyvalue.ts`). */
  readonly storeLife: number
}

/** A call under way, as it comes back for what its component keeps. */
export interface KeepingCall extends Version {
  /** As it was admitted. */
  readonly storeLife: number
}

export class CallVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  /**
   * Keeps what a call has been told until the person's next answer; the id is for one use. Nothing of a person who
   * was forgotten: what they typed would stay.
   */
  async keepRound(id: string, round: Round, at: number): Promise<void> {
    const { audit, authorities, goOn, rounds } = this.#parts
    if (!audit.isOpen()) return
    for (const claimant of rounds.keep(id, round, at)) goOn(authorities.giveUp(claimant, at))
    authorities.paused.pause(round.claimant, at)
  }

  async takeRound(id: string, call: RoundCall, at: number): Promise<Round | null> {
    const round = this.#parts.rounds.take(id, call, at)
    if (round !== null) this.#parts.authorities.paused.pause(round.claimant, at)
    return round
  }

  /**
   * What a call of this name runs, and what it may do now: one look at one state, in one round trip.
   * `null` when the person has no such tool. `call` is its id: it counts as under way until it is recorded.
   * `owner`: whose session it is made in; `request`: which request it is (`policy/life.ts`). `claimant`: under
   * which it has claimed grants before, as it goes on after an answer of the person. `about`: what the record says
   * of it should the server end before it does.
   */
  async admit(
    name: string,
    call: string,
    owner: string | null,
    claimant: string = call,
    request: string | null = null,
    about: CallAbout | null = null,
  ): Promise<AdmittedTool | 'too-many-calls' | null> {
    const at = Date.now()
    if (owner !== null) this.#parts.labels.wake(owner, at)
    await this.#parts.authorities.saw(owner, at)
    await this.#parts.expiries.endTimed(at)
    const found = await this.#parts.authorities.together((held) => {
      const tool = toolNamed(held.tools, name)
      const install = held.installs.find((i) => i.component === tool?.component)
      return tool === undefined || install === undefined ? null : { tool, install }
    })
    if (found === null) return null
    const { tool, install, held, ceilings } = found
    const storeLife = this.#parts.entries.life(install.source)
    if (held.waiting.some(({ component }) => component === install.component)) {
      const labels = this.#parts.labelling.standing(install, [], owner)
      return { tool, install, authority: 'waits', secrets: [], labels, storeLife }
    }
    const most = mostCalls(ceilings, grantsOf(held.grants, install))
    if (!this.#parts.running.begin(call, at, most)) return 'too-many-calls'
    const relying = { id: claimant, owner, request, at: Date.now() }
    const authority = await this.#parts.authorities.begin(held, install, ceilings, relying)
    if (about !== null && typeof authority !== 'string') {
      const { component, source, digest } = install
      const begun = { ...about, id: call, claimant, tool: name, component, source, digest }
      await this.begin(begun, authority.limits.wallClockMs)
      this.#parts.authorities.paused.resume(claimant)
    }
    const allowed = await this.#parts.secrets.beside(held, install, authority)
    const labels = this.#parts.labelling.standing(install, ceilings, owner)
    const underWay = this.#parts.running.count
    return { tool, install, ...allowed, labels, storeLife, underWay }
  }

  /** A call runs from now on, for so many milliseconds at the longest. Durable before this answers. */
  async begin(call: BegunCall, ms: number): Promise<void> {
    this.#parts.begun.begin(call, ms, Date.now())
    await this.#parts.alarm.copySoon()
  }

  /**
   * What a running call may do now; `null` when its component is gone or has been replaced. Without the
   * values of variables: those the guest has read cannot be taken back.
   */
  async renew(call: RunningCall): Promise<Authority | null> {
    const { authorities, standings } = this.#parts
    if (await standings.isSuspended()) return null
    const authority = await authorities.renew(call)
    // They may have been suspended while the rest was read.
    return (await standings.isSuspended()) ? null : authority
  }

  /**
   * A running call is about to rely on a limited grant: the first come is served, and the same call again gets
   * what it has. `null`: there is no such grant for it (any more). Durable before this answers.
   */
  async claim(call: RunningCall, grant: string): Promise<Claim | null> {
    return await this.#parts.authorities.claim(call, grant, Date.now())
  }

  /**
   * The value of a secret that a running call puts into a request: what it was not given when it began. `gone`: the
   * person has bound another one by that name meanwhile.
   */
  async secretValue(call: RunningCall, wanted: Wanted): Promise<Result<string, ValueFault>> {
    return parseServiceRef(wanted.name) === null
      ? await this.#parts.secrets.value(call, wanted)
      : await this.#parts.connecting.open.value(call, wanted, Date.now())
  }

  /** A host has answered a running call that it does not take the token of this service. */
  async doubtToken(call: RunningCall, service: string, token: string): Promise<void> {
    await this.#parts.connecting.open.doubt(call, service, token, Date.now())
  }

  /**
   * A running call is about to do what brings these labels into its session, having `brought` others. Durable
   * before this answers; what would complete all three is refused unless the person lets it.
   */
  async bring(
    call: LabelledCall,
    brings: LabelSet,
    brought: LabelSet,
  ): Promise<Result<Brought, LabelsDenial>> {
    if (!this.#parts.audit.isOpen()) throw new Error('the person was forgotten')
    return await this.#parts.labelling.bring(call, brings, brought, Date.now())
  }

  /**
   * Durable before this answers: the object's output gate holds the answer until the write is. Where nobody
   * knows what was moved under the grants that the call had claimed, all that it had reserved is used up.
   */
  async record(receipt: Receipt, aftermath?: Aftermath): Promise<void> {
    await this.#parts.recording.record(receipt, aftermath)
  }

  /** A call that might have gone on does not: what it has reserved under `claimant` and not used comes back. */
  async giveUp(claimant: string): Promise<void> {
    await this.#parts.authorities.giveUp(claimant, Date.now())
  }

  /**
   * What the component of this source keeps. A call that outlives its component, or the version that it runs, is
   * denied, also where the same bytes were unloaded and loaded again.
   */
  async keyValue(
    call: KeepingCall,
    operation: KeyValueOperation,
  ): Promise<Result<KeyValueAnswer, KeyValueFault>> {
    const { entries, holdings } = this.#parts
    const { installs } = await holdings.held()
    const isThere = installs.some(isVersion(call)) && entries.isLife(call.source, call.storeLife)
    return isThere ? entries.run(call.source, operation) : err('access-denied')
  }

  /** What is recorded of calls so far is in D1. */
  async callsCopied(): Promise<void> {
    await this.#parts.settling.settle(Date.now())
    await this.#parts.recording.copy()
  }
}
