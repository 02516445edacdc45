// One object per person: the only writer of that person's installs, grants and approvals, the place of
// their record, and who knows their live sessions. D1 stays the store of record; what is cached is rebuilt.

import { DurableObject } from 'cloudflare:workers'
import type { AuditAct, AuditEvent } from '../audit/event.ts'
import type { Signed } from '../audit/statement.ts'
import { digestOf } from '../component/digest.ts'
import type { Icon } from '../store/icons.ts'
import type { ToolModel } from '../component/tools.ts'
import { patient } from '../patience.ts'
import type { Authority } from '../policy/authority.ts'
import type { Changes } from '../policy/changes.ts'
import type { Denial, LabelsDenial } from '../policy/denial.ts'
import type { Brought, LabelSet, LabelStanding, Mode } from '../policy/labels.ts'
import type { Terms } from '../policy/life.ts'
import { ALWAYS, ownerOf, sessionOwner } from '../policy/life.ts'
import type { KeyValueAnswer, KeyValueFault, KeyValueOperation } from '../policy/keyvalue.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ServiceRef } from '../policy/service.ts'
import { parseServiceRef } from '../policy/service.ts'
import type { ValueFault } from '../policy/secret.ts'
import type { Approval } from '../store/approvals.ts'
import type { Mute, MutedClient } from '../store/mutes.ts'
import { Calls } from '../store/calls.ts'
import { Ceilings as CeilingStore } from '../store/ceilings.ts'
import { forgettingOf } from '../store/forgetting.ts'
import type { Grant, GrantKind } from '../store/grants.ts'
import type { Install, InstalledTool } from '../store/installs.ts'
import { Usages } from '../store/usages.ts'
import type { SecretRow } from '../store/secrets.ts'
import type { VariableName } from '../store/variables.ts'
import type { Revoked } from './acts.ts'
import { Acts } from './acts.ts'
import type { ExportRange } from './audit-archive.ts'
import { AuditArchive } from './audit-archive.ts'
import { AUDIT_SCHEMA, AuditChain } from './audit-chain.ts'
import { approvalEvent, callEvent } from './audit-events.ts'
import type { NoAuthority, RunningCall } from './authorities.ts'
import { Authorities } from './authorities.ts'
import type { BegunCall, CallAbout } from './begun-calls.ts'
import { BEGUN_CALLS_SCHEMA, BegunCalls } from './begun-calls.ts'
import type { ReadCeiling } from './ceilings.ts'
import { Ceilings, mostCalls } from './ceilings.ts'
import type { Claim, Moved } from './claims.ts'
import { Claims, CLAIMS_SCHEMA } from './claims.ts'
import type { Loaded, NewInstall, Replaced } from './components.ts'
import { Components, isTool } from './components.ts'
import { Expiries } from './expiries.ts'
import { giveIcon, iconOf } from './icons.ts'
import { hindsight } from './hindsight.ts'
import type { Connecting } from './connecting.ts'
import { connecting, CONNECTING_SCHEMA } from './connecting.ts'
import type { ConnectionFault, ConnectionsView, Wish as ConnectionWish } from './connections.ts'
import type { Held } from './holdings.ts'
import { Holdings } from './holdings.ts'
import { KEY_VALUE_SCHEMA, KeyValueEntries } from './keyvalue.ts'
import type { NarrowingView } from './narrowing.ts'
import { narrow, narrowingOf } from './narrowing.ts'
import type {
  ChoiceFault,
  ComponentLabels,
  LabelChoice,
  LabelledCall,
  LabelledSession,
  LabelsView,
} from './labelling.ts'
import { Labelling } from './labelling.ts'
import { Owners, OWNERS_SCHEMA } from './owners.ts'
import type { DecisionFault } from './permissions.ts'
import { Permissions } from './permissions.ts'
import type { VariableFault } from './person-variables.ts'
import { deleteVariable, setVariable } from './person-variables.ts'
import { PersonKeys } from './person-keys.ts'
import type { Muted, Question, Unasked, Word } from './questions.ts'
import { Questions } from './questions.ts'
import type { PolicyAnswer } from './policy.ts'
import { printRules, removePolicy, writePolicy } from './policy.ts'
import type { Receipt } from './record.ts'
import type { Refusal } from './refusals.ts'
import { RecentRefusals, REFUSALS_SCHEMA } from './refusals.ts'
import { RECORD_SCHEMA, RecordLog } from './record.ts'
import type { RefusedIdentity } from './refused-sign-ins.ts'
import { REFUSED_SIGN_INS_SCHEMA, RefusedSignIns } from './refused-sign-ins.ts'
import { RunningCalls } from './running.ts'
import type { Round, RoundCall } from './rounds.ts'
import { Rounds, ROUNDS_SCHEMA } from './rounds.ts'
import type { ServiceView, ServiceWriteFault } from './services.ts'
import type { NewSecret, OpenedSecret, SecretFault } from './secrets.ts'
import { Secrets } from './secrets.ts'
import type { Bringer } from './session-labels.ts'
import { LABELS_SCHEMA, SessionLabels } from './session-labels.ts'
import { Sessions, SESSIONS_SCHEMA } from './sessions.ts'
import type { UnusedGrants } from './used-grants.ts'
import { takeBackUnused, unusedGrants } from './used-grants.ts'
import { Settling } from './settling.ts'
import type { ClientStanding } from './standing.ts'
import type { StandingRule } from './standing-rules.ts'
import { standingRules } from './standing-rules.ts'
import { Standings } from './standing.ts'
import type { ListedTool, Provider } from './tool-list.ts'
import { providersOf, TOLD_SCHEMA, ToolList } from './tool-list.ts'
import type { OAuthGrant } from '../store/oauth-grants.ts'
import { OAuthGrants } from './oauth-grants.ts'
import type { Credential } from './spent-credentials.ts'
import { SPENT_CREDENTIALS_SCHEMA } from './spent-credentials.ts'
import { toolNamed } from './tool-names.ts'
import { Variables } from './variables.ts'
import type { VersionDecision, VersionView } from './versions.ts'
import { decideVersion, versionView } from './versions.ts'
import { Waiting } from './waiting.ts'

