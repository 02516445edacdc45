// One question of a component or an agent, for the person it is for.

import type { Approval } from '../../store/approvals.ts'
import { CONSOLE_CLIENT } from '../../store/approvals.ts'
import type { Person } from '../../store/people.ts'
import { Client, Layout, Rule, Time } from '../layout.tsx'
import { loosens, replacedBy } from '../../policy/limit-rule.ts'
import { ruleInWords } from '../../policy/words.ts'
import { RuleInWords } from '../words.tsx'
import type { OneCall } from '../../policy/offered-lives.ts'
import type { LabelledSession } from '../../account/labelling.ts'
import { Done } from './labels.tsx'
import { LifeChoice } from './life-choice.tsx'
import { MuteForm } from './mute-form.tsx'
import { RuleChoice } from './rule-choice.tsx'
import { secretsPath } from './secrets.tsx'

/** Characters of arguments that may not be seen at once: the person is told that there are more. */
const MANY_CHARS = 1_000

export function ApprovalPage(props: {
  approval: Approval
  /** When a value of the variable that is asked for was set; `null`: there is none. */
  valueSetAt: number | null
  person: Person
  now: number
  /** What the session that asks has done; `null`: nothing that is labelled. */
  session: LabelledSession | null
  /** Limits of the component in force. */
  limits: readonly string[]
}) {
  const { approval, valueSetAt, person, now, session, limits } = props
  const { permission, rule } = approval
  const { warning, isBroad } = ruleInWords(permission, rule)
  const open = approval.decision === null && approval.expires_at > now
  return (
    <Layout title="A component asks for a permission" person={person.name}>
      <dl>
        <dt>Component</dt>
        <dd>
          <Rule text={approval.component} />
        </dd>
        <dt>Source</dt>
        <dd>
          <Rule text={approval.source} />
        </dd>
        <dt>Digest</dt>
        <dd>
          <code>{approval.digest}</code>
        </dd>
        <dt>Asked through</dt>
        <dd>
          <Client name={approval.client_name} id={approval.client} />, tool{' '}
          <Rule text={approval.tool} />
        </dd>
        <dt>Asked</dt>
        <dd>
          <Time at={approval.asked_at} />
        </dd>
        <dt>It wants</dt>
        <dd>
          {wants(approval)} <Rule text={rule} />
        </dd>
        <dt>Reach</dt>
        <dd>
          <RuleInWords kind={permission} rule={rule} />
        </dd>
        {open && permission === 'limit' ? <InPlaceOf rule={rule} limits={limits} /> : null}
        {permission === 'labels' && session !== null ? (
          <>
            <dt>This session has</dt>
            <dd>
              <Done entries={session.entries} />
            </dd>
          </>
        ) : null}
        {approval.arguments === null ? null : (
          <>
            <dt>
              Arguments of the call
              {approval.arguments.length > MANY_CHARS
                ? `, all ${approval.arguments.length.toLocaleString('en-US')} characters: scroll to read them`
                : null}
            </dt>
            <dd>
              <pre class="theirs">{approval.arguments}</pre>
            </dd>
          </>
        )}
      </dl>
      {warning === null ? null : <p class="warning">{warning}</p>}
      <p>
        It holds for this component in exactly this version, from this source, for as long as you
        say here, and you can take it back at any time.
      </p>
      {open ? (
        <form method="post" action={`/approvals/${approval.id}`}>
          {permission === 'environment' ? (
            <Value setAt={valueSetAt} component={approval.component} />
          ) : null}
          <RuleChoice kind={permission} asked={rule} />
          {permission === 'limit' ? (
            <input type="hidden" name="life" value="always" />
          ) : (
            <LifeChoice
              preselected={isBroad ? 'once' : 'always'}
              session={approval.client !== CONSOLE_CLIENT}
              call={oneCall(approval)}
              now={now}
            />
          )}
          <button name="decision" value="allow">
            Allow
          </button>
          <button name="decision" value="deny">
            Deny
          </button>
        </form>
      ) : (
        <p>
          {approval.decision === null
            ? 'This question expired.'
            : `You answered: ${approval.decision}.`}
        </p>
      )}
      {open ? (
        <MuteForm
          action={`/approvals/${approval.id}/mute`}
          client={approval.client !== CONSOLE_CLIENT}
        />
      ) : null}
    </Layout>
  )
}

/** What the limit ends, and whether that was lower. */
function InPlaceOf(props: { rule: string; limits: readonly string[] }) {
  const { rule, limits } = props
  const replaced = replacedBy(rule, limits)
  if (replaced.length === 0) return null
  return (
    <>
      <dt>In the place of</dt>
      <dd>
        {replaced.map((one) => (
          <>
            <Rule text={one} />{' '}
          </>
        ))}
        {loosens(rule, limits) ? (
          <p class="warning">You set a lower bound before. To allow this lifts it for good.</p>
        ) : null}
      </dd>
    </>
  )
}

/** Where the person types the value: the agent never sees it, and no page shows it again. */
function Value(props: { setAt: number | null; component: string }) {
  return (
    <>
      <p>
        To keep it from the component,{' '}
        <a href={secretsPath(props.component)}>bind it to a host instead</a>.
      </p>
      <ValueField setAt={props.setAt} />
    </>
  )
}

function ValueField(props: { setAt: number | null }) {
  if (props.setAt !== null) {
    return (
      <p>
        You set a value on <Time at={props.setAt} />: to allow hands that over. The console replaces
        it.
      </p>
    )
  }
  return (
    <p>
      <label>
        Value <input type="password" name="value" autocomplete="off" />
      </label>{' '}
      <span class="small">
        Stored encrypted, never shown again. Left empty, the component does not see the variable
        until you set a value in the console.
      </span>
    </p>
  )
}

function oneCall({ client, arguments_digest: args }: Approval): OneCall {
  if (client === CONSOLE_CLIENT) return 'any'
  return args === '' ? 'client' : 'refused'
}

function wants({ permission, rule }: Approval): string {
  if (permission === 'storage') return 'to use your drive:'
  if (permission === 'environment') return 'to be handed the value of the variable'
  if (permission === 'limit') return 'another bound of its calls:'
  if (permission === 'labels') return 'to bring into this session:'
  const connects = rule.startsWith('tcp://')
  return connects ? 'to open TCP connections to' : 'to send requests over the network to'
}
