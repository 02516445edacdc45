// Guards of the routes: where a request may come from and who sends it. Each refuses on missing data.

import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
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

/** Behind it `c.var.person` is who is signed in; others are sent to sign in and come back. */
export const signedIn: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { people, now } = c.var.parts
  const token = getCookie(c, CONSOLE_COOKIE, 'host')
  const person = token === undefined ? null : await people.signedIn(token, now())
  if (person === null) return toSignIn(c)
  c.set('person', person)
  return await next()
}

function toSignIn(c: Context<AppEnv>): Response {
  if (c.req.method !== 'GET') return c.text('You are signed out. Sign in and try again.', 401)
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(`/sign-in?return_to=${encodeURIComponent(pathname + search)}`, 302)
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
  headers.set('cache-control', 'no-store')
}

/** `formAction`: where a form of the page may lead, redirects included. */
export function contentPolicy(formAction: string): string {
  return (
    `default-src 'none'; style-src 'self'; img-src 'self'; form-action ${formAction}; ` +
    `frame-ancestors 'none'; base-uri 'none'`
  )
}
