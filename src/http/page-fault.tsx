// What a page, or a route of the API, comes to that met a fault. The cause is for whoever runs the server.

import type { Context } from 'hono'
import { Message } from '../console/pages/message.tsx'
import { isStoreLate } from '../patience.ts'

const BROKEN = 'The server failed to answer. Nothing was half-done; try again.'
const LATE = 'A store of this server does not answer. Nothing was half-done; try again in a moment.'

/** What a page says beyond that: where the person begins again, if not by sending the same; what may be half-done. */
export interface Said {
  readonly next?: { readonly href: string; readonly text: string }
  readonly text?: string
}

/** 503 when a store is late, otherwise 500. */
export async function pageFault(cause: unknown, c: Context, said: Said = {}): Promise<Response> {
  console.error('page fault', cause)
  const isLate = isStoreLate(cause)
  const [code, text] = isLate ? (['store-late', LATE] as const) : (['internal', BROKEN] as const)
  if (isLate) c.header('retry-after', '10')
  const status = isLate ? 503 : 500
  if (c.req.path.startsWith('/api/')) {
    return c.json({ error: { code, message: said.text ?? text } }, status)
  }
  return await c.html(<Message title="Something broke" text={text} {...said} />, status)
}
