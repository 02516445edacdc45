// A stretch of time in equal steps, as a chart shows it. Steps begin at round times (UTC).

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Widths of a step in milliseconds; beyond the last, twice as much again and again. */
const WIDTHS_MS = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  28 * DAY_MS,
]

/** More bars than that are too thin to be pressed. */
export const MOST_STEPS = 48

/** Unix milliseconds and milliseconds. The last step ends where or after the stretch does. */
export interface Span {
  readonly start: number
  readonly width: number
  readonly steps: number
}

/** The narrowest steps that are not too many for what is from `from` until before `to`. */
export function spanOf(from: number, to: number): Span {
  for (let n = 0; ; n += 1) {
    const width = WIDTHS_MS[n] ?? 28 * DAY_MS * 2 ** (n - WIDTHS_MS.length + 1)
    const start = Math.floor(from / width) * width
    const steps = Math.max(1, Math.ceil((to - start) / width))
    if (steps <= MOST_STEPS) return { start, width, steps }
  }
}

/** How many calls began within a step. `refused` and `failed` are among `calls`, and no call is both. */
export interface Step {
  /** Unix milliseconds. */
  readonly at: number
  readonly calls: number
  readonly refused: number
  readonly failed: number
}

/** Every step of the span, in order, those without a call as well. */
export function stepsOf(
  { start, width, steps }: Span,
  counted: readonly (Omit<Step, 'at'> & { readonly step: number })[],
): Step[] {
  const byStep = new Map(counted.map(({ step, ...counts }) => [step, counts]))
  const none = { calls: 0, refused: 0, failed: 0 }
  return Array.from({ length: steps }, (_, n) => ({
    at: start + n * width,
    ...(byStep.get(n) ?? none),
  }))
}
