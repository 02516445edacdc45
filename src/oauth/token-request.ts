// What a request to the token endpoint is about, beside what the authorization server makes of it: KV, all that it
// knows, is late, and the person's account is not.

import * as z from 'zod'

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

/** What a request to the token endpoint says, read as the authorization server reads it. */
export interface TokenRequest {
  /** `null`: it is about no code and no token. */
  readonly presented: Presented | null
  /** Every client that it may be taken to come from, of each way of saying so one at the most. */
  readonly clients: readonly string[]
  /** Who it comes from cannot be told: one way says it twice, or an assertion that cannot be read is the only one. */
  readonly isObscure: boolean
}

const NOTHING: TokenRequest = { presented: null, clients: [], isObscure: false }

/** The body of `request` stays unread. */
export async function readTokenRequest(request: Request): Promise<TokenRequest> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';')
  const isForm = type.trim().toLowerCase() === 'application/x-www-form-urlencoded'
  // No client is looked up for anything else.
  if (request.method !== 'POST' || !isForm) return NOTHING
  const form = await request
    .clone()
    .formData()
    .catch(() => null)
  if (form === null) return NOTHING
  const { named, all, isObscure } = clientsIn(form, request.headers.get('authorization') ?? '')
  const { kind, credential } = credentialIn(form)
  const meant = grantIn(credential)
  const presented =
    kind === null || meant === null
      ? null
      : { kind, ...meant, digest: await digestOf(credential), client: named }
  return { presented, clients: all, isObscure }
}

function credentialIn(form: FormData): {
  readonly kind: Presented['kind'] | null
  readonly credential: string
} {
  const [type = ''] = textsIn(form, 'grant_type')
  const first = (name: string) => textsIn(form, name)[0] ?? ''
  switch (type) {
    case '':
      return { kind: 'revocation', credential: first('token') }
    case 'authorization_code':
      return { kind: 'code', credential: first('code') }
    case 'refresh_token':
      return { kind: 'refresh', credential: first('refresh_token') }
    default:
      return { kind: null, credential: '' }
  }
}

/** Without empty ones, which count as none. */
function textsIn(form: FormData, name: string): string[] {
  return form
    .getAll(name)
    .filter((value): value is string => typeof value === 'string' && value !== '')
}

/** Of a code or a token, in hex. */
export async function digestOf(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return new Uint8Array(bytes).toHex()
}

/** In the three ways there are (RFC 6749 §2.3.1, RFC 7523 §3). `named`: the one that the authorization server takes. */
function clientsIn(form: FormData, authorization: string) {
  const ids = textsIn(form, 'client_id')
  const assertions = textsIn(form, 'client_assertion')
  const asserted = assertions.map(assertedClient)
  const [scheme = ''] = authorization.split(/[ \t]/, 1)
  const isBasic = scheme.toLowerCase() === 'basic'
  const basic = isBasic ? basicClient(authorization.slice(scheme.length)) : null
  const [id = null] = ids
  const [issuer = null] = asserted
  return {
    named: isBasic ? basic : (id ?? issuer),
    all: [...new Set([basic, id, issuer].filter((client) => client !== null))],
    isObscure:
      Math.max(ids.length, asserted.length) > 1 || (id === null && asserted.includes(null)),
  }
}

function basicClient(credentials: string): string | null {
  try {
    const [client = ''] = atob(credentials.trim()).split(':')
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
