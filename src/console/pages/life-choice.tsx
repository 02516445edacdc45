// How long a permission shall live, as fields of the form that gives it. `../terms.ts` reads them.

export function LifeChoice() {
  return (
    <>
      <p>
        <label>
          For how long{' '}
          <select name="life">
            <option value="always" selected>
              until you take it back
            </option>
            <option value="once">for one call</option>
            <option value="session">for this session of the client</option>
            <option value="hour">for an hour</option>
            <option value="day">for a day</option>
            <option value="month">for 30 days</option>
          </select>
        </label>
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

export function describeTerms(grant: {
  readonly life: 'once' | 'session' | 'until' | 'always'
  readonly until: number | null
  readonly uses: number | null
  readonly calls_an_hour: number | null
  readonly bytes: number | null
}): string {
  const until = grant.until === null ? '' : new Date(grant.until).toISOString().slice(0, 16)
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