/** Milliseconds until records are copied to D1: short, so that pages are current. */
const COPY_DELAY_MS = 1_000
const SCHEMA = `
  ${SESSIONS_SCHEMA}
  ${SPENT_CREDENTIALS_SCHEMA}
  ${RECORD_SCHEMA}
  ${BEGUN_CALLS_SCHEMA}
  ${KEY_VALUE_SCHEMA}
  ${ROUNDS_SCHEMA}
  ${CLAIMS_SCHEMA}
  ${REFUSALS_SCHEMA}
  ${OWNERS_SCHEMA}
  ${LABELS_SCHEMA}
  ${AUDIT_SCHEMA}
  ${REFUSED_SIGN_INS_SCHEMA}
  ${CONNECTING_SCHEMA}
  ${TOLD_SCHEMA}
`

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
}

/** A loaded component as the person and the agent see it. */
export interface ComponentView {
  readonly install: Install
  readonly tools: readonly InstalledTool[]
  readonly grants: readonly Grant[]
  /** What the host allows at the most; none: the default. */
  readonly ceilings: readonly ReadCeiling[]
  /** A new version of it waits for the person. */
  readonly waits: boolean
  /** What was refused to it lately, newest first. */
  readonly refused: readonly Refusal[]
  /** Names only: values leave this object with an authority, and in no other way. */
  readonly variables: readonly VariableName[]
  readonly secrets: readonly SecretRow[]
  readonly labels: ComponentLabels
  readonly icon: Icon | null
}

/** What a call leaves behind besides its record. */
export interface Aftermath {
  /** Under which it has claimed grants; `null`: under its own id. */
  readonly claimant: string | null
  /** It waits for an answer of the person, and is run again with it. */
  readonly goesOn: boolean
  readonly moved: Moved
  readonly denials: readonly Denial[]
  /** What it brought into its session. */
  readonly labels: LabelSet
}

const UNKNOWN: Aftermath = { claimant: null, goesOn: false, moved: null, denials: [], labels: [] }

