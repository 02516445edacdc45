// Whether a call may bring labels into its session, inside a person's `Account`, and what the person says of it:
// which uses bring which, what happens for which client, and that a session begins anew.

import type { LabelsDenial } from '../policy/denial.ts'
import type { Brought, HostMode, LabelSet, LabelStanding, Mode } from '../policy/labels.ts'
import {
  completes,
  effectiveMode,
  labelRule,
  labelsOf,
  labelsOfImports,
  NO_LABELS,
  readHostMode,
  union,
} from '../policy/labels.ts'
import { sessionOf } from '../policy/life.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Install } from '../store/installs.ts'
import type { Authorities, RunningCall } from './authorities.ts'
import type { ReadCeiling } from './ceilings.ts'
import type { Holdings } from './holdings.ts'
import type { NotSeen } from './seen.ts'
import { installSeen } from './seen.ts'
import type { Bringer, ClientMode, LabelEntry, SessionLabels } from './session-labels.ts'
import { KEPT } from './session-labels.ts'

/** A call that brings labels, as it comes back for them. `running` `null`: a tool of the server itself. */
export interface LabelledCall {
  readonly by: Bringer
  readonly running: RunningCall | null
}

/** One session with what it has done, oldest first. */
export interface LabelledSession {
  readonly owner: string
  readonly client: string
  readonly clientName: string
  readonly entries: readonly LabelEntry[]
}

/** All that the person can see and change of labels. */
export interface LabelsView {
  readonly host: HostMode
  readonly sessions: readonly LabelledSession[]
  readonly modes: readonly ClientMode[]
}

/** What is said of one use: of a grant by its id, or of what a component keeps. */
export interface LabelChoice {
  readonly component: string
  /** Id of a grant, or `keyvalue`. */
  readonly place: string
  /** `null`: the default again. */
  readonly labels: LabelSet | null
}

/** Labels of one component, as the person and the agent see them. */
export interface ComponentLabels {
  /** What every call of it brings, by its own word or the host's. */
  readonly declared: LabelSet
  /** The most that its calls bring by default. */
  readonly atMost: LabelSet
  /** What the person says of its uses, by place. */
  readonly chosen: Readonly<Record<string, LabelSet>>
}

export type ChoiceFault = NotSeen | 'unknown-grant'

export class Labelling {
  readonly #labels: SessionLabels
  readonly #authorities: Authorities
  readonly #holdings: Holdings
  readonly #host: HostMode

  constructor(parts: {
    readonly labels: SessionLabels
    readonly authorities: Authorities
    readonly holdings: Holdings
    readonly host: string | undefined
  }) {
    const host = readHostMode(parts.host)
    if (host === null) throw new Error('LABELS_MODE is not a mode')
    this.#labels = parts.labels
    this.#authorities = parts.authorities
    this.#holdings = parts.holdings
    this.#host = host
  }

  /** As a call of the component begins. */
  standing(
    { source, labels }: Pick<Install, 'source' | 'labels'>,
    ceilings: readonly ReadCeiling[],
    owner: string | null,
  ): LabelStanding {
    const kept = this.#labels.chosen(source).get(KEPT)
    return {
      has: owner === null ? NO_LABELS : this.#labels.has(owner),
      declared: union(labels, ...ceilings.map(({ document }) => document?.labels.add ?? NO_LABELS)),
      keyValue: labelsOf('keyvalue-read', kept === undefined ? [] : [{ labels: kept }]),
    }
  }

