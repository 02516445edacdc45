// Deleting a person: by themselves on a page, with a word that nobody types by accident, or by a host of the
// server. Tokens that act for the person end first; no token of theirs can begin it.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { deleteCookie } from 'hono/cookie'
import * as z from 'zod'
import { chainOf } from '../../audit/record.ts'
import { readBounded } from '../../bounded-body.ts'
import { CONFIRMATION, ForgetPage } from '../../console/pages/forget.tsx'
import { Message } from '../../console/pages/message.tsx'
import type { AppEnv, Parts } from '../context.ts'
import { readForm } from '../form.ts'
import { CONSOLE_COOKIE, freshlySignedIn, sameOrigin, signedIn } from '../guards.tsx'
import { pageFault } from '../page-fault.tsx'
import type { ApiEnv } from './api.ts'
import { allows, refuse, refuseHost } from './api.ts'
import { forgetAct, recorded } from './recorded.ts'

const MAX_BODY_BYTES = 4_096

/** Without an issuer, of the first one that the host configured. */
const Named = z.strictObject({ subject: z.string(), issuer: z.url().optional() })

export const forgetPages = new Hono<AppEnv>()

forgetPages.get('/console/forget', signedIn, (c) => c.html(<ForgetPage person={c.var.person} />))

forgetPages.post('/console/forget', sameOrigin, freshlySignedIn, async (c) => {
  const form = await readForm(c.req.raw)
  if (form?.get('confirmation') !== CONFIRMATION) {
    const text = `Nothing was deleted: that takes the words “${CONFIRMATION}”.`
    return c.html(<Message title="Nothing deleted" text={text} />, 400)
  }
  try {
    await forget(c.var.parts, c.var.person.id)
  } catch (cause) {
    return await pageFault(cause, c, { text: UNFINISHED })
  }
  deleteCookie(c, CONSOLE_COOKIE, { secure: true, path: '/', prefix: 'host' })
  return c.html(<Message title="Deleted" text={DELETED} />)
})

export const forgetApi = new Hono<ApiEnv>()

forgetApi.post('/api/forget', allows('console'), async (c) => {
  const refusal = await refuseHost(c, 'Only a host of this server forgets other people.')
  if (refusal !== null) return refusal
  const named = await readNamed(c)
  if (named === null)
    return refuse(
      c,
      400,
      'bad-body',
      'The body is {"subject": "…", "issuer": "…"}; the issuer may be left out for the first one.',
    )
  const { config, people, account } = c.var.parts
  const issuer = named.issuer === undefined ? config.providers[0].issuer : new URL(named.issuer)
  const person = await people.ofIssuer(issuer, named.subject)
  if (person === null) return refuse(c, 404, 'unknown-person', 'Nobody of that subject signed in.')
  const mine = account(c.var.caller)
  const act = forgetAct(await chainOf(person.id))
  try {
    await recorded(
      mine,
      act,
      () => forget(c.var.parts, person.id),
      () => null,
    )
  } catch (cause) {
    return await pageFault(cause, c, { text: THEIRS_UNFINISHED })
  }
  return c.body(null, 204)
})

const UNFINISHED =
  'The server failed before everything was deleted. Say it again; if you are signed out by now, the rest goes by itself.'
const THEIRS_UNFINISHED =
  'The server failed before everything was deleted. Say it again; if nobody of that subject is known by now, the rest ' +
  'goes by itself.'
const DELETED =
  'Your components, permissions, variables, files and sessions are deleted. The audit keeps that something was ' +
  'done and when, without names, texts or arguments.'

async function forget({ oauth, account }: Parts, person: string): Promise<void> {
  for (let cursor: string | undefined; ;) {
    const page = await oauth.listUserGrants(person, cursor === undefined ? {} : { cursor })
    for (const { id } of page.items) await oauth.revokeGrant(id, person)
    cursor = page.cursor
    if (cursor === undefined) break
  }
  await account(person).forget()
}

async function readNamed(c: Context<ApiEnv>): Promise<z.infer<typeof Named> | null> {
  const bytes = await readBounded(c.req.raw, MAX_BODY_BYTES)
  try {
    return Named.parse(JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())))
  } catch {
    return null
  }
}
