// What a request to the token endpoint is about, beside what the authorization server makes of it: KV, all that it
// knows, is late, and the person's account is not.

import * as z from 'zod'
import { readBounded } from '../bounded-body.ts'

/** Bytes: beyond them the request is nothing that a client of ours sends. */
const MAX_FORM_BYTES = 64 * 1024

/** A code or token that is presented: to be exchanged, or to be given back (RFC 7009). */
export interface Presented {
  readonly kind: 'code' | 'refresh' | 'revocation'
  readonly person: string
  readonly grant: string
  /** Of the whole credential, SHA-256 in hex. */
  readonly digest: string
  /** Who the client says it is; whether it is, the authorization server proves. `null`: it does not say. */
  readonly client: string | null
}

/** Every code and token of the authorization server reads `person:grant:secret`. `null`: this one does not. */
export function grantIn(token: string): { readonly person: string; readonly grant: string } | null {
  const [person, grant, secret, ...rest] = token.split(':')
  if (!person || !grant || !secret || rest.length > 0) return null
  return { person, grant }
}

/** `null`: it is about none. The body of `request` stays unread. */
export async function readPresented(request: Request): Promise<Presented | null> {
  const type = request.headers.get('content-type') ?? ''
  const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(type.trim())
  if (request.method !== 'POST' || !isForm) return null
  const bytes = await readBounded(request.clone(), MAX_FORM_BYTES)
  if (bytes === null) return null
  const form = new URLSearchParams(new TextDecoder().decode(bytes))
  const { kind, credential } = credentialIn(form)
  const meant = grantIn(credential)
  if (kind === null || meant === null) return null
  const client = clientIn(form, request.headers.get('authorization') ?? '')
  return { kind, ...meant, digest: await sha256(credential), client }
}

function credentialIn(form: URLSearchParams): {
  readonly kind: Presented['kind'] | null
  readonly credential: string
} {
  switch (form.get('grant_type') ?? '') {
    case '':
      return { kind: 'revocation', credential: form.get('token') ?? '' }
    case 'authorization_code':
      return { kind: 'code', credential: form.get('code') ?? '' }
    case 'refresh_token':
      return { kind: 'refresh', credential: form.get('refresh_token') ?? '' }
    default:
      return { kind: null, credential: '' }
  }
}

async function sha256(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(bytes).toHex()
}

/** In the three ways there are (RFC 6749 §2.3.1, RFC 7523 §3). */
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

const Asserted = z.object({ iss: z.string() })

function assertedClient(assertion: string): string | null {
  try {
    const bytes = Uint8Array.fromBase64(assertion.split('.')[1] ?? '', { alphabet: 'base64url' })
    const claims = Asserted.safeParse(JSON.parse(new TextDecoder().decode(bytes)))
    return claims.success ? claims.data.iss : null
  } catch {
    return null
  }
}
