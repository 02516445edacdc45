// A person's own policy for one of their components, as a document. It grants, so it is for the person alone: a
// form of their console, or a token that the person made for the console and that is good for no tool.

import { Hono } from 'hono'
import { readBounded } from '../../bounded-body.ts'
import { MAX_POLICY_BYTES } from '../../store/ceilings.ts'
import type { ApiEnv } from './api.ts'
import { allows, allowsPerson, refuse } from './api.ts'
import { BAD_POLICY, POLICY_TOO_LARGE } from './ceilings.ts'
import { refuseChanged, wantedDigest } from './if-match.ts'

const ROUTE = '/api/components/:name/policy'
const UNKNOWN_COMPONENT = 'You have no component of that id.'

export const policies = new Hono<ApiEnv>()

policies.get(ROUTE, allows('console'), async (c) => {
  const text = await c.var.parts.account(c.var.caller).printPolicy(c.req.param('name'))
  if (text === null) return refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
  return c.body(text, 200, { 'content-type': 'application/yaml; charset=utf-8' })
})

policies.put(ROUTE, allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const name = c.req.param('name')
  const text = await readBounded(c.req.raw, MAX_POLICY_BYTES)
  if (text === null) return refuse(c, 413, 'policy-too-large', POLICY_TOO_LARGE)
  const written = await account(c.var.caller).writePolicy(name, text, now(), wantedDigest(c))
  if (written.ok) return c.json({ id: name, ...written.value })
  if (written.error === 'component-changed') return refuseChanged(c)
  return written.error === 'unknown-component'
    ? refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
    : refuse(c, 422, 'bad-policy', BAD_POLICY, { faults: written.error })
})

policies.delete(ROUTE, allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const removed = await account(c.var.caller).removePolicy(c.req.param('name'), now())
  if (!removed) return refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
  return c.body(null, 204)
})
