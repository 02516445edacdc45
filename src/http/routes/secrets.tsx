// The secrets of a component, for their person: what they are bound to is shown, a value is written and never read
// back. A page for the browser, and the same for a token of scope `console` alone: to bind a secret is to let a
// component act in the person's name.

import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ComponentView } from '../../account/views.ts'
import type { SecretFault } from '../../account/secrets.ts'
import { readBounded } from '../../bounded-body.ts'
import { ChangedPage } from '../../console/pages/changed.tsx'
import { Message } from '../../console/pages/message.tsx'
import { SecretsPage, secretsPath } from '../../console/pages/secrets.tsx'
import { SECRET_FAULTS } from '../../console/secret-faults.ts'
import { secretFromForm, secretFromJson } from '../../console/secret-input.ts'
import type { AppEnv } from '../context.ts'
import { MAX_FORM_BYTES, readForm } from '../form.ts'
import { freshlySignedIn, sameOrigin } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, allowsPerson, refuse } from './api.ts'
import { refuseChanged, wantedDigest } from './if-match.ts'

const PAGE = '/console/components/:name/secrets'
const ALL = '/api/components/:name/secrets'
const ONE = '/api/components/:name/secrets/:secret'
const NOT_OURS = 'The form is not one of this page.'

export const secretPages = new Hono<AppEnv>()

secretPages.get(PAGE, freshlySignedIn, async (c) => {
  const view = await c.var.parts.account(c.var.person.id).component(c.req.param('name'))
  if (view === null) return told(c, 'unknown-component')
  return c.html(<SecretsPage person={c.var.person} view={view} />)
})

secretPages.post(PAGE, sameOrigin, freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const mine = account(c.var.person.id)
  const component = c.req.param('name')
  const form = await readForm(c.req.raw)
  const name = form?.get('name')
  if (form === null || name === undefined) return told(c, 'bad-form')
  if (form.get('action') === 'delete') {
    const deleted = await mine.deleteSecret(component, name, now())
    if (deleted === null) return told(c, 'unknown-component')
  } else {
    const secret = form.get('action') === 'set' ? secretFromForm(name, form) : null
    if (secret === null) return told(c, 'bad-form')
    const set = await mine.setSecret(component, secret, now(), form.get('seen') ?? '')
    if (!set.ok) return told(c, set.error)
  }
  return c.redirect(secretsPath(component), 303)
})

export const secretApi = new Hono<ApiEnv>()

secretApi.get(ALL, allows('console'), async (c) => {
  const view = await c.var.parts.account(c.var.caller).component(c.req.param('name'))
  if (view === null) return refuseFault(c, 'unknown-component')
  return c.json({ secrets: listed(view) })
})

secretApi.put(ONE, allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const bytes = await readBounded(c.req.raw, MAX_FORM_BYTES)
  if (bytes === null) return refuseFault(c, 'too-long')
  const { name: component, secret: name } = c.req.param()
  const read = secretFromJson(name, bytes)
  // Where it is wrong, and never what stands there.
  if (!read.ok) return refuse(c, 400, 'bad-body', BAD_BODY, { paths: read.error })
  const set = await account(c.var.caller).setSecret(component, read.value, now(), wantedDigest(c))
  if (!set.ok) return refuseFault(c, set.error)
  return c.json({ name }, set.value === 'set' ? 201 : 200)
})

const BAD_BODY =
  'The body is JSON: {"value": "…", "hosts": ["api.example.com"], "placement": {"kind": "header", "name": ' +
  '"authorization", "prefix": "Bearer "}}. Other placements are {"kind": "query", "name": "…"} and {"kind": "basic", ' +
  '"user": "…"}; "placeholder" may name a variable.'

secretApi.delete(ONE, allows('console'), async (c) => {
  const { account, now } = c.var.parts
  const { name, secret } = c.req.param()
  const deleted = await account(c.var.caller).deleteSecret(name, secret, now())
  if (deleted === null) return refuseFault(c, 'unknown-component')
  if (deleted) return c.body(null, 204)
  return refuse(c, 404, 'unknown-secret', 'The component has no secret of that name.')
})

function listed({ install, secrets }: ComponentView) {
  return secrets.map(({ name, digest, binding, set_at }) => ({
    name,
    hosts: binding.hosts.map(({ text }) => text),
    placement: binding.placement,
    placeholder: binding.placeholder?.key ?? null,
    /** False: it is for another version of the component. */
    in_use: digest === install.digest,
    set_at,
  }))
}

function told(c: Context<AppEnv>, fault: SecretFault | 'bad-form') {
  if (fault === 'component-changed') {
    return c.html(<ChangedPage href={secretsPath(c.req.param('name') ?? '')} />, 409)
  }
  const { status, sentence } =
    fault === 'bad-form' ? ({ status: 400, sentence: NOT_OURS } as const) : SECRET_FAULTS[fault]
  const title = status === 404 ? 'Not found' : 'Nothing changed'
  return c.html(<Message title={title} text={sentence} />, status)
}

function refuseFault(c: Context<ApiEnv>, fault: SecretFault): Response {
  if (fault === 'component-changed') return refuseChanged(c)
  const { status, sentence } = SECRET_FAULTS[fault]
  return refuse(c, status, fault, sentence)
}
