// How long a permission shall live, as fields of the form that gives it. `../terms.ts` reads them.

import type { OneCall } from '../../policy/offered-lives.ts'
import { ONE_CALL } from '../../policy/offered-lives.ts'
import { CHOSEN_TIME } from '../terms.ts'

/** `preselected`: a broad permission is never for always by one click. */
export function LifeChoice(props: {
  preselected: 'once' | 'always'
  /** Some client asks, so there is a session of it to grant for. */
  session: boolean
  call: OneCall
  now: number
}) {
  const isOnce = props.preselected === 'once'
  return (
    <>
      <p>
        <label>
          For how long{' '}
          <select name="life">
            <option value="always" selected={!isOnce}>
              until you take it back
            </option>
            <option value="once" selected={isOnce}>
              {ONE_CALL[props.call]}
            </option>
            {props.session ? <option value="session">for this session of the client</option> : null}
            <option value="hour">for an hour</option>
            <option value="day">for a day</option>
            <option value="month">for 30 days</option>
            <option value={CHOSEN_TIME}>until the time below</option>
          </select>
        </label>
      </p>
      <p>
        <label>
          Until <input type="datetime-local" name="until" step="1" min={minute(props.now)} /> UTC
        </label>{' '}
        <span class="small">(it is {minute(props.now).replace('T', ' ')} UTC now)</span>
      </p>
      <details>
        <summary>Limits</summary>
        <Limit name="uses" text="Calls in all" />
        <Limit name="calls_an_hour" text="Calls an hour" />
        <Limit name="bytes" text="Bytes sent, received, read and written in all" />
      </details>
    </>
  )
}

function Limit(props: { name: string; text: string }) {
  return (
    <p>
      <label>
        {props.text} <input type="number" name={props.name} min="1" placeholder="any number" />
      </label>
    </p>
  )
}

/** As `datetime-local` has it. */
function minute(at: number): string {
  return new Date(at).toISOString().slice(0, 16)
}

export function describeTerms(grant: {
  readonly life: 'once' | 'session' | 'until' | 'always'
  readonly until: number | null
  readonly uses: number | null
  readonly calls_an_hour: number | null
  readonly bytes: number | null
}): string {
  const until = grant.until === null ? '' : minute(grant.until)
  const life = {
    once: 'for one call',
    session: 'for one session',
    until: `until ${until.replace('T', ' ')} UTC`,
    always: '',
  }[grant.life]
  const limits = [
    grant.uses === null ? '' : `${grant.uses} calls in all`,
    grant.calls_an_hour === null ? '' : `${grant.calls_an_hour} calls an hour`,
    grant.bytes === null ? '' : `${grant.bytes} bytes in all`,
  ]
  return [life, ...limits].filter(Boolean).join(', ')
}
