// What one call asked of its authority and was told, each question once: what policies of another day can be
// judged by. Kept on our side of the wall, for the record.

import type { Asked, AskedVerdict } from '../policy/asked.ts'
import { shortened } from '../policy/asked.ts'
import { BOUNDS } from '../policy/limits.ts'
import { Redactor } from '../policy/redaction.ts'

/** Questions of one call that are kept, of each kind but what was sent. */
export const MAX_ASKED = 256
const KIB = 1024
/** Bytes of them as JSON. */
const MAX_ASKED_BYTES = 64 * KIB
const MAX_REFUSED_BYTES = 32 * KIB

/** Characters of the path of a request: no rule is longer than 512. */
export const MAX_ASKED_PATH_CHARS = 2_048
/** Once those that were sent have so many bytes, further ones are shorter, so that there is room for all. */
const MAX_WHOLE_BYTES = 64 * KIB
const SHORT_PATH_CHARS = 32
/** Short paths, and hosts of 80 characters. */
const MAX_SENT_BYTES = 256 * KIB

/**
 * What is kept, by what it came to: nothing that costs a guest little takes the room of what was sent. What is beyond
 * is said to be missing.
 */
const ROOMS = {
  /** Requests and connections that were allowed. */
  sent: { questions: BOUNDS.requests.most, bytes: MAX_SENT_BYTES },
  /** Whatever else was. */
  used: { questions: MAX_ASKED, bytes: MAX_ASKED_BYTES },
  /** Requests, connections and lookups that were refused. */
  unsent: { questions: MAX_ASKED, bytes: MAX_REFUSED_BYTES },
  unused: { questions: MAX_ASKED, bytes: MAX_REFUSED_BYTES },
} as const
type Room = keyof typeof ROOMS

/** Questions that wait for their answers: more than one call has under way. */
const MAX_OPEN = 1_024

/** A question and every answer to it, as a grant may be taken back, or be used up, while the call runs. */
export interface AskedEntry {
  readonly asked: Asked
  /** How often each was said. */
  readonly verdicts: ReadonlyMap<AskedVerdict, number>
  /** What it relied on. */
  readonly grants: ReadonlySet<string>
}

/** Whom a `Noted` tells. */
interface Keeper {
  readonly said: (verdict: AskedVerdict) => void
  readonly used: (grants: readonly string[]) => void
}

export class Noted implements AskedEntry {
  readonly #keeper: Keeper
  readonly verdicts = new Map<AskedVerdict, number>()
  readonly grants = new Set<string>()
  #asked: Asked

  constructor(asked: Asked, keeper: Keeper) {
    this.#asked = asked
    this.#keeper = keeper
  }

  get asked(): Asked {
    return this.#asked
  }

  allowed(grants: readonly string[]): void {
    this.#say('allowed')
    this.relies(grants)
  }

  /** Still allowed, by other grants than before. */
  relies(grants: readonly string[]): void {
    for (const grant of grants) this.grants.add(grant)
    this.#keeper.used(grants)
  }

  refused(reason: Exclude<AskedVerdict, 'allowed'>): void {
    this.#say(reason)
  }

  /** What was looked at turned out to be a directory. */
  passes(): void {
    if (this.#asked.kind === 'access') this.#asked = { ...this.#asked, passes: true }
  }

  /** There is no room for all of it. */
  becomes(asked: Asked): void {
    this.#asked = asked
  }

  #say(verdict: AskedVerdict): void {
    this.#keeper.said(verdict)
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1)
  }
}

export class Ledger {
  readonly #redactor: Redactor
  readonly #kept = new Map<string, Noted>()
  readonly #open = new Map<string, Noted>()
  readonly #taken: Record<Room, { questions: number; bytes: number }> = {
    sent: { questions: 0, bytes: 0 },
    used: { questions: 0, bytes: 0 },
    unsent: { questions: 0, bytes: 0 },
    unused: { questions: 0, bytes: 0 },
  }
  readonly #grants = new Set<string>()
  #complete = true

  /** `redactor`: for paths that are cut. */
  constructor(redactor: Redactor = new Redactor()) {
    this.#redactor = redactor
  }

  /** The same question has the same entry. `looks`: a directory that is only looked at may be another question. */
  note(question: Asked, looks = false): Noted {
    const asked = shortened(question, MAX_ASKED_PATH_CHARS, this.#redactor)
    const key = JSON.stringify([looks, asked])
    const known = this.#kept.get(key) ?? this.#open.get(key)
    if (known !== undefined) return known
    const noted: Noted = new Noted(asked, {
      said: (verdict) => this.#keep(key, noted, verdict),
      used: (grants) => {
        for (const grant of grants) this.#grants.add(grant)
      },
    })
    if (this.#open.size < MAX_OPEN) this.#open.set(key, noted)
    return noted
  }

  /** In the order in which they were first answered. */
  get entries(): readonly AskedEntry[] {
    return [...this.#kept.values()]
  }

  /** False: more was asked than is kept. */
  get isComplete(): boolean {
    return this.#complete
  }

  /** Every grant that the call relied on, also for what is not kept. */
  get grants(): readonly string[] {
    return [...this.#grants]
  }

  /** What was refused first, without room for that, may be allowed later. */
  #keep(key: string, noted: Noted, verdict: AskedVerdict): void {
    this.#open.delete(key)
    const kept = this.#kept.get(key)
    if (kept === noted) return
    const room = roomOf(noted.asked, verdict)
    const fitting = kept === undefined ? this.#fitting(noted.asked, room) : null
    if (fitting !== noted.asked) this.#complete = false
    if (fitting === null) return
    this.#taken[room].questions += 1
    this.#taken[room].bytes += bytesOf(fitting)
    noted.becomes(fitting)
    this.#kept.set(key, noted)
  }

  /** As much of it as there is room for; `null`: none. */
  #fitting(asked: Asked, room: Room): Asked | null {
    const { questions, bytes } = this.#taken[room]
    const isLate = room === 'sent' && bytes + bytesOf(asked) > MAX_WHOLE_BYTES
    const fitting = isLate ? shortened(asked, SHORT_PATH_CHARS, this.#redactor) : asked
    const isFull =
      questions >= ROOMS[room].questions || bytes + bytesOf(fitting) > ROOMS[room].bytes
    return isFull ? null : fitting
  }
}

function roomOf({ kind }: Asked, verdict: AskedVerdict): Room {
  const isSent = kind === 'request' || kind === 'connection'
  if (verdict === 'allowed') return isSent ? 'sent' : 'used'
  return isSent || kind === 'lookup' ? 'unsent' : 'unused'
}

const utf8 = new TextEncoder()

function bytesOf(asked: Asked): number {
  return utf8.encode(JSON.stringify(asked)).byteLength
}
