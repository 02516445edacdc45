// `If-Match: "sha256:…"` (RFC 9110 §13.1.1) on what gives something to a component by its name: to these bytes only.

import type { Context } from 'hono'
import type { ApiEnv } from './api.ts'
import { refuse } from './api.ts'

/** The digest that has to be loaded; `null`: whatever is. What is no digest is none that is loaded. */
export function wantedDigest(c: Context<ApiEnv>): string | null {
  const header = c.req.header('if-match')?.trim()
  if (header === undefined || header === '*') return null
  return /^"([^"]*)"$/.exec(header)?.[1] ?? ''
}

export function refuseChanged(c: Context<ApiEnv>): Response {
  return refuse(c, 412, 'component-changed', NOT_MATCHED)
}

const NOT_MATCHED =
  'The component of this id does not have the digest of If-Match, which is written with its quotes: "sha256:…". Nothing ' +
  'was stored. Look at what is loaded now (GET /api/components).'