  of(install: Install, ceilings: readonly ReadCeiling[]): ComponentLabels {
    const { declared } = this.standing(install, ceilings, null)
    return {
      declared,
      atMost: labelsOfImports(install.imports, declared),
      chosen: Object.fromEntries(this.#labels.chosen(install.source)),
    }
  }

  /**
   * A call is about to do what brings these labels, having brought others. Everything up to the claim passes
   * without an await: of two calls that would complete the three together, one is told so.
   */
  async bring(
    { by, running }: LabelledCall,
    brings: LabelSet,
    brought: LabelSet,
    at: number,
  ): Promise<Result<Brought, LabelsDenial>> {
    const { mode, byHost } = await this.#modeOf(by.client, running?.source ?? '', at)
    const mayComplete = (): Promise<boolean> =>
      running === null ? Promise.resolve(false) : this.#authorities.mayComplete(running, brings, at)
    // Asked before the look at the session, which must be the last thing before the claim.
    const isNear = completes(union(this.#labels.has(by.owner), brought), brings)
    const permitted = mode === 'off' || (mode === 'ask' && isNear && (await mayComplete()))
    const has = union(this.#labels.has(by.owner), brought)
    const isComplete = completes(has, brings)
    if (isComplete && !permitted) {
      // Another call was there first: whether this may complete the three was not asked yet.
      if (!isNear) return await this.bring({ by, running }, brings, brought, at)
      const about = this.#about(by.owner, has, brings)
      if (mode === 'ask') return err({ reason: 'not-granted', rule: labelRule(brings), ...about })
      return err({ reason: byHost ? 'ceiling' : 'denied', ...about })
    }
    const now = union(has, brings)
    if (!this.#labels.add(now, by, at)) {
      return err({ reason: 'too-many-sessions', ...this.#about(by.owner, has, brings) })
    }
    return ok({ has: now, permitted: isComplete })
  }

  /** What a call did is done, whatever the person has said of its session meanwhile. */
  done(labels: LabelSet, by: Bringer, at: number): void {
    const isEnded = sessionOf(by.owner) !== null && this.#labels.isOver(by.owner, at)
    if (!isEnded) this.#labels.add(labels, by, at)
  }

  view(at: number): LabelsView {
    const sessions = new Map<string, LabelledSession>()
    for (const entry of this.#labels.all(at)) {
      const { owner, client, client_name: clientName } = entry
      const entries = [...(sessions.get(owner)?.entries ?? []), entry]
      sessions.set(owner, { owner, client, clientName, entries })
    }
    return {
      host: this.#host,
      sessions: [...sessions.values()].toReversed(),
      modes: this.#labels.modes(),
    }
  }

  /** `null`: it has done nothing that is labelled. */
  session(owner: string): LabelledSession | null {
    const entries = this.#labels.of(owner)
    const [first] = entries
    if (first === undefined) return null
    return { owner, client: first.client, clientName: first.client_name, entries }
  }

  reset(owner: string): void {
    this.#labels.forget(owner)
  }

  /** `off` only where the host lets people say so. */
  setMode(
    client: string,
    clientName: string,
    mode: Mode | null,
    at: number,
  ): Result<null, 'not-allowed' | 'too-many'> {
    if (mode === 'off' && effectiveMode(this.#host, [], 'off') !== 'off') return err('not-allowed')
    return this.#labels.setMode(client, clientName, mode, at) ? ok(null) : err('too-many')
  }

  /**
   * In turn with whatever ends a grant: a choice for one that was replaced meanwhile would be lost without a word.
   * `seen` as `seen.ts` has it.
   */
  async choose(
    { component, place, labels }: LabelChoice,
    seen: string | null,
  ): Promise<Result<null, ChoiceFault>> {
    return await this.#holdings.write(async () => {
      const found = await installSeen(this.#holdings, component, seen)
      if (!found.ok) return found
      const { source } = found.value
      const { grants } = await this.#holdings.held()
      const live = grants.filter((grant) => grant.source === source).map(({ id }) => id)
      if (place !== KEPT && !live.includes(place)) return err('unknown-grant' as const)
      this.#labels.choose(source, place, labels, live)
      return ok(null)
    })
  }

  /** `byHost`: whatever the person says. */
  async #modeOf(client: string, source: string, at: number) {
    const ceilings = await this.#authorities.ceilings({ source }, at)
    const modes = ceilings.map(({ document }) =>
      document === null ? 'refuse' : document.labels.mode,
    )
    const mode = effectiveMode(this.#host, modes, this.#labels.modeOf(client))
    return { mode, byHost: effectiveMode(this.#host, modes, null) === 'refuse' }
  }

  #about(owner: string, has: LabelSet, brings: LabelSet) {
    const entries = this.#labels.of(owner)
    const from = entries.map(({ label, tool, component, at }) => ({ label, tool, component, at }))
    return { permission: 'labels', brings: [...brings], has: [...has], from } as const
  }
}
