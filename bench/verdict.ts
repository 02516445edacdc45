// What a load has to hold: no error, bounded waiting beside a bad neighbour, and memory that levels off.

import { quantile } from './client.ts'

/** How much longer than with nobody the slowest hundredth may take beside somebody's slow or hostile tool. */
export const MAX_P99_RATIO = 2
/** Of what the first half added to memory, the most that the second half may add. */
export const MAX_LATER_GROWTH = 0.5
/** Growth of a half that is noise, as a share of the memory held: allocators give back late. */
export const NOISE = 0.02

/** Memory held when so many calls had been answered. */
export interface Look {
  readonly calls: number
  readonly mebibytes: number
}

/** Somebody whose tool is in the way, and by turns is not, so that both are measured on the same machine. */
export interface Neighbour {
  readonly what: string
  /** Milliseconds of each call of everybody else, with and without them. */
  readonly beside: readonly number[]
  readonly alone: readonly number[]
}

export interface Measured {
  readonly errors: number
  readonly neighbours: readonly Neighbour[]
  /** In order of time, with nobody in the way, behind the warm-up. */
  readonly looks: readonly Look[]
}

export interface Growth {
  /** MiB that each half added. */
  readonly first: number
  readonly second: number
  readonly levelsOff: boolean
}

/** Each half by its trend over calls, not by two looks: one collection of garbage would decide otherwise. */
export function growthOf(looks: readonly Look[]): Growth {
  const middle = Math.floor(looks.length / 2)
  const halves = [looks.slice(0, middle + 1), looks.slice(middle)] as const
  const calls = ((looks.at(-1)?.calls ?? 0) - (looks[0]?.calls ?? 0)) / 2
  const [first, second] = [perCall(halves[0]) * calls, perCall(halves[1]) * calls]
  const held = looks[middle]?.mebibytes ?? 0
  const levelsOff = second <= Math.max(first * MAX_LATER_GROWTH, held * NOISE)
  return { first, second, levelsOff }
}

export function p99Ratio({ beside, alone }: Neighbour): number {
  return quantile(beside, 0.99) / quantile(alone, 0.99)
}

/** What did not hold, a line each. What was not measured does not hold either. */
export function complaints({ errors, neighbours, looks }: Measured): readonly string[] {
  const found: string[] = []
  if (errors > 0) found.push(`${errors} calls failed`)
  for (const neighbour of neighbours) {
    const ratio = p99Ratio(neighbour)
    if (ratio <= MAX_P99_RATIO) continue
    found.push(
      `beside ${neighbour.what} the p99 is ${ratio.toFixed(2)} times that with nobody; at most ${MAX_P99_RATIO}`,
    )
  }
  const { first, second, levelsOff } = growthOf(looks)
  if (!levelsOff) {
    found.push(
      `memory does not level off: ${first.toFixed(0)} MiB in the first half of the calls, ` +
        `${second.toFixed(0)} MiB in the second`,
    )
  }
  return found
}

/** MiB a call: the median of the slopes between any two looks (Theil-Sen), which no single look moves. */
function perCall(looks: readonly Look[]): number {
  const slopes = looks.flatMap((one, n) =>
    looks
      .slice(n + 1)
      .filter(({ calls }) => calls > one.calls)
      .map((later) => (later.mebibytes - one.mebibytes) / (later.calls - one.calls)),
  )
  return quantile(slopes, 0.5)
}
