// How calls end, as their record says it.

/** A call of a component's tool: `call.ts` says what each means. */
const OF_COMPONENTS = [
  'answered',
  'asks',
  'bad-arguments',
  'bad-result',
  'bound',
  'cancelled',
  'ceiling-unreadable',
  'denied',
  'exited',
  'fault',
  'handle',
  'lacks',
  'outdated',
  'sealed',
  'secrets-sealed',
  'trapped',
  'unknown-tool',
  'unsaved',
  'waits',
] as const

/**
 * `refused`: by a built-in tool. `interrupted`: the server stopped before it was known; what it did until then is
 * not known either.
 */
export const CALL_OUTCOMES = [...OF_COMPONENTS, 'refused', 'interrupted'] as const
export type CallOutcome = (typeof CALL_OUTCOMES)[number]

/** Nothing went wrong, and nothing is missing. */
const WELL: ReadonlySet<string> = new Set<CallOutcome>(['answered', 'asks'])
/** A rule, or the lack of one, stood in the way. */
const REFUSED: ReadonlySet<string> = new Set<CallOutcome>([
  'denied',
  'refused',
  'waits',
  'outdated',
  'sealed',
  'secrets-sealed',
  'ceiling-unreadable',
])

export function isRefusal(outcome: string): boolean {
  return REFUSED.has(outcome)
}

/** What the chart and the colour of a row tell apart. */
export type CallEnd = 'answered' | 'refused' | 'failed'

export function endOf({ outcome, refused }: { outcome: string; refused: boolean }): CallEnd {
  if (refused || isRefusal(outcome)) return 'refused'
  return WELL.has(outcome) ? 'answered' : 'failed'
}

/** In SQL, over the same two columns. */
export const FAILED_SQL = `refused = 0 AND outcome NOT IN ('${[...WELL].join("', '")}')`
