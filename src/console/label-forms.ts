// What the forms of the page of labels send (`pages/labels.tsx`).

import type { LabelSet, Mode } from '../policy/labels.ts'
import { LABELS, Mode as ModeSchema } from '../policy/labels.ts'

/** As the field that says so. */
export const BY_HOST = 'host'

/** `null`: what the host says. `undefined`: not what the page can send. */
export function modeIn(form: ReadonlyMap<string, string>): Mode | null | undefined {
  const mode = form.get('mode')
  if (mode === BY_HOST) return null
  const known = ModeSchema.safeParse(mode)
  return known.success ? known.data : undefined
}

/** `null`: the default again. `undefined`: not what the page can send. */
export function labelsIn(form: ReadonlyMap<string, string>): LabelSet | null | undefined {
  const action = form.get('action')
  if (action === 'default') return null
  return action === 'set' ? LABELS.filter((label) => form.has(label)) : undefined
}
