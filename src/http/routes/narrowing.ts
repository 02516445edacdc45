// What calls used, against what was granted, as JSON: grants that were not used, the smallest grants for what
// was, and a policy over past calls. To read takes scope `console`; to change anything, or to try a policy, the
// person themselves: no token that agents have.

import type { Context } from 'hono'
import { Hono } from 'hono'
import * as z from 'zod'
import type { NarrowFault, NarrowingView } from '../../account/narrowing.ts'
import type { UsedGrant } from '../../account/used-grants.ts'
import { readBounded } from '../../bounded-body.ts'
import { MAX_POLICY_BYTES } from '../../store/ceilings.ts'
import { BAD_DAYS, windowOf } from '../window.ts'
import type { ApiEnv } from './api.ts'
import { allows, allowsPerson, refuse } from './api.ts'
import { BAD_POLICY, POLICY_TOO_LARGE } from './ceilings.ts'

const UNKNOWN_COMPONENT = 'You have no component of that id.'
const MAX_BODY_BYTES = 64 * 1024

const since = z.number().int().nonnegative()
const TakeBack = z.strictObject({ since, grants: z.array(z.string()).min(1).max(1_000) })
const Narrow = z.strictObject({
  since,
  seal: z.string(),
  accept_unknown: z.boolean().default(false),
})

export const narrowingApi = new Hono<ApiEnv>()

narrowingApi.get('/api/narrowing', allows('console'), async (c) => {
  const { account, now } = c.var.parts
  const window = windowOf(asked(c), now())
  if (window === null) return refuse(c, 400, 'bad-days', BAD_DAYS)
  const found = await account(c.var.caller).unusedGrants(window.since, now())
  return c.json({
    ...window,
    recorded_since: found.recordedSince,
    unused: found.unused.map(grantValue),
    others: found.others.map(grantValue),
  })
})

narrowingApi.post('/api/narrowing', allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const wanted = TakeBack.safeParse(await json(c))
  if (!wanted.success) {
    return refuse(c, 400, 'bad-body', 'The body is {"since": <as GET says>, "grants": [<id>, …]}.')
  }
  const { grants, since: from } = wanted.data
  const done = await account(c.var.caller).takeBackUnused(grants, from, now())
  return done.ok
    ? c.json({ ended: done.value.ended })
    : refuse(c, 409, 'changed', NOT_UNUSED, { grants })
})

narrowingApi.get('/api/components/:name/narrowing', allows('console'), async (c) => {
  const { account, now } = c.var.parts
  const window = windowOf(asked(c), now())
  if (window === null) return refuse(c, 400, 'bad-days', BAD_DAYS)
  const view = await account(c.var.caller).narrowing(c.req.param('name'), window.since, now())
  if (view === null) return refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
  return c.json({ days: window.days, ...narrowingValue(view) })
})

narrowingApi.post('/api/components/:name/narrowing', allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const wanted = Narrow.safeParse(await json(c))
  if (!wanted.success) {
    const shape = 'The body is {"since": …, "seal": …}, both as GET says, and "accept_unknown".'
    return refuse(c, 400, 'bad-body', shape)
  }
  const { accept_unknown: acceptsUnknown, ...wish } = wanted.data
  const name = c.req.param('name')
  const done = await account(c.var.caller).narrow(name, { ...wish, acceptsUnknown }, now())
  if (done.ok) return c.json({ id: name, ended: done.value.ended, given: done.value.given })
  return refuse(c, done.error === 'unknown-component' ? 404 : 409, done.error, NARROW[done.error])
})

narrowingApi.post('/api/components/:name/policy/what-if', allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const window = windowOf(asked(c), now())
  if (window === null) return refuse(c, 400, 'bad-days', BAD_DAYS)
  const text = await readBounded(c.req.raw, MAX_POLICY_BYTES)
  if (text === null) return refuse(c, 413, 'policy-too-large', POLICY_TOO_LARGE)
  const name = c.req.param('name')
  const seen = await account(c.var.caller).whatIf(name, text, window.since, now())
  if (!seen.ok) {
    if (seen.error === 'unknown-component') {
      return refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
    }
    return seen.error === 'ceiling-unreadable'
      ? refuse(c, 409, 'ceiling-unreadable', CEILING_UNREADABLE)
      : refuse(c, 422, 'bad-policy', BAD_POLICY, { faults: seen.error })
  }
  const { callsTheSame, component: id, ...rest } = seen.value
  return c.json({ id, days: window.days, ...rest, calls_the_same: callsTheSame })
})

/** What stands in the way of narrowing, and what to do. */
export const NARROW: Readonly<Record<NarrowFault, string>> = {
  'unknown-component': UNKNOWN_COMPONENT,
  changed: 'Something was used, granted or taken back meanwhile. Look at what it would be now.',
  nothing: 'Nothing can be made smaller.',
  'not-known':
    'Of some calls it is not known what they used, so some of it may be taken back. Look at fewer days, or accept that.',
}

export const NOT_UNUSED =
  'One of these is not unused any more, or is gone. Nothing was taken back: look at the list again.'
export const CEILING_UNREADABLE =
  'What the host of this server allows cannot be read: calls are refused until the host mends it.'

function grantValue({ component, grant, lastUsedAt, calls }: UsedGrant) {
  const { id, permission, rule, life, until, origin, granted_at } = grant
  const about = { id, component, permission, rule, life, until, origin, granted_at }
  return { ...about, last_used_at: lastUsedAt, calls }
}

function narrowingValue(view: NarrowingView) {
  const { component: id, calls, unknownCalls, more, changes, fitting, staying, seal } = view
  const value = (grant: NarrowingView['fitting'][number]) => ({
    id: grant.id,
    permission: grant.permission,
    rule: grant.rule,
    life: grant.life,
    until: grant.until,
  })
  return {
    id,
    since: view.since,
    calls,
    unknown_calls: unknownCalls,
    more,
    changes: changes.map(({ grant, becomes }) => ({ ...value(grant), becomes })),
    fitting: fitting.map(value),
    staying: staying.map(({ grant, why }) => ({ ...value(grant), why })),
    seal,
  }
}

/** What `windowOf` reads. */
export function asked(c: { readonly req: { query(name: string): string | undefined } }) {
  return { days: c.req.query('days'), since: c.req.query('since') }
}

async function json(c: Context<ApiEnv>): Promise<unknown> {
  const bytes = await readBounded(c.req.raw, MAX_BODY_BYTES)
  try {
    return JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array()))
  } catch {
    return null
  }
}
