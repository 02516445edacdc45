// One way out of a call that is open: a request with its answer, a connection, an open file. It is judged when
// it opens, and again as pieces pass, so that what is taken back is taken back from it too.

import type { AskedVerdict } from '../policy/asked.ts'
import type { Authority } from '../policy/authority.ts'
import type { LabelsDenial, NetworkVerdict, StorageDenial, Verdict } from '../policy/denial.ts'
import type { DrivePath } from '../policy/drive-path.ts'
import { smallestRule } from '../policy/host-match.ts'
import type { Target } from '../policy/host-rule.ts'
import type { LabelSet } from '../policy/labels.ts'
import { isWithin, labelsOf, NO_LABELS, union } from '../policy/labels.ts'
import type { Permit } from '../policy/layers.ts'
import { judge } from '../policy/network.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { judgeAccess } from '../policy/storage.ts'
import type { Access } from '../policy/storage-rule.ts'
import { smallestStorageRule } from '../policy/storage-rule.ts'
import type { Lease, Use } from './lease.ts'
import type { Noted } from './ledger.ts'

export interface Way<D extends Verdict> {
  readonly lease: Lease
  /** Where the question and its answers are put down. */
  readonly noted: Noted
  readonly judge: (authority: Authority) => Result<Permit, D>
  /** What to say when the grant that permitted it has been used up, here or by another call. */
  readonly spent: () => D
  /** What to say when the component is gone. */
  readonly gone: () => D
  /** What something that passes brings into the session. */
  readonly brings: (permit: Permit) => LabelSet
  /** Nothing opens it that may not bring that: what is refused for its labels uses no grant up. */
  readonly bringsAsItOpens: boolean
}

export class Passage<D extends Verdict = Verdict> {
  readonly #way: Way<D>
  #use: Use
  #judged: Authority
  #ended = false
  #brings: LabelSet

  private constructor(way: Way<D>, use: Use, judged: Authority, brings: LabelSet) {
    this.#way = way
    this.#use = use
    this.#judged = judged
    this.#brings = brings
  }

  static async open<D extends Verdict>(way: Way<D>): Promise<Result<Passage<D>, D | LabelsDenial>> {
    const { noted, lease } = way
    const authority = await lease.current()
    if (authority === null) return refused(noted, 'gone', way.gone())
    const verdict = way.judge(authority)
    if (!verdict.ok) return refused(noted, verdict.error.reason, verdict.error)
    const { grants } = verdict.value
    const brings = way.brings(verdict.value)
    if (way.bringsAsItOpens && lease.completes(brings)) {
      const denial = await lease.bring(brings)
      if (denial !== null) {
        noted.allowed(grants.filter(({ limited }) => !limited).map(({ id }) => id))
        return err(denial)
      }
    }
    const use = await lease.use(grants)
    if (use === null) return refused(noted, 'spent', way.spent())
    noted.allowed(use.grants)
    const passage = new Passage(way, use, authority, brings)
    const ended = await passage.#judgeAgain()
    return ended === null ? ok(passage) : err(ended)
  }

  /** What it was judged by last. */
  get authority(): Authority {
    return this.#judged
  }

  /**
   * Why so many bytes may not pass now; `null` when they may, and then they count as passed, and what they
   * bring as brought. What the account is asked for on the way may take seconds: what holds after that decides.
   */
  async refusal(bytes: number): Promise<D | LabelsDenial | null> {
    const { lease, spent } = this.#way
    let brought = NO_LABELS
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- as often as other grants bring other labels: there are three
      const ended = await this.#judgeAgain()
      if (ended !== null) return ended
      const brings = this.#brings
      if (isWithin(brings, brought)) break
      // oxlint-disable-next-line no-await-in-loop
      const denial = await lease.bring(brings)
      if (denial !== null) return denial
      brought = union(brought, brings)
    }
    return this.#use.take(bytes) ? null : this.#end('spent', spent())
  }

  async #judgeAgain(): Promise<D | null> {
    const { lease, judge, spent, gone, brings, noted } = this.#way
    const authority = await lease.current()
    if (authority === null) return this.#end('gone', gone())
    if (authority === this.#judged) return null
    const verdict = judge(authority)
    if (!verdict.ok) return this.#end(verdict.error.reason, verdict.error)
    const use = await lease.use(verdict.value.grants)
    if (use === null) return this.#end('spent', spent())
    noted.relies(use.grants)
    this.#use = use
    this.#judged = authority
    this.#brings = brings(verdict.value)
    return null
  }

  /** Put down once, however often it is met. */
  #end(reason: Exclude<AskedVerdict, 'allowed'>, denial: D): D {
    if (!this.#ended) this.#way.noted.refused(reason)
    this.#ended = true
    return denial
  }
}

function refused<D extends Verdict>(
  noted: Noted,
  reason: Exclude<AskedVerdict, 'allowed'>,
  denial: D,
): Result<never, D> {
  noted.refused(reason)
  return err(denial)
}

export type NetworkPassage = Passage<NetworkVerdict>
export type DrivePassage = Passage<StorageDenial>

/** Of one request with its answer, or of one connection: it brings what it brings as it opens. */
export async function openNetworkPassage(
  target: Target,
  lease: Lease,
  noted: Noted,
): Promise<Result<NetworkPassage, NetworkVerdict | LabelsDenial>> {
  const about = { permission: 'network', host: target.host, port: target.port } as const
  const use = target.scheme === 'tcp' ? 'connection' : 'request'
  const opened = await Passage.open<NetworkVerdict>({
    lease,
    noted,
    judge: ({ network, sockets }) => {
      const permission = target.scheme === 'tcp' ? sockets : network
      return permission === null ? err({ ...about, reason: 'gone' }) : judge(permission, target)
    },
    spent: () => ({ ...about, reason: 'not-granted', rule: smallestRule(target) }),
    gone: () => ({ ...about, reason: 'gone' }),
    brings: ({ grants }) => labelsOf(use, grants),
    bringsAsItOpens: true,
  })
  const denial = opened.ok ? await opened.value.refusal(0) : null
  return denial === null ? opened : err(denial)
}

/**
 * Of one kind of access to one path: an operation, or a file for as long as it is open. What is read brings
 * what it brings when it is read, not when it could be.
 */
export async function openDrivePassage(
  path: DrivePath,
  access: Access,
  lease: Lease,
  noted: Noted,
): Promise<Result<DrivePassage, StorageDenial | LabelsDenial>> {
  const about = { permission: 'storage', path, access } as const
  return await Passage.open<StorageDenial>({
    lease,
    noted,
    judge: ({ storage }) =>
      storage === null ? err({ ...about, reason: 'gone' }) : judgeAccess(storage, path, access),
    spent: () => ({ ...about, reason: 'not-granted', rule: smallestStorageRule(path, access) }),
    gone: () => ({ ...about, reason: 'gone' }),
    brings: ({ grants }) => (access === 'read' ? labelsOf('storage-read', grants) : NO_LABELS),
    bringsAsItOpens: false,
  })
}
