// Counts what one call does through its capabilities and keeps the list of its host calls for the record.

import { Ledger } from './ledger.ts'
import type { Denial } from '../policy/denial.ts'
import { withoutPath } from '../policy/host-rule.ts'
import type { CallLimits } from '../policy/limits.ts'
import { BOUNDS } from '../policy/limits.ts'
import { Redactor } from '../policy/redaction.ts'
import type { EffectiveLimits } from '../policy/requested-limits.ts'
import { lowestLimits } from '../policy/requested-limits.ts'

/**
 * One use of a capability. Bytes are bodies, without heads, which `egress-bytes` counts as well; `ms` from request to
 * response head.
 */
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
  /** Names of the secrets that were put in on our side, if any were. */
  secrets?: readonly string[]
}

const METERED = [
  'requests',
  'egressBytes',
  'ingressBytes',
  'driveOperations',
  'keyValueOperations',
  'clientMessages',
] as const satisfies readonly (keyof CallLimits)[]

type Metered = (typeof METERED)[number]
/** `io-rate` is a policy's: no call has it unless that says so. */
export type MeteredBound = (typeof BOUNDS)[Metered]['name'] | 'io-rate'

/** What the guest chose of a denial. */
const GUESTS_WORDS: ReadonlySet<string> = new Set(['host', 'path', 'rule'])
/** Host calls of one kind that are listed, and denials of one permission. */
const MAX_OF_A_KIND = 256
/** None of what costs a guest little takes the room of what was sent: that is listed all, as the bound on it says. */
const ROOMS = {
  network: BOUNDS.requests.most,
  storage: MAX_OF_A_KIND,
  /** Denied, malformed, or beyond a bound. */
  'network refused': MAX_OF_A_KIND,
  'storage refused': MAX_OF_A_KIND,
} as const
type Room = keyof typeof ROOMS
/** Host calls that one call has on its record at the most. */
export const MAX_LISTED = Object.values(ROOMS).reduce((sum, room) => sum + room, 0)

export class CallMeter {
  #limits: CallLimits
  readonly #hostCalls: HostCall[] = []
  readonly #listed: Record<Room, number> = {
    network: 0,
    storage: 0,
    'network refused': 0,
    'storage refused': 0,
  }
  readonly #denied: Record<Denial['permission'], number> = { network: 0, storage: 0, labels: 0 }
  readonly #denials: Denial[] = []
  readonly #used = Object.fromEntries(METERED.map((key) => [key, 0])) as Record<Metered, number>
  readonly #redactor: Redactor
  #ioPerSecond: number | null
  readonly #startedAt = Date.now()
  #bound: MeteredBound | null = null
  #leftTraces = false
  #ioNeeded = 0
  #unlisted = 0
  /** What was asked of the authority. */
  readonly ledger: Ledger

  /**
   * `ioPerSecond`: requests and operations on the drive for every second of the call that has begun. `redactor`: takes
   * out of the guest's words what may not be told.
   */
  constructor(
    limits: CallLimits,
    ioPerSecond: number | null = null,
    redactor: Redactor = new Redactor(),
  ) {
    this.#redactor = redactor
    this.ledger = new Ledger(redactor)
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
  /** How many there were beside those. */
  get unlisted(): number {
    return this.#unlisted
  }
  get denials(): readonly Denial[] {
    return this.#denials
  }
  /** What was counted, by bound. */
  get used(): Readonly<Record<Metered, number>> {
    return this.#used
  }
  get ioPerSecond(): number | null {
    return this.#ioPerSecond
  }
  /** The lowest rate of host I/O that the call would not have met. */
  get ioNeeded(): number {
    return this.#ioNeeded
  }
  /** Something outside may be other than before: to run the call again could do it twice. */
  get leftTraces(): boolean {
    return this.#leftTraces
  }
  /** The first bound that was met, if any. */
  get bound(): MeteredBound | null {
    return this.#bound
  }

  /** False, for ever, when the call has used up the bound. */
  admit(metered: Metered, amount = 1): boolean {
    this.#used[metered] += amount
    if (this.#used[metered] > this.#limits[metered]) return this.#meet(BOUNDS[metered].name)
    const isPaced = metered === 'requests' || metered === 'driveOperations'
    return !isPaced || this.#isInRate() || this.#meet('io-rate')
  }

  /** Before something is done that is more than a look. */
  leaveTrace(): void {
    this.#leftTraces = true
  }

  /** The entry as it is kept: whoever lists goes on counting in that. */
  list(hostCall: HostCall): HostCall {
    const { host, method } = hostCall
    const listed = { ...hostCall, host: this.#clean(host), method: this.#clean(method) }
    const room = roomOf(hostCall)
    if (this.#listed[room] < ROOMS[room]) {
      this.#listed[room] += 1
      this.#hostCalls.push(listed)
    } else {
      this.#unlisted += 1
    }
    return listed
  }

  deny(denial: Denial): void {
    const { permission } = denial
    this.#denied[permission] += 1
    if (this.#denied[permission] <= MAX_OF_A_KIND) this.#denials.push(this.#told(denial))
  }

  /** Counts bytes that leave; false beyond the bound. */
  sends(chunk: Uint8Array, hostCall: HostCall): boolean {
    hostCall.bytesOut += chunk.byteLength
    return this.admit('egressBytes', chunk.byteLength)
  }

  /** Counts bytes that came in; false beyond the bound. */
  gets(chunk: Uint8Array, hostCall: HostCall): boolean {
    hostCall.bytesIn += chunk.byteLength
    return this.admit('ingressBytes', chunk.byteLength)
  }

  #told(refused: Denial): Denial {
    const denial = this.#offerable(refused)
    const words = Object.entries(denial).flatMap(([key, value]) =>
      GUESTS_WORDS.has(key) ? [[key, this.#clean(String(value))]] : [],
    )
    return { ...denial, ...Object.fromEntries(words) } as Denial
  }

  /** A path with a secret in it would be a rule for nothing once that is taken out: the host is offered instead. */
  #offerable(denial: Denial): Denial {
    if (denial.permission !== 'network' || denial.reason !== 'not-granted') return denial
    const isTellable = this.#clean(denial.rule) === denial.rule
    return isTellable ? denial : { ...denial, rule: withoutPath(denial.rule) }
  }

  #clean(text: string): string {
    return this.#redactor.text(text)
  }

  #isInRate(): boolean {
    const seconds = Math.floor((Date.now() - this.#startedAt) / 1_000) + 1
    const { requests, driveOperations } = this.#used
    const operations = requests + driveOperations
    this.#ioNeeded = Math.max(this.#ioNeeded, Math.ceil(operations / seconds))
    return this.#ioPerSecond === null || operations <= this.#ioPerSecond * seconds
  }

  #meet(bound: MeteredBound): false {
    this.#bound ??= bound
    return false
  }
}

function roomOf({ kind, outcome }: HostCall): Room {
  return outcome === 'answered' || outcome === 'failed' ? kind : `${kind} refused`
}
