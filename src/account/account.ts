// One object per person: the only writer of that person's installs, grants and approvals, the place of
// their record, and who knows their live sessions. D1 stays the store of record; what is cached is rebuilt.

import { DurableObject } from 'cloudflare:workers'
import type { AuditAct, AuditEvent } from '../audit/event.ts'
import type { Signed } from '../audit/statement.ts'
import type { ToolModel } from '../component/tools.ts'
import type { Authority, GrantedRule, Permission } from '../policy/authority.ts'
import { authorityOf, permittedVariables } from '../policy/authority.ts'
import { DEFAULT_CEILING } from '../policy/ceiling.ts'
import { readsVariables } from '../policy/environment.ts'
import { parseHostRule, placeText } from '../policy/host-rule.ts'
import { parseStorageRule, parseStoredStorageRule } from '../policy/storage-rule.ts'
import type { KeyValueAnswer, KeyValueFault, KeyValueOperation } from '../policy/keyvalue.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { CallRow } from '../store/calls.ts'
import { Calls } from '../store/calls.ts'
import type { Approval, Grant, RevokedBecause } from '../store/grants.ts'
import { Grants } from '../store/grants.ts'
import { forgettingOf } from '../store/forgetting.ts'
import type { Install, InstalledTool } from '../store/installs.ts'
import { Installs } from '../store/installs.ts'
import type { VariableName } from '../store/variables.ts'
import { Acts } from './acts.ts'
import type { ExportRange } from './audit-archive.ts'
import { AuditArchive } from './audit-archive.ts'
import { AUDIT_SCHEMA, AuditChain } from './audit-chain.ts'
import { approvalEvent, callEvent } from './audit-events.ts'
import { KEY_VALUE_SCHEMA, KeyValueEntries } from './keyvalue.ts'
import type { Receipt } from './record.ts'
import { RECORD_SCHEMA, RecordLog } from './record.ts'
import { RunningCalls } from './running.ts'
import type { Round, RoundCall } from './rounds.ts'
import { Rounds, ROUNDS_SCHEMA } from './rounds.ts'
import { nameTools } from './tool-names.ts'
import type { Sealed, SettingFault } from './variables.ts'
import { Variables } from './variables.ts'

/** Milliseconds an unanswered question stays open. */
const APPROVAL_LIFE_MS = 15 * 60_000
/** Milliseconds until records are copied to D1: short, so that pages are current. */
const COPY_DELAY_MS = 1_000
/** Components of one person. */
const MAX_INSTALLS = 200
/** Components whose opened values are kept in memory: 16 MiB at most, of an object's 128. */
const MAX_OPENED = 8

const CEILINGS = [DEFAULT_CEILING] as const

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY,
    opened_at INTEGER NOT NULL
  ) STRICT;
  ${RECORD_SCHEMA}
  ${KEY_VALUE_SCHEMA}
  ${ROUNDS_SCHEMA}
  ${AUDIT_SCHEMA}
