// The page of what a publisher proposes, and the person's word on it: by the same questions as everything that
// is allowed. A rule that is not proposed now, for this version, is not asked for.

import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ComponentView } from '../../account/views.ts'
import { readBounded } from '../../bounded-body.ts'
import { digestOf } from '../../component/digest.ts'
import { Message } from '../../console/pages/message.tsx'
import { allAtOnce, proposalPath, ProposalPage, undecided } from '../../console/pages/proposal.tsx'
import { chosenRule } from '../../console/pages/rule-choice.tsx'
import { termsIn } from '../../console/terms.ts'
import { proposalOf } from '../../mcp/wishes.ts'
import { MAX_POLICY_BYTES } from '../../store/ceilings.ts'
import type { Install } from '../../store/installs.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { freshlySignedIn, sameOrigin, signedIn } from '../guards.tsx'
import { pageFault } from '../page-fault.tsx'
import type { ApiEnv } from './api.ts'
import { allows, NOT_THE_HOST, refuse, refuseHost } from './api.ts'
import { BAD_POLICY, POLICY_TOO_LARGE } from './ceilings.ts'
import { catalogueAct, recorded } from './recorded.ts'

const PAGE = '/console/components/:name/proposal'

type Proposal = Awaited<ReturnType<typeof proposalOf>>
type Rule = ReturnType<typeof undecided>[number]
type Terms = NonNullable<ReturnType<typeof termsIn>>

export const proposals = new Hono<AppEnv>()

proposals.get(PAGE, signedIn, async (c) => {
  const found = await find(c, c.req.param('name'))
  if (found === null) return told(c, 404, UNKNOWN)
  const seen = await seenOf(found)
  return c.html(
    <ProposalPage person={c.var.person} {...found} seen={seen} now={c.var.parts.now()} />,
  )
})

proposals.post(PAGE, sameOrigin, freshlySignedIn, async (c) => {
  const found = await find(c, c.req.param('name'))
  if (found === null) return told(c, 404, UNKNOWN)
  const form = (await readForm(c.req.raw)) ?? new Map<string, string>()
  const { view, proposal } = found
  const open = openRules(found)
  const { install } = view
  switch (form.get('action')) {
    case 'ask': {
      const rule = chosenRule(form)
      const isIt = (one: Rule) => one.rule === rule && one.permission === form.get('permission')
      const wanted = open.find(isIt)
      if (wanted === undefined) return told(c, 400, NOT_PROPOSED)
      const asked = await propose(c, install, wanted)
      return asked === null ? told(c, 409, GONE) : c.redirect(`/approvals/${asked}`, 303)
    }
    case 'all': {
      const terms = termsIn(form, c.var.parts.now())
      if (terms === null || terms.life === 'session') return told(c, 400, BAD_TERMS)
      if (proposal !== null && proposal.deny.length > 0) return told(c, 400, NOT_PROPOSED)
      // The host may publish another policy, and an agent load another version, while the person reads.
      if (form.get('seen') !== (await seenOf(found))) return changed(c, install.component)
      return await allowed(c, install, allAtOnce(open, view), terms)
    }
    default:
      return told(c, 400, 'The form is not one of this page.')
  }
})

/** The host publishes it with the catalogue's entry. It stays while the bytes do. */
export const proposalApi = new Hono<ApiEnv>()

proposalApi.put('/api/catalogue/:name/policy', allows('console'), async (c) => {
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  const { catalogue } = c.var.parts.load(c.var.caller)
  const entry = await catalogue.find(c.req.param('name'))
  if (entry === null) return refuse(c, 404, 'not-in-catalogue', NOT_IN_CATALOGUE)
  const text = await readBounded(c.req.raw, MAX_POLICY_BYTES)
  if (text === null) return refuse(c, 413, 'policy-too-large', POLICY_TOO_LARGE)
  const done = await recorded(
    c.var.parts.account(c.var.caller),
    catalogueAct(entry.name, entry.digest, entry.wit),
    () => catalogue.propose(entry, text),
    (result) => (result.ok ? (result.value ? null : 'component-changed') : 'bad-policy'),
  )
  if (!done.ok) return refuse(c, 422, 'bad-policy', BAD_POLICY, { faults: done.error })
  if (!done.value) return refuse(c, 409, 'component-changed', NOT_IN_CATALOGUE)
  return c.json({ name: entry.name, digest: entry.digest })
})

