// Where a person decides what a new version of a component keeps. No token opens these routes: to keep is to
// grant.

import { Hono } from 'hono'
import { Message } from '../../console/pages/message.tsx'
import { VersionPage } from '../../console/pages/version.tsx'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.ts'

const PAGE = '/console/components/:name/version'
const NOT_FOUND = 'No version of such a component waits for you.'
const CHANGED = 'Yet another version has come since you opened the page. Look at that one.'
const DONE = {
  keep: 'The new version keeps what you said. The agent can repeat its call.',
  nothing: 'The new version starts from nothing. The agent can repeat its call.',
} as const

export const versions = new Hono<AppEnv>()

versions.get(PAGE, signedIn, async (c) => {
  const view = await c.var.parts.account(c.var.person.id).version(c.req.param('name'))
  if (view === null) return c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
  return c.html(<VersionPage person={c.var.person} view={view} />)
})

versions.post(PAGE, sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = await readForm(c.req.raw)
  const [decision, digest] = [form?.get('decision'), form?.get('digest')]
  if (decision === 'wait') return c.redirect('/console', 303)
  if ((decision !== 'keep' && decision !== 'nothing') || digest === undefined) {
    const text = 'Choose to keep what you said, or to start from nothing.'
    return c.html(<Message title="Nothing decided" text={text} />, 400)
  }
  const mine = account(c.var.person.id)
  const decided = await mine.decideVersion(c.req.param('name'), digest, decision, now())
  if (decided.ok) return c.html(<Message title="Decided" text={DONE[decision]} />)
  return decided.error === 'changed'
    ? c.html(<Message title="Too late" text={CHANGED} />, 409)
    : c.html(<Message title="Not found" text={NOT_FOUND} />, 404)
})
