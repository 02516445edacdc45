// The questions that lead to grants, inside a person's `Account`: who may ask them, and whom they have muted.

import { ownerOf } from '../policy/life.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { isStoredRule } from '../policy/stored-rule.ts'
import type { Approval } from '../store/approvals.ts'
import { Approvals, CONSOLE_CLIENT } from '../store/approvals.ts'
import type { GrantKind } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { Mute, MutedClient } from '../store/mutes.ts'
import { Mutes } from '../store/mutes.ts'
import type { Holdings } from './holdings.ts'

/** Milliseconds an unanswered question stays open. */
const APPROVAL_LIFE_MS = 15 * 60_000
/** Open questions of one component: more than a person reads, whatever it calls itself refused. */
const MAX_OPEN = 32
/** Characters of the arguments of all open questions of a person: their agent can make rows as long as D1 takes. */
const MAX_OPEN_CHARS = 8 * 1024 * 1024

/** Who asks, and for what: shown to the person as it is. */
export interface Question {
  readonly client: string
  readonly clientName: string
  /** Whose session asks (`policy/life.ts`). */
  readonly owner: string
  readonly component: string
  readonly tool: string
  readonly permission: GrantKind
  readonly rule: string
  /** The refused one; an agent also asks without. */
  readonly call?: { readonly arguments: string; readonly digest: string } | null
}

/** A component as it is loaded: another one may have its name later. */
export type Version = Pick<Install, 'component' | 'source' | 'digest'>

/** Why the person is not asked. `no-rule`: to allow it would grant nothing. */
export type Unasked =
  | 'unknown-component'
  | 'muted'
  | 'client-muted'
  | 'too-many-questions'
  | 'no-rule'

/** What is muted: the component that asks, or the client through which it is asked. */
export type Muted = 'component' | 'client'

/** `over`: it expired, or the person has no such question. */
export type Word = 'allow' | 'deny' | 'open' | 'over'

export class Questions {
  readonly #holdings: Holdings
  readonly #approvals: Approvals
  readonly #mutes: Mutes

  constructor(holdings: Holdings) {
    this.#holdings = holdings
    this.#approvals = new Approvals(holdings.db)
    this.#mutes = new Mutes(holdings.db, holdings.person)
  }

  /** Opens a question for the person to decide, or finds the same one open. */
  async ask(question: Question, at: number): Promise<Result<Approval, Unasked>> {
    if (!isStoredRule(question.permission, question.rule)) return err('no-rule')
    return await this.#holdings.write(async () => {
      const install = await this.#holdings.install(question.component)
      if (install === undefined) return err('unknown-component' as const)
      const { source, digest } = install
      const mutes = await this.#mutes.of(at)
      // The same bytes under another name are the same component, and ask as it does.
      const isMuted = (mute: Mute) => mute.source === source || mute.digest === digest
      if (mutes.some(isMuted)) return err('muted' as const)
      const clients = await this.#mutes.clients(at)
      if (clients.some(({ client }) => client === question.client)) {
        return err('client-muted' as const)
      }
      const wanted = this.#approvalOf(question, install, at)
      // Whoever repeats a call gets the link that it has already.
      const known = await this.#approvals.same(wanted, at)
      if (known !== null) return ok(known)
      const held = await this.#approvals.countOpen(this.#holdings.person, source, at)
      const chars = held.chars + (wanted.arguments ?? '').length
      if (held.open >= MAX_OPEN || chars > MAX_OPEN_CHARS) return err('too-many-questions' as const)
      return ok(await this.#approvals.ask(wanted, at))
    })
  }

  /**
   * A question that the person asks themselves, of the version that they look at: nothing mutes it. `null`: no such
   * component, not any more, or no rule.
   */
  async propose(
    { component, source, digest }: Version,
    permission: GrantKind,
    rule: string,
    at: number,
  ): Promise<Approval | null> {
    if (!isStoredRule(permission, rule)) return null
    return await this.#holdings.write(async () => {
      const install = await this.#holdings.install(component)
      if (install?.source !== source || install.digest !== digest) return null
      const asker = {
        client: CONSOLE_CLIENT,
        clientName: 'you, in the console',
        tool: 'policy.yaml',
      }
      const owner = ownerOf(CONSOLE_CLIENT, null)
      const question = { ...asker, owner, component, permission, rule }
      return await this.#approvals.ask(this.#approvalOf(question, install, at), at)
    })
  }

  /**
   * No more questions of the component that asks this one, or through the client that does, open ones included;
   * which ones that ends. `null`: there is no such question, or no client asks it.
   */
  async mute(id: string, of: Muted, until: number | null, at: number): Promise<string[] | null> {
    const { person } = this.#holdings
    return await this.#holdings.write(async () => {
      const approval = await this.approval(id)
      if (approval === null) return null
      const { source, component, digest, client, client_name } = approval
      if (of === 'client') {
        if (client === CONSOLE_CLIENT) return null
        await this.#mutes.putClient({ client, client_name, muted_at: at, until })
        return await this.#approvals.denyClient(person, client, at)
      }
      await this.#mutes.put({ source, component, digest, muted_at: at, until })
      return await this.#approvals.denyComponent(person, source, digest, at)
    })
  }

  /** The client is ended: nothing that it still asks can be decided; which ones those were. */
  async expireClient(client: string, at: number): Promise<string[]> {
    const { person } = this.#holdings
    return await this.#holdings.write(() => this.#approvals.expireClient(person, client, at))
  }

  async mutes(at: number): Promise<Mute[]> {
    return await this.#mutes.of(at)
  }

  async mutedClients(at: number): Promise<MutedClient[]> {
    return await this.#mutes.clients(at)
  }

  /** False when it was not muted. */
  async unmuteClient(client: string): Promise<boolean> {
    return await this.#holdings.write(() => this.#mutes.endClient(client))
  }

  /** False when it was not muted. */
  async unmute(source: string): Promise<boolean> {
    return await this.#holdings.write(() => this.#mutes.end(source))
  }

  async approval(id: string): Promise<Approval | null> {
    return await this.#approvals.find(this.#holdings.person, id)
  }

  async word(id: string, at: number): Promise<Word> {
    const approval = await this.approval(id)
    if (approval === null) return 'over'
    return approval.decision ?? (approval.expires_at > at ? 'open' : 'over')
  }

  async all(at: number): Promise<Approval[]> {
    return await this.#approvals.open(this.#holdings.person, at)
  }

  #approvalOf(question: Question, install: Install, at: number): Approval {
    const { client, clientName, owner, tool, permission, rule, call } = question
    const { component, source, digest } = install
    return {
      id: crypto.randomUUID(),
      person: this.#holdings.person,
      client,
      client_name: clientName,
      owner,
      component,
      source,
      digest,
      tool,
      permission,
      rule,
      arguments: call?.arguments ?? null,
      arguments_digest: call?.digest ?? '',
      asked_at: at,
      expires_at: at + APPROVAL_LIFE_MS,
      decision: null,
      decided_at: null,
    }
  }
}
