// The life of a permission as a form of ours sends it (`pages/life-choice.tsx`).

import type { Terms } from '../policy/life.ts'
import { HOUR_MS, Terms as TermsSchema } from '../policy/life.ts'

const UNTIL_MS: Readonly<Record<string, number>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
}

/** `null`: not what the page can send. A form without a life gives nothing. */
export function termsIn(form: ReadonlyMap<string, string>, now: number): Terms | null {
  const choice = form.get('life') ?? ''
  const untilMs = Object.hasOwn(UNTIL_MS, choice) ? UNTIL_MS[choice] : undefined
  const terms = TermsSchema.safeParse({
    life: untilMs === undefined ? choice : 'until',
    until: untilMs === undefined ? null : now + untilMs,
    uses: limit(form.get('uses')),
    callsAnHour: limit(form.get('calls_an_hour')),
    bytes: limit(form.get('bytes')),
  })
  return terms.success ? terms.data : null
}

/** An empty field is no limit; what is no whole number fits no limit. */
function limit(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null
  return /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN
}
