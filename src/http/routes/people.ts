// Who has signed in to this server, for its host, who may shut somebody out and let them in again. Both hold from
// the next request on; calls that run end within a second.

import type { Context, MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { chainOf } from '../../audit/record.ts'
import type { Person } from '../../store/people.ts'
import { parsePersonPlace, printPersonPlace } from '../../store/people.ts'
import type { ApiEnv } from './api.ts'
import { allows, callerIsHost, refuse, refuseHost } from './api.ts'
import { issuerIn } from './ceilings.ts'
import { recorded, suspensionAct } from './recorded.ts'

const MAX_PEOPLE = 200
const BAD_AFTER = 'after is what `next` of the page before says. Leave it out for the first page.'
const NOT_THE_HOST = 'Only the host of this server knows who its people are.'
const UNKNOWN = 'Nobody of that subject and issuer signed in.'
const YOURSELF = 'You would shut yourself out.'

export const people = new Hono<ApiEnv>()

const host: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (!(await callerIsHost(c))) return refuse(c, 403, 'not-the-host', NOT_THE_HOST)
  return await next()
}

people.use('/api/people', allows('console'), host)
people.use('/api/people/*', allows('console'), host)

people.get('/api/people', async (c) => {
  const said = c.req.query('after')
  const after = said === undefined ? undefined : parsePersonPlace(said)
  if (after === null) return refuse(c, 400, 'bad-after', BAD_AFTER)
  const page = await c.var.parts.people.page(MAX_PEOPLE, after)
  const last = page.length === MAX_PEOPLE ? page.at(-1) : undefined
  const next = last === undefined ? {} : { next: printPersonPlace(last) }
  return c.json({ people: page.map(viewOf), ...next })
})

people.on(['PUT', 'DELETE'], '/api/people/:subject/suspension', async (c) => {
  const { account, now } = c.var.parts
  const person = await personIn(c)
  if (person === null) return refuse(c, 404, 'unknown-person', UNKNOWN)
  const suspends = c.req.method === 'PUT'
  // To let somebody in gives; and no agent of the host, whatever it was told, shuts everybody out.
  const refusal = await refuseHost(c, NOT_THE_HOST)
  if (refusal !== null) return refusal
  if (suspends && person.id === c.var.caller) return refuse(c, 409, 'yourself', YOURSELF)
  await recorded(
    account(c.var.caller),
    suspensionAct(await chainOf(person.id), suspends),
    () => account(person.id).suspend(suspends ? now() : null),
    (changed) => (changed ? null : 'nothing-there'),
  )
  return c.body(null, 204)
})

async function personIn(c: Context<ApiEnv>): Promise<Person | null> {
  const { config, people: all } = c.var.parts
  const issuer = issuerIn(c)
  if (issuer === null) return null
  const url = issuer === '' ? config.providers[0].issuer : new URL(issuer)
  return await all.ofIssuer(url, c.req.param('subject') ?? '')
}

function viewOf({ issuer, subject, name, created_at, suspended_at }: Person) {
  return { issuer, subject, name, created_at, suspended_at }
}
