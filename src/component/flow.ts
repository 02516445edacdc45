// Control flow of one function while its code is read: frames that are open, the region at hand, and which
// ways lead where. It adds the edits of regions, loops and ends.

import { refuse } from './binary.ts'
import * as edit from './edits.ts'
import { Edits } from './edits.ts'
import { LOOP_COST } from './opcodes.ts'
import { DEAD, Regions } from './regions.ts'

export const BLOCK = 0
export const LOOP = 1
export const IF = 2
export const TRY = 3

interface Frame {
  readonly kind: number
  /** The region in front of it. */
  readonly before: number
  hasElse: boolean
  /** A branch leads to its end. */
  targeted: boolean
  /** The outermost frame that code inside of it may leave for. */
  escape: number
}

/** Reusable: `clear` forgets the function before. */
export class Flow {
  readonly edits = new Edits()
  readonly regions = new Regions()
  hasLoop = false
  hasExceptions = false
  /** A conditional branch leads to the end of the function. */
  hasBranchToEnd = false
  #frames: Frame[] = []
  #region = 0

  clear(): void {
    this.edits.clear()
    this.regions.clear()
    this.hasLoop = this.hasExceptions = this.hasBranchToEnd = false
    this.#frames = []
    this.#region = this.regions.open(DEAD, false)
    this.push(BLOCK)
  }

  /** Frames are open: the function goes on. */
  get isOpen(): boolean {
    return this.#frames.length > 0
  }

  spend(cost: number): void {
    this.regions.spend(this.#region, cost)
  }

  push(kind: number): void {
    this.#frames.push({
      kind,
      before: this.#region,
      hasElse: false,
      targeted: false,
      escape: this.#frames.length,
    })
  }

  /** A new region behind the bytes read so far, which end at `at`. */
  open(at: number): void {
    this.#openAfter(at, this.#region)
  }

  #openAfter(at: number, parent: number): void {
    if (parent === DEAD) {
      this.#region = DEAD
      return
    }
    this.#region = this.regions.open(parent, false)
    this.edits.add(edit.CHARGE, at, at, this.#region)
  }

  /** A loop whose instruction is `at` to `end`. */
  loop(at: number, end: number, parameters: number): void {
    this.push(LOOP)
    this.hasLoop = true
    if (this.#region === DEAD) {
      this.edits.add(edit.LOOP, at, end, DEAD, 0)
      return
    }
    this.#region = this.regions.open(this.#region, true)
    this.regions.spend(this.#region, LOOP_COST)
    this.edits.add(edit.LOOP, at, end, this.#region, parameters === 0 ? 1 : 0)
  }

  /** `else` or a handler: it runs when what is in front of the frame did. */
  arm(at: number): void {
    const frame = this.#frames.at(-1)
    if (frame === undefined) return refuse('malformed', `an arm of nothing, at byte ${at}`)
    // The other arm may have ended in a branch; the end is reached through this one or that.
    if (this.#region !== DEAD) frame.targeted = true
    this.#openAfter(at, frame.before)
    if (frame.kind === TRY) this.hasExceptions = true
    else frame.hasElse = true
  }

  /** The end of a frame; its instruction is `start` to `at`. */
  end(at: number, start: number): void {
    const index = this.#frames.length - 1
    const frame = this.#frames.pop()
    if (frame === undefined) return refuse('malformed', `an end of nothing, at byte ${at}`)
    if (frame.kind === TRY) this.hasExceptions = true
    const oneArmed = frame.kind === IF && !frame.hasElse
    const joins = frame.targeted || frame.kind === IF || frame.kind === TRY
    this.edits.add(edit.END, start, at, 0, joins && frame.kind !== LOOP ? 1 : 0)
    const outer = this.#frames.at(-1)
    if (outer === undefined) return
    if (frame.escape < index) outer.escape = Math.min(outer.escape, frame.escape)
    const reached = this.#region !== DEAD || oneArmed || (frame.targeted && frame.kind !== LOOP)
    if (!reached || frame.before === DEAD) {
      this.#region = DEAD
    } else if (frame.escape >= index && frame.kind !== TRY) {
      // Whoever entered comes out here, so this is the region in front of it, continued.
      this.#region = frame.before
    } else {
      this.#openAfter(at, frame.before)
    }
  }

  /** A branch by `depth` frames; the index of the frame. */
  label(depth: number, at: number, conditional: boolean): number {
    const index = this.#frames.length - 1 - depth
    const frame = this.#frames[index]
    if (frame === undefined) return refuse('malformed', `a label of nothing, at byte ${at}`)
    if (index === 0 && conditional) this.hasBranchToEnd = true
    if (this.#region !== DEAD) {
      frame.targeted = true
      this.#escapeTo(index)
    }
    return index
  }

  #escapeTo(index: number): void {
    const inner = this.#frames.at(-1)
    if (inner !== undefined) inner.escape = Math.min(inner.escape, index)
  }

  /** What follows is not reached from here, and that is all: a branch has told where it leads. */
  stop(): void {
    this.#region = DEAD
  }

  /** Leaves the function. */
  leave(): void {
    if (this.#region !== DEAD) this.#escapeTo(0)
    this.#region = DEAD
  }

  throws(cost: number): void {
    this.spend(cost)
    this.hasExceptions = true
    this.leave()
  }
}
