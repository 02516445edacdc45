// The verbs of a person's `Account` about what sessions have done, and what the person says of it.

import type { Mode } from '../../policy/labels.ts'
import type { Result } from '../../policy/result.ts'
import type { ChoiceFault, LabelChoice, LabelledSession, LabelsView } from '../labelling.ts'
import type { Parts } from '../parts.ts'

type Needed = Pick<Parts, 'acts' | 'holdings' | 'labelling'>

export class LabelVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  async labels(): Promise<LabelsView> {
    return this.#parts.labelling.view(Date.now())
  }

  /** What was done in the session of this owner; `null`: nothing that is labelled. */
  async labelledSession(owner: string): Promise<LabelledSession | null> {
    return this.#parts.labelling.session(owner)
  }

  /** The person's word: the session begins anew. False: there is no such. */
  async resetLabels(owner: string): Promise<boolean> {
    const session = this.#parts.labelling.session(owner)
    if (session === null) return false
    await this.#parts.acts.labelsReset(session, () => this.#parts.labelling.reset(owner))
    return true
  }

  /** The person's word: what happens when the client would complete the three; `null`: what the host says. */
  async switchLabels(
    client: string,
    clientName: string,
    mode: Mode | null,
  ): Promise<Result<null, 'not-allowed' | 'too-many'>> {
    return await this.#parts.acts.labelsSwitched(client, mode, () =>
      this.#parts.labelling.setMode(client, clientName, mode, Date.now()),
    )
  }

  /** The person's word: what the use of a grant, or of what a component keeps, brings. `seen`: what their page showed. */
  async chooseLabels(
    choice: LabelChoice,
    seen: string | null = null,
  ): Promise<Result<null, ChoiceFault>> {
    const { grants } = await this.#parts.holdings.held()
    const grant = grants.find(({ id }) => id === choice.place)
    return await this.#parts.acts.labelsSet(choice, grant ?? null, () =>
      this.#parts.labelling.choose(choice, seen),
    )
  }
}
