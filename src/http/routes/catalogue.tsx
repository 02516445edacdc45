// The catalogue in the console: what the host offers, and loading of it. Loading grants nothing.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { CATALOGUE_PATH, CataloguePage } from '../../console/pages/catalogue.tsx'
import { Message } from '../../console/pages/message.tsx'
import { loadReference } from '../../load.ts'
import { describeLoadFault } from '../../mcp/load-errors.ts'
import { pageOf } from '../../mcp/pages.ts'
import { CATALOGUE_NAME } from '../../store/catalogue.ts'
import type { AppEnv } from '../context.ts'
import { readForm } from '../form.ts'
import { sameOrigin, signedIn } from '../guards.tsx'

/** Entries of one page. */
const PAGE_ENTRIES = 50
const MAX_QUERY_CHARS = 256
const SOURCE = 'catalogue:'

export const cataloguePages = new Hono<AppEnv>()

cataloguePages.get(CATALOGUE_PATH, signedIn, async (c) => {
  const { id } = c.var.person
  const query = (c.req.query('query') ?? '').slice(0, MAX_QUERY_CHARS)
  const [found, components] = await Promise.all([
    c.var.parts.load(id).catalogue.search(query),
    c.var.parts.account(id).components(),
  ])
  const most = { entries: PAGE_ENTRIES, chars: Infinity }
  const page = pageOf(found, c.req.query('cursor'), ({ name }) => name, most)
  if (!page.ok) return told(c, 400, 'The address is not one of this page: search again.')
  const { entries, nextCursor = null } = page.value
  const mine = components.flatMap(({ install: { source, digest } }): [string, string][] =>
    source.startsWith(SOURCE) ? [[source.slice(SOURCE.length), digest]] : [],
  )
  const view = { query, entries, total: found.length, nextCursor, loaded: new Map(mine) }
  return c.html(<CataloguePage person={c.var.person} view={view} />)
})

cataloguePages.post(CATALOGUE_PATH, sameOrigin, signedIn, async (c) => {
  const name = (await readForm(c.req.raw))?.get('name') ?? ''
  if (!CATALOGUE_NAME.test(name)) return told(c, 400, 'The form is not one of this page.')
  const loaded = await loadReference(name, c.var.parts.load(c.var.person.id))
  if (!loaded.ok) return told(c, 422, describeLoadFault(loaded.error).sentence)
  return c.redirect('/console', 303)
})

function told(c: Context<AppEnv>, status: 400 | 422, text: string) {
  return c.html(<Message title="Nothing changed" text={text} />, status)
}
