// The console: what a person has loaded and granted, and what is asked.

import { Hono } from 'hono'
import * as z from 'zod'
import { hasHost } from '../../config.ts'
import { Home } from '../../console/pages/home.tsx'
import styles from '../../console/console.css.txt'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.tsx'

export const consolePages = new Hono<AppEnv>()

consolePages.get('/console.css', (c) => c.body(styles, 200, { 'content-type': 'text/css' }))

consolePages.get('/', (c) => c.redirect('/console', 302))

consolePages.get('/console', signedIn, async (c) => {
  const { account, config, now } = c.var.parts
  const mine = account(c.var.person.id)
  const at = now()
  const [components, open, mutes, mutedClients] = await Promise.all([
    mine.components(),
    mine.openApprovals(at),
    mine.mutes(at),
    mine.mutedClients(at),
  ])
  const { publicUrl } = config
  return c.html(
    <Home
      person={c.var.person}
      components={components}
      open={open}
      mutes={mutes}
      mutedClients={mutedClients}
      mcpUrl={`${publicUrl}/mcp`}
      hasHost={hasHost(config)}
    />,
  )
})

consolePages.post('/console/unmute', sameOrigin, signedIn, async (c) => {
  const form = await readForm(c.req.raw)
  const [source, client] = [form?.get('source'), form?.get('client')]
  const mine = c.var.parts.account(c.var.person.id)
  if (source !== undefined) await mine.unmute(source)
  else if (client !== undefined) await mine.unmuteClient(client)
  else return c.text('Bad form', 400)
  return c.redirect('/console', 303)
})

const Revocable = z.enum(['network', 'storage', 'environment', 'labels'])

consolePages.post('/console/revoke', sameOrigin, signedIn, async (c) => {
  const { account, now } = c.var.parts
  const form = await readForm(c.req.raw)
  const [component, rule] = [form?.get('component'), form?.get('rule')]
  const permission = Revocable.safeParse(form?.get('permission'))
  if (component === undefined || rule === undefined || !permission.success) {
    return c.text('Bad form', 400)
  }
  await account(c.var.person.id).revokeRule(component, permission.data, rule, now())
  return c.redirect('/console', 303)
})
