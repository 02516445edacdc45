// What tests of secrets have in common: the person binds one, by the cookie of their console.

import type { Resident } from './escape.ts'

export interface Bound {
  readonly value: string
  readonly hosts: readonly string[]
  readonly placement:
    | { readonly kind: 'header'; readonly name: string; readonly prefix?: string }
    | { readonly kind: 'query'; readonly name: string }
    | { readonly kind: 'basic'; readonly user: string }
  readonly placeholder?: string
}

export const BEARER = { kind: 'header', name: 'Authorization', prefix: 'Bearer ' } as const

/** A request to the JSON API as the console sends it. */
export async function asPerson(
  { agent: { serverUrl }, cookie }: Resident,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = { cookie, origin: serverUrl }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return await fetch(new URL(path, serverUrl), { method, headers, ...sent })
}

export async function bind(
  who: Resident,
  component: string,
  name: string,
  secret: Bound,
): Promise<void> {
  const path = `/api/components/${component}/secrets/${name}`
  const answer = await asPerson(who, 'PUT', path, secret)
  if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
}

export async function unbind(who: Resident, component: string, name: string): Promise<void> {
  const answer = await asPerson(who, 'DELETE', `/api/components/${component}/secrets/${name}`)
  if (answer.status !== 204) throw new Error(`${name}: ${answer.status}`)
}
