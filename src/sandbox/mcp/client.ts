// wassette-edge:mcp/client: what a guest says to its client goes to the capability. A question without an
// answer ends the guest: it is run again when the answer is there.

import type { ClientFace } from '../../capabilities/held.ts'
import type { Halt } from '../halt.ts'
import type { Pending } from '../pending.ts'

export function client(
  face: ClientFace | null,
  /** Of a call whose instance is kept there can be no second run. */
  repeatable: () => boolean,
  { halt, pending }: { readonly halt: Halt; readonly pending: Pending },
): Record<string, Record<string, unknown>> {
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
        // eslint-disable-next-line no-throw-literal -- the error of a `result`
        if (face === null || !repeatable()) throw 'unsupported'
        const answer = await face.elicit(form)
        if (answer.ok) return answer.value
        if (answer.error === 'ask') return await halt.endSuspended({ tag: 'asks' })
        throw answer.error
      },
    },
  }
}
