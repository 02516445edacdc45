// Icons: served to whoever asks, under a name that only who has the picture can know; given by a person to a
// component of theirs, by a host to an entry of the catalogue. A picture decides nothing.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { readBounded } from '../../bounded-body.ts'
import type { IconFault } from '../../component/icon.ts'
import { ICON_LIMITS, readPicture } from '../../component/icon.ts'
import { ICON_FAULTS } from '../../console/icon-faults.ts'
import { IconPage, iconPath } from '../../console/pages/icon.tsx'
import { Message } from '../../console/pages/message.tsx'
import { storeIcon } from '../../icons.ts'
import { iconUrl } from '../../mcp/icons.ts'
import { SERVER_ICON } from '../../mcp/server-icon.ts'
import type { Icon } from '../../store/icons.ts'
import type { AppEnv } from '../context.ts'
import { readFile } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, NOT_THE_HOST, refuse, refuseHost } from './api.ts'
import { catalogueIconAct, recorded } from './recorded.ts'

/**
 * Public: clients fetch icons without the person's token. The bytes of a digest never change. Loaded alone, nothing
 * in them is more than a picture.
 */
const PICTURE_HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  // Clients that run in a browser fetch from their own origin.
  'access-control-allow-origin': '*',
} as const

export const icons = new Hono<AppEnv>()

/** Its name stays while the picture may change. */
icons.get('/icon.png', (c) =>
  c.body(Uint8Array.from(SERVER_ICON.bytes), 200, {
    ...PICTURE_HEADERS,
    'content-type': SERVER_ICON.type,
    'cache-control': 'public, max-age=86400',
  }),
)

icons.get('/icons/:hex{[0-9a-f]{64}}', async (c) => {
  const bytes = await c.var.parts.icon(c.req.param('hex'))
  const picture = bytes === null ? null : readPicture(bytes)
  if (bytes === null || picture?.ok !== true) {
    return c.html(<Message title="Not found" text="There is no such icon." />, 404)
  }
  const headers = { ...PICTURE_HEADERS, 'content-type': picture.value.type }
  return c.body(Uint8Array.from(bytes), 200, headers)
})

const PAGE = '/console/components/:name/icon'

export const iconPages = new Hono<AppEnv>()

iconPages.get(PAGE, signedIn, async (c) => {
  const view = await c.var.parts.account(c.var.person.id).component(c.req.param('name'))
  if (view === null) return told(c, 'unknown-component')
  return c.html(<IconPage person={c.var.person} view={view} />)
})

iconPages.post(PAGE, sameOrigin, signedIn, async (c) => {
  const { account, load } = c.var.parts
  const { id } = c.var.person
  const name = c.req.param('name')
  if ((await account(id).component(name)) === null) return told(c, 'unknown-component')
  const form = await readFile(c.req.raw, 'icon', ICON_LIMITS.BYTES)
  if (form === null) return told(c, 'icon-too-large')
  const action = form.fields.get('action')
  if (action !== 'set' && action !== 'delete') return c.html(<Message {...NOT_OURS} />, 400)
  const stored = action === 'set' ? await storeIcon(form.file ?? new Uint8Array(), load(id)) : null
  if (stored?.ok === false) return told(c, stored.error)
  const given = await account(id).giveIcon(name, stored?.value ?? null)
  return given.ok ? c.redirect(iconPath(name), 303) : told(c, given.error)
})

const NOT_OURS = { title: 'Nothing changed', text: 'The form is not one of this page.' }

export const iconApi = new Hono<ApiEnv>()

iconApi.put('/api/components/:id/icon', allows('components:manage'), async (c) => {
  const { account, load } = c.var.parts
  const mine = account(c.var.caller)
  const id = c.req.param('id')
  if ((await mine.component(id)) === null) return refuseFault(c, 'unknown-component')
  const icon = await sentIcon(c, load(c.var.caller))
  if (typeof icon === 'string') return refuseFault(c, icon)
  const given = await mine.giveIcon(id, icon)
  return given.ok ? c.json({ id, ...iconJson(c, icon) }) : refuseFault(c, given.error)
})

iconApi.delete('/api/components/:id/icon', allows('components:manage'), async (c) => {
  const given = await c.var.parts.account(c.var.caller).giveIcon(c.req.param('id'), null)
  return given.ok ? c.body(null, 204) : refuseFault(c, given.error)
})

iconApi.put('/api/catalogue/:name/icon', allows('console'), async (c) => {
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  const icon = await sentIcon(c, c.var.parts.load(c.var.caller))
  if (typeof icon === 'string') return refuseFault(c, icon)
  const fault = await illustrate(c, icon)
  return fault ?? c.json({ name: c.req.param('name'), ...iconJson(c, icon) })
})

iconApi.delete('/api/catalogue/:name/icon', allows('console'), async (c) => {
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  return (await illustrate(c, null)) ?? c.body(null, 204)
})

/** On the host's chain; `null`: it is done. */
async function illustrate(c: Context<ApiEnv>, icon: Icon | null): Promise<Response | null> {
  const { account, load } = c.var.parts
  const { catalogue } = load(c.var.caller)
  const entry = await catalogue.find(c.req.param('name') ?? '')
  if (entry === null) {
    return refuse(c, 404, 'not-in-catalogue', 'The catalogue has no component of that name.')
  }
  const isDone = await recorded(
    account(c.var.caller),
    catalogueIconAct(entry.name, icon?.digest ?? null),
    () => catalogue.illustrate(entry.name, entry.digest, icon),
    (done) => (done ? null : 'component-changed'),
  )
  return isDone ? null : refuseFault(c, 'component-changed')
}

/** The picture of the body, stored. */
async function sentIcon(
  c: Context<ApiEnv>,
  deps: Parameters<typeof storeIcon>[1],
): Promise<Icon | IconFault> {
  const bytes = await readBounded(c.req.raw, ICON_LIMITS.BYTES)
  if (bytes === null) return 'icon-too-large'
  const stored = await storeIcon(bytes, deps)
  return stored.ok ? stored.value : stored.error
}

function iconJson(c: Context<ApiEnv>, { digest, type, width, height }: Icon) {
  const url = iconUrl(c.var.parts.config.publicUrl, digest)
  return { icon: { url, digest, type, width, height } }
}

function refuseFault(c: Context<ApiEnv>, fault: keyof typeof ICON_FAULTS): Response {
  const { status, sentence } = ICON_FAULTS[fault]
  return refuse(c, status, fault, sentence)
}

function told(c: Context<AppEnv>, fault: keyof typeof ICON_FAULTS) {
  const { status, sentence } = ICON_FAULTS[fault]
  const title = status === 404 ? 'Not found' : 'Nothing changed'
  return c.html(<Message title={title} text={sentence} />, status)
}
