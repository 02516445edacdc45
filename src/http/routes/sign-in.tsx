// Signing in and out of the console. The cookie holds a random token; the identity comes from the provider.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AuditEvent } from '../../audit/event.ts'
import { SERVER } from '../../audit/event.ts'
import type { Config } from '../../config.ts'
import { hasHost, letIn } from '../../config.ts'
import { Message } from '../../console/pages/message.tsx'
import { NotAllowed } from '../../console/pages/not-allowed.tsx'
import { SignInPage } from '../../console/pages/sign-in.tsx'
import type { SignInProvider } from '../../oauth/sign-in-provider.ts'
import { FIRST, providerOfIssuer } from '../../oauth/sign-in-provider.ts'
import type { Identity, Upstream } from '../../oauth/upstream.ts'
import { authorizationUrl, finishSignIn, newSecrets, UpstreamFailed } from '../../oauth/upstream.ts'
import type { AppEnv } from '../context.ts'
import { CONSOLE_COOKIE, FRESH_MS, sameOrigin, whoIsIn } from '../guards.tsx'

/** Binds a sign-in under way to the browser that began it. */
const SIGN_IN_COOKIE = 'wassette-sign-in'
const COOKIE = { httpOnly: true, sameSite: 'Lax', secure: true, path: '/', prefix: 'host' } as const

/** Seconds: a third of what counts as fresh, so that there is time to read what is decided. */
const FRESH_MAX_AGE = FRESH_MS / 3 / 1000

export const signIn = new Hono<AppEnv>()

signIn.get('/sign-in', async (c) => {
  const { config, people, now } = c.var.parts
  const returnTo = localPath(c.req.query('return_to'))
  const isFresh = c.req.query('fresh') !== undefined
  const provider = await chosen(c)
  if (provider === 'unknown') {
    return c.html(<Message title="Unknown" text={UNKNOWN_PROVIDER} />, 404)
  }
  if (provider === null) {
    const choices = config.providers.map(({ id, label }) => ({ id, label }))
    return c.html(<SignInPage choices={choices} returnTo={returnTo} isFresh={isFresh} />)
  }
  const again = signInAgain(provider, returnTo, isFresh)
  const secrets = newSecrets(isFresh ? FRESH_MAX_AGE : null)
  const browser = getCookie(c, SIGN_IN_COOKIE, 'host') ?? newSecrets(null).state
  const url = await authorizationUrl(upstreamOf(config, provider), secrets).catch(failed)
  if (url instanceof UpstreamFailed) return await notAvailable(c, again)
  await people.beginSignIn(
    { state: secrets.state, browser },
    {
      provider: provider.id,
      nonce: secrets.nonce,
      code_verifier: secrets.codeVerifier,
      return_to: returnTo,
      max_age: secrets.maxAge,
    },
    now(),
  )
  setCookie(c, SIGN_IN_COOKIE, browser, { ...COOKIE, maxAge: 600 })
  return c.redirect(url.href, 302)
})

/** Each provider has an address of its own to send people back to (RFC 9700 §4.4, mix-up). */
signIn.on('GET', ['/sign-in/callback', '/sign-in/callback/:provider'], async (c) => {
  const { parts } = c.var
  const { config, people, now } = parts
  const state = c.req.query('state') ?? ''
  const browser = getCookie(c, SIGN_IN_COOKIE, 'host') ?? ''
  const pending = await people.takeSignIn({ state, browser }, now())
  const id = c.req.param('provider') ?? FIRST
  const provider = config.providers.find((one) => one.id === id)
  if (pending === null || pending.provider !== id || provider === undefined) {
    return c.html(<Message title="Sign-in expired" text={EXPIRED} />, 400)
  }
  const { nonce, code_verifier: codeVerifier, return_to: returnTo, max_age: maxAge } = pending
  const upstream = upstreamOf(config, provider)
  // Behind a proxy the URL may differ; what was registered with the provider is our public one.
  const callback = new URL(`${upstream.redirectUri}${new URL(c.req.url).search}`)
  const secrets = { state, nonce, codeVerifier, maxAge }
  const again = signInAgain(provider, returnTo, maxAge !== null)
  const identity = await finishSignIn(upstream, callback, secrets).catch(failed)
  if (identity instanceof UpstreamFailed) {
    if (identity.fault === 'unavailable') return await notAvailable(c, again)
    return c.html(<Message title="Sign-in failed" text={FAILED} next={again} />, 400)
  }
  const entry = letIn(provider, identity)
  if (entry === null) {
    // Browsers and clients of somebody who was let in before are out as well, from their next request on.
    const known = await people.letOut(identity)
    if (known !== null) await parts.account(known).note(signInEvent(identity, 'not-allowed'))
    await parts.account(SERVER).noteRefusedSignIn(identity)
    const { issuer, subject } = identity
    const page = <NotAllowed issuer={issuer} subject={subject} hasHost={hasHost(config)} />
    return c.html(page, 403)
  }
  const person = await people.meet(identity, entry.letInBy, now())
  if (person.suspended_at !== null) {
    await parts.account(person.id).note(signInEvent(identity, 'suspended'))
    return c.html(<Message title="Not allowed" text={SUSPENDED} />, 403)
  }
  await parts.account(person.id).note(signInEvent(identity, null))
  // Whoever was signed in here before is not any more, and is until then.
  const before = getCookie(c, CONSOLE_COOKIE, 'host') ?? null
  const token = await people.openConsole(person.id, identity.authenticatedAt, now(), before)
  setCookie(c, CONSOLE_COOKIE, token, COOKIE)
  deleteCookie(c, SIGN_IN_COOKIE, COOKIE)
  return c.redirect(returnTo, 302)
})

