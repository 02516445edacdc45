// Guards of the routes: where a request may come from and who sends it. Each refuses on missing data.

import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { Message } from '../console/pages/message.tsx'
import { mayEnter } from '../config.ts'
import { isConsole, isScope } from '../oauth/scopes.ts'
import type { SignedInPerson } from '../store/people.ts'
import type { AppEnv } from './context.ts'

/** Name of the console cookie behind its `__Host-` prefix: bound to this origin, never sent by http. */
export const CONSOLE_COOKIE = 'wassette-console'

const CHANGES = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** A request that changes something by cookie must say that it comes from our own pages (CSRF). */
export const sameOrigin: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (CHANGES.has(c.req.method) && c.req.header('origin') !== c.var.parts.config.publicUrl) {
    return c.text('This form was not sent from a page of this server.', 403)
  }
  return await next()
}

/**
 * Milliseconds for which the issuer's word counts where something is given away: long enough to read a
 * page and a second one, too short for a browser that was left open over lunch.
 */
export const FRESH_MS = 15 * 60_000

/** Behind it `c.var.person` is who is signed in; others are sent to sign in and come back. */
export const signedIn: MiddlewareHandler<AppEnv> = async (c, next) => {
  if ((await enter(c)) === null) return toSignIn(c, '')
  return await next()
}

/** `signedIn` not long ago: the issuer has asked the person within `FRESH_MS`, or is sent to ask. */
export const freshlySignedIn: MiddlewareHandler<AppEnv> = async (c, next) => {
  const entered = await enter(c)
  if (entered === null) return toSignIn(c, '&fresh')
  if (!isFresh(entered.authenticatedAt, c.var.parts.now())) return toSignIn(c, '&fresh')
  return await next()
}

/** What is asked for gives, if it is allowed: a token of the console alone. */
export const signedInForClient: MiddlewareHandler<AppEnv> = async (c, next) => {
  // As the authorization server reads it.
  const asked = new URL(c.req.url).searchParams.get('scope') ?? ''
  const scope = asked.split(' ').filter(isScope)
  const gives = scope.length > 0 && scope.every(isConsole)
  return await (gives ? freshlySignedIn : signedIn)(c, next)
}

/** A time that is not known, or not yet come, is not recent. */
export function isFresh(authenticatedAt: number | null, at: number): boolean {
  if (authenticatedAt === null || authenticatedAt > at + CLOCK_SKEW_MS) return false
  return at - authenticatedAt <= FRESH_MS
}

/** Milliseconds that the issuer's clock may be ahead of ours. */
const CLOCK_SKEW_MS = 60_000

async function enter(c: Context<AppEnv>): Promise<SignedInPerson | null> {
  const entered = await whoIsIn(c)
  if (entered === null) return null
  c.set('person', entered.person)
  c.set('authenticatedAt', entered.authenticatedAt)
  return entered
}

/** Who is signed in to the console in this browser and may be here still. */
export async function whoIsIn(c: Context<AppEnv>): Promise<SignedInPerson | null> {
  const { config, people, now } = c.var.parts
  const token = getCookie(c, CONSOLE_COOKIE, 'host')
  const entered = token === undefined ? null : await people.signedIn(token, now())
  return entered !== null && mayEnter(config, entered.person) ? entered : null
}

/** `how`: what is asked of the sign-in beyond the way back. */
async function toSignIn(c: Context<AppEnv>, how: '' | '&fresh'): Promise<Response> {
  const isPage = c.req.method === 'GET'
  const signIn = `/sign-in?return_to=${encodeURIComponent(isPage ? pathOf(c.req.url) : pageOf(c))}${how}`
  if (isPage) return c.redirect(signIn, 302)
  const text = 'Your sign-in is over, or too old for this. Nothing was changed.'
  return await c.html(
    <Message title="Sign in again" text={text} next={{ href: signIn, text: 'Sign in' }} />,
    401,
  )
}

/** The page that a form was on, as the browser says. `sign-in` takes nothing but paths of ours for an answer. */
export function pageOf(c: Context<AppEnv>): string {
  const referrer = c.req.header('referer') ?? ''
  if (!URL.canParse(referrer)) return '/console'
  const isOurs = new URL(referrer).origin === c.var.parts.config.publicUrl
  return isOurs ? pathOf(referrer) : '/console'
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** Nothing is loaded from elsewhere, nothing is framed, no script runs. */
export const pageHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  const { headers } = c.res
  if (!headers.has('content-security-policy')) {
    headers.set('content-security-policy', contentPolicy("'self'"))
  }
  headers.set('x-content-type-options', 'nosniff')
  headers.set('x-frame-options', 'DENY')
  // Nothing is told to others. `no-referrer` would make browsers send `Origin: null` with our own forms
  // (Fetch, "append a request `Origin` header"), and `sameOrigin` refuses that.
  headers.set('referrer-policy', 'same-origin')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}

/** `formAction`: where a form of the page may lead, redirects included. */
export function contentPolicy(formAction: string): string {
  return (
    `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formAction}; ` +
    `frame-ancestors 'none'; base-uri 'none'`
  )
}
