// The clients that act for a person: what they were allowed, and its end. It holds from the next request on,
// wherever it is made: the account knows it, however late the token store is.

import type { Context } from 'hono'
import { Hono } from 'hono'
import type { ClientView } from '../../console/pages/clients.tsx'
import { ClientsPage } from '../../console/pages/clients.tsx'
import { Message } from '../../console/pages/message.tsx'
import { isScope } from '../../oauth/scopes.ts'
import type { AppEnv, Parts } from '../context.ts'
import { readForm } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.tsx'
import type { ApiEnv } from './api.ts'
import { allows, allowsPerson, refuse } from './api.ts'

const MAX_CLIENT_CHARS = 2_048
const UNKNOWN = 'No client of that id acts for you.'

export const clientPages = new Hono<AppEnv>()

clientPages.get('/console/clients', signedIn, async (c) => {
  const clients = await clientsOf(c.var.parts, c.var.person.id)
  return c.html(<ClientsPage person={c.var.person} clients={clients} />)
})

clientPages.post('/console/clients/end', sameOrigin, signedIn, async (c) => {
  const client = (await readForm(c.req.raw))?.get('client') ?? ''
  const ended = await end(c.var.parts, c.var.person.id, client)
  if (!ended) return c.html(<Message title="Unknown" text={UNKNOWN} />, 404)
  return c.redirect('/console/clients', 303)
})

clientPages.post('/console/sign-out-everywhere', sameOrigin, signedIn, async (c) => {
  const { people, account } = c.var.parts
  await people.closeConsoles(c.var.person.id)
  const facts = { outcome: 'done', reason: null } as const
  await account(c.var.person.id).note({ kind: 'sign-out', facts, texts: {} })
  return c.html(<Message title="Signed out" text="You are signed out in every browser." />)
})

export const clientApi = new Hono<ApiEnv>()

clientApi.get('/api/clients', allows('console'), async (c) =>
  c.json({ clients: await clientsOf(c.var.parts, c.var.caller) }),
)

clientApi.delete('/api/clients/:client', allowsPerson, async (c: Context<ApiEnv>) => {
  const ended = await end(c.var.parts, c.var.caller, c.req.param('client') ?? '')
  return ended ? c.body(null, 204) : refuse(c, 404, 'unknown-client', UNKNOWN)
})

/** One row a client, however often it was let in. */
async function clientsOf(parts: Parts, person: string): Promise<ClientView[]> {
  const views = new Map<string, ClientView>()
  for (const grant of await parts.account(person).oauthGrants(parts.now())) {
    const before = views.get(grant.client)
    views.set(grant.client, {
      client: grant.client,
      name: before?.name ?? grant.client_name,
      scopes: [...new Set([...(before?.scopes ?? []), ...grant.scopes.filter(isScope)])],
      since: before?.since ?? grant.granted_at,
    })
  }
  return [...views.values()]
}

/** False: nothing was allowed to it. First the word that counts everywhere, then what the token store has. */
async function end(parts: Parts, person: string, client: string): Promise<boolean> {
  if (client === '' || client.length > MAX_CLIENT_CHARS) return false
  const account = parts.account(person)
  const grants = await account.oauthGrants(parts.now())
  const mine = grants.filter((grant) => grant.client === client)
  const [first] = mine
  if (first === undefined) return false
  await account.endClient(client, first.client_name, parts.now())
  const left = await Promise.allSettled(mine.map(({ id }) => parts.oauth.revokeGrant(id, person)))
  // The token store is only swept: what is left there gives nothing, and ends by itself.
  for (const one of left) if (one.status === 'rejected') console.error('not swept', one.reason)
  return true
}
