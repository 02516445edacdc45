// The console's JSON API: upload and unload components. By the console's cookie from our
// own pages, or by an access token with the scope; neither can grant anything here.

import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { digestOf } from '../../component/digest.ts'
import { COMPONENT_LIMITS } from '../../component/limits.ts'
import { readBounded } from '../../bounded-body.ts'
import { neutralise } from '../../component/text.ts'
import type { DescribeFault } from '../../load.ts'
import { describe, describeEntry, loadUpload, publish } from '../../load.ts'
import { describeLoadFault } from '../../mcp/load-errors.ts'
import { versionUrl } from '../../mcp/results.ts'
import { Props } from '../../oauth/provider.ts'
import type { Scope } from '../../oauth/scopes.ts'
import { CONSOLE_CLIENT } from '../../store/approvals.ts'
import { CATALOGUE_NAME } from '../../store/catalogue.ts'
import { isHost, mayAct } from '../../config.ts'
import type { AppEnv } from '../context.ts'
import { NO_GIFT, STEP_UP, whyNotGiving } from '../giving.ts'
import type { NoGift } from '../giving.ts'
import { isFresh, sameOrigin, whoIsIn } from '../guards.tsx'
import type { Asker } from '../refusal.ts'
import { refusalEvent } from '../refusal.ts'
import { catalogueAct, reasonOf, recorded } from './recorded.ts'

export interface ApiEnv {
  readonly Variables: AppEnv['Variables'] & {
    caller: string
    asker: Asker
    /** Why what was sent gives nothing, though it may read. */
    withheld: NoGift | 'sign-in-too-old' | null
  }
}

const MAX_DESCRIPTION_CHARS = 500
const UNKNOWN_COMPONENT = 'You have no component of that id.'
export const NOT_THE_HOST = 'Only the host of this server publishes to the catalogue.'
const BAD_NAME = 'A name is 1 to 64 of a-z, 0-9 and hyphens inside.'

export const api = new Hono<ApiEnv>()

api.get('/api/components', allows('tools:call'), async (c) => {
  const components = await c.var.parts.account(c.var.caller).components()
  return c.json({
    components: components.map(({ install, tools, grants }) => ({
      id: install.component,
      source: install.source,
      digest: install.digest,
      wit: install.wit,
      bytes: install.bytes,
      imports: install.imports,
      skipped: install.skipped,
      tools: tools.map((tool) => tool.name),
      grants: grants.map(({ effect, permission, rule, life, granted_at }) => ({
        effect,
        permission,
        rule,
        life,
        granted_at,
      })),
    })),
  })
})

api.put('/api/components/:name', allows('components:manage'), async (c) => {
  const { load } = c.var.parts
  const name = c.req.param('name').replace(/\.wasm$/, '')
  if (!CATALOGUE_NAME.test(name)) return refuse(c, 400, 'bad-name', BAD_NAME)
  const bytes = await readBounded(c.req.raw, COMPONENT_LIMITS.MAX_COMPONENT_BYTES)
  if (bytes === null) return refuseLoad(c, { reason: 'file-too-large' })
  const loaded = await loadUpload(name, bytes, load(c.var.caller))
  if (!loaded.ok) return refuseLoad(c, loaded.error)
  const { component, reloaded, tools, renamed, waits } = loaded.value
  const waiting = waitsForPerson(c, component, waits)
  return c.json({ id: component, tools, renamed, ...waiting }, reloaded ? 200 : 201)
})

/** The tools of a loaded component are described by the `///` comments of a WIT text. */
api.put('/api/components/:id/wit', allows('components:manage'), async (c) => {
  const { account, load } = c.var.parts
  const view = await account(c.var.caller).component(c.req.param('id'))
  if (view === null) return refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
  const text = await readBounded(c.req.raw, COMPONENT_LIMITS.MAX_WIT_BYTES)
  if (text === null) return refuseLoad(c, { reason: 'wit-too-large' })
  const done = await describe(view.install, text, load(c.var.caller))
  if (!done.ok) return refuseLoad(c, done.error)
  const { component, tools, described, waits } = done.value
  return c.json({ id: component, tools, described, ...waitsForPerson(c, component, waits) })
})

