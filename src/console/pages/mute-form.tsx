// A person who has heard enough of a component, or of an agent that asks on under other names: no more questions
// of it, for a while or until they say so.

import type { Muted } from '../../account/questions.ts'
import { HOUR_MS } from '../../policy/life.ts'

const FOR_MS: Readonly<Record<string, number | null>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  ended: null,
}

/** `client`: the question came through one, which may be muted as well. */
export function MuteForm(props: { action: string; client: boolean }) {
  return (
    <form method="post" action={props.action}>
      <p>
        <label>
          Or hear no more questions of{' '}
          <select name="of">
            <option value="component">this component</option>
            {props.client ? (
              <option value="client">any component through this client</option>
            ) : null}
          </select>
        </label>{' '}
        <label>
          for this time{' '}
          <select name="mute">
            <option value="hour">for an hour</option>
            <option value="day">for a day</option>
            <option value="ended">until you end it in the console</option>
          </select>
        </label>{' '}
        <button>Mute</button>
      </p>
      <p class="small">
        What is open of them is denied. What you granted stays; what you did not is refused without
        a link. A component stays muted in its other versions, and in these bytes under other names.
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

/** `null`: nothing that the form offers. */
export function mutedOf(form: ReadonlyMap<string, string>): Muted | null {
  const of = form.get('of') ?? 'component'
  return of === 'component' || of === 'client' ? of : null
}
