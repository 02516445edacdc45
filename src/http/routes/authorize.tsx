// The consent page of the authorization server: which client, which redirect host, which scopes, which
// person. Nothing is asked of the issuer on a client's behalf; a code is only made after this page.

import { AuthorizationError, CimdFetchError } from '@cloudflare/workers-oauth-provider'
import type {
  AuthorizationErrorCode,
  AuthRequest,
  ConsentDescription,
} from '@cloudflare/workers-oauth-provider'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { Consent } from '../../console/pages/consent.tsx'
import { Message } from '../../console/pages/message.tsx'
import { RefusedRequest } from '../../console/pages/refused-request.tsx'
import { neutralise } from '../../component/text.ts'
import { DOCUMENT_FAULTS, documentFault } from '../../oauth/client-document.ts'
import type { Props } from '../../oauth/provider.ts'
import { OAUTH_GRANT_MS } from '../../oauth/provider.ts'
import { redirectTarget } from '../../oauth/redirect-target.ts'
import { REMEMBERED_S, rememberingKey } from '../../oauth/remembered.ts'
import type { Scope } from '../../oauth/scopes.ts'
import { AGENT_SCOPES, ALL_SCOPES, isConsole, isScope } from '../../oauth/scopes.ts'
import { grantIn } from '../../oauth/token-request.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { contentPolicy, pageOf, sameOrigin, signedIn, signedInForClient } from '../guards.tsx'
import { pageFault } from '../page-fault.tsx'

export const authorize = new Hono<AppEnv>()

authorize.get('/authorize', signedInForClient, async (c) => {
  const { oauth, config } = c.var.parts
  const { hostname } = new URL(config.publicUrl)
  // Read as the authorization server reads it: of what is judged here otherwise, it may fetch something else.
  const [client = '', ...others] = new URL(c.req.url).searchParams.getAll('client_id')
  if (others.length > 0) return c.html(<Message title="Request refused" text={SEVERAL} />, 400)
  const fault = await documentFault(client, hostname)
  if (fault !== null) {
    const why = `The client names a metadata document that cannot be used: ${DOCUMENT_FAULTS[fault]}.`
    return c.html(<Message title="Request refused" text={`${why} Nothing was granted.`} />, 400)
  }
  try {
    const request = await oauth.parseAuthRequest(c.req.raw)
    // The provider asks this of public clients only; OAuth 2.1 §4.1.1 and MCP ask it of all.
    if (request.codeChallenge === undefined) {
      throw refusal(request, 'invalid_request', 'PKCE with S256 is required.')
    }
    const asked = request.scope.filter(isScope)
    // What is not known here is left out, and the token answer says so (RFC 6749 §3.3).
    if (asked.length === 0 && request.scope.length > 0) {
      throw refusal(request, 'invalid_scope', UNKNOWN_SCOPES)
    }
    const scope = asked.length > 0 ? asked : [...AGENT_SCOPES]
    const about = await oauth.describeConsent(request)
    const name = nameOf(about)
    const memory = await memoryOf(c, request.clientId, name)
    const mayRemember = memory !== null && isRememberable(about, scope)
    const wanted = { ...request, scope }
    if (mayRemember && (await oauth.isConsentRemembered(c.req.raw, wanted, memory))) {
      return c.redirect(await complete(c, wanted, about), 302)
    }
    const { handle, headers } = await oauth.beginConsent(wanted)
    for (const [name, value] of headers) c.header(name, value, { append: true })
    c.header(
      'content-security-policy',
      contentPolicy(`'self' ${redirectSource(about.redirectUri)}`),
    )
    return c.html(
      <Consent
        about={about}
        name={name}
        scope={scope}
        handle={handle}
        person={c.var.person}
        mayRemember={mayRemember}
        callsTools={await callsTools(c, request.clientId)}
      />,
    )
  } catch (cause) {
    if (cause instanceof CimdFetchError) {
      return c.html(<Message title="Request refused" text={NO_DOCUMENT} />, 400)
    }
    if (!(cause instanceof AuthorizationError)) throw cause
    return await sendBack(c, client, cause)
  }
})

