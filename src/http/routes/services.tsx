// Services that give out tokens: the host describes them for everybody, a person for themselves. What is described
// gives nothing: a person connects their components one by one (`connections.tsx`). No secret is read back.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { readBounded } from '../../bounded-body.ts'
import { digestOf } from '../../component/digest.ts'
import { SERVICE_FAULTS } from '../../console/connection-faults.ts'
import { SERVICES_PATH } from '../../console/pages/connections.tsx'
import { Message } from '../../console/pages/message.tsx'
import { ServicesPage } from '../../console/pages/services.tsx'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, allowsPerson, refuse, refuseHost } from './api.ts'
import { readRef } from './connections.tsx'
import { recorded, serviceAct } from './recorded.ts'

const HOSTS = '/api/services/host/:service'
const MINE = '/api/services/mine/:service'
const MAX_SERVICE_BYTES = 64 * 1024
const NOT_THE_HOST = 'Only the host of this server describes services for everybody.'
const UNKNOWN = 'There is no such service.'

export const servicePages = new Hono<AppEnv>()

servicePages.get(SERVICES_PATH, signedIn, async (c) => {
  const { account, services, config } = c.var.parts
  const all = [...(await services.all()), ...(await account(c.var.person.id).ownServices())]
  const redirectUri = `${config.publicUrl}/console/connections/callback/mine/<name>`
  return c.html(<ServicesPage person={c.var.person} services={all} redirectUri={redirectUri} />)
})

servicePages.post(SERVICES_PATH, sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const mine = account(c.var.person.id)
  const form = await readForm(c.req.raw)
  const [action, name] = [form?.get('action'), form?.get('name')]
  if (form === null || name === undefined) return told(c, 400, 'The form is not one of this page.')
  if (action === 'remove') {
    if (!(await mine.removeOwnService(name))) return told(c, 404, UNKNOWN)
  } else if (action === 'put') {
    const put = await mine.putOwnService(name, draftOf(form), now())
    if (!put.ok)
      return told(c, SERVICE_FAULTS[put.error].status, SERVICE_FAULTS[put.error].sentence)
  } else {
    return told(c, 400, 'The form is not one of this page.')
  }
  return c.redirect(SERVICES_PATH, 303)
})

export const serviceApi = new Hono<ApiEnv>()

serviceApi.get('/api/services', allows('console'), async (c) => {
  const { account, services } = c.var.parts
  const own = await account(c.var.caller).ownServices()
  return c.json({ services: [...(await services.all()), ...own] })
})

serviceApi.put(HOSTS, allows('console'), async (c) => {
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  const { account, services, now } = c.var.parts
  const name = c.req.param('service')
  const body = await readDraft(c)
  if (body === null) return refuseFault(c, 'form')
  const put = await recorded(
    account(c.var.caller),
    serviceAct(audited(name), await digestOf(body.told)),
    () => services.put(name, body.draft, now()),
    (done) => (done.ok ? null : done.error),
  )
  return put.ok ? c.json(put.value) : refuseFault(c, put.error)
})

serviceApi.delete(HOSTS, allows('console'), async (c) => {
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  const { account, services } = c.var.parts
  const name = c.req.param('service')
  const removed = await recorded(
    account(c.var.caller),
    serviceAct(audited(name), null),
    () => services.remove(name),
    (done) => (done ? null : 'unknown-service'),
  )
  return removed ? c.body(null, 204) : refuse(c, 404, 'unknown-service', UNKNOWN)
})

serviceApi.put(MINE, allowsPerson, async (c) => {
  const { account, now } = c.var.parts
  const body = await readDraft(c)
  if (body === null) return refuseFault(c, 'form')
  const mine = account(c.var.caller)
  const put = await mine.putOwnService(c.req.param('service'), body.draft, now())
  return put.ok ? c.json(put.value) : refuseFault(c, put.error)
})

serviceApi.delete(MINE, allows('console'), async (c) => {
  const removed = await c.var.parts.account(c.var.caller).removeOwnService(c.req.param('service'))
  return removed ? c.body(null, 204) : refuse(c, 404, 'unknown-service', UNKNOWN)
})

/** What no service can be called may be anything, and is not kept. */
function audited(name: string): string {
  return readRef(`host/${name}`)?.name ?? ''
}

/** `told`: what may be known of it, for the record: a digest of a secret would tell a short one. */
async function readDraft(
  c: Context<ApiEnv>,
): Promise<{ readonly draft: unknown; readonly told: string } | null> {
  const bytes = await readBounded(c.req.raw, MAX_SERVICE_BYTES)
  if (bytes === null) return null
  try {
    const draft: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof draft !== 'object' || draft === null) return null
    const { client_secret: _, ...told } = draft as Record<string, unknown>
    return { draft, told: JSON.stringify(told) }
  } catch {
    return null
  }
}

/** What a form leaves empty is not said. */
function draftOf(form: ReadonlyMap<string, string>): Record<string, unknown> {
  const texts = [...form].filter(
    ([field, value]) => value.trim() !== '' && !NOT_OF_DRAFT.has(field),
  )
  const draft = Object.fromEntries(texts.map(([field, value]) => [field, value.trim()]))
  return { ...draft, scopes: words(form.get('scopes')), hosts: words(form.get('hosts')) }
}

const NOT_OF_DRAFT = new Set(['action', 'name', 'scopes', 'hosts'])

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean)
}

function told(c: Context<AppEnv>, status: 400 | 404 | 409 | 422 | 503, text: string) {
  const title = status === 404 ? 'Not found' : 'Nothing changed'
  const next = { href: SERVICES_PATH, text: 'To the services' }
  return c.html(<Message title={title} text={text} next={next} />, status)
}

function refuseFault(c: Context<ApiEnv>, fault: keyof typeof SERVICE_FAULTS): Response {
  const { status, sentence } = SERVICE_FAULTS[fault]
  return refuse(c, status, fault, sentence)
}
