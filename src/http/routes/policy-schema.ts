// `GET /policy.schema.json`: the JSON Schema of policies, for editors. Public: it says nothing of anybody.

import { Hono } from 'hono'
import { policySchema } from '../../compose.ts'
import type { AppEnv } from '../context.ts'

export const policySchemaRoute = new Hono<AppEnv>().get('/policy.schema.json', (c) =>
  c.body(policySchema, 200, {
    'content-type': 'application/schema+json',
    // Editors that run in a browser ask from their own origin.
    'access-control-allow-origin': '*',
  }),
)