authorize.post('/authorize/decide', sameOrigin, signedIn, async (c) => {
  const { oauth } = c.var.parts
  const form = await readForm(c.req.raw)
  if (form === null) return c.html(<Message title="Request refused" text={NO_FORM} />, 400)
  // Somebody else may have signed in in this browser since: nobody answers what another was asked.
  if (form.get('person') !== c.var.person.id) {
    const next = { href: pageOf(c), text: 'Begin again' }
    return c.html(<Message title="Request refused" text={ANOTHER_PERSON} next={next} />, 400)
  }
  const handle = form.get('handle') ?? ''
  const decision = form.get('decision')
  const shown = neutralise(form.get('name') ?? '', 100)
  try {
    if (decision !== 'allow') {
      const denied = await oauth.denyConsent(c.req.raw, handle)
      // The client's server is not asked any more: a no does not wait for it.
      await noteAuthorization(c, denied.request, shown, 'denied')
      for (const [name, value] of denied.headers) c.header(name, value, { append: true })
      return c.redirect(denied.redirectTo, 302)
    }
    const memory =
      form.get('remember') === 'yes' ? await memoryOf(c, form.get('client') ?? '', shown) : null
    const remember = memory === null ? {} : { remember: memory }
    const { request, headers } = await oauth.approveConsent(c.req.raw, handle, remember)
    const about = await oauth.describeConsent(request)
    if (nameOf(about) !== shown) {
      return c.html(<Message title="Request refused" text={RENAMED} />, 400)
    }
    const redirectTo = await complete(c, request, about)
    for (const [name, value] of headers) c.header(name, value, { append: true })
    return c.redirect(redirectTo, 302)
  } catch (cause) {
    if (cause instanceof CimdFetchError) {
      return c.html(<Message title="Request refused" text={NO_DOCUMENT} />, 400)
    }
    if (!(cause instanceof AuthorizationError)) {
      // The question may be used up: the same form again would say so.
      return await pageFault(cause, c, { next: { href: pageOf(c), text: 'Begin again' } })
    }
    const why = 'This question was answered before, expired, or belongs to another browser.'
    return c.html(<Message title="Request refused" text={why} />, 400)
  }
})

/** `why`: for the client's developers. */
function refusal(request: AuthRequest, code: AuthorizationErrorCode, why: string) {
  const { redirectUri, state, issuer } = request
  const options = { description: why, redirectUri, state }
  return new AuthorizationError(code, issuer === undefined ? options : { ...options, issuer })
}

/**
 * With what is wrong with the request to the client, if the person is sure to know it: anybody registers an address,
 * and makes a link to here whose error would lead on to it (RFC 9700 §4.11.2).
 */
async function sendBack(c: Context<AppEnv>, client: string, cause: AuthorizationError) {
  const { redirectUri, redirectTo, code } = cause
  const text = `The client's request is not valid: ${code}. Nothing was granted.`
  if (redirectUri === undefined || redirectTo === undefined) {
    return c.html(<Message title="Request refused" text={text} />, 400)
  }
  const { isLoopback, address, host } = redirectTarget(redirectUri)
  if (isLoopback || (await isAllowed(c, client, address))) return c.redirect(redirectTo, 302)
  return c.html(<RefusedRequest text={text} host={host} href={redirectTo} />, 400)
}

/** The person has let this client act for them, at this address. */
async function isAllowed(c: Context<AppEnv>, client: string, address: string): Promise<boolean> {
  const { account, now } = c.var.parts
  const grants = await account(c.var.person.id).oauthGrants(now())
  return grants.some((grant) => grant.client === client && grant.redirect_uri === address)
}

