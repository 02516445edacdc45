// Counts what one call does through its capabilities and keeps the list of its host calls for the record.

import type { Denial } from '../policy/denial.ts'
import type { CallLimits } from '../policy/limits.ts'
import type { EffectiveLimits } from '../policy/requested-limits.ts'
import { lowestLimits } from '../policy/requested-limits.ts'

/** One use of a capability. Bytes are bodies, without headers; `ms` from request to response head. */
export interface HostCall {
  readonly kind: 'network' | 'storage'
  /** Canonical host, or an empty text where the guest named none; a path for `storage`. */
  readonly host: string
  readonly port: number
  readonly method: string
  readonly at: number
  outcome: 'answered' | 'denied' | 'failed' | 'malformed' | 'bound'
  /** HTTP status of an answer. */
  status: number | null
  ms: number
  bytesOut: number
  bytesIn: number
}

export type MeteredBound =
  | 'requests'
  | 'drive-operations'
  | 'io-rate'
  | 'egress-bytes'
  | 'ingress-bytes'
  | 'client-messages'

/** At most this many host calls are listed for one call; the bound on requests is lower. */
const MAX_LISTED = 256

export class CallMeter {
  #limits: CallLimits
  readonly #hostCalls: HostCall[] = []
  readonly #denials: Denial[] = []
  #ioPerSecond: number | null
  readonly #startedAt = Date.now()
  #requests = 0
  #driveOperations = 0
  #messages = 0
  #egress = 0
  #ingress = 0
  #bound: MeteredBound | null = null

  /** `ioPerSecond`: requests and operations on the drive for every second of the call that has begun. */
  constructor(limits: CallLimits, ioPerSecond: number | null = null) {
    this.#limits = limits
    this.#ioPerSecond = ioPerSecond
  }

  get limits(): CallLimits {
    return this.#limits
  }

  /** A host's ceiling came down while the call runs: what was counted stays counted. */
  narrow(to: EffectiveLimits): void {
    const current = { limits: this.#limits, ioPerSecond: this.#ioPerSecond }
    const lower = lowestLimits(current, to)
    this.#limits = lower.limits
    this.#ioPerSecond = lower.ioPerSecond
  }

  get hostCalls(): readonly HostCall[] {
    return this.#hostCalls
  }
  get denials(): readonly Denial[] {
    return this.#denials
  }
  /** The first bound that was met, if any. */
  get bound(): MeteredBound | null {
    return this.#bound
  }

  /** False when the call has made its last request. */
  admitRequest(): boolean {
    this.#requests += 1
    if (this.#requests > this.#limits.requests) return this.#meet('requests')
    return this.#isInRate() || this.#meet('io-rate')
  }

  /** False when the call has made its last operation on the drive. */
  admitDriveOperation(): boolean {
    this.#driveOperations += 1
    if (this.#driveOperations > this.#limits.driveOperations) return this.#meet('drive-operations')
    return this.#isInRate() || this.#meet('io-rate')
  }

  /** False when the call has said its last to the client. */
  admitMessage(): boolean {
    this.#messages += 1
    return this.#messages <= this.#limits.clientMessages || this.#meet('client-messages')
  }

  list(hostCall: HostCall): HostCall {
    if (this.#hostCalls.length < MAX_LISTED) this.#hostCalls.push(hostCall)
    return hostCall
  }

  deny(denial: Denial): void {
    if (this.#denials.length < MAX_LISTED) this.#denials.push(denial)
  }

  /** Counts bytes that leave; false beyond the bound. */
  sends(chunk: Uint8Array, hostCall: HostCall): boolean {
    return this.#sent(chunk, hostCall)
  }

  /** Counts bytes that came in; false beyond the bound. */
  gets(chunk: Uint8Array, hostCall: HostCall): boolean {
    return this.#got(chunk, hostCall)
  }

  #sent(chunk: Uint8Array, hostCall: HostCall): boolean {
    this.#egress += chunk.byteLength
    hostCall.bytesOut += chunk.byteLength
    return this.#egress <= this.#limits.egressBytes || this.#meet('egress-bytes')
  }

  #got(chunk: Uint8Array, hostCall: HostCall): boolean {
    this.#ingress += chunk.byteLength
    hostCall.bytesIn += chunk.byteLength
    return this.#ingress <= this.#limits.ingressBytes || this.#meet('ingress-bytes')
  }

  #isInRate(): boolean {
    if (this.#ioPerSecond === null) return true
    const seconds = Math.floor((Date.now() - this.#startedAt) / 1_000) + 1
    return this.#requests + this.#driveOperations <= this.#ioPerSecond * seconds
  }

  #meet(bound: MeteredBound): false {
    this.#bound ??= bound
    return false
  }
}
