// Calls over time as stacked bars: a drawing without script or style of its own, each bar a link to its calls, and
// the same numbers as a table for whoever does not see it.

import type { Step } from '../store/span.ts'

/** Units of the drawing; it is as wide as the page. */
const WIDTH = 720
const HEIGHT = 150
/** Room for the numbers beside and below the bars. */
const LEFT = 44
const BOTTOM = 20
const TOP = 8
const GAP = 1
/** Where the end of the axis is told at the least: its beginning stands before it. */
const MOST_LEFT = LEFT + 240
/** A few steps are drawn beside each other, not over all of the page. */
const WIDEST_BAR = 48

const KINDS = ['answered', 'failed', 'refused'] as const

export interface Series {
  /** Milliseconds of a step. */
  readonly width: number
  readonly steps: readonly Step[]
}

/** `linkTo`: the calls of a step. */
export function Chart(props: { series: Series; linkTo: (step: Step) => string }) {
  const { series, linkTo } = props
  const { steps, width } = series
  const most = Math.max(1, ...steps.map(({ calls }) => calls))
  const barWidth = Math.min(WIDEST_BAR, (WIDTH - LEFT) / steps.length)
  const [height, right] = [HEIGHT - TOP - BOTTOM, LEFT + barWidth * steps.length]
  const y = (calls: number): number => TOP + height - (calls / most) * height
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-labelledby="chart-title">
        <title id="chart-title">{`Calls per ${stepInWords(width)}, times in UTC`}</title>
        <line class="axis" x1={LEFT} y1={y(0)} x2={right} y2={y(0)} />
        <line class="axis faint" x1={LEFT} y1={y(most)} x2={right} y2={y(most)} />
        <text class="tick" x={LEFT - 6} y={y(most) + 4} text-anchor="end">
          {most}
        </text>
        <text class="tick" x={LEFT - 6} y={y(0) + 4} text-anchor="end">
          0
        </text>
        {steps.map((step, n) =>
          step.calls === 0 ? null : (
            <a href={linkTo(step)} aria-label={stepInNumbers(step, width)}>
              <title>{stepInNumbers(step, width)}</title>
              {/* Low bars are pressed as well as high ones. */}
              <rect
                class="press"
                x={LEFT + n * barWidth}
                y={TOP}
                width={round(barWidth)}
                height={height}
              />
              {partsOf(step).map(({ kind, from, to }) => (
                <rect
                  class={`bar ${kind}`}
                  x={round(LEFT + n * barWidth + GAP / 2)}
                  y={round(y(to))}
                  width={round(Math.max(1, barWidth - GAP))}
                  height={round(y(from) - y(to))}
                />
              ))}
            </a>
          ),
        )}
        <text class="tick" x={LEFT} y={HEIGHT - 4}>
          {minuteOf(steps[0]?.at ?? 0)}
        </text>
        {/* Beside the other one, also where there are few bars. */}
        <text class="tick" x={Math.max(right, MOST_LEFT)} y={HEIGHT - 4} text-anchor="end">
          {minuteOf((steps.at(-1)?.at ?? 0) + width)} UTC
        </text>
      </svg>
      <figcaption>
        Calls per {stepInWords(width)}, times in UTC:{' '}
        {KINDS.map((kind) => (
          <span class={`key ${kind}`}>
            {KEYS[kind]} {sum(steps, kind)}
          </span>
        ))}
      </figcaption>
      <details>
        <summary>The same in numbers</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">From (UTC)</th>
              <th scope="col">Calls</th>
              <th scope="col">With a refusal</th>
              <th scope="col">Failed</th>
            </tr>
          </thead>
          <tbody>
            {steps
              .filter(({ calls }) => calls > 0)
              .map((step) => (
                <tr>
                  <th scope="row">
                    <a href={linkTo(step)}>{minuteOf(step.at)}</a>
                  </th>
                  <td>{step.calls}</td>
                  <td>{step.refused}</td>
                  <td>{step.failed}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </figure>
  )
}

const KEYS = { answered: 'answered', failed: 'failed', refused: 'with a refusal' } as const

function countOf({ calls, refused, failed }: Step, kind: (typeof KINDS)[number]): number {
  if (kind === 'answered') return calls - refused - failed
  return kind === 'refused' ? refused : failed
}

function sum(steps: readonly Step[], kind: (typeof KINDS)[number]): number {
  return steps.reduce((total, step) => total + countOf(step, kind), 0)
}

/** From the bottom to the top, in calls. */
function partsOf(step: Step): { kind: string; from: number; to: number }[] {
  let from = 0
  return KINDS.flatMap((kind) => {
    const count = countOf(step, kind)
    if (count === 0) return []
    const part = { kind, from, to: from + count }
    from += count
    return [part]
  })
}

function stepInNumbers(step: Step, width: number): string {
  const { at, calls, refused, failed } = step
  const when = `${minuteOf(at)} to ${minuteOf(at + width)} UTC`
  return `${when}: ${calls} ${calls === 1 ? 'call' : 'calls'}, ${refused} with a refusal, ${failed} failed`
}

function stepInWords(width: number): string {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000]
  const [unit, name] =
    width >= day ? [day, 'day'] : width >= hour ? [hour, 'hour'] : [minute, 'minute']
  return width === unit ? name : `${width / unit} ${name}s`
}

function minuteOf(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 16)
}

/** Two digits are finer than a screen. */
function round(units: number): number {
  return Math.round(units * 100) / 100
}