const NOT_IN_CATALOGUE = 'The catalogue has no entry of that name, in the version that it had.'

interface Found {
  readonly view: ComponentView
  readonly proposal: Proposal
}

/** `null`: the person has no such component. */
async function find(c: Context<AppEnv>, name: string): Promise<Found | null> {
  const { account, load } = c.var.parts
  const { id } = c.var.person
  const view = await account(id).component(name)
  if (view === null) return null
  return { view, proposal: await proposalOf(view.install, load(id).catalogue) }
}

function openRules({ view, proposal }: Found): readonly Rule[] {
  return proposal === null ? [] : undecided(proposal, view)
}

/** What "all of it" is about: the version, the text that describes it, and the rules that are not allowed yet. */
async function seenOf(found: Found): Promise<string> {
  const rules = allAtOnce(openRules(found), found.view).map(({ permission, rule }) => [
    permission,
    rule,
  ])
  return await digestOf(JSON.stringify([found.view.seen, rules]))
}

async function propose(
  c: Context<AppEnv>,
  { component, source, digest }: Install,
  { permission, rule }: Rule,
): Promise<string | null> {
  const { account, now } = c.var.parts
  const asked = await account(c.var.person.id).propose(
    { component, source, digest },
    permission,
    rule,
    now(),
  )
  return asked?.id ?? null
}

/** Rule after rule: what stops it on the way leaves what was allowed by then. */
async function allowed(
  c: Context<AppEnv>,
  install: Install,
  rules: readonly Rule[],
  terms: Terms,
): Promise<Response> {
  const next = lookAgain(install.component)
  try {
    if (await allowAll(c, install, rules, terms)) return c.redirect(next.href, 303)
  } catch (cause) {
    return await pageFault(cause, c, { text: BROKEN_OFF, next })
  }
  return c.html(<Message title="Not all of it was allowed" text={STOPPED} next={next} />, 409)
}

/** False where a rule is not to be allowed any more. */
async function allowAll(
  c: Context<AppEnv>,
  install: Install,
  rules: readonly Rule[],
  terms: Terms,
): Promise<boolean> {
  const { account, now } = c.var.parts
  for (const rule of rules) {
    // oxlint-disable-next-line no-await-in-loop -- the account writes one at a time
    const id = await propose(c, install, rule)
    if (id === null) return false
    // oxlint-disable-next-line no-await-in-loop
    const decided = await account(c.var.person.id).decide(id, 'allow', now(), null, terms)
    if (!decided.ok) return false
  }
  return true
}

const UNKNOWN = 'You have no component of that id.'
const NOT_PROPOSED = 'That is not proposed for this version, or you allowed it already.'
const GONE =
  'The component was unloaded or replaced meanwhile. What was not allowed by then is not.'
const STOPPED =
  'The component was unloaded or replaced meanwhile, or a question of it was decided elsewhere. What was allowed by ' +
  'then is allowed.'
const BROKEN_OFF =
  'The server failed before all of it was allowed. What was allowed by then is allowed: look at the page again.'
const CHANGED =
  'The version of the component, or what is proposed and not allowed yet, is not what this page showed you any more. ' +
  'Nothing more was allowed.'
const BAD_TERMS = 'The time or a limit is not one of this page. Nothing was allowed.'

function changed(c: Context<AppEnv>, component: string) {
  const next = lookAgain(component)
  return c.html(<Message title="It has changed" text={CHANGED} next={next} />, 409)
}

function lookAgain(component: string) {
  return { href: proposalPath(component), text: 'Look at it as it is now' }
}

function told(c: Context<AppEnv>, status: 400 | 404 | 409, text: string) {
  return c.html(<Message title={status === 404 ? 'Not found' : 'Not done'} text={text} />, status)
}
