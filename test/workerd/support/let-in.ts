// Somebody who may act, with a client of theirs: without either no session opens.

import { env } from 'cloudflare:workers'
import { accountOf } from '../../../src/compose.ts'

const NEVER = 8_000_000_000_000_000

/** As often as it is said. The id of what the client was allowed. */
export async function letIn(person: string, client: string): Promise<string> {
  await env.DB.prepare(
    `INSERT OR IGNORE INTO people (id, issuer, subject, name, created_at) VALUES (?1, ?2, ?1, ?1, 0)`,
  )
    .bind(person, 'https://i.test')
    .run()
  const id = crypto.randomUUID()
  await accountOf(env, person).addOAuthGrant({
    id,
    client,
    client_name: client,
    redirect_uri: 'http://127.0.0.1:9999/callback',
    scopes: ['tools:call'],
    granted_at: 1,
    ends_at: NEVER,
  })
  return id
}