`

/** What a call needs to know of a tool, and its authority for this one call. */
export interface AdmittedTool {
  readonly tool: InstalledTool
  readonly install: Install
  /** `sealed`: its variables could not be opened, so what it was granted is not known. */
  readonly authority: Authority | Sealed
}

/** A loaded component as the person and the agent see it. */
export interface ComponentView {
  readonly install: Install
  readonly tools: readonly InstalledTool[]
  readonly grants: readonly Grant[]
  /** Names only: values leave this object with an authority, and in no other way. */
  readonly variables: readonly VariableName[]
}

export type VariableFault = 'unknown-component' | SettingFault
export type DecisionFault = 'unknown' | 'decided' | 'expired' | 'gone' | VariableFault

export interface Loaded {
  readonly component: string
  readonly reloaded: boolean
  readonly tools: readonly string[]
  readonly renamed: Readonly<Record<string, string>>
}

/** Who asks, and for what: shown to the person as it is. */
export interface Question {
  readonly client: string
  readonly clientName: string
  readonly component: string
  readonly tool: string
  readonly permission: Permission
  readonly rule: string
}

export interface NewInstall extends Omit<Install, 'person' | 'component'> {
  /** The name wished for; another component of that name and another source makes it longer. */
  readonly wish: string
}

/** What an install was when the work for its successor began. */
export type Replaced = Pick<Install, 'digest' | 'wit'>

interface Holdings {
  readonly installs: readonly Install[]
  readonly tools: readonly InstalledTool[]
  readonly grants: readonly Grant[]
  readonly variables: readonly VariableName[]
  /** Opened values by source, kept for the next call. */
  readonly opened: Map<string, ReadonlyMap<string, string>>
}

export class Account extends DurableObject<Env> {
  readonly #person: string
  readonly #installs: Installs
  readonly #grants: Grants
  readonly #calls: Calls
  readonly #variables: Variables
  readonly #log: RecordLog
  readonly #audit: AuditChain
  readonly #acts: Acts
  readonly #archive: AuditArchive
  readonly #entries: KeyValueEntries
  readonly #rounds: Rounds
  readonly #running = new RunningCalls()
  readonly #ownHosts: readonly string[]
  /** Rebuilt from D1 whenever it is missing; dropped before and after every write. */
  #holdings: Promise<Holdings> | null = null
  /** An alarm is set that copies what was recorded; after an eviction the next record sets it again. */
  #copyDue = false
  /** Writes pass one at a time: an await of D1 would let the next request in between. */
  #writes: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const name = ctx.id.name
    if (name === undefined) throw new Error('an account is opened by the id of its person')
    this.#person = name
    this.#installs = new Installs(env.DB)
    this.#grants = new Grants(env.DB)
    this.#calls = new Calls(env.DB)
    this.#variables = new Variables(name, env.DB, env)
    this.#log = new RecordLog(ctx.storage.sql)
    this.#audit = new AuditChain(ctx.storage, name, () => this.#copySoon())
    this.#acts = new Acts(this.#audit)
    this.#archive = new AuditArchive(name, this.#audit, env)
    this.#entries = new KeyValueEntries(ctx.storage)
    this.#rounds = new Rounds(ctx.storage.sql)
    this.#ownHosts = [new URL(env.PUBLIC_URL).hostname]
    ctx.storage.sql.exec(SCHEMA)
  }

  async tools(): Promise<readonly InstalledTool[]> {
    return (await this.#held()).tools.filter(isTool)
  }

  /** What answers for resources and prompts of components, under names that no tool has. */
  async providers(): Promise<readonly InstalledTool[]> {
    return (await this.#held()).tools.filter((tool) => !isTool(tool))
  }

  /** Keeps what a call has been told until the person's next answer; the id is for one use. */
  async keepRound(id: string, round: Round, at: number): Promise<void> {
    this.#rounds.keep(id, round, at)
  }

  async takeRound(id: string, call: RoundCall, at: number): Promise<Round | null> {
    return this.#rounds.take(id, call, at)
  }

  async components(): Promise<ComponentView[]> {
    const held = await this.#held()
    return held.installs.map((install) => view(held, install))
  }

  /** `null` for a component that the person has not loaded. */
  async component(name: string): Promise<ComponentView | null> {
    const held = await this.#held()
    const install = held.installs.find((i) => i.component === name)
    return install === undefined ? null : view(held, install)
  }

  /**
   * What a call of this name runs, and what it may do now: one look at one state, in one round trip.
   * `null` when the person has no such tool. `call` is its id: it counts as under way until it is recorded.
   */
  async admit(name: string, call: string): Promise<AdmittedTool | 'too-many-calls' | null> {
    const held = await this.#held()
    const tool = held.tools.find((t) => t.name === name)
    const install = held.installs.find((i) => i.component === tool?.component)
    if (tool === undefined || install === undefined) return null
    if (!this.#running.begin(call, Date.now())) return 'too-many-calls'
    const values = await this.#open(held, install)
    if (!values.ok) return { tool, install, authority: values.error }
    const authority = authorityOf({
      ceilings: CEILINGS,
      grants: grantsOf(held, install).map(granted),
      component: install,
      ownHosts: this.#ownHosts,
      values: values.value,
    })
    return { tool, install, authority }
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
      this.#install(wanted, models, reserved, replaced),
    )
    if (result.ok) await this.#announceTools()
    return result
  }

  async #install(
    wanted: NewInstall,
    models: readonly ToolModel[],
    reserved: readonly string[],
    replaced: Replaced | null,
  ): Promise<Result<Loaded, 'too-many-components' | 'component-changed'>> {
    return await this.#write(async () => {
      const held = await this.#held()
      const before = held.installs.find((i) => i.source === wanted.source)
      if (before === undefined && held.installs.length >= MAX_INSTALLS) {
        return err('too-many-components' as const)
      }
      const same = before?.digest === replaced?.digest && before?.wit === replaced?.wit
      if (replaced !== null && !same) return err('component-changed' as const)
      // A call that outlived an unloaded component may have written: a new one starts from nothing.
      if (before === undefined) this.#entries.forget(wanted.source)
      const component = before?.component ?? (await freeName(held, wanted.wish, wanted.source))
      const others = held.tools.filter((t) => t.component !== component).map((t) => t.name)
      const mine = held.tools.filter((t) => t.component === component)
      const named = nameTools(component, models, mine, new Set([...reserved, ...others]))
      const { wish: _, ...columns } = wanted
      await this.#installs.put({ ...columns, person: this.#person, component }, named.tools)
      const tools = named.tools.filter(isTool).map((t) => t.name)
      return ok({ component, reloaded: before !== undefined, tools, renamed: named.renamed })
    })
  }

  /** False when the person has no such component. Its grants, variables and entries end with it. */
  async uninstall(component: string, at: number): Promise<boolean> {
    const removed = await this.#acts.uninstall(component, () => this.#uninstall(component, at))
    if (removed) await this.#announceTools()
    return removed
  }

  async #uninstall(component: string, at: number): Promise<boolean> {
    return await this.#write(async () => {
      const install = (await this.#held()).installs.find((i) => i.component === component)
      if (install === undefined) return false
      await this.env.DB.batch([
        this.#installs.removal(this.#person, component),
        this.#grants.revocation(this.#person, install.source, 'unloaded', at),
        ...this.#variables.removal(install.source, null),
      ])
      this.#entries.forget(install.source)
      return true
    })
  }

  /** Opens a question for the person to decide, or finds the same one open; `null`: no such component. */
  async ask(question: Question, at: number): Promise<Approval | null> {
    const approval = await this.#ask(question, at)
    // The same question, found open, was recorded when it was opened.
    if (approval?.asked_at === at) await this.#audit.append(approvalEvent(approval), Date.now())
    return approval
  }

  async #ask(question: Question, at: number): Promise<Approval | null> {
    return await this.#write(async () => {
      const install = (await this.#held()).installs.find((i) => i.component === question.component)
      if (install === undefined) return null
      const approval: Approval = {
        id: crypto.randomUUID(),
        person: this.#person,
        client: question.client,
        client_name: question.clientName,
        component: install.component,
        source: install.source,
        digest: install.digest,
        tool: question.tool,
        permission: question.permission,
        rule: question.rule,
        asked_at: at,
        expires_at: at + APPROVAL_LIFE_MS,
        decision: null,
        decided_at: null,
      }
      return await this.#grants.ask(approval, at)
    })
  }

  async approval(id: string): Promise<Approval | null> {
    return await this.#grants.approval(this.#person, id)
  }

  async openApprovals(at: number): Promise<Approval[]> {
    return await this.#grants.open(this.#person, at)
  }

  /**
   * The person's word, from a page that only they can send. Each question is decided once. `value` is what
   * they typed for a variable that they allow: set together with the grant, or neither.
   */
  async decide(
    id: string,
    decision: 'allow' | 'deny',
    at: number,
    value: string | null = null,
  ): Promise<Result<Approval, DecisionFault>> {
    const approval = await this.approval(id)
    if (approval === null) return err('unknown')
    return await this.#acts.decision(approval, decision, () =>
      this.#decide(id, decision, at, value),
    )
  }

  async #decide(
    id: string,
    decision: 'allow' | 'deny',
    at: number,
    value: string | null,
  ): Promise<Result<Approval, DecisionFault>> {
    return await this.#write(async () => {
      const approval = await this.#grants.approval(this.#person, id)
      if (approval === null) return err('unknown' as const)
      if (approval.decision !== null) return err('decided' as const)
      if (approval.expires_at <= at) return err('expired' as const)
      const { source, digest } = approval
      const asker = (i: Install): boolean => i.source === source && i.digest === digest
      const isGone = !(await this.#held()).installs.some(asker)
      // A grant would lie in wait for whoever loads that version again.
      if (decision === 'allow' && isGone) return err('gone' as const)
      const isSet = decision === 'allow' && approval.permission === 'environment' && value !== null
      const { variables } = await this.#held()
      const setting = isSet
        ? await this.#variables.setting({ source, key: approval.rule, value, at }, variables)
        : ok([])
      if (!setting.ok) return setting
      const grant = crypto.randomUUID()
      const done = await this.#grants.decide(approval, decision, grant, at, setting.value)
      return done ? ok(approval) : err('decided' as const)
    })
  }

  /** Acts at once. True when such a grant was live; `null`: no such component. */
  async revokeNetwork(component: string, host: string, at: number): Promise<boolean | null> {
    return await this.#acts.revocation(component, 'network', host, () =>
      this.#revokeNetwork(component, host, at),
    )
  }

  /** Every access to exactly this uri. */
  async revokeStorage(component: string, uri: string, at: number): Promise<boolean | null> {
    return await this.#acts.revocation(component, 'storage', uri, () =>
      this.#revokeStorage(component, uri, at),
    )
  }

  /** Its value stays, until the person deletes it or the component is unloaded. */
  async revokeEnvironment(component: string, key: string, at: number): Promise<boolean | null> {
    const same = (grant: Grant): boolean => grant.rule === key
    return await this.#acts.revocation(component, 'environment', key, () =>
      this.#revoke(component, 'environment', same, at),
    )
  }

  async #revokeNetwork(component: string, host: string, at: number): Promise<boolean | null> {
    const asked = parseHostRule(host)
    const same = ({ rule }: Grant) => {
      const parsed = parseHostRule(rule)
      if (!asked.ok || !parsed.ok) return rule === host
      // Without methods the host is meant, with whatever methods it was granted.
      const isPlace = asked.value.methods === null
      return (isPlace ? placeText(parsed.value) : parsed.value.text) === asked.value.text
    }
    return await this.#revoke(component, 'network', same, at)
  }

  async #revokeStorage(component: string, uri: string, at: number): Promise<boolean | null> {
    const asked = parseStorageRule(uri, ['read'])
    if (!asked.ok) return await this.#revoke(component, 'storage', () => false, at)
    const same = (grant: Grant) => {
      const rule = parseStoredStorageRule(grant.rule)
      return rule.ok && rule.value.uri === asked.value.uri
    }
    return await this.#revoke(component, 'storage', same, at)
  }

  /** The person's word: sets or replaces a value. Grants nothing. */
  async setVariable(
    component: string,
    key: string,
    value: string,
    at: number,
  ): Promise<Result<'set' | 'replaced', VariableFault>> {
    return await this.#acts.variableSet(component, key, () =>
      this.#setVariable(component, key, value, at),
    )
  }

  async #setVariable(
    component: string,
    key: string,
    value: string,
    at: number,
  ): Promise<Result<'set' | 'replaced', VariableFault>> {
    return await this.#write(async () => {
      const { installs, variables } = await this.#held()
      const install = installs.find((i) => i.component === component)
      if (install === undefined) return err('unknown-component' as const)
      const { source } = install
      const setting = await this.#variables.setting({ source, key, value, at }, variables)
      if (!setting.ok) return setting
      await this.env.DB.batch(setting.value)
      const isOld = variables.some((v) => v.source === source && v.key === key)
      return ok(isOld ? ('replaced' as const) : ('set' as const))
    })
  }

  /** False when there was no such value. Its grant stays. `null`: no such component. */
  async deleteVariable(component: string, key: string): Promise<boolean | null> {
    return await this.#acts.variableDeleted(component, key, () =>
      this.#deleteVariable(component, key),
    )
  }

  async #deleteVariable(component: string, key: string): Promise<boolean | null> {
    return await this.#write(async () => {
      const { installs, variables } = await this.#held()
      const install = installs.find((i) => i.component === component)
      if (install === undefined) return null
      const { source } = install
      if (!variables.some((v) => v.source === source && v.key === key)) return false
      await this.env.DB.batch(this.#variables.removal(source, key))
      return true
    })
  }

  /** Ends every grant of a component. `null`: no such component. */
  async reset(component: string, at: number, why: RevokedBecause = 'reset'): Promise<true | null> {
    return await this.#acts.revocation(component, null, null, () =>
      this.#write(async () => {
        const install = (await this.#held()).installs.find((i) => i.component === component)
        if (install === undefined) return null
        await this.#grants.revocation(this.#person, install.source, why, at).run()
        return true as const
      }),
    )
  }

  /** Durable before this answers: the object's output gate holds the answer until the write is. */
  async record(receipt: Receipt): Promise<void> {
    this.#running.end(receipt.id)
    await this.#audit.append(callEvent(receipt), Date.now(), () => {
      if (this.#audit.isOpen()) this.#log.append(receipt)
    })
  }

  /**
   * Deletes the person: whatever is here, their rows, their drive, their sessions. The chain stays without its
   * texts. Begun once, it is gone on with after a crash.
   */
  async forget(): Promise<void> {
    await this.#archive.forget(Date.now())
    await this.#forgetRest()
  }

  /** Puts on the person's chain what was done elsewhere, before its answer leaves. */
  async note(event: AuditEvent): Promise<void> {
    await this.#audit.append(event, Date.now())
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
    return await this.#archive.head()
  }

  /** Opens an export of the chain: everything that its statement speaks of is in the stores. */
  async openAudit(range: ExportRange): Promise<Signed | null> {
    return await this.#archive.open(range, Date.now())
  }

  /** What the component of this source keeps; a call that outlives its component is denied. */
  async keyValue(
    source: string,
    operation: KeyValueOperation,
  ): Promise<Result<KeyValueAnswer, KeyValueFault>> {
    const { installs } = await this.#held()
    if (!installs.some((install) => install.source === source)) return err('access-denied')
    return this.#entries.run(source, operation)
  }

  async recentCalls(limit: number, before: number | null): Promise<CallRow[]> {
    await this.#copyRecords()
    return await this.#calls.recent(this.#person, limit, before)
  }

  async openSession(id: string, at: number): Promise<void> {
    this.ctx.storage.sql.exec(
      'INSERT OR REPLACE INTO sessions (id, opened_at) VALUES (?1, ?2)',
      id,
      at,
    )
  }

  async closeSession(id: string): Promise<void> {
    this.ctx.storage.sql.exec('DELETE FROM sessions WHERE id = ?1', id)
  }

  override async alarm(): Promise<void> {
    this.#copyDue = false
    await this.#copyRecords()
    await this.#archive.keep(Date.now())
    if (this.#audit.isClosing()) await this.#forgetRest()
    await this.#wakeInTime()
  }

  async #forgetRest(): Promise<void> {
    const { sql } = this.ctx.storage
    const sessions = sql.exec<{ id: string }>('SELECT id FROM sessions').toArray()
    await this.#write(() => this.env.DB.batch(forgettingOf(this.env.DB, this.#person)))
    await Promise.all(
      sessions.map(({ id }) =>
        this.env.SESSION.get(this.env.SESSION.idFromString(id)).forget(this.#person),
      ),
    )
    await this.env.DRIVE.getByName(this.#person).forget(Date.now())
    this.#audit.closed()
  }

  async #copySoon(): Promise<void> {
    if (this.#copyDue) return
    this.#copyDue = true
    await this.ctx.storage.setAlarm(Date.now() + COPY_DELAY_MS)
  }

  async #wakeInTime(): Promise<void> {
    const at = this.#archive.nextAt()
    // What came in meanwhile has set an earlier one.
    if (at !== null && !this.#copyDue) await this.ctx.storage.setAlarm(at)
  }

  async #revoke(
    component: string,
    permission: Permission,
    which: (grant: Grant) => boolean,
    at: number,
  ): Promise<boolean | null> {
    return await this.#write(async () => {
      const held = await this.#held()
      const install = held.installs.find((i) => i.component === component)
      if (install === undefined) return null
      const live = grantsOf(held, install).filter((g) => g.permission === permission && which(g))
      for (const { rule } of live) {
        await this.#grants.revokeRule(this.#person, install, permission, rule, at)
      }
      return live.length > 0
    })
  }

  /** The values that a component was granted, and no others: they are opened for nothing else. */
  async #open(
    held: Holdings,
    install: Install,
  ): Promise<Result<ReadonlyMap<string, string>, Sealed>> {
    const keys = readsVariables(install.imports)
      ? permittedVariables(CEILINGS, grantsOf(held, install).map(granted))
      : []
    if (keys.length === 0) return ok(new Map())
    const kept = held.opened.get(install.source)
    if (kept !== undefined) return ok(kept)
    const values = await this.#variables.open(install.source, keys)
    if (!values.ok) return values
    if (held.opened.size >= MAX_OPENED) held.opened.clear()
    held.opened.set(install.source, values.value)
    return values
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

  /** A session that no longer exists says so, and is forgotten. */
  async #announceTools(): Promise<void> {
    const rows = this.ctx.storage.sql.exec<{ id: string }>('SELECT id FROM sessions').toArray()
    await Promise.all(
      rows.map(async ({ id }) => {
        const session = this.env.SESSION.get(this.env.SESSION.idFromString(id))
        const alive = await session.toolsChanged(this.#person).catch(() => true)
        if (!alive) await this.closeSession(id)
      }),
    )
  }

  async #held(): Promise<Holdings> {
    this.#holdings ??= this.#read().catch((cause: unknown) => {
      this.#holdings = null
      throw cause
    })
    return await this.#holdings
  }

  async #read(): Promise<Holdings> {
    const [{ installs, tools }, grants, variables] = await Promise.all([
      this.#installs.of(this.#person),
      this.#grants.live(this.#person),
      this.#variables.names(),
    ])
    return { installs, tools, grants, variables, opened: new Map() }
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#writes.then(async () => {
      try {
        return await work()
      } finally {
        this.#holdings = null
      }
    })
    this.#writes = mine.catch(() => {})
    return await mine
  }
}

function grantsOf(held: Holdings, install: Install): Grant[] {
  return held.grants.filter((g) => g.source === install.source && g.digest === install.digest)
}

function granted({ id, permission, rule }: Grant): GrantedRule {
  return { id, permission, rule, effect: 'allow', limited: false }
}

function isTool({ model }: InstalledTool): boolean {
  return model.provider !== true
}

function view(held: Holdings, install: Install): ComponentView {
  return {
    install,
    tools: held.tools.filter((t) => t.component === install.component && isTool(t)),
    grants: grantsOf(held, install),
    variables: held.variables.filter((v) => v.source === install.source),
  }
}

/** The wished name, or the wish and the start of a digest of the source where another one holds it. */
async function freeName(held: Holdings, wish: string, source: string): Promise<string> {
  const used = new Set(held.installs.map((i) => i.component))
  if (!used.has(wish)) return wish
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(source))
  const hex = new Uint8Array(bytes).toHex()
  for (let length = 8; ; length += 8) {
    const name = `${wish}-${hex.slice(0, length)}`
    if (!used.has(name)) return name
  }
}