api.delete('/api/components/:id', allows('components:manage'), async (c) => {
  const { account, now } = c.var.parts
  const removed = await account(c.var.caller).uninstall(c.req.param('id'), now())
  if (!removed) return refuse(c, 404, 'unknown-component', UNKNOWN_COMPONENT)
  return c.body(null, 204)
})

api.put('/api/catalogue/:name', allows('console'), async (c) => {
  const { load } = c.var.parts
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  const name = c.req.param('name')
  if (!CATALOGUE_NAME.test(name)) return refuse(c, 400, 'bad-name', BAD_NAME)
  const bytes = await readBounded(c.req.raw, COMPONENT_LIMITS.MAX_COMPONENT_BYTES)
  if (bytes === null) return refuseLoad(c, { reason: 'file-too-large' })
  const description = neutralise(c.req.query('description') ?? '', MAX_DESCRIPTION_CHARS)
  const act = catalogueAct(name, await digestOf(bytes), null)
  const published = await recorded(
    c.var.parts.account(c.var.caller),
    act,
    () => publish(name, { description, policy: null }, bytes, load(c.var.caller)),
    reasonOf,
  )
  if (!published.ok) return refuseLoad(c, published.error)
  return c.json({ name, digest: published.value })
})

api.put('/api/catalogue/:name/wit', allows('console'), async (c) => {
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  const load = c.var.parts.load(c.var.caller)
  const entry = await load.catalogue.find(c.req.param('name'))
  if (entry === null) return refuseLoad(c, { reason: 'not-in-catalogue' })
  const text = await readBounded(c.req.raw, COMPONENT_LIMITS.MAX_WIT_BYTES)
  if (text === null) return refuseLoad(c, { reason: 'wit-too-large' })
  const act = catalogueAct(entry.name, entry.digest, await digestOf(text))
  const described = await recorded(
    c.var.parts.account(c.var.caller),
    act,
    () => describeEntry(entry, text, load),
    reasonOf,
  )
  if (!described.ok) return refuseLoad(c, described.error)
  return c.json({ name: entry.name, digest: entry.digest, described: described.value })
})

/** Who is not is refused by what asks this, and that is on their record. */
export async function callerIsHost(c: Context<ApiEnv>): Promise<boolean> {
  const { config, people } = c.var.parts
  const person = await people.find(c.var.caller)
  const is = person !== null && isHost(config, person)
  if (!is) await noteRefusal(c, c.var.caller, c.var.asker, 'not-the-host', [])
  return is
}

/** `null`: the host of this server, by what may give. Who is not the host hears that first. */
export async function refuseHost(c: Context<ApiEnv>, sentence: string): Promise<Response | null> {
  if (!(await callerIsHost(c))) return refuse(c, 403, 'not-the-host', sentence)
  return await refuseGift(c)
}

/** `null`: by what may give something away. For routes behind `allows`. */
async function refuseGift(c: Context<ApiEnv>): Promise<Response | null> {
  const { withheld, caller, asker } = c.var
  if (withheld === null) return null
  if (withheld === 'sign-in-too-old') return refuse(c, 401, withheld, TOO_OLD)
  await noteRefusal(c, caller, asker, withheld, ['console'])
  const { status, message } = NO_GIFT[withheld]
  if (status === 401) c.header('www-authenticate', STEP_UP)
  return refuse(c, status, withheld, message)
}

/** Before the refusal is answered. */
async function noteRefusal(
  c: Context<ApiEnv>,
  person: string,
  asker: Asker,
  reason: string,
  needed: readonly string[],
): Promise<void> {
  const place = `${c.req.method} ${c.req.path}`
  await c.var.parts.account(person).note(refusalEvent(reason, needed, asker, place))
}

/** `c.var.caller` is the person behind a token with the scope, or behind the console's cookie. */
export function allows(scope: Scope): MiddlewareHandler<ApiEnv> {
  return guard(scope, () => null)
}