export class Account extends DurableObject<Env> {
  readonly #person: string
  readonly #holdings: Holdings
  readonly #permissions: Permissions
  readonly #expiries: Expiries
  readonly #questions: Questions
  readonly #calls: Calls
  readonly #settable: Parameters<typeof setVariable>[0]
  readonly #secrets: Secrets
  readonly #log: RecordLog
  readonly #begun: BegunCalls
  readonly #audit: AuditChain
  readonly #acts: Acts
  readonly #archive: AuditArchive
  readonly #entries: KeyValueEntries
  readonly #rounds: Rounds
  readonly #refusals: RecentRefusals
  readonly #refusedSignIns: RefusedSignIns
  readonly #components: Components
  readonly #authorities: Authorities
  readonly #labels: SessionLabels
  readonly #labelling: Labelling
  readonly #toolList: ToolList
  readonly #sessions: Sessions
  readonly #used: Parameters<typeof narrowingOf>[0]
  readonly #settling: Settling
  readonly #connecting: Connecting
  readonly #standings: Standings
  readonly #oauthGrants: OAuthGrants
  readonly #running = new RunningCalls()
  readonly #waiting = new Waiting()
  /** An alarm is set that copies what was recorded; after an eviction the next record sets it again. */
  #copyDue = false

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = patient(bindings)
    super(ctx, env)
    const name = ctx.id.name
    if (name === undefined) throw new Error('an account is opened by the id of its person')
    this.#person = name
    this.#calls = new Calls(env.DB)
    const keys = new PersonKeys(name, env.DB, env)
    const variables = new Variables(name, env.DB, keys)
    this.#holdings = new Holdings(name, env.DB, variables, () => {
      ctx.waitUntil(this.#toolList.look(Date.now).catch(() => {}))
    })
    this.#settable = { holdings: this.#holdings, variables }
    this.#secrets = new Secrets(this.#holdings, keys)
    this.#standings = new Standings(this.#holdings)
    this.#permissions = new Permissions(this.#holdings, variables)
    this.#questions = new Questions(this.#holdings)
    this.#log = new RecordLog(ctx.storage.sql)
    this.#begun = new BegunCalls(ctx.storage.sql)
    this.#audit = new AuditChain(ctx.storage, name, () => this.#copySoon())
    this.#acts = new Acts(this.#audit)
    this.#expiries = new Expiries(this.#holdings, this.#audit)
    this.#archive = new AuditArchive(name, this.#audit, env)
    this.#entries = new KeyValueEntries(ctx.storage)
    this.#rounds = new Rounds(ctx.storage.sql)
    this.#refusals = new RecentRefusals(ctx.storage.sql)
    this.#refusedSignIns = new RefusedSignIns(ctx.storage.sql)
    this.#components = new Components(this.#holdings, this.#entries, variables)
    this.#sessions = new Sessions(ctx.storage.sql, env.SESSION, name)
    this.#oauthGrants = new OAuthGrants({
      db: env.DB,
      person: name,
      acts: this.#acts,
      sessions: this.#sessions,
      sql: ctx.storage.sql,
    })
    const owners = new Owners(ctx.storage.sql)
    this.#labels = new SessionLabels(ctx.storage.sql, owners)
    this.#authorities = new Authorities({
      holdings: this.#holdings,
      expiries: this.#expiries,
      variables: variables,
      claims: new Claims(ctx.storage),
      owners,
      ceilings: new Ceilings(new CeilingStore(env.DB, env.OIDC_ISSUER), name),
      labels: this.#labels,
      ownHosts: [new URL(env.PUBLIC_URL).hostname],
    })
    const usages = new Usages(env.DB, name)
    this.#used = { holdings: this.#holdings, authorities: this.#authorities, usages }
    this.#settling = new Settling({
      begun: this.#begun,
      expiries: this.#expiries,
      refusedSignIns: this.#refusedSignIns,
      chain: this.#audit,
      record: (receipt) => this.record(receipt),
    })
    this.#connecting = connecting(env, {
      holdings: this.#holdings,
      keys,
      acts: this.#acts,
      sql: ctx.storage.sql,
      goOn: (work) => ctx.waitUntil(work),
    })
    this.#labelling = new Labelling({
      labels: this.#labels,
      authorities: this.#authorities,
      holdings: this.#holdings,
      host: env.LABELS_MODE,
    })
    this.#toolList = new ToolList({
      holdings: this.#holdings,
      authorities: this.#authorities,
      labelling: this.#labelling,
      sessions: this.#sessions,
      sql: ctx.storage.sql,
    })
    ctx.storage.sql.exec(SCHEMA)
    this.#sessions.prepare()
  }

  async tools(): Promise<readonly ListedTool[]> {
    return await this.#toolList.all(Date.now())
  }

  /** What answers for resources and prompts of components, under names that no tool has. */
  async providers(): Promise<readonly Provider[]> {
    return providersOf(await this.#holdings.held())
  }

  /** Keeps what a call has been told until the person's next answer; the id is for one use. */
  async keepRound(id: string, round: Round, at: number): Promise<void> {
    this.#rounds.keep(id, round, at)
  }

  async takeRound(id: string, call: RoundCall, at: number): Promise<Round | null> {
    return this.#rounds.take(id, call, at)
  }

  async components(): Promise<ComponentView[]> {
    const held = await this.#holdings.held()
    return await Promise.all(held.installs.map((install) => this.#view(held, install)))
  }

  /** `null` for a component that the person has not loaded. */
  async component(name: string): Promise<ComponentView | null> {
    const held = await this.#holdings.held()
    const install = held.installs.find((i) => i.component === name)
    return install === undefined ? null : await this.#view(held, install)
  }

  /** Who asked for each rule in force, and what is left of it, by the ids of grants. `null`: no such component. */
  async standingRules(component: string): Promise<Readonly<Record<string, StandingRule>> | null> {
    const parts = { holdings: this.#holdings, authorities: this.#authorities }
    return await standingRules(parts, component, Date.now())
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
    if (owner !== null) this.#labels.wake(owner, at)
    await this.#authorities.saw(owner, at)
    await this.#expiries.endTimed(at)
    const held = await this.#holdings.held()
    const tool = toolNamed(held.tools, name)
    const install = held.installs.find((i) => i.component === tool?.component)
    if (tool === undefined || install === undefined) return null
    if (held.waiting.some(({ component }) => component === install.component)) {
      const labels = this.#labelling.standing(install, [], owner)
      return { tool, install, authority: 'waits', secrets: [], labels }
    }
    const ceilings = await this.#authorities.ceilings(install, at)
    if (!this.#running.begin(call, at, mostCalls(ceilings))) return 'too-many-calls'
    const relying = { id: claimant, owner, request, at }
    const authority = await this.#authorities.begin(held, install, ceilings, relying)
    if (about !== null && typeof authority !== 'string') {
      const { component, source, digest } = install
      const begun = { ...about, id: call, tool: name, component, source, digest }
      await this.begin(begun, authority.limits.wallClockMs)
    }
    const allowed = await this.#secrets.beside(held, install, authority)
    const labels = this.#labelling.standing(install, ceilings, owner)
    return { tool, install, ...allowed, labels, underWay: this.#running.count }
  }

  /** A call runs from now on, for so many milliseconds at the longest. Durable before this answers. */
  async begin(call: BegunCall, ms: number): Promise<void> {
    this.#begun.begin(call, ms, Date.now())
    await this.#copySoon()
  }

  /**
   * What a running call may do now; `null` when its component is gone or has been replaced. Without the
   * values of variables: those the guest has read cannot be taken back.
   */
  async renew(call: RunningCall): Promise<Authority | null> {
    if (await this.#standings.isSuspended()) return null
    return await this.#authorities.renew(call, Date.now())
  }

  /**
   * A running call is about to rely on a limited grant: the first come is served, and the same call again gets
   * what it has. `null`: there is no such grant for it (any more). Durable before this answers.
   */
  async claim(call: RunningCall, grant: string): Promise<Claim | null> {
    return await this.#authorities.claim(call, grant, Date.now())
  }

  /** The value of a secret that a running call puts into a request: what it was not given when it began. */
  async secretValue(call: RunningCall, name: string): Promise<Result<string, ValueFault>> {
    return parseServiceRef(name) === null
      ? await this.#secrets.value(call, name)
      : await this.#connecting.open.value(call, name, Date.now())
  }

  /** A host has answered a running call that it does not take the token of this service. */
  async doubtToken(call: RunningCall, service: string, token: string): Promise<void> {
    await this.#connecting.open.doubt(call, service, token, Date.now())
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
    return await this.#labelling.bring(call, brings, brought, Date.now())
  }

  async labels(): Promise<LabelsView> {
    return this.#labelling.view(Date.now())
  }

  /** What was done in the session of this owner; `null`: nothing that is labelled. */
  async labelledSession(owner: string): Promise<LabelledSession | null> {
    return this.#labelling.session(owner)
  }

  /** The person's word: the session begins anew. False: there is no such. */
  async resetLabels(owner: string): Promise<boolean> {
    const session = this.#labelling.session(owner)
    if (session === null) return false
    await this.#acts.labelsReset(session, () => this.#labelling.reset(owner))
    return true
  }

  /** The person's word: what happens when the client would complete the three; `null`: what the host says. */
  async switchLabels(
    client: string,
    clientName: string,
    mode: Mode | null,
  ): Promise<Result<null, 'not-allowed' | 'too-many'>> {
    return await this.#acts.labelsSwitched(client, mode, () =>
      this.#labelling.setMode(client, clientName, mode, Date.now()),
    )
  }

  /** The person's word: what the use of a grant, or of what a component keeps, brings. */
  async chooseLabels(choice: LabelChoice): Promise<Result<null, ChoiceFault>> {
    const { grants } = await this.#holdings.held()
    const grant = grants.find(({ id }) => id === choice.place)
    return await this.#acts.labelsSet(choice, grant ?? null, () => this.#labelling.choose(choice))
  }

  /** With `replaced`, only in the place of exactly that: what came in between stays. */
  async install(
    wanted: NewInstall,
    models: readonly ToolModel[],
    reserved: readonly string[],
    replaced: Replaced | null = null,
  ): Promise<Result<Loaded, 'too-many-components' | 'component-changed'>> {
    // A token may outlive its person for the moment that its end takes to be known everywhere.
    if (!this.#audit.isOpen()) throw new Error('the person was forgotten')
    const result = await this.#acts.install(wanted, () =>
      this.#components.install(wanted, models, reserved, replaced, Date.now()),
    )
    if (result.ok) await this.#announceTools()
    return result
  }

  /** The person's word: the picture beside its tools, stored already; `null`: none of theirs. */
  async giveIcon(
    component: string,
    icon: Icon | null,
  ): Promise<Result<null, 'unknown-component' | 'nothing-there'>> {
    const given = await this.#acts.iconGiven(component, icon?.digest ?? null, () =>
      giveIcon(component, icon, this.#holdings),
    )
    if (given.ok) await this.#announceTools()
    return given
  }

  /** False when the person has no such component. Its grants, variables and entries end with it. */
  async uninstall(component: string, at: number): Promise<boolean> {
    const { connections } = this.#connecting
    const forget = (source: string): void => {
      this.#refusals.forget(source)
      this.#labels.forgetSource(source)
    }
    const removed = await connections.ending(
      await connections.of(component),
      { component, because: 'unloaded' },
      () =>
        this.#acts.uninstall(component, () =>
          this.#components.uninstall(component, at, ({ source }) => forget(source)),
        ),
      (isRemoved) => isRemoved,
    )
    if (removed) await this.#announceTools()
    return removed
  }

  /** Opens a question for the person to decide, or finds the same one open. */
  async ask(question: Question, at: number): Promise<Result<Approval, Unasked>> {
    const asked = await this.#questions.ask(question, at)
    if (asked.ok) await this.#noteQuestion(asked.value, at)
    return asked
  }

  /** A question that the person asks themselves, on a page: nothing mutes it. `null`: no such component. */
  async propose(
    component: string,
    permission: GrantKind,
    rule: string,
    at: number,
  ): Promise<Approval | null> {
    const asked = await this.#questions.propose(component, permission, rule, at)
    if (asked !== null) await this.#noteQuestion(asked, at)
    return asked
  }

  /** No more questions `of` what asks this one. `null`: the person has no such question. */
  async mute(id: string, until: number | null, at: number, of: Muted = 'component') {
    const muted = await this.approval(id)
    if (muted === null) return null
    const work = () => this.#questions.mute(id, of, until, at)
    const denied = await this.#acts.mute(muted, of, until, work)
    for (const each of denied ?? []) {
      // oxlint-disable-next-line no-await-in-loop -- one record after the other
      const approval = await this.approval(each)
      if (approval !== null) {
        // oxlint-disable-next-line no-await-in-loop
        await this.#acts.decision(approval, 'deny', ALWAYS, async () => ok(approval))
      }
      this.#waiting.tell(each)
    }
    return denied && true
  }

  async mutes(at: number): Promise<Mute[]> {
    return await this.#questions.mutes(at)
  }

  async mutedClients(at: number): Promise<MutedClient[]> {
    return await this.#questions.mutedClients(at)
  }

  /** False when it was not muted. */
  async unmuteClient(client: string): Promise<boolean> {
    return await this.#acts.unmuteClient(client, () => this.#questions.unmuteClient(client))
  }

  /** False when it was not muted. */
  async unmute(source: string): Promise<boolean> {
    return await this.#acts.unmute(source, () => this.#questions.unmute(source))
  }

  /**
   * Whether the person and this client of theirs may act now, by what the token's grant (`null`: none) allowed it;
   * `null`: there is no such person (any more).
   */
  async standing(
    client: string,
    grant: string | null = null,
  ): Promise<(ClientStanding & { readonly is_granted: boolean }) | null> {
    const standing = await this.#standings.of(client)
    if (standing === null) return null
    return { ...standing, is_granted: await this.#oauthGrants.has(grant, client, Date.now()) }
  }

  async oauthGrants(at: number): Promise<readonly OAuthGrant[]> {
    return await this.#oauthGrants.live(at)
  }

  /** The person lets a client act for them; no code of it is out yet. */
  async addOAuthGrant(grant: OAuthGrant): Promise<void> {
    await this.#oauthGrants.put(grant)
  }

  /** The client is done with what it was allowed. False: that was over. */
  async endOAuthGrant(id: string): Promise<boolean> {
    return await this.#oauthGrants.end(id, Date.now())
  }

  /** A client's code or refresh token was `accepted` or not. False: two have it, and what came of it is over. */
  async credentialUsed(credential: Credential, accepted: boolean): Promise<boolean> {
    return await this.#oauthGrants.used(credential, accepted, Date.now())
  }

  /** The person lets the client call tools or manage components: from now on no token of it gives anything. */
  async addAgent(client: string): Promise<void> {
    await this.#standings.addAgent(client)
  }

  /** The person's word: whatever they allowed the client before `at` is void from the next request on. */
  async endClient(client: string, name: string, at: number): Promise<void> {
    await this.#acts.clientEnded(client, name, async () => {
      await this.#standings.endClient(client, at)
      await this.#oauthGrants.endClient(client)
      await this.#sessions.end(client)
    })
  }

  /** A host's word. False: nothing has changed by it. `at` `null`: the person may act again. */
  async suspend(at: number | null): Promise<boolean> {
    const changed = await this.#standings.suspend(at)
    if (at !== null) await this.#sessions.end(null)
    return changed
  }

  /** The same question, found open, was recorded when it was opened. */
  async #noteQuestion(approval: Approval, at: number): Promise<void> {
    if (approval.asked_at === at) await this.#audit.append(approvalEvent(approval), Date.now())
  }

  async approval(id: string): Promise<Approval | null> {
    return await this.#questions.approval(id)
  }

  async openApprovals(at: number): Promise<Approval[]> {
    return await this.#questions.all(at)
  }

  /**
   * The person's word, from a page that only they can send. Each question is decided once. `value` is what
   * they typed for a variable that they allow: set together with the grant, or neither. `rule`: which of the
   * offered rules they chose.
   */
  async decide(
    id: string,
    decision: 'allow' | 'deny',
    at: number,
    value: string | null = null,
    terms: Terms = ALWAYS,
    rule: string | null = null,
  ): Promise<Result<Approval, DecisionFault>> {
    const approval = await this.approval(id)
    if (approval === null) return err('unknown')
    const given = { ...approval, rule: rule ?? approval.rule }
    const decided = await this.#acts.decision(given, decision, terms, () =>
      this.#permissions.decide(id, { decision, rule, value, terms }, at),
    )
    if (decided.ok) this.#waiting.tell(id)
    return decided
  }

  /** What the person says to a question, waited for; `open`: nothing yet. `over`: nothing will come of it. */
  async word(id: string, waitMs: number): Promise<Word | 'too-many-waiting'> {
    const told = this.#waiting.begin(id, waitMs)
    if (told === null) return 'too-many-waiting'
    // Whatever is decided from here on is told.
    const before = await this.#questions.word(id, Date.now())
    if (before !== 'open') {
      this.#waiting.tell(id)
      return before
    }
    await told
    return await this.#questions.word(id, Date.now())
  }

  /** Acts at once. True when such a grant was live; `null`: no such component. */
  async revokeNetwork(component: string, host: string, at: number): Promise<boolean | null> {
    return await this.#acts.revocation(component, 'network', host, () =>
      this.#permissions.revokeNetwork(component, host, at),
    )
  }

  /** Every access to exactly this uri. */
  async revokeStorage(component: string, uri: string, at: number): Promise<boolean | null> {
    return await this.#acts.revocation(component, 'storage', uri, () =>
      this.#permissions.revokeStorage(component, uri, at),
    )
  }

  /** Its value stays, until the person deletes it or the component is unloaded. */
  async revokeEnvironment(component: string, key: string, at: number): Promise<boolean | null> {
    return await this.#acts.revocation(component, 'environment', key, () =>
      this.#permissions.revokeEnvironment(component, key, at),
    )
  }

  /** What was let into sessions that then have all three labels, by exactly this rule. */
  async revokeLabels(component: string, rule: string, at: number): Promise<boolean | null> {
    return await this.#acts.revocation(component, 'labels', rule, () =>
      this.#permissions.revokeLabels(component, rule, at),
    )
  }

  /** Takes back whatever was allowed to a component. `null`: no such component. */
  async reset(component: string, at: number): Promise<true | null> {
    return await this.#acts.revocation(component, null, null, () =>
      this.#permissions.reset(component, at),
    )
  }

  /** The person's word: a policy in the place of all that they granted to the component, or nothing of it. */
  async writePolicy(component: string, text: Uint8Array, at: number): Promise<PolicyAnswer> {
    return await this.#acts.policyWritten(component, await digestOf(text), () =>
      writePolicy(component, text, this.#holdings, this.#authorities, at),
    )
  }

  /** The person's word: nothing is granted, denied or limited any more. False: no such component. */
  async removePolicy(component: string, at: number): Promise<boolean> {
    return await this.#acts.revocation(component, null, null, () =>
      removePolicy(component, this.#holdings, at),
    )
  }

  /** The rules in force as a document. `null`: no such component. */
  async printPolicy(component: string): Promise<string | null> {
    const view = await this.component(component)
    return view === null ? null : printRules(view.grants)
  }

  /** What this policy would have said to the calls since then; nothing is changed. */
  async whatIf(component: string, policy: string | Uint8Array, since: number, at: number) {
    await this.#copyRecords()
    return await hindsight(this.#used, component, policy, since, at)
  }

  /** Grants by their use: those that no call has relied on since then, and the others. */
  async unusedGrants(since: number, at: number): Promise<UnusedGrants> {
    await this.#copyRecords()
    return await unusedGrants(this.#used, since, at)
  }

  /** The person's word: all of these unused grants, or none. */
  async takeBackUnused(ids: readonly string[], since: number, at: number) {
    await this.#copyRecords()
    return await this.#acts.narrowed(since, () => takeBackUnused(this.#used, ids, since, at))
  }

  /** The smallest grants for what the component has used since then. `null`: no such component. */
  async narrowing(component: string, since: number, at: number): Promise<NarrowingView | null> {
    await this.#copyRecords()
    return await narrowingOf(this.#used, component, since, at)
  }

  /** The person's word: those in the place of what they had granted, as they have seen it. */
  async narrow(component: string, wish: Parameters<typeof narrow>[2], at: number) {
    await this.#copyRecords()
    return await this.#acts.narrowed(wish.since, () => narrow(this.#used, component, wish, at))
  }

  /** What is new about a version that waits for the person; `null`: none does under this name. */
  async version(component: string): Promise<VersionView | null> {
    return versionView(await this.#holdings.held(), component)
  }

  /** The person's word, for the version that they have `seen`. */
  async decideVersion(
    component: string,
    seen: string,
    decision: VersionDecision,
    at: number,
  ): Promise<Result<null, 'not-waiting' | 'changed'>> {
    const { connections } = this.#connecting
    const before = (await this.version(component))?.connections ?? []
    const decided = await connections.ending(
      decision === 'nothing' ? before : [],
      { component, because: 'new-version' },
      () =>
        this.#acts.version(component, seen, decision, () =>
          decideVersion(component, seen, decision, this.#holdings, at),
        ),
      ({ ok: isDecided }) => isDecided,
    )
    if (decided.ok) await this.#announceTools()
    return decided
  }

  /** What a component of the person can be connected to, and is. `null`: no such component. */
  async connections(component: string): Promise<ConnectionsView | null> {
    return await this.#connecting.connections.view(component)
  }

  /** The person's word: where to send their browser. */
  async beginConnection(
    wish: ConnectionWish,
    at: number,
  ): Promise<Result<string, ConnectionFault>> {
    return await this.#connecting.connections.begin(wish, at)
  }

  /** The browser came back with an `answer` of the service. The name of the component. */
  async finishConnection(
    ref: ServiceRef,
    answer: string,
    browser: string,
    at: number,
  ): Promise<Result<string, ConnectionFault>> {
    return await this.#connecting.connections.finish(ref, answer, browser, at)
  }

  /** What the service made of it; `null`: there was no such connection. */
  async disconnect(component: string, ref: ServiceRef): Promise<Revoked | null> {
    return await this.#connecting.connections.end(component, ref)
  }

  /** Services of the person's own. */
  async ownServices(): Promise<ServiceView[]> {
    return await this.#connecting.services.mine.all()
  }

  async putOwnService(
    name: string,
    draft: unknown,
    at: number,
  ): Promise<Result<ServiceView, ServiceWriteFault>> {
    return await this.#acts.ownServicePut(name, () =>
      this.#connecting.services.mine.put(name, draft, at),
    )
  }

  /** What was connected to it ends first. False when there was none. */
  async removeOwnService(name: string): Promise<boolean> {
    const { connections, services } = this.#connecting
    return await this.#acts.ownServiceRemoved(name, async () => {
      await connections.endOfService({ of: 'mine', name }, 'service-removed')
      return await services.mine.remove(name)
    })
  }

  /** The person's word: sets or replaces a value. Grants nothing. */
  async setVariable(
    component: string,
    key: string,
    value: string,
    at: number,
  ): Promise<Result<'set' | 'replaced', VariableFault>> {
    return await this.#acts.variableSet(component, key, () =>
      setVariable(this.#settable, component, { key, value }, at),
    )
  }

  /** False when there was no such value. Its grant stays. `null`: no such component. */
  async deleteVariable(component: string, key: string): Promise<boolean | null> {
    return await this.#acts.variableDeleted(component, key, () =>
      deleteVariable(this.#settable, component, key),
    )
  }

  /** The person's word: binds a value to hosts, or replaces value and binding. Grants no host. */
  async setSecret(
    component: string,
    secret: NewSecret,
    at: number,
  ): Promise<Result<'set' | 'replaced', SecretFault>> {
    return await this.#acts.secretSet(component, secret.name, () =>
      this.#secrets.set(component, secret, at),
    )
  }

  /** Holds for running calls within a second. False when there was none; `null`: no such component. */
  async deleteSecret(component: string, name: string): Promise<boolean | null> {
    return await this.#acts.secretDeleted(component, name, () =>
      this.#secrets.delete(component, name),
    )
  }

  /**
   * Durable before this answers: the object's output gate holds the answer until the write is. Where nobody
   * knows what was moved under the grants that the call had claimed, all that it had reserved is used up.
   */
  async record(receipt: Receipt, aftermath: Aftermath = UNKNOWN): Promise<void> {
    const { claimant, goesOn, moved, denials, labels } = aftermath
    this.#running.end(receipt.id)
    const { source, tool, started_at: at } = receipt
    await this.#audit.append(callEvent(receipt), Date.now(), () => {
      this.#begun.end(receipt.id)
      // Nothing but the chain is kept of what still runs for somebody who was forgotten.
      if (!this.#audit.isOpen()) return
      this.#log.append(receipt)
      if (source !== null) this.#refusals.add(source, tool, denials, at)
      this.#labelling.done(labels, bringerOf(receipt), Date.now())
    })
    const claimed = this.#authorities.settle(claimant ?? receipt.id, moved, goesOn)
    if (claimed.length > 0) this.ctx.waitUntil(this.#authorities.endSpent(claimed, Date.now()))
  }

  /** Puts on the person's chain what was done elsewhere, before its answer leaves. */
  async note(event: AuditEvent): Promise<void> {
    if (event.kind === 'sign-in') this.#standings.drop()
    await this.#audit.append(event, Date.now())
  }

  /** Somebody who has no chain of their own was not let in: of the object that stands for the server. */
  async noteRefusedSignIn(who: RefusedIdentity): Promise<void> {
    const at = Date.now()
    await this.#settling.settle(at)
    const event = this.#refusedSignIns.take(who, at)
    if (event === null) await this.#copySoon()
    else await this.#audit.append(event, at)
  }

  /** The same for an act that must not happen unrecorded: begun here, done elsewhere, settled here. */
  async beginAct(act: AuditAct): Promise<number> {
    return await this.#audit.begin(act, Date.now())
  }

  async settleAct(id: number, act: AuditAct): Promise<void> {
    await this.#audit.settle(id, act, Date.now())
  }

  /** The last record of the chain, once everything up to it is in D1. */
  async auditHead(): Promise<number> {
    await this.#settling.settle(Date.now())
    return await this.#archive.head()
  }

  /** Opens an export of the chain: everything that its statement speaks of is in the stores. */
  async openAudit(range: ExportRange): Promise<Signed | null> {
    await this.#settling.settle(Date.now())
    return await this.#archive.open(range, Date.now())
  }

  /**
   * Deletes the person: whatever is here, their rows, their drive, their sessions. The chain stays without its
   * texts. Begun once, it is gone on with after a crash.
   */
  async forget(): Promise<void> {
    await this.#archive.forget(Date.now())
    await this.#forgetRest()
    this.#standings.drop()
    this.#oauthGrants.forget()
  }

  /** A call that might have gone on does not: what it has reserved under `claimant` and not used comes back. */
  async giveUp(claimant: string): Promise<void> {
    const claimed = this.#authorities.settle(claimant, {}, false)
    if (claimed.length > 0) await this.#authorities.endSpent(claimed, Date.now())
  }

  /** What the component of this source keeps; a call that outlives its component is denied. */
  async keyValue(
    source: string,
    operation: KeyValueOperation,
  ): Promise<Result<KeyValueAnswer, KeyValueFault>> {
    const { installs } = await this.#holdings.held()
    if (!installs.some((install) => install.source === source)) return err('access-denied')
    return this.#entries.run(source, operation)
  }

  /** What is recorded of calls so far is in D1. */
  async callsCopied(): Promise<void> {
    await this.#settling.settle(Date.now())
    await this.#copyRecords()
  }

  async openSession(id: string, client: string, at: number): Promise<void> {
    for (const ended of await this.#sessions.open(id, client, at)) await this.closeSession(ended)
  }

  /** Its client still uses it. */
  async useSession(id: string, at: number): Promise<void> {
    this.#sessions.use(id, at)
  }

  /** What was granted for the session ends with it. */
  async closeSession(id: string): Promise<void> {
    this.#sessions.close(id)
    this.#labels.forget(sessionOwner(id))
    await this.#expiries.endSession(sessionOwner(id), Date.now())
  }

  override async alarm(): Promise<void> {
    this.#copyDue = false
    await this.#settling.settle(Date.now())
    await this.#copyRecords()
    await this.#archive.keep(Date.now())
    if (this.#audit.isClosing()) await this.#forgetRest()
    await this.#wakeInTime()
  }

  async #forgetRest(): Promise<void> {
    await this.#connecting.connections.endAll()
    const { db } = this.#holdings
    await this.#holdings.write(() => db.batch(forgettingOf(db, this.#person)))
    await this.#sessions.forget()
    await this.env.DRIVE.getByName(this.#person).forget(Date.now())
    this.#audit.closed()
  }

  async #copySoon(): Promise<void> {
    if (this.#copyDue) return
    this.#copyDue = true
    await this.ctx.storage.setAlarm(Date.now() + COPY_DELAY_MS)
  }

  async #wakeInTime(): Promise<void> {
    const due = [this.#archive.nextAt(), await this.#settling.nextAt()]
    const times = due.filter((time) => time !== null)
    // What came in meanwhile has set an earlier one.
    if (times.length > 0 && !this.#copyDue) await this.ctx.storage.setAlarm(Math.min(...times))
  }

  async #view(held: Held, install: Install): Promise<ComponentView> {
    const at = Date.now()
    const ceilings = await this.#authorities.ceilings(install, at)
    return {
      install,
      tools: held.tools.filter((t) => t.component === install.component && isTool(t)),
      grants: this.#authorities.shown(held, install, at),
      ceilings,
      waits: held.waiting.some(({ component }) => component === install.component),
      refused: this.#refusals.of(install.source),
      variables: held.variables.filter((v) => v.source === install.source),
      secrets: held.secrets.filter((s) => s.source === install.source),
      labels: this.#labelling.of(install, ceilings),
      icon: iconOf(held, install),
    }
  }

  async #copyRecords(): Promise<void> {
    for (;;) {
      const rows = this.#log.pending()
      const last = rows.at(-1)
      if (last === undefined) return
      await this.#calls.copy(this.#person, rows)
      this.#log.forget(last.seq)
    }
  }

  /** A component says that something of it has changed; whoever listens is told, and nobody waits for them. */
  async announce(component: string, changes: Changes): Promise<void> {
    this.ctx.waitUntil(this.#sessions.announce({ component, ...changes }))
  }

  /** What was granted for a session that no longer exists ends as well. */
  async #announceTools(): Promise<void> {
    for (const id of await this.#sessions.announceTools()) await this.closeSession(id)
  }
}

function bringerOf({
  client,
  client_name: clientName,
  session,
  tool,
  component,
}: Receipt): Bringer {
  return { owner: ownerOf(client, session), client, clientName, tool, component }
}
