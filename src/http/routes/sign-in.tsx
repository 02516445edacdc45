// Signing in and out of the console. The cookie holds a random token; the identity comes from the issuer.

import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AuditEvent } from '../../audit/event.ts'
import { SERVER } from '../../audit/event.ts'
import { maySignIn } from '../../config.ts'
import { Message } from '../../console/pages/message.tsx'
import type { Identity, UpstreamConfig } from '../../oauth/upstream.ts'
import { authorizationUrl, finishSignIn, newSecrets, UpstreamFailed } from '../../oauth/upstream.ts'
import type { AppEnv, Parts } from '../context.ts'
import { CONSOLE_COOKIE, FRESH_MS, sameOrigin } from '../guards.tsx'

/** Binds a sign-in under way to the browser that began it. */
const SIGN_IN_COOKIE = 'wassette-sign-in'
const COOKIE = { httpOnly: true, sameSite: 'Lax', secure: true, path: '/', prefix: 'host' } as const

/** Seconds: a third of what counts as fresh, so that there is time to read what is decided. */
const FRESH_MAX_AGE = FRESH_MS / 3 / 1000

export const signIn = new Hono<AppEnv>()

signIn.get('/sign-in', async (c) => {
  const { people, now } = c.var.parts
  const returnTo = localPath(c.req.query('return_to'))
  const isFresh = c.req.query('fresh') !== undefined
  const secrets = newSecrets(isFresh ? FRESH_MAX_AGE : null)
  const browser = getCookie(c, SIGN_IN_COOKIE, 'host') ?? newSecrets(null).state
  const url = await authorizationUrl(upstreamOf(c.var.parts), secrets).catch(() => null)
  if (url === null)
    return c.html(<Message title="Sign-in is not available" text={UNAVAILABLE} />, 502)
  await people.beginSignIn(
    { state: secrets.state, browser },
    {
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

signIn.get('/sign-in/callback', async (c) => {
  const { parts } = c.var
  const { config, people, now } = parts
  const state = c.req.query('state') ?? ''
  const browser = getCookie(c, SIGN_IN_COOKIE, 'host') ?? ''
  const pending = await people.takeSignIn({ state, browser }, now())
  if (pending === null) return c.html(<Message title="Sign-in expired" text={EXPIRED} />, 400)
  const { nonce, code_verifier: codeVerifier, return_to: returnTo, max_age: maxAge } = pending
  // Behind a proxy the URL may differ; what was registered with the issuer is our public one.
  const callback = new URL(`${config.publicUrl}/sign-in/callback${new URL(c.req.url).search}`)
  const identity = await finishSignIn(upstreamOf(parts), callback, {
    state,
    nonce,
    codeVerifier,
    maxAge,
  }).catch((cause: unknown) => {
    if (!(cause instanceof UpstreamFailed)) throw cause
    console.error('sign-in failed', cause)
    return null
  })
  if (identity === null) return c.html(<Message title="Sign-in failed" text={FAILED} />, 400)
  if (!maySignIn(config, identity.subject)) {
    await parts.account(SERVER).noteRefusedSignIn(identity)
    return c.html(<Message title="Not allowed" text={NOT_ALLOWED} />, 403)
  }
  const person = await people.meet(identity, now())
  await parts.account(person.id).note(signInEvent(identity))
  // Whoever was signed in here before is not any more.
  const before = getCookie(c, CONSOLE_COOKIE, 'host')
  if (before !== undefined) await people.closeConsole(before)
  const token = await people.openConsole(person.id, identity.authenticatedAt, now())
  setCookie(c, CONSOLE_COOKIE, token, COOKIE)
  deleteCookie(c, SIGN_IN_COOKIE, COOKIE)
  return c.redirect(returnTo, 302)
})

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

function signInEvent({ issuer, subject, name }: Identity): AuditEvent {
  return { kind: 'sign-in', facts: DONE, texts: { issuer, subject, name } }
}

const UNAVAILABLE = 'The identity provider does not answer. Try again in a moment.'
const EXPIRED =
  'This sign-in was not begun in this browser, was used before, or took too long. Begin again.'
const FAILED = 'The identity provider did not confirm who you are. Begin again.'
const NOT_ALLOWED =
  'You are known to the identity provider, but the host of this server did not let you in.'

function upstreamOf({ config }: Parts): UpstreamConfig {
  const { url, clientId, clientSecret } = config.issuer
  const redirectUri = `${config.publicUrl}/sign-in/callback`
  return { issuer: url, clientId, clientSecret, redirectUri }
}

/** A path of this server only: a return address is never a way out (open redirect). */
function localPath(text: string | undefined): string {
  if (text === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes('\\')) {
    return '/console'
  }
  return text
}