/** The code for the client, once the person has allowed it, now or before. */
async function complete(
  c: Context<AppEnv>,
  request: AuthRequest,
  about: ConsentDescription,
): Promise<string> {
  const { oauth, now } = c.var.parts
  const person = c.var.person.id
  const clientName = nameOf(about)
  const { authenticatedAt } = c.var
  const agreed = [...request.scope]
  const since = now()
  const props: Props = { person, clientName, agreed, since, authenticatedAt }
  // Before there is a token: from now on no token of this client gives anything.
  if (!agreed.every(isConsole)) await c.var.parts.account(person).addAgent(request.clientId)
  await noteAuthorization(c, request, clientName, null)
  const metadata = { clientName }
  const { scope } = request
  const done = await oauth.completeAuthorization({
    request,
    userId: person,
    metadata,
    scope,
    props,
    // What the client has ends when this is whole, and not if it fails.
    revokeExistingGrants: false,
  })
  const code = new URL(done.redirectTo).searchParams.get('code') ?? ''
  const grant = grantIn(code)
  if (grant === null) throw new Error('the authorization server made a code of another form')
  // Before the client has the code: what no account knows of is refused.
  const replaced = await c.var.parts.account(person).addOAuthGrant({
    id: grant.grant,
    client: request.clientId,
    client_name: clientName,
    redirect_uri: redirectTarget(request.redirectUri).address,
    scopes: [...scope],
    granted_at: since,
    ends_at: since + OAUTH_GRANT_MS,
  })
  // The token store is only swept: what is left there gives nothing, and ends by itself.
  const left = await Promise.allSettled(replaced.map((id) => oauth.revokeGrant(id, person)))
  for (const one of left) if (one.status === 'rejected') console.error('not swept', one.reason)
  return done.redirectTo
}

/** The person's word on a client, on their chain. `reason` `null`: it is let in. */
async function noteAuthorization(
  c: Context<AppEnv>,
  { clientId, scope }: AuthRequest,
  name: string,
  reason: 'denied' | null,
): Promise<void> {
  const outcome = reason === null ? 'done' : 'refused'
  await c.var.parts.account(c.var.person.id).note({
    kind: 'authorization',
    facts: { outcome, reason, scopes: scope },
    texts: { client: clientId, client_name: name },
  })
}

function nameOf({ clientName }: ConsentDescription): string {
  return neutralise(clientName, 100)
}

/**
 * How a consent to this client is remembered: for this person in this browser, under the name that they were shown,
 * and only until they end the client. `null`: not at all.
 */
async function memoryOf(c: Context<AppEnv>, client: string, name: string) {
  const secret = await rememberingKey(c.var.parts.config.masterKey)
  const standing = await c.var.parts.account(c.var.person.id).standing(client)
  if (secret === null || standing === null) return null
  const subject = `${c.var.person.id} ${standing.client_ended_at ?? 0} ${name}`
  return { secret, subject, maxAgeSeconds: REMEMBERED_S }
}

async function callsTools(c: Context<AppEnv>, client: string): Promise<boolean> {
  const standing = await c.var.parts.account(c.var.person.id).standing(client)
  return standing?.calls_tools === true
}

/** Any program of the person's computer may listen where a loopback client does (RFC 8252 §8.6). */
function isRememberable(about: ConsentDescription, scope: readonly Scope[]): boolean {
  return !about.redirectIsLoopback && !scope.includes('console')
}

const UNKNOWN_SCOPES = `The scopes here are ${ALL_SCOPES.join(', ')}.`

const RENAMED =
  'The client says something else of itself than when it was shown to you. Nothing was granted; begin again.'

const NO_DOCUMENT =
  'The client names a metadata document that could not be read, or says too little. Nothing was granted.'
const SEVERAL = 'The request names several clients. Nothing was granted.'
const ANOTHER_PERSON =
  'This was asked of somebody else, who was signed in in this browser then. Nothing was granted.'
const NO_FORM = 'This is no form of ours, or far larger than one. Nothing was granted.'

/** Browsers hold a form's redirects against `form-action`, so the client's redirect must be named. */
function redirectSource(redirectUri: string): string {
  const url = new URL(redirectUri)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : url.protocol
}
