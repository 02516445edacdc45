// The acts of an account, each on the chain: begun before the work, settled with how it ended before the answer
// leaves.

import type { AuditAct } from '../audit/event.ts'
import { ended } from '../audit/event.ts'
import type { Digest } from '../component/digest.ts'
import type { Permission } from '../policy/authority.ts'
import type { Result } from '../policy/result.ts'
import type { Terms } from '../policy/life.ts'
import { isServiceName } from '../policy/service.ts'
import { parseSecretName } from '../policy/secret.ts'
import type { Mode } from '../policy/labels.ts'
import { union } from '../policy/labels.ts'
import type { Approval } from '../store/approvals.ts'
import type { Grant, GrantKind } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { AuditChain } from './audit-chain.ts'
import type { LabelChoice, LabelledSession } from './labelling.ts'
import type { Muted } from './questions.ts'
import type { VersionDecision } from './versions.ts'

/** A grant as the audit names it. */
export interface NamedGrant {
  readonly component: string
  readonly permission: GrantKind
  readonly rule: string
}

export interface Narrowed {
  readonly ended: readonly NamedGrant[]
  readonly given: readonly NamedGrant[]
}

/** Of an act that has begun: how it ends is not known yet. */
const BEGUN = { outcome: 'interrupted', reason: null } as const

export class Acts {
  readonly #chain: AuditChain

  constructor(chain: AuditChain) {
    this.#chain = chain
  }