/** What gives something: by the console's cookie after a fresh sign-in, or by a token as `giving.ts` says. */
export const allowsPerson: MiddlewareHandler<ApiEnv> = guard('console', refuseGift)

const TOO_OLD = 'Your sign-in to the console is too old for this: sign in again.'

/** `more` may refuse what has the scope. */
function guard(
  scope: Scope,
  more: (c: Context<ApiEnv>) => Promise<Response | null> | null,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer !== undefined) {
      const holder = await tokenHolder(c, bearer, scope)
      if (holder instanceof Response) return holder
      c.set('caller', holder.person)
      c.set('asker', holder.asker)
      c.set('withheld', holder.withheld)
      return (await more(c)) ?? (await next())
    }
    const entered = await whoIsIn(c as unknown as Context<AppEnv>)
    if (entered === null) {
      c.header('www-authenticate', 'Bearer')
      return refuse(c, 401, 'not-signed-in', 'Send an access token, or sign in to the console.')
    }
    c.set('caller', entered.person.id)
    c.set('asker', { client: CONSOLE_CLIENT, clientName: CONSOLE_CLIENT, scopes: null })
    const fresh = isFresh(entered.authenticatedAt, c.var.parts.now())
    c.set('withheld', fresh ? null : 'sign-in-too-old')
    const refusal = await more(c)
    if (refusal !== null) return refusal
    return await sameOrigin(c as unknown as Context<AppEnv>, next)
  }
}

async function tokenHolder(
  c: Context<ApiEnv>,
  token: string,
  scope: Scope,
): Promise<(Pick<Props, 'person'> & Pick<ApiEnv['Variables'], 'asker' | 'withheld'>) | Response> {
  const { oauth, config, account, now } = c.var.parts
  const summary = await oauth.unwrapToken(token)
  const audience = `${config.publicUrl}/mcp`
  const props = Props.safeParse(summary?.grant.props)
  const current = summary !== null && summary.expiresAt * 1000 > now()
  const isOurs = current && summary.audience === audience && props.success
  const { clientId } = summary?.grant ?? { clientId: '' }
  const standing = isOurs
    ? await account(props.data.person).standing(clientId, summary.grantId)
    : null
  if (!isOurs || standing === null || !mayAct(config, standing, props.data.since)) {
    c.header('www-authenticate', 'Bearer error="invalid_token"')
    return refuse(c, 401, 'invalid-token', 'The access token is not valid here.')
  }
  const { person, clientName } = props.data
  const asker = { client: summary.grant.clientId, clientName, scopes: summary.scope }
  if (!summary.scope.includes(scope)) {
    await noteRefusal(c, person, asker, 'insufficient-scope', [scope])
    c.header('www-authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
    return refuse(c, 403, 'insufficient-scope', 'The access token is not for this.', { scope })
  }
  return { person, asker, withheld: whyNotGiving(props.data, standing, now()) }
}

/** It says something else than what was granted something: the agent is told where the person looks at that. */
function waitsForPerson(c: Context<ApiEnv>, component: string, waits: boolean) {
  return waits ? { waits_for_person: versionUrl(c.var.parts.config.publicUrl, component) } : {}
}

function refuseLoad(c: Context<ApiEnv>, fault: DescribeFault): Response {
  const { code, sentence, details } = describeLoadFault(fault)
  if (fault.reason === 'too-many-compiles') c.header('retry-after', '5')
  return refuse(c, STATUS[fault.reason] ?? 422, code, sentence, details)
}

/** Where 422, what was sent cannot be used, does not say it. */
const STATUS: { readonly [reason in DescribeFault['reason']]?: 404 | 409 | 413 | 429 } = {
  'file-too-large': 413,
  'wit-too-large': 413,
  'not-in-catalogue': 404,
  'component-changed': 409,
  'too-many-compiles': 429,
}

export function refuse(
  c: Context<ApiEnv>,
  status: 400 | 401 | 403 | 404 | 409 | 412 | 413 | 422 | 429 | 503,
  code: string,
  message: string,
  details: Record<string, unknown> = {},
): Response {
  return c.json({ error: { code, message, ...details } }, status)
}
