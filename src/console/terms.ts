// The life of a permission as a form of ours sends it (`pages/life-choice.tsx`).

import type { Terms } from '../policy/life.ts'
import { HOUR_MS, Terms as TermsSchema } from '../policy/life.ts'

const UNTIL_MS: Readonly<Record<string, number>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
}

/** What the page calls a time that the person chooses. */
export const CHOSEN_TIME = 'time'

/**
 * `null`: not what the page can send, or a time that is over. A form without a life gives nothing, nor does one that
 * names a time and asks for another life.
 */
export function termsIn(form: ReadonlyMap<string, string>, now: number): Terms | null {
  const choice = form.get('life') ?? ''
  const until = untilIn(choice, (form.get('until') ?? '').trim(), now)
  if (until === 'none') return null
  const terms = TermsSchema.safeParse({
    life: until === null ? choice : 'until',
    until,
    uses: limit(form.get('uses')),
    callsAnHour: limit(form.get('calls_an_hour')),
    bytes: limit(form.get('bytes')),
  })
  return terms.success ? terms.data : null
}

/** Unix milliseconds; `null`: the life is none that ends at a time. `none`: that is no time to come. */
function untilIn(choice: string, typed: string, now: number): number | null | 'none' {
  if (choice === CHOSEN_TIME) {
    const until = LOCAL_TIME.test(typed) ? Date.parse(`${typed}Z`) : Number.NaN
    return until > now ? until : 'none'
  }
  if (typed !== '') return 'none'
  return Object.hasOwn(UNTIL_MS, choice) ? now + (UNTIL_MS[choice] ?? 0) : null
}

/** As browsers send `datetime-local` (HTML, "valid normalized local date and time string"). */
const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/

/** An empty field is no limit; what is no whole number fits no limit. */
function limit(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null
  return /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN
}
