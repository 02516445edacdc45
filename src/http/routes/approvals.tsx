// Where a person decides what a component may do. Only the signed-in person whom the question is for sees
// it; to anybody else it does not exist. No token of an agent opens these routes.

import { Hono } from 'hono'
import { ApprovalPage } from '../../console/pages/approval.tsx'
import { Message } from '../../console/pages/message.tsx'
import { limitsOf } from '../../console/pages/proposal.tsx'
import { chosenRule } from '../../console/pages/rule-choice.tsx'
import { mutedOf, mutedUntil } from '../../console/pages/mute-form.tsx'
import { VARIABLE_FAULTS } from '../../console/variable-faults.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { freshlySignedIn, sameOrigin, signedIn } from '../guards.tsx'
import { termsIn } from '../../console/terms.ts'

export const approvals = new Hono<AppEnv>()

approvals.get('/approvals/:id', freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const mine = account(c.var.person.id)
  const approval = await mine.approval(c.req.param('id'))
  if (approval === null) return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
  const component = await mine.component(approval.component)
  const { source, digest, rule } = approval
  const variable = component?.variables.find((v) => v.source === source && v.key === rule)
  const valueSetAt = variable?.set_at ?? null
  const session = await mine.labelledSession(approval.owner)
  const asker =
    approval.permission === 'limit'
      ? (await mine.components()).find(
          ({ install }) => install.source === source && install.digest === digest,
        )
      : undefined
  const isExpired = approval.decision === null && approval.expires_at <= now()
  return c.html(
    <ApprovalPage
      approval={approval}
      valueSetAt={valueSetAt}
      person={c.var.person}
      now={now()}
      session={session}
      limits={asker === undefined ? [] : limitsOf(asker)}
    />,
    isExpired ? 410 : 200,
  )
})

approvals.post('/approvals/:id', sameOrigin, freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = (await readForm(c.req.raw)) ?? new Map<string, string>()
  const decision = form.get('decision')
  if (decision !== 'allow' && decision !== 'deny') {
    return c.html(<Message title="Nothing decided" text="Choose allow or deny." />, 400)
  }
  const mine = account(c.var.person.id)
  if ((await mine.approval(c.req.param('id'))) === null) {
    return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
  }
  const terms = decision === 'deny' ? undefined : termsIn(form, now())
  if (terms === null) return c.html(<Message title="Nothing decided" text={BAD_TERMS} />, 400)
  // An empty field is no value: the person may set it later, in the console.
  const value = form.get('value') || null
  const rule = chosenRule(form)
  const decided = await mine.decide(c.req.param('id'), decision, now(), value, terms, rule)
  if (decided.ok) {
    const text = decision === 'allow' ? ALLOWED : DENIED
    return c.html(<Message title={decision === 'allow' ? 'Allowed' : 'Denied'} text={text} />)
  }
  const { error } = decided
  switch (error) {
    case 'unknown':
      return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
    case 'not-offered':
      return c.html(<Message title="Nothing decided" text={NOT_OFFERED} />, 400)
    case 'decided':
    case 'gone':
    case 'session-over':
    case 'expired':
      return c.html(<Message title="Too late" text={OVER[error]} />, 409)
    default: {
      const { status, sentence } = VARIABLE_FAULTS[error]
      return c.html(<Message title="Nothing decided" text={sentence} />, status)
    }
  }
})

approvals.post('/approvals/:id/mute', sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = (await readForm(c.req.raw)) ?? new Map<string, string>()
  const [until, of] = [mutedUntil(form, now()), mutedOf(form)]
  if (until === undefined || of === null) {
    const text = 'Choose what asks you for nothing more, and for how long.'
    return c.html(<Message title="Nothing muted" text={text} />, 400)
  }
  const muted = await account(c.var.person.id).mute(c.req.param('id'), until, now(), of)
  if (muted === null) return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
  return c.html(<Message title="Muted" text={MUTED[of]} />)
})

const NOT_FOUND =
  'There is no such question for you, or nobody decided it and it expired more than a day ago.'
const BAD_TERMS =
  'Choose for how long. A time is one to come, in UTC, and goes with “until the time below” alone. A limit is a ' +
  'whole number from 1 on, or empty.'
const NOT_OFFERED = 'That is not one of the rules that this question offers. Nothing was granted.'
const MUTED = {
  component:
    'This component asks you for nothing more until then; its open questions are denied. The console ends it earlier.',
  client:
    'Nothing asks you for anything through this client until then; its open questions are denied. The console ends it earlier.',
} as const
const ALLOWED =
  'The component may now do this. A call that waits goes on by itself; otherwise the agent can repeat it.'
const DENIED = 'Nothing was granted.'
const OVER = {
  decided: 'This question was answered before. A question is answered once.',
  gone: 'The component was unloaded or replaced since it asked. Nothing was granted.',
  'session-over':
    'The session that asked is over, and nothing can last as long as it. Nothing was granted: choose another time.',
  expired: 'This question expired. When the agent calls again, a new one is asked.',
} as const