  /** `wish`: the name it may get. */
  async install<T extends { readonly component: string }, E extends string>(
    { digest, wit, source, wish }: Pick<Install, 'digest' | 'source' | 'wit'> & { wish: string },
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const facts = { ...BEGUN, digest, wit }
    const act = { kind: 'install', facts, texts: { component: wish, source } } as const
    return await this.#chain.act(act, work, (done) =>
      done.ok
        ? ended({ ...act, texts: { component: done.value.component, source } })
        : ended(act, done.error),
    )
  }

  /** `digest` `null`: theirs is taken away. */
  async iconGiven<T, E extends string>(
    component: string,
    digest: Digest | null,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const facts = { ...BEGUN, digest }
    return await this.#refusable({ kind: 'icon', facts, texts: { component } }, work)
  }

  async uninstall(component: string, work: () => Promise<boolean>): Promise<boolean> {
    const act = { kind: 'uninstall', facts: BEGUN, texts: { component } } as const
    return await this.#chain.act(act, work, (done) => ended(act, done ? null : UNKNOWN))
  }

  async decision<T, E extends string>(
    { id, digest, permission, component, source, rule }: Approval,
    decision: 'allow' | 'deny',
    terms: Terms,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    return await this.#refusable(
      {
        kind: 'decision',
        facts: { ...BEGUN, approval: id, decision, terms, permission, digest },
        texts: { component, source, rule },
      },
      work,
    )
  }

  /** Of what asks this. Its open questions are denied, each a decision of its own. */
  async mute<T>(
    { component, source, client, client_name }: Approval,
    of: Muted,
    until: number | null,
    work: () => Promise<T | null>,
  ): Promise<T | null> {
    const facts = { ...BEGUN, until }
    const act: AuditAct =
      of === 'client'
        ? { kind: 'client-muted', facts, texts: { client, client_name } }
        : { kind: 'mute', facts, texts: { component, source } }
    return await this.#chain.act(act, work, (done) => ended(act, done === null ? UNKNOWN : null))
  }

  async unmute(source: string, work: () => Promise<boolean>): Promise<boolean> {
    const act = { kind: 'unmute', facts: BEGUN, texts: { source } } as const
    return (await this.#removal<boolean>(act, work)) ?? false
  }

  async unmuteClient(client: string, work: () => Promise<boolean>): Promise<boolean> {
    const act = { kind: 'client-unmuted', facts: BEGUN, texts: { client } } as const
    return (await this.#removal<boolean>(act, work)) ?? false
  }

  /** `digest`: of the document. */
  async policyWritten<T, E extends string | readonly object[]>(
    component: string,
    digest: Digest,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const act: AuditAct = { kind: 'policy', facts: { ...BEGUN, digest }, texts: { component } }
    return await this.#chain.act(act, work, (done) => {
      if (done.ok) return ended(act)
      return ended(act, typeof done.error === 'string' ? done.error : 'bad-policy')
    })
  }

  /** `seen`: the version that the person looked at. */
  async version<T, E extends string>(
    component: string,
    seen: string,
    decision: VersionDecision,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const facts = { ...BEGUN, decision }
    return await this.#refusable({ kind: 'version', facts, texts: { component, seen } }, work)
  }

  /** `permission` and `rule` `null`: whatever the component has. */
  async revocation<T extends Removed>(
    component: string,
    permission: Permission | 'labels' | null,
    rule: string | null,
    work: () => Promise<T>,
  ): Promise<T> {
    const facts = { ...BEGUN, permission }
    return await this.#removal({ kind: 'revocation', facts, texts: { component, rule } }, work)
  }

  /** `since`: the time whose uses were looked at. */
  async narrowed<E extends string>(
    since: number,
    work: () => Promise<Result<Narrowed, E>>,
  ): Promise<Result<Narrowed, E>> {
    const none = { since, ended: 0, given: 0 }
    const texts = { ended: [], given: [] }
    const act: AuditAct = { kind: 'narrowing', facts: { ...BEGUN, ...none }, texts }
    return await this.#chain.act(act, work, (done) => {
      if (!done.ok) return ended(act, done.error)
      const { value } = done
      const counts = { since, ended: value.ended.length, given: value.given.length }
      const told = { ended: [...value.ended], given: [...value.given] }
      return ended({ kind: 'narrowing', facts: { ...BEGUN, ...counts }, texts: told })
    })
  }

  async variableSet<T, E extends string>(
    component: string,
    key: string,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    return await this.#refusable(
      { kind: 'variable-set', facts: BEGUN, texts: { component, key } },
      work,
    )
  }

  async variableDeleted(
    component: string,
    key: string,
    work: () => Promise<boolean | null>,
  ): Promise<boolean | null> {
    return await this.#removal(
      { kind: 'variable-deleted', facts: BEGUN, texts: { component, key } },
      work,
    )
  }

  async connectionMade<T, E extends string>(
    { digest, component, source }: Install,
    about: { readonly service: string; readonly scopes: string[]; readonly hosts: string[] },
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    return await this.#refusable(
      {
        kind: 'connection-made',
        facts: { ...BEGUN, digest },
        texts: { component, source, ...about },
      },
      work,
    )
  }

  /** `null`: there was none. */
  async connectionEnded(
    about: ConnectionTexts,
    because: EndOfConnection,
    work: () => Promise<Revoked | null>,
  ): Promise<Revoked | null> {
    const facts = { ...BEGUN, because, revoked: null }
    const act = { kind: 'connection-ended', facts, texts: { ...about } } as const
    return await this.#chain.act(act, work, (revoked) =>
      ended({ ...act, facts: { ...facts, revoked } }, revoked === null ? 'nothing-there' : null),
    )
  }

  async connectionRefreshed<T, E extends string>(
    about: ConnectionTexts,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    return await this.#refusable(
      { kind: 'connection-refreshed', facts: BEGUN, texts: { ...about } },
      work,
    )
  }

  async ownServicePut<T, E extends string>(
    name: string,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const facts = { ...BEGUN, removed: false }
    const texts = { name: auditedService(name) }
    return await this.#refusable({ kind: 'own-service', facts, texts }, work)
  }

  async ownServiceRemoved(name: string, work: () => Promise<boolean>): Promise<boolean> {
    const facts = { ...BEGUN, removed: true }
    const texts = { name: auditedService(name) }
    return await this.#removal({ kind: 'own-service', facts, texts }, work)
  }

  async secretSet<T, E extends string>(
    component: string,
    name: string,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const texts = { component, secret: auditedName(name) }
    return await this.#refusable({ kind: 'secret-set', facts: BEGUN, texts }, work)
  }

  async secretDeleted(
    component: string,
    name: string,
    work: () => Promise<boolean | null>,
  ): Promise<boolean | null> {
    const texts = { component, secret: auditedName(name) }
    return await this.#removal({ kind: 'secret-deleted', facts: BEGUN, texts }, work)
  }

  async labelsReset(
    { owner, client, clientName, entries }: LabelledSession,
    work: () => void,
  ): Promise<void> {
    const act: AuditAct = {
      kind: 'labels-reset',
      facts: { ...BEGUN, labels: [...union(entries.map(({ label }) => label))] },
      texts: { owner, client, client_name: clientName },
    }
    await this.#chain.act(
      act,
      async () => work(),
      () => ended(act),
    )
  }

  async labelsSwitched<T, E extends string>(
    client: string,
    mode: Mode | null,
    work: () => Result<T, E>,
  ): Promise<Result<T, E>> {
    const facts = { ...BEGUN, mode }
    return await this.#refusable({ kind: 'labels-switched', facts, texts: { client } }, async () =>
      work(),
    )
  }

  /** `grant` `null`: what the component keeps. */
  async labelsSet<T, E extends string>(
    { component, labels }: LabelChoice,
    grant: Pick<Grant, 'permission' | 'rule'> | null,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    const permission = grant?.permission ?? ('keyvalue' as const)
    const facts = { ...BEGUN, permission, labels: labels && [...labels] }
    const texts = { component, rule: grant?.rule ?? '' }
    return await this.#refusable({ kind: 'labels-set', facts, texts }, work)
  }

  /** Nothing stands in its way. `name`: what it calls itself. */
  async clientEnded(client: string, name: string, work: () => Promise<void>): Promise<void> {
    const texts = { client, client_name: name }
    const act = { kind: 'client-ended', facts: BEGUN, texts } as const
    await this.#chain.act(act, work, () => ended(act))
  }

  async #refusable<T, E extends string>(
    act: AuditAct,
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E>> {
    return await this.#chain.act(act, work, (done) => ended(act, done.ok ? null : done.error))
  }

  async #removal<T extends Removed>(act: AuditAct, work: () => Promise<T>): Promise<T> {
    return await this.#chain.act(act, work, (done) => ended(act, missing(done)))
  }
}

/** What tells a connection of a person. */
export interface ConnectionTexts {
  readonly component: string
  readonly source: string
  readonly service: string
}

export type EndOfConnection =
  | 'person'
  | 'unloaded'
  | 'new-version'
  | 'service-removed'
  | 'forgotten'
/** What became of the tokens at the service. */
export type Revoked = 'revoked' | 'not-offered' | 'failed'

const UNKNOWN = 'unknown-component'

/** What is no name of a secret may be its value, in the wrong field: it is not kept. */
function auditedName(name: string): string {
  return parseSecretName(name) ?? ''
}

/** The same of a service: no name, no text. */
function auditedService(name: string): string {
  return isServiceName(name) ? name : ''
}

/** Whether something was taken away; `null`: there is nothing to take it from. */
type Removed = boolean | { readonly ended: boolean } | null

/** Why nothing was taken away; `null`: something was. */
function missing(done: Removed): string | null {
  if (done === null) return UNKNOWN
  const isDone = typeof done === 'boolean' ? done : done.ended
  return isDone ? null : 'nothing-there'
}
