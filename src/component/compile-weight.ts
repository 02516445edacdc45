// What compiling one function takes beside its length, counted while its code is read. An engine's first compiler
// notes where each local and each operand is: it looks through that when it runs out of registers, copies it
// where ways part, and walks it where they meet. It does so when the function is called first: nobody has
// paid for that, and nothing suspends it.

import { refuse } from './binary.ts'
import { COMPONENT_LIMITS } from './limits.ts'

/** Of a function or a block: how many values it takes, and how many it leaves. */
export interface Arity {
  readonly parameters: number
  readonly results: number
}

/** A branch weighs as much as the values that are there, and this: registers to move, code to write. */
const BRANCH = 256
/** The end of a frame, where ways part, and a call: by how much they take longer than a branch. */
const END = 4
const SPLIT = 8
const CALL = 1 / 4
/** Any instruction, of the values alone. */
const INSTRUCTION = 1 / 8

interface Frame extends Arity {
  /** Operands below it. */
  readonly base: number
  readonly isLoop: boolean
}

/** Reusable: `begin` forgets the function before. */
export class CompileWeight {
  #frames: Frame[] = []
  /** Of the innermost frame. */
  #base = 0
  #locals = 0
  /** Operands on the stack. Code that is never reached takes what is not there. */
  #height = 0
  #total = 0

  get total(): number {
    return this.#total
  }

  /** Values that the function leaves. */
  get results(): number {
    return this.#frames[0]?.results ?? 0
  }

  begin(locals: number, results: number): void {
    this.#frames = [{ base: 0, parameters: 0, results, isLoop: false }]
    this.#locals = locals
    this.#base = this.#height = this.#total = 0
  }

  /** An instruction. */
  move(effect: number): void {
    this.#total += INSTRUCTION * (this.#locals + this.#height)
    this.#height = Math.max(this.#base, this.#height + effect)
  }

  /** Other code runs, for which each value is put in its place. */
  call(): void {
    this.#spend(CALL)
  }

  enter({ parameters, results }: Arity, isLoop = false): void {
    this.#base = Math.max(this.#base, this.#height - parameters)
    this.#frames.push({ base: this.#base, parameters, results, isLoop })
    this.#height = this.#base + parameters
  }

  /** `if`, `loop`, a handler: the values are noted once more. */
  split(): void {
    this.#spend(SPLIT)
  }

  /** `else`, or a handler of that many values. */
  arm(values: number): void {
    this.#height = this.#base + values
    this.#spend(SPLIT)
  }

  elseArm(): void {
    this.arm(this.#frames.at(-1)?.parameters ?? 0)
  }

  end(): void {
    this.#spend(END)
    this.#height = this.#base + (this.#frames.pop()?.results ?? 0)
    this.#base = this.#frames.at(-1)?.base ?? 0
  }

  /** A label of a branch; how many values go along. */
  branch(depth: number): number {
    this.#spend(1)
    const frame = this.#frames[this.#frames.length - 1 - depth]
    return (frame?.isLoop === true ? frame.parameters : frame?.results) ?? 0
  }

  #spend(times: number): void {
    this.#total += times * (BRANCH + this.#locals + this.#height)
    if (this.#total > COMPONENT_LIMITS.MAX_FUNCTION_WEIGHT) {
      refuse('too-large', 'a function of so many instructions over so many locals and operands')
    }
  }
}
