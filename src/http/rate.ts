// How often one address may register clients, sign in and ask for tokens. The platform counts, for each of its
// locations and roughly: floods end here, quotas of people are their accounts' to keep.

import { getPath } from 'hono/utils/url'
import type { Config } from '../config.ts'
import { networkOf } from './network-of.ts'

/** Seconds of the platform's window. */
const WINDOW_S = 60

/** An answer, or `null` when the request may go on. */
export async function checkRate(
  request: Request,
  env: Env,
  { rateExempt }: Config,
): Promise<Response | null> {
  const limiter = limiterOf(request, env)
  const address = request.headers.get('cf-connecting-ip') ?? ''
  if (limiter === null || rateExempt.has(address)) return null
  const { success } = await limiter.limit({ key: networkOf(address) })
  return success ? null : tooMany()
}

/** By the path as whoever serves it reads it: pages are found by what an encoded one means, endpoints as written. */
function limiterOf(request: Request, env: Env): RateLimit | null {
  const { pathname } = new URL(request.url)
  if (pathname === '/register') return env.REGISTRATIONS
  if (pathname === '/token') return env.TOKENS
  return /^\/(sign-in|authorize)(\/|$)/.test(getPath(request)) ? env.SIGN_INS : null
}

function tooMany(): Response {
  const error_description = `Too many requests of your address. Try again in ${WINDOW_S} seconds.`
  const headers = { 'retry-after': String(WINDOW_S), 'cache-control': 'no-store' }
  return Response.json(
    { error: 'temporarily_unavailable', error_description },
    { status: 429, headers },
  )
}
