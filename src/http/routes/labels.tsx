// What a person's sessions have done, and what the person says of it. By the console's cookie alone, from our
// own pages and with a fresh sign-in: no token of an agent lets a session begin anew.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { labelsIn, modeIn } from '../../console/label-forms.ts'
import { ChangedPage } from '../../console/pages/changed.tsx'
import { LABELS_PATH, LabelsPage } from '../../console/pages/labels.tsx'
import { Message } from '../../console/pages/message.tsx'
import { EVERY_CALL } from '../../store/call-filter.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { freshlySignedIn, sameOrigin, signedIn } from '../guards.tsx'

/** Calls whose clients the page offers to switch. */
const RECENT = 50
/** Characters of a client's id and of its name. */
const MAX_CLIENT_CHARS = 2_048
const MAX_NAME_CHARS = 300

export const labelPages = new Hono<AppEnv>()

labelPages.get(LABELS_PATH, signedIn, async (c) => {
  const mine = c.var.parts.account(c.var.person.id)
  await mine.callsCopied()
  const recent = { limit: RECENT, after: null, hostCalls: 0 }
  const [view, components, { calls }] = await Promise.all([
    mine.labels(),
    mine.components(),
    c.var.parts.activity.page(c.var.person.id, EVERY_CALL, recent),
  ])
  const clients = calls.map(({ client, client_name: clientName }) => ({ client, clientName }))
  return c.html(
    <LabelsPage person={c.var.person} view={view} components={components} clients={clients} />,
  )
})

labelPages.post(`${LABELS_PATH}/reset`, sameOrigin, freshlySignedIn, async (c) => {
  const owner = (await readForm(c.req.raw))?.get('owner')
  if (owner === undefined) return told(c, 400, BAD_FORM)
  const was = await c.var.parts.account(c.var.person.id).resetLabels(owner)
  return was ? c.redirect(LABELS_PATH, 303) : told(c, 404, 'You have no such session.')
})

labelPages.post(`${LABELS_PATH}/switch`, sameOrigin, freshlySignedIn, async (c) => {
  const form = (await readForm(c.req.raw)) ?? new Map<string, string>()
  const [client, name, mode] = [form.get('client'), form.get('client_name'), modeIn(form)]
  if (client === undefined || name === undefined || mode === undefined) {
    return told(c, 400, BAD_FORM)
  }
  if (client === '' || client.length > MAX_CLIENT_CHARS) return told(c, 400, BAD_FORM)
  const mine = c.var.parts.account(c.var.person.id)
  const done = await mine.switchLabels(client, name.slice(0, MAX_NAME_CHARS), mode)
  if (done.ok) return c.redirect(LABELS_PATH, 303)
  return told(c, done.error === 'not-allowed' ? 403 : 409, SWITCH_FAULTS[done.error])
})

labelPages.post(`${LABELS_PATH}/choose`, sameOrigin, freshlySignedIn, async (c) => {
  const form = (await readForm(c.req.raw)) ?? new Map<string, string>()
  const [component, place, labels] = [form.get('component'), form.get('place'), labelsIn(form)]
  if (component === undefined || place === undefined || labels === undefined) {
    return told(c, 400, BAD_FORM)
  }
  const chosen = await c.var.parts
    .account(c.var.person.id)
    .chooseLabels({ component, place, labels }, form.get('seen') ?? '')
  if (chosen.ok) return c.redirect(LABELS_PATH, 303)
  const { error } = chosen
  if (error === 'component-changed') return c.html(<ChangedPage href={LABELS_PATH} />, 409)
  return told(c, 404, CHOICE_FAULTS[error])
})

const BAD_FORM = 'The form is not one of this page.'
const SWITCH_FAULTS = {
  'not-allowed': 'The host of this server does not let people switch that off.',
  'too-many': 'You have said this of as many clients as is kept. Set another one back first.',
} as const
const CHOICE_FAULTS = {
  'unknown-component': 'You have no component of that name.',
  'unknown-grant': 'That was taken back or has ended since.',
} as const

function told(c: Context<AppEnv>, status: 400 | 403 | 404 | 409, text: string) {
  return c.html(<Message title="Nothing changed" text={text} />, status)
}