/** Where to sign in: as the person chose, where whoever is here signed in, or the only one. `null`: ask. */
async function chosen(c: Context<AppEnv>): Promise<SignInProvider | 'unknown' | null> {
  const { providers } = c.var.parts.config
  const via = c.req.query('via')
  if (via !== undefined) return providers.find(({ id }) => id === via) ?? 'unknown'
  const [only, ...others] = providers
  if (others.length === 0) return only
  const entered = await whoIsIn(c)
  return entered === null ? null : providerOfIssuer(providers, entered.person.issuer)
}

/** The host reads why; the person is told what to do. */
function failed(cause: unknown): UpstreamFailed {
  if (!(cause instanceof UpstreamFailed)) throw cause
  console.error('sign-in failed', cause)
  return cause
}

interface Link {
  readonly href: string
  readonly text: string
}

async function notAvailable(c: Context<AppEnv>, again: Link): Promise<Response> {
  const page = <Message title="Sign-in is not available" text={UNAVAILABLE} next={again} />
  return await c.html(page, 502)
}

/** The one that ended is used up: the same address again would say so. */
function signInAgain({ id }: SignInProvider, returnTo: string, isFresh: boolean): Link {
  const query = new URLSearchParams({ via: id, return_to: returnTo })
  if (isFresh) query.set('fresh', '')
  return { href: `/sign-in?${query}`, text: 'Sign in again' }
}

signIn.post('/sign-out', sameOrigin, async (c) => {
  const { account, people, now } = c.var.parts
  const token = getCookie(c, CONSOLE_COOKIE, 'host')
  const entered = token === undefined ? null : await people.signedIn(token, now())
  if (token !== undefined) await people.closeConsole(token)
  if (entered !== null) await account(entered.person.id).note(SIGN_OUT)
  deleteCookie(c, CONSOLE_COOKIE, COOKIE)
  return c.html(<Message title="Signed out" text="You are signed out of the console." />)
})

const DONE = { outcome: 'done', reason: null } as const
const SIGN_OUT: AuditEvent = { kind: 'sign-out', facts: DONE, texts: {} }

/** `reason`: why the person is not let in; `null`: they are. */
function signInEvent(
  { issuer, subject, name }: Identity,
  reason: 'suspended' | 'not-allowed' | null,
): AuditEvent {
  const facts = { outcome: reason === null ? 'done' : 'refused', reason } as const
  return { kind: 'sign-in', facts, texts: { issuer, subject, name } }
}

const UNKNOWN_PROVIDER = 'There is no such place to sign in at.'
const UNAVAILABLE = 'The identity provider does not answer. Try again in a moment.'
const EXPIRED =
  'This sign-in was not begun in this browser, was used before, or took too long. Begin again.'
const FAILED = 'The identity provider did not confirm who you are. Begin again.'
const SUSPENDED = 'The host of this server has suspended you. Nothing of yours is lost.'

function upstreamOf({ publicUrl }: Config, provider: SignInProvider): Upstream {
  const end = provider.id === FIRST ? '' : `/${provider.id}`
  return { provider, redirectUri: `${publicUrl}/sign-in/callback${end}` }
}

/** A path of this server only: a return address is never a way out (open redirect). */
function localPath(text: string | undefined): string {
  if (text === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\')) {
    return '/console'
  }
  return text
}
