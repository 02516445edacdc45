// The variables of a component, for their person: names are shown, a value is written and never read back.
// A page for the browser, and the same for a token of scope `console`, which sets values as the person only
// (`../giving.ts`). Neither grants anything.

import type { Context } from 'hono'
import { Hono } from 'hono'
import type { VariableFault } from '../../account/person-variables.ts'
import type { ComponentView } from '../../account/views.ts'
import { readBounded } from '../../bounded-body.ts'
import { ChangedPage } from '../../console/pages/changed.tsx'
import { Message } from '../../console/pages/message.tsx'
import { VariablesPage, variablesPath } from '../../console/pages/variables.tsx'
import { VARIABLE_FAULTS } from '../../console/variable-faults.ts'
import type { AppEnv } from '../context.ts'
import { MAX_FORM_BYTES, readForm } from '../form.ts'
import { freshlySignedIn, sameOrigin, signedIn } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, allowsPerson, refuse } from './api.ts'
import { refuseChanged, wantedDigest } from './if-match.ts'

const PAGE = '/console/components/:name/variables'
const ONE = '/api/components/:name/environment/:key'

export const variablePages = new Hono<AppEnv>()

variablePages.get(PAGE, signedIn, async (c) => {
  const view = await c.var.parts.account(c.var.person.id).component(c.req.param('name'))
  if (view === null) return told(c, 404, VARIABLE_FAULTS['unknown-component'].sentence)
  return c.html(<VariablesPage person={c.var.person} view={view} />)
})

variablePages.post(PAGE, sameOrigin, freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const mine = account(c.var.person.id)
  const name = c.req.param('name')
  const form = await readForm(c.req.raw)
  const [action, key, value] = [form?.get('action'), form?.get('key'), form?.get('value')]
  if (key === undefined) return told(c, 400, 'The form is not one of this page.')
  if (action === 'delete') {
    const deleted = await mine.deleteVariable(name, key)
    if (deleted === null) return told(c, 404, VARIABLE_FAULTS['unknown-component'].sentence)
  } else if (action === 'set' && value !== undefined) {
    const set = await mine.setVariable(name, key, value, now(), form?.get('seen') ?? '')
    if (!set.ok) return notSet(c, name, set.error)
  } else {
    return told(c, 400, 'The form is not one of this page.')
  }
  return c.redirect(variablesPath(name), 303)
})

export const variableApi = new Hono<ApiEnv>()

variableApi.get('/api/components/:name/environment', allows('console'), async (c) => {
  const view = await c.var.parts.account(c.var.caller).component(c.req.param('name'))
  if (view === null) return refuseFault(c, 'unknown-component')
  return c.json({ variables: listed(view) })
})

variableApi.get(ONE, allows('console'), async (c) => {
  const view = await c.var.parts.account(c.var.caller).component(c.req.param('name'))
  if (view === null) return refuseFault(c, 'unknown-component')
  const variable = listed(view).find(({ key }) => key === c.req.param('key'))
  return variable === undefined ? noVariable(c) : c.json(variable)
})

/** The body is the value, byte for byte: a line break at its end belongs to it. */
variableApi.put(ONE, allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const bytes = await readBounded(c.req.raw, MAX_FORM_BYTES)
  if (bytes === null) return refuseFault(c, 'too-long')
  const value = utf8(bytes)
  if (value === null) return refuseFault(c, 'characters')
  const { name, key } = c.req.param()
  const mine = account(c.var.caller)
  const set = await mine.setVariable(name, key, value, now(), wantedDigest(c))
  if (!set.ok) return refuseFault(c, set.error)
  return c.json({ key }, set.value === 'set' ? 201 : 200)
})

variableApi.delete(ONE, allows('console'), async (c) => {
  const { name, key } = c.req.param()
  const deleted = await c.var.parts.account(c.var.caller).deleteVariable(name, key)
  if (deleted === null) return refuseFault(c, 'unknown-component')
  return deleted ? c.body(null, 204) : noVariable(c)
})

/** Every name with a value or a grant. */
function listed({ grants, variables }: ComponentView) {
  const granted = new Set(
    grants.flatMap(({ permission, rule }) => (permission === 'environment' ? [rule] : [])),
  )
  const setAt = new Map(variables.map(({ key, set_at }) => [key, set_at]))
  return [...new Set([...setAt.keys(), ...granted])]
    .sort()
    .map((key) => ({ key, set_at: setAt.get(key) ?? null, granted: granted.has(key) }))
}

function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}

function told(c: Context<AppEnv>, status: 400 | 404 | 409 | 413 | 503, text: string) {
  return c.html(
    <Message title={status === 404 ? 'Not found' : 'Nothing changed'} text={text} />,
    status,
  )
}

function notSet(c: Context<AppEnv>, component: string, fault: VariableFault) {
  if (fault === 'component-changed') {
    return c.html(<ChangedPage href={variablesPath(component)} />, 409)
  }
  const { status, sentence } = VARIABLE_FAULTS[fault]
  return told(c, status, sentence)
}

function refuseFault(c: Context<ApiEnv>, fault: VariableFault): Response {
  if (fault === 'component-changed') return refuseChanged(c)
  const { status, sentence } = VARIABLE_FAULTS[fault]
  return refuse(c, status, fault, sentence)
}

function noVariable(c: Context<ApiEnv>): Response {
  return refuse(c, 404, 'unknown-variable', 'The component has no variable of that name.')
}
