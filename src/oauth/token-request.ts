// What a request to the token endpoint is about, beside what the authorization server makes of it: KV, all that it
// knows, is late, and the person's account is not.

import { readBounded } from '../bounded-body.ts'

/** Bytes: beyond them the request is nothing that a client of ours sends. */
const MAX_FORM_BYTES = 64 * 1024

/** A request to give a token back (RFC 7009), by the client that says so: whether it is, is proven elsewhere. */
export interface Revocation {
  readonly person: string
  readonly grant: string
  readonly client: string
}

/** Every code and token of the authorization server reads `person:grant:secret`. `null`: this one does not. */
export function grantIn(token: string): { readonly person: string; readonly grant: string } | null {
  const [person, grant, secret, ...rest] = token.split(':')
  if (!person || !grant || !secret || rest.length > 0) return null
  return { person, grant }
}

/** `null`: it is something else. The body of `request` stays unread. */
export async function readRevocation(request: Request): Promise<Revocation | null> {
  const type = request.headers.get('content-type') ?? ''
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type.trim())
  if (request.method !== 'POST' || !isForm) return null
  const bytes = await readBounded(request.clone(), MAX_FORM_BYTES)
  if (bytes === null) return null
  const form = new URLSearchParams(new TextDecoder().decode(bytes))
  const meant = form.get('grant_type') ? null : grantIn(form.get('token') ?? '')
  const client = clientIn(form, request.headers.get('authorization') ?? '')
  return meant === null || client === null ? null : { ...meant, client }
}

/** Who the client says it is, in the three ways there are (RFC 6749 §2.3.1, RFC 7523 §3). */
function clientIn(form: URLSearchParams, authorization: string): string | null {
  const basic = /^basic\s+(\S+)\s*$/i.exec(authorization)?.[1]
  if (basic !== undefined) return basicClient(basic)
  return form.get('client_id') || assertedClient(form.get('client_assertion') ?? '')
}

function basicClient(credentials: string): string | null {
  try {
    const [client = ''] = atob(credentials).split(':')
    return decodeURIComponent(client.replaceAll('+', ' '))
  } catch {
    return null
  }
}

function assertedClient(assertion: string): string | null {
  try {
    const bytes = Uint8Array.fromBase64(assertion.split('.')[1] ?? '', { alphabet: 'base64url' })
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const issuer = (claims as { readonly iss?: unknown } | null)?.iss
    return typeof issuer === 'string' ? issuer : null
  } catch {
    return null
  }
}
