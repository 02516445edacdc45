// The pages of `narrowing.ts`. To take something back takes a sign-in; to grant anything, be it smaller than
// before, a fresh one.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { ChangedPage } from '../../console/pages/changed.tsx'
import { Message } from '../../console/pages/message.tsx'
import { NarrowingPage, narrowingPath, UnusedPage } from '../../console/pages/narrowing.tsx'
import { WhatIfPage, whatIfPath } from '../../console/pages/what-if.tsx'
import { MAX_POLICY_BYTES } from '../../store/ceilings.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { freshlySignedIn, sameOrigin, signedIn } from '../guards.tsx'
import { BAD_DAYS, windowOf } from '../window.ts'
import { BAD_POLICY, POLICY_TOO_LARGE } from './ceilings.ts'
import { asked, CEILING_UNREADABLE, NARROW, NOT_UNUSED } from './narrowing.ts'

const UNKNOWN = 'You have no component of that id.'
const BAD_FORM = 'The form is not one of this page.'
const NARROWING = '/console/components/:name/narrowing'
/** The longest policy, three bytes for each of it, more for each of its line ends, and the other fields. */
const MAX_POLICY_FORM_BYTES = 4 * MAX_POLICY_BYTES
const WHAT_IF = '/console/components/:name/what-if'

export const narrowingPages = new Hono<AppEnv>()

narrowingPages.get('/console/narrowing', signedIn, async (c) => {
  const { account, now } = c.var.parts
  const window = windowOf(asked(c), now())
  if (window === null) return told(c, 400, BAD_DAYS)
  const mine = account(c.var.person.id)
  const [found, views] = await Promise.all([
    mine.unusedGrants(window.since, now()),
    mine.components(),
  ])
  const components = views.map(({ install }) => install.component)
  return c.html(
    <UnusedPage person={c.var.person} {...window} found={found} components={components} />,
  )
})

narrowingPages.post('/console/narrowing', sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = await readForm(c.req.raw)
  const since = sinceIn(form)
  const grants = (form?.get('grants') ?? '').split(' ').filter(Boolean)
  if (since === null || grants.length === 0) return told(c, 400, BAD_FORM)
  const done = await account(c.var.person.id).takeBackUnused(grants, since, now())
  return done.ok ? c.redirect('/console/narrowing', 303) : told(c, 409, NOT_UNUSED)
})

narrowingPages.get(NARROWING, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const window = windowOf(asked(c), now())
  if (window === null) return told(c, 400, BAD_DAYS)
  const mine = account(c.var.person.id)
  const view = await mine.narrowing(c.req.param('name'), window.since, now())
  if (view === null) return told(c, 404, UNKNOWN)
  return c.html(<NarrowingPage person={c.var.person} days={window.days} view={view} />)
})

narrowingPages.post(NARROWING, sameOrigin, freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = await readForm(c.req.raw)
  const [since, seal] = [sinceIn(form), form?.get('seal')]
  if (since === null || seal === undefined) return told(c, 400, BAD_FORM)
  const wish = { since, seal, acceptsUnknown: form?.get('accept_unknown') === 'yes' }
  const name = c.req.param('name')
  const done = await account(c.var.person.id).narrow(name, wish, now())
  if (!done.ok) return told(c, done.error === 'unknown-component' ? 404 : 409, NARROW[done.error])
  return c.redirect(narrowingPath(name), 303)
})

narrowingPages.get(WHAT_IF, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const window = windowOf(asked(c), now())
  if (window === null) return told(c, 400, BAD_DAYS)
  const [mine, component] = [account(c.var.person.id), c.req.param('name')]
  // Read first: what takes the name after that is not what the forms of the page go for.
  const view = await mine.component(component)
  const policy = await mine.printPolicy(component)
  if (view === null || policy === null) return told(c, 404, UNKNOWN)
  const shown = { view, days: window.days, policy, tried: null, faults: [] }
  return c.html(<WhatIfPage person={c.var.person} {...shown} />)
})

narrowingPages.post(WHAT_IF, sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = await readForm(c.req.raw, MAX_POLICY_FORM_BYTES)
  if (form === null) return told(c, 413, POLICY_TOO_LARGE)
  // Browsers send line ends as CR LF, whatever was in the field.
  const policy = form.get('policy')?.replaceAll('\r\n', '\n')
  const window = windowOf({ days: form.get('days') }, now())
  if (policy === undefined) return told(c, 400, BAD_FORM)
  if (window === null) return told(c, 400, BAD_DAYS)
  if (new TextEncoder().encode(policy).byteLength > MAX_POLICY_BYTES) {
    return told(c, 413, POLICY_TOO_LARGE)
  }
  const [mine, component] = [account(c.var.person.id), c.req.param('name')]
  const view = await mine.component(component)
  if (view === null) return told(c, 404, UNKNOWN)
  if (form.get('seen') !== view.seen) return changed(c, component)
  const tried = await mine.whatIf(component, policy, window.since, now())
  const about = { person: c.var.person, view, days: window.days, policy }
  if (tried.ok) return c.html(<WhatIfPage {...about} tried={tried.value} faults={[]} />)
  if (tried.error === 'unknown-component') return told(c, 404, UNKNOWN)
  if (tried.error === 'ceiling-unreadable') return told(c, 409, CEILING_UNREADABLE)
  return c.html(<WhatIfPage {...about} tried={null} faults={tried.error} />, 422)
})

/** The policy that was tried, byte for byte, for what it was tried for. */
narrowingPages.post(`${WHAT_IF}/apply`, sameOrigin, freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = await readForm(c.req.raw)
  const [policy, seen] = [bytesOf(form?.get('policy')), form?.get('seen') ?? '']
  if (policy === null) return told(c, 400, BAD_FORM)
  const name = c.req.param('name')
  const written = await account(c.var.person.id).writePolicy(name, policy, now(), seen)
  if (written.ok) return c.redirect(whatIfPath(name), 303)
  if (written.error === 'component-changed') return changed(c, name)
  return written.error === 'unknown-component' ? told(c, 404, UNKNOWN) : told(c, 422, BAD_POLICY)
})

function sinceIn(form: ReadonlyMap<string, string> | null): number | null {
  const text = form?.get('since') ?? ''
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** `null`: not base64. */
function bytesOf(text: string | undefined): Uint8Array | null {
  if (text === undefined || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  } catch {
    return null
  }
}

function changed(c: Context<AppEnv>, component: string) {
  return c.html(<ChangedPage href={whatIfPath(component)} />, 409)
}

function told(c: Context<AppEnv>, status: 400 | 404 | 409 | 413 | 422, text: string) {
  return c.html(<Message title={status === 404 ? 'Not found' : 'Not done'} text={text} />, status)
}
