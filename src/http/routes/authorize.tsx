// The consent page of the authorization server: which client, which redirect host, which scopes, which
// person. Nothing is asked of the issuer on a client's behalf; a code is only made after this page.

import type { AuthRequest } from '@cloudflare/workers-oauth-provider'
import {
  AuthorizationError,
  authorizationErrorRedirect,
  CimdFetchError,
} from '@cloudflare/workers-oauth-provider'
import { Hono } from 'hono'
import { Consent } from '../../console/pages/consent.tsx'
import { Message } from '../../console/pages/message.tsx'
import { neutralise } from '../../component/text.ts'
import type { Props } from '../../oauth/provider.ts'
import { AGENT_SCOPES, isScope } from '../../oauth/scopes.ts'
import type { AppEnv } from '../context.ts'
import { contentPolicy, sameOrigin, signedIn } from '../guards.tsx'

export const authorize = new Hono<AppEnv>()

authorize.get('/authorize', signedIn, async (c) => {
  const { oauth } = c.var.parts
  try {
    const request = await oauth.parseAuthRequest(c.req.raw)
    // The provider asks this of public clients only; OAuth 2.1 §4.1.1 and MCP ask it of all.
    if (request.codeChallenge === undefined) {
      const why = 'PKCE with S256 is required.'
      return c.redirect(authorizationErrorRedirect(request, 'invalid_request', why), 302)
    }
    const asked = request.scope.filter(isScope)
    const scope = asked.length > 0 ? asked : [...AGENT_SCOPES]
    const about = await oauth.describeConsent(request)
    const { handle, headers } = await oauth.beginConsent({ ...request, scope })
    for (const [name, value] of headers) c.header(name, value, { append: true })
    c.header(
      'content-security-policy',
      contentPolicy(`'self' ${redirectSource(about.redirectUri)}`),
    )
    return c.html(<Consent about={about} scope={scope} handle={handle} person={c.var.person} />)
  } catch (cause) {
    if (cause instanceof CimdFetchError) {
      return c.html(<Message title="Request refused" text={NO_DOCUMENT} />, 400)
    }
    if (!(cause instanceof AuthorizationError)) throw cause
    if (cause.redirectTo !== undefined) return c.redirect(cause.redirectTo, 302)
    const text = `The client's request is not valid: ${cause.code}. Nothing was granted.`
    return c.html(<Message title="Request refused" text={text} />, 400)
  }
})

authorize.post('/authorize/decide', sameOrigin, signedIn, async (c) => {
  const { oauth } = c.var.parts
  const form = await c.req.raw.clone().formData()
  const handle = text(form.get('handle'))
  const decision = text(form.get('decision'))
  const nameOf = async (request: AuthRequest): Promise<string> =>
    neutralise((await oauth.describeConsent(request)).clientName, 100)
  const note = async (request: AuthRequest, reason: string | null): Promise<void> => {
    const outcome = reason === null ? 'done' : 'refused'
    await c.var.parts.account(c.var.person.id).note({
      kind: 'authorization',
      facts: { outcome, reason, scopes: request.scope },
      texts: { client: request.clientId, client_name: await nameOf(request) },
    })
  }
  try {
    if (decision !== 'allow') {
      const denied = await oauth.denyConsent(c.req.raw, handle)
      await note(denied.request, 'denied')
      for (const [name, value] of denied.headers) c.header(name, value, { append: true })
      return c.redirect(denied.redirectTo, 302)
    }
    const { request, headers } = await oauth.approveConsent(c.req.raw, handle)
    const clientName = await nameOf(request)
    const props: Props = { person: c.var.person.id, clientName, agreed: [...request.scope] }
    await note(request, null)
    const { redirectTo } = await oauth.completeAuthorization({
      request,
      userId: c.var.person.id,
      metadata: { clientName },
      scope: request.scope,
      props,
    })
    for (const [name, value] of headers) c.header(name, value, { append: true })
    return c.redirect(redirectTo, 302)
  } catch (cause) {
    if (!(cause instanceof AuthorizationError)) throw cause
    const why = 'This question was answered before, expired, or belongs to another browser.'
    return c.html(<Message title="Request refused" text={why} />, 400)
  }
})

const NO_DOCUMENT =
  'The client names a metadata document that could not be read. Nothing was granted.'

const text = (value: File | string | null): string => (typeof value === 'string' ? value : '')

/** Browsers hold a form's redirects against `form-action`, so the client's redirect must be named. */
function redirectSource(redirectUri: string): string {
  const url = new URL(redirectUri)
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin : url.protocol
}
