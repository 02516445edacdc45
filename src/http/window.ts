// The time that is looked back over, as a query says it: `?days=30`, or exactly, `?since=<Unix milliseconds>`.

const DAYS = 30
const MAX_DAYS = 365
const DAY_MS = 86_400_000

export const BAD_DAYS =
  `days is a number above 0 and up to ${MAX_DAYS}, where 0.5 is half a day; ` +
  'or since says the same in Unix milliseconds.'

export interface Window {
  readonly days: number
  /** Unix milliseconds. */
  readonly since: number
}

/** `null`: neither days nor a time. */
export function windowOf(
  { days, since }: { readonly days: string | undefined; readonly since?: string | undefined },
  at: number,
): Window | null {
  const asked = since === undefined ? daysIn(days) : (at - timeIn(since)) / DAY_MS
  if (!(asked > 0 && asked <= MAX_DAYS)) return null
  return {
    days: asked,
    since: since === undefined ? Math.floor(at - asked * DAY_MS) : timeIn(since),
  }
}

function daysIn(text: string | undefined): number {
  return text === undefined ? DAYS : Number(/^\d{1,3}(\.\d{1,9})?$/.exec(text)?.[0])
}

function timeIn(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}
