// A person who has heard enough of a component: no more questions of it, for a while or until they say so.

import { HOUR_MS } from '../../policy/life.ts'

const FOR_MS: Readonly<Record<string, number | null>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  ended: null,
}

export function MuteForm(props: { action: string }) {
  return (
    <form method="post" action={props.action}>
      <p>
        <label>
          Or hear no more questions of this component{' '}
          <select name="mute">
            <option value="hour">for an hour</option>
            <option value="day">for a day</option>
            <option value="ended">until you end it in the console</option>
          </select>
        </label>{' '}
        <button>Mute</button>
      </p>
      <p class="small">
        Its open questions are denied. What you granted it stays; what you did not is refused
        without a link.
      </p>
    </form>
  )
}

/** When the chosen time is over; `null`: when the person ends it; `undefined`: no choice of this form. */
export function mutedUntil(
  form: ReadonlyMap<string, string>,
  now: number,
): number | null | undefined {
  const choice = form.get('mute') ?? ''
  const forMs = Object.hasOwn(FOR_MS, choice) ? FOR_MS[choice] : undefined
  return typeof forMs === 'number' ? now + forMs : forMs
}
