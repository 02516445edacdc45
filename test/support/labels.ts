// What a person says of labels on the console's page, by the requests that its forms send.

import { parseForms } from '../../local/forms.ts'
import type { Agent } from './agent.ts'

/** A browser that is signed in, or a cookie of one. */
export type Console =
  | { fetch(url: string | URL, init?: RequestInit): Promise<Response> }
  | { readonly cookie: string }

/** Whose session a call of the agent is made in (`src/policy/life.ts`). */
export function ownerOf(agent: Agent): string {
  const { sessionId } = agent.transport
  return sessionId === undefined ? `client ${agent.signedIn.clientId}` : `session ${sessionId}`
}

/** Lets the session of the agent begin anew. */
export async function beginAnew(person: Console, agent: Agent): Promise<number> {
  return await post(person, agent.serverUrl, 'reset', { owner: ownerOf(agent) })
}

/** `host`: as the host of the server says. */
export async function switchTo(
  person: Console,
  agent: Agent,
  mode: 'ask' | 'refuse' | 'off' | 'host',
): Promise<number> {
  const { clientId: client } = agent.signedIn
  return await post(person, agent.serverUrl, 'switch', { client, client_name: 'a client', mode })
}

/** `null`: as by default. `place`: id of a grant, or `keyvalue`. */
export async function choose(
  person: Console,
  serverUrl: string,
  { component, place }: { component: string; place: string },
  labels: readonly string[] | null,
): Promise<number> {
  const action = labels === null ? 'default' : 'set'
  const boxes = Object.fromEntries((labels ?? []).map((label) => [label, 'on']))
  const shown = await send(person, new URL('/console/labels', serverUrl))
  const forms = parseForms(await shown.text()).map(({ fields }) => new Map(fields))
  const seen = forms.find((form) => form.get('component') === component)?.get('seen') ?? ''
  return await post(person, serverUrl, 'choose', { component, place, seen, action, ...boxes })
}

/** The status of the answer. */
async function post(
  person: Console,
  serverUrl: string,
  what: string,
  fields: Record<string, string>,
): Promise<number> {
  const url = new URL(`/console/labels/${what}`, serverUrl)
  const response = await send(person, url, { method: 'POST', body: new URLSearchParams(fields) })
  await response.body?.cancel()
  return response.status
}

async function send(person: Console, url: URL, init: RequestInit = {}): Promise<Response> {
  if (!('cookie' in person)) return await person.fetch(url, init)
  const headers = { cookie: person.cookie, origin: url.origin, 'sec-fetch-site': 'same-origin' }
  return await fetch(url, { redirect: 'manual', headers, ...init })
}
