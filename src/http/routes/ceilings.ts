// What components may do at the most, for the host of this server: a policy for everyone, for one component,
// for one person. A change holds within a second. Nobody else reads or writes here; people see what applies to
// them with their components.

import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { digestOf } from '../../component/digest.ts'
import { readBounded } from '../../bounded-body.ts'
import { FIRST, providerOfIssuer } from '../../oauth/sign-in-provider.ts'
import type { CeilingKey } from '../../store/ceilings.ts'
import { defaultCeiling, MAX_POLICY_BYTES } from '../../store/ceilings.ts'
import type { ApiEnv } from './api.ts'
import { allows, callerIsHost, refuse, refuseHost } from './api.ts'
import { ceilingAct, recorded } from './recorded.ts'

const MAX_SUBJECT_CHARS = 2_048
const NOT_THE_HOST = 'Only the host of this server says what components may do at the most.'
const BAD_SUBJECT =
  'The name is empty or too long, or the issuer is none that people sign in at here.'
const NO_CEILING = 'The host has said nothing here.'
export const BAD_POLICY = 'This is no policy that is enforced here: each fault says what to do.'
export const POLICY_TOO_LARGE = `A policy has ${MAX_POLICY_BYTES} bytes at the most.`

export const ceilings = new Hono<ApiEnv>()

const host: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!(await callerIsHost(c))) return refuse(c, 403, 'not-the-host', NOT_THE_HOST)
  return await next()
}

ceilings.use('/api/ceilings', allows('console'), host)
ceilings.use('/api/ceilings/*', allows('console'), host)

ceilings.get('/api/ceilings', async (c) => {
  const all = await c.var.parts.ceilings.all()
  return c.json({ ceilings: all, default: defaultCeiling() })
})

ceilings.on(
  ['GET', 'PUT', 'DELETE'],
  ['/api/ceilings/everyone', '/api/ceilings/components/:subject', '/api/ceilings/people/:subject'],
  async (c) => {
    const key = keyOf(c.req.path, c.req.param('subject') ?? '', issuerIn(c))
    if (key === null) return refuse(c, 400, 'bad-subject', BAD_SUBJECT)
    const refusal = c.req.method === 'GET' ? null : await refuseHost(c, NOT_THE_HOST)
    if (refusal !== null) return refusal
    if (c.req.method === 'PUT') return await put(c, key)
    if (c.req.method === 'GET') {
      const found = await c.var.parts.ceilings.find(key)
      return found === null ? refuse(c, 404, 'no-ceiling', NO_CEILING) : c.text(found.document)
    }
    const removed = await recorded(
      c.var.parts.account(c.var.caller),
      ceilingAct(key, null),
      () => c.var.parts.ceilings.remove(key),
      (done) => (done ? null : 'no-ceiling'),
    )
    return removed ? c.body(null, 204) : refuse(c, 404, 'no-ceiling', NO_CEILING)
  },
)

async function put(c: Context<ApiEnv>, key: CeilingKey): Promise<Response> {
  const text = await readBounded(c.req.raw, MAX_POLICY_BYTES)
  if (text === null) return refuse(c, 413, 'policy-too-large', POLICY_TOO_LARGE)
  const author = { by: c.var.caller, at: c.var.parts.now() }
  const written = await recorded(
    c.var.parts.account(c.var.caller),
    ceilingAct(key, await digestOf(text)),
    () => c.var.parts.ceilings.put(key, text, author),
    (done) => (done.ok ? null : 'bad-policy'),
  )
  if (!written.ok) return refuse(c, 422, 'bad-policy', BAD_POLICY, { faults: written.error })
  return c.json({ ...key, warnings: written.value })
}

/** `null` for a name that nothing has. */
function keyOf(path: string, subject: string, issuer: string | null): CeilingKey | null {
  if (issuer === null) return null
  if (path === '/api/ceilings/everyone') return { scope: 'everyone', issuer: '', subject: '' }
  if (subject === '' || subject.length > MAX_SUBJECT_CHARS) return null
  const isPerson = path.startsWith('/api/ceilings/people/')
  return isPerson
    ? { scope: 'person', issuer, subject }
    : { scope: 'component', issuer: '', subject }
}

/** `?issuer=` of a person, as it was configured; empty for the first. `null`: no such provider. */
export function issuerIn(c: Context<ApiEnv>): string | null {
  const { providers } = c.var.parts.config
  const named = c.req.query('issuer')
  const provider = named === undefined ? providers[0] : providerOfIssuer(providers, named)
  if (provider === null) return null
  return provider.id === FIRST ? '' : provider.issuer.href
}
