// wassette-edge:mcp/client: what a guest says to its client goes to the capability. A question without an
// answer ends the guest: it is run again when the answer is there.

import type { ClientFace } from '../../capabilities/held.ts'
import type { Reply } from '../../policy/questions.ts'
import type { Halt } from '../halt.ts'
import type { Pending } from '../pending.ts'

/** What the one form of `elicit` is called. */
const FORM = 'question'

export function client(
  face: ClientFace | null,
  /** Of a call whose instance is kept there can be no second run. */
  repeatable: () => boolean,
  { halt, pending }: { readonly halt: Halt; readonly pending: Pending },
): Record<string, Record<string, unknown>> {
  async function ask(questions: unknown): Promise<readonly (readonly [string, Reply])[]> {
    // eslint-disable-next-line no-throw-literal -- the error of a `result`
    if (face === null || !repeatable()) throw 'unsupported'
    const replies = await face.ask(questions)
    if (replies.ok) return replies.value
    if (replies.error === 'ask') return await halt.endSuspended({ tag: 'asks' })
    throw replies.error
  }
  return {
    'wassette-edge:mcp/content': {},
    'wassette-edge:mcp/client': {
      progress: (progress: number, total?: number, message?: string) => {
        const report = { progress, total: total ?? null, message: message ?? null }
        if (face !== null) pending.track(face.progress(report))
      },
      log: (level: string, logger: string | undefined, message: string) => {
        if (face !== null) pending.track(face.log({ level, logger: logger ?? null, message }))
      },
      elicit: async (form: unknown) => {
        const replies = await ask([[FORM, { tag: 'form', val: form }]])
        return replies[0]?.[1].val
      },
      ask,
      abilities: async () => (face === null || !repeatable() ? [] : await face.abilities()),
      need: async (abilities: unknown) => {
        if (face === null || (await face.need(abilities))) return
        await halt.endSuspended({ tag: 'asks' })
      },
      changed: (listing: string) => {
        if (face !== null) pending.track(face.changed(listing))
      },
      updated: (uri: string) => {
        if (face !== null) pending.track(face.updated(uri))
      },
    },
  }
}
