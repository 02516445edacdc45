// What a client leaves behind as it is ended, inside a person's `Account`: what it asks, what was granted for its session
// and for calls through it. Sessions of MCP end themselves (`listening.ts`).

import type { Expiries } from './expiries.ts'
import type { Questions } from './questions.ts'
import type { Waiting } from './waiting.ts'

export interface LeavingParts {
  readonly questions: Questions
  readonly waiting: Waiting
  readonly expiries: Expiries
}

export class Leaving {
  readonly #parts: LeavingParts

  constructor(parts: LeavingParts) {
    this.#parts = parts
  }

  /** Before it is forgotten that the client was let in: a store that fails leaves it there, to be ended again. */
  async endClient(client: string, at: number): Promise<void> {
    const { questions, waiting, expiries } = this.#parts
    // What is allowed until then is among what ends.
    for (const id of await questions.expireClient(client, at)) waiting.tell(id)
    await expiries.endClient(client, at)
  }
}
