// The acts of an account, each on the chain: begun before the work, settled with how it ended before the answer
// leaves.

import type { AuditAct } from '../audit/event.ts'
import { ended } from '../audit/event.ts'
import type { Digest } from '../component/digest.ts'
import type { Permission } from '../policy/authority.ts'
import type { Result } from '../policy/result.ts'
import type { Terms } from '../policy/life.ts'
import type { Mode } from '../policy/labels.ts'
import { union } from '../policy/labels.ts'
import type { Approval } from '../store/approvals.ts'
import type { Grant } from '../store/grants.ts'
import type { Install } from '../store/installs.ts'
import type { AuditChain } from './audit-chain.ts'
import type { LabelChoice, LabelledSession } from './labelling.ts'
import type { VersionDecision } from './versions.ts'

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

  /** `digest`: of the document. */
  async policyWritten<T, F>(
    component: string,
    digest: Digest,
    work: () => Promise<Result<T, 'unknown-component' | readonly F[]>>,
  ): Promise<Result<T, 'unknown-component' | readonly F[]>> {
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
  async revocation<T extends boolean | null>(
    component: string,
    permission: Permission | 'labels' | null,
    rule: string | null,
    work: () => Promise<T>,
  ): Promise<T> {
    const facts = { ...BEGUN, permission }
    return await this.#removal({ kind: 'revocation', facts, texts: { component, rule } }, work)
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

  async #removal<T extends boolean | null>(act: AuditAct, work: () => Promise<T>): Promise<T> {
    return await this.#chain.act(act, work, (done) => ended(act, missing(done)))
  }
}

const UNKNOWN = 'unknown-component'

/** Why nothing was taken away; `null`: something was. */
function missing(done: boolean | null): string | null {
  if (done === null) return UNKNOWN
  return done ? null : 'nothing-there'
}
