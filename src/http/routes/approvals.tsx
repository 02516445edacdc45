// Where a person decides what a component may do. Only the signed-in person whom the question is for sees
// it; to anybody else it does not exist. No token of an agent opens these routes.

import { Hono } from 'hono'
import { ApprovalPage } from '../../console/pages/approval.tsx'
import { Message } from '../../console/pages/message.tsx'
import { VARIABLE_FAULTS } from '../../console/variable-faults.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.ts'
import { termsIn } from '../../console/terms.ts'

export const approvals = new Hono<AppEnv>()

approvals.get('/approvals/:id', signedIn, async (c) => {
  const { account, now } = c.var.parts
  const mine = account(c.var.person.id)
  const approval = await mine.approval(c.req.param('id'))
  if (approval === null) return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
  const component = await mine.component(approval.component)
  const { source, rule } = approval
  const variable = component?.variables.find((v) => v.source === source && v.key === rule)
  const valueSetAt = variable?.set_at ?? null
  return c.html(
    <ApprovalPage approval={approval} valueSetAt={valueSetAt} person={c.var.person} now={now()} />,
  )
})

approvals.post('/approvals/:id', sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = (await readForm(c.req.raw)) ?? new Map<string, string>()
  const decision = form.get('decision')
  const terms = termsIn(form, now())
  if (decision !== 'allow' && decision !== 'deny') {
    return c.html(<Message title="Nothing decided" text="Choose allow or deny." />, 400)
  }
  if (terms === null) return c.html(<Message title="Nothing decided" text={BAD_TERMS} />, 400)
  // An empty field is no value: the person may set it later, in the console.
  const value = form.get('value') || null
  const mine = account(c.var.person.id)
  const decided = await mine.decide(c.req.param('id'), decision, now(), value, terms)
  if (decided.ok) {
    const text = decision === 'allow' ? ALLOWED : DENIED
    return c.html(<Message title={decision === 'allow' ? 'Allowed' : 'Denied'} text={text} />)
  }
  const { error } = decided
  switch (error) {
    case 'unknown':
      return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
    case 'decided':
    case 'gone':
    case 'expired':
      return c.html(<Message title="Too late" text={OVER[error]} />, 409)
    default: {
      const { status, sentence } = VARIABLE_FAULTS[error]
      return c.html(<Message title="Nothing decided" text={sentence} />, status)
    }
  }
})

const NOT_FOUND = 'There is no such question for you.'
const BAD_TERMS = 'A limit is a whole number from 1 on, or empty.'
const ALLOWED = 'The component may now do this. The agent can repeat its call.'
const DENIED = 'Nothing was granted.'
const OVER = {
  decided: 'This question was answered before. A question is answered once.',
  gone: 'The component was unloaded or replaced since it asked. Nothing was granted.',
  expired: 'This question expired. When the agent calls again, a new one is asked.',
} as const
