// Connections of a component to services that give out tokens, for their person: begun on a page and at the service,
// finished here when it sends the browser back, ended on the page. A token of scope `console` may look and end.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { getCookie } from 'hono/cookie'
import { digestOf } from '../../component/digest.ts'
import type { ServiceView } from '../../account/services.ts'
import { CONNECTION_FAULTS } from '../../console/connection-faults.ts'
import {
  ConnectionsPage,
  connectionsPath,
  ENDED,
  LeavePage,
  SCOPE_FIELD,
} from '../../console/pages/connections.tsx'
import { Message } from '../../console/pages/message.tsx'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { CONSOLE_COOKIE, freshlySignedIn, sameOrigin, signedIn, whoIsIn } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, refuse } from './api.ts'

type Ref = Pick<ServiceView, 'of' | 'name'>

const PAGE = '/console/components/:name/connections'
const END = '/console/components/:name/connections/end'
const CALLBACK = '/console/connections/callback/:of/:service'
const API = '/api/components/:name/connections'
const ONE = '/api/components/:name/connections/:of/:service'

/** Characters of what a service sends back: a code, a state, an issuer, or an error with its description. */
const MAX_ANSWER_CHARS = 8_192

export const connectionPages = new Hono<AppEnv>()

connectionPages.get(PAGE, signedIn, async (c) => {
  const view = await c.var.parts.account(c.var.person.id).connections(c.req.param('name'))
  if (view === null) return told(c, 'unknown-component')
  return c.html(<ConnectionsPage person={c.var.person} view={view} />)
})

/** Connecting gives something to a component, as answering a question does. */
connectionPages.post(PAGE, sameOrigin, freshlySignedIn, async (c) => {
  const { account, now } = c.var.parts
  const component = c.req.param('name')
  const form = await readForm(c.req.raw)
  const service = readRef(form?.get('service'))
  const [seen, offer] = [form?.get('digest'), form?.get('offer')]
  if (form === null || service === null || seen === undefined || offer === undefined) {
    return badForm(c)
  }
  const scopes = [...form].flatMap(([field, value]) =>
    field.startsWith(SCOPE_FIELD) ? [value] : [],
  )
  const wish = { component, service, scopes, seen, offer, browser: await browserOf(c) }
  const begun = await account(c.var.person.id).beginConnection(wish, now())
  if (!begun.ok) return told(c, begun.error)
  const { of, name } = service
  return c.html(
    <LeavePage
      person={c.var.person}
      component={component}
      service={`${of}/${name}`}
      url={begun.value}
    />,
  )
})

connectionPages.post(END, sameOrigin, signedIn, async (c) => {
  const component = c.req.param('name')
  const service = readRef((await readForm(c.req.raw))?.get('service'))
  if (service === null) return badForm(c)
  const ended = await c.var.parts.account(c.var.person.id).disconnect(component, service)
  if (ended === null) return told(c, 'unknown-service')
  const next = { href: connectionsPath(component), text: 'To the connections' }
  return c.html(<Message title="Disconnected" text={ENDED[ended]} next={next} />)
})

/**
 * Whoever is not signed in is not sent to sign in: the answer is for the session that began, and no other. Nobody
 * of another site can have it opened for somebody: what was begun is found in the object of who is signed in.
 */
connectionPages.get(CALLBACK, async (c) => {
  const { account, now } = c.var.parts
  const { of, service: name } = c.req.param()
  const entered = await whoIsIn(c)
  const service = readRef(`${of}/${name}`)
  const { search } = new URL(c.req.url)
  if (entered === null || service === null || search.length > MAX_ANSWER_CHARS) {
    return told(c, 'not-begun')
  }
  const mine = account(entered.person.id)
  const done = await mine.finishConnection(service, search, await browserOf(c), now())
  // The answer is not left in the address of a page.
  return done.ok ? c.redirect(connectionsPath(done.value), 303) : told(c, done.error)
})

export const connectionApi = new Hono<ApiEnv>()

connectionApi.get(API, allows('console'), async (c) => {
  const view = await c.var.parts.account(c.var.caller).connections(c.req.param('name'))
  if (view === null) return refuseUnknown(c, 'unknown-component')
  const { component } = view.install
  const listed = [
    ...view.offers.map(({ service, connection }) => ({
      service: `${service.of}/${service.name}`,
      issuer: service.issuer,
      offers: { scopes: service.scopes, hosts: service.hosts },
      connection,
    })),
    ...view.orphans.map((connection) => ({
      service: connection.service,
      issuer: null,
      offers: null,
      connection,
    })),
  ]
  // Where the person connects: that takes their browser.
  const page = `${c.var.parts.config.publicUrl}${connectionsPath(component)}`
  return c.json({ component, page, services: listed })
})

connectionApi.delete(ONE, allows('console'), async (c) => {
  const { name, of, service } = c.req.param()
  const ref = readRef(`${of}/${service}`)
  const mine = c.var.parts.account(c.var.caller)
  const ended = ref === null ? null : await mine.disconnect(name, ref)
  return ended === null ? refuseUnknown(c, 'unknown-service') : c.json({ at_the_service: ended })
})

/** `null`: no service can be called that. */
export function readRef(text: string | undefined): Ref | null {
  const [, of, name] = /^(host|mine)\/([a-z0-9-]{1,64})$/.exec(text ?? '') ?? []
  if (name === undefined) return null
  return { of: of === 'host' ? 'host' : 'mine', name }
}

/** The session of the console in this browser. Behind a guard that has found one. */
async function browserOf(c: Context<AppEnv>): Promise<string> {
  return await digestOf(getCookie(c, CONSOLE_COOKIE, 'host') ?? '')
}

function told(c: Context<AppEnv>, fault: keyof typeof CONNECTION_FAULTS) {
  const { status, sentence } = CONNECTION_FAULTS[fault]
  const title = status === 404 ? 'Not found' : 'Not connected'
  return c.html(<Message title={title} text={sentence} />, status)
}

function badForm(c: Context<AppEnv>) {
  const text = 'The form is not one of this page.'
  return c.html(<Message title="Not connected" text={text} />, 400)
}

function refuseUnknown(c: Context<ApiEnv>, fault: 'unknown-component' | 'unknown-service') {
  return refuse(c, 404, fault, CONNECTION_FAULTS[fault].sentence)
}
