// One way out of a call that is open: a request with its answer, a connection, an open file. It is judged when
// it opens, and again as pieces pass, so that what is taken back is taken back from it too.

import type { AskedVerdict } from '../policy/asked.ts'
import type { Authority } from '../policy/authority.ts'
import type { NetworkVerdict, StorageDenial, Verdict } from '../policy/denial.ts'
import type { DrivePath } from '../policy/drive-path.ts'
import { smallestRule } from '../policy/host-match.ts'
import type { Target } from '../policy/host-rule.ts'
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
}

export class Passage<D extends Verdict = Verdict> {
  readonly #way: Way<D>
  #use: Use
  #judged: Authority
  #ended = false

  private constructor(way: Way<D>, use: Use, judged: Authority) {
    this.#way = way
    this.#use = use
    this.#judged = judged
  }

  static async open<D extends Verdict>(way: Way<D>): Promise<Result<Passage<D>, D>> {
    const { noted } = way
    const authority = await way.lease.current()
    if (authority === null) return refused(noted, 'gone', way.gone())
    const verdict = way.judge(authority)
    if (!verdict.ok) return refused(noted, verdict.error.reason, verdict.error)
    const use = await way.lease.use(verdict.value.grants)
    if (use === null) return refused(noted, 'spent', way.spent())
    noted.allowed(use.grants)
    return ok(new Passage(way, use, authority))
  }

  /** Why so many bytes may not pass now; `null` when they may, and then they count as passed. */
  async refusal(bytes: number): Promise<D | null> {
    const { lease, judge, spent, gone, noted } = this.#way
    const authority = await lease.current()
    if (authority === null) return this.#end('gone', gone())
    if (authority !== this.#judged) {
      const verdict = judge(authority)
      if (!verdict.ok) return this.#end(verdict.error.reason, verdict.error)
      const use = await lease.use(verdict.value.grants)
      if (use === null) return this.#end('spent', spent())
      noted.relies(use.grants)
      this.#use = use
      this.#judged = authority
    }
    return this.#use.take(bytes) ? null : this.#end('spent', spent())
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

/** Of one request with its answer, or of one connection. */
export async function openNetworkPassage(
  target: Target,
  lease: Lease,
  noted: Noted,
): Promise<Result<NetworkPassage, NetworkVerdict>> {
  const about = { permission: 'network', host: target.host, port: target.port } as const
  return await Passage.open<NetworkVerdict>({
    lease,
    noted,
    judge: ({ network, sockets }) => {
      const permission = target.scheme === 'tcp' ? sockets : network
      return permission === null ? err({ ...about, reason: 'gone' }) : judge(permission, target)
    },
    spent: () => ({ ...about, reason: 'not-granted', rule: smallestRule(target) }),
    gone: () => ({ ...about, reason: 'gone' }),
  })
}

/** Of one kind of access to one path: an operation, or a file for as long as it is open. */
export async function openDrivePassage(
  path: DrivePath,
  access: Access,
  lease: Lease,
  noted: Noted,
): Promise<Result<DrivePassage, StorageDenial>> {
  const about = { permission: 'storage', path, access } as const
  return await Passage.open<StorageDenial>({
    lease,
    noted,
    judge: ({ storage }) =>
      storage === null ? err({ ...about, reason: 'gone' }) : judgeAccess(storage, path, access),
    spent: () => ({ ...about, reason: 'not-granted', rule: smallestStorageRule(path, access) }),
    gone: () => ({ ...about, reason: 'gone' }),
  })
}
