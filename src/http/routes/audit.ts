// The audit as JSON Lines: a person's own chain, for a host also what hosts did to the server; and the public
// key that it is checked with.

import type { Context } from 'hono'
import { Hono } from 'hono'
import { SERVER } from '../../audit/event.ts'
import { readSigningKey } from '../../audit/key.ts'
import type { Signed } from '../../audit/statement.ts'
import { exportLines } from '../../store/audit-export.ts'
import type { ApiEnv } from './api.ts'
import { allows, callerIsHost, refuse } from './api.ts'

const BEHIND_THE_END = 'from is the number of a record that is not there yet.'

export const auditApi = new Hono<ApiEnv>()

/** A JSON Web Key (RFC 8037). It is public: a verifier keeps it from before what it checks. */
auditApi.get('/audit/key', async (c) => {
  const key = await readSigningKey(c.var.parts.config.auditKey)
  if (!key.ok) throw new Error(key.error)
  return c.json({ ...key.value.jwk, alg: 'EdDSA', use: 'sig', kid: key.value.id })
})

auditApi.get('/api/audit', allows('console'), async (c) => {
  const from = Number(c.req.query('from') ?? 1)
  if (!Number.isSafeInteger(from) || from < 1) {
    return refuse(c, 400, 'bad-from', 'from is the number of a record, 1 or more.')
  }
  switch (c.req.query('of')) {
    case undefined:
    case 'me':
      return await own(c, from)
    case 'administration':
      return await administration(c, from)
    default:
      return refuse(c, 400, 'bad-of', 'of is me or administration.')
  }
})

async function own(c: Context<ApiEnv>, from: number): Promise<Response> {
  const { account } = c.var.parts
  const id = crypto.randomUUID()
  const range = { id, from, texts: 'all', part: 1, parts: 1 } as const
  const signed = await account(c.var.caller).openAudit(range)
  if (signed?.statement.type !== 'export') return refuse(c, 400, 'bad-from', BEHIND_THE_END)
  const { to, head } = signed.statement
  if (to < head) c.header('link', `</api/audit?from=${to + 1}>; rel="next"`)
  return streamed(c, lines(c, [signed]))
}

async function administration(c: Context<ApiEnv>, from: number): Promise<Response> {
  if (!(await callerIsHost(c))) {
    const message = 'Only a host of this server reads what hosts did to it.'
    return refuse(c, 403, 'not-the-host', message)
  }
  const { account, audit } = c.var.parts
  // The caller's own chain, and that of the server, are among them once they say anything of that kind.
  await Promise.all([c.var.caller, SERVER].map((one) => account(one).auditHead()))
  const people = await audit.store.administrators()
  const heads = await Promise.all(people.map((person) => account(person).auditHead()))
  const long = people.filter((_, n) => (heads[n] ?? 0) >= from)
  const about = { id: crypto.randomUUID(), from, texts: 'administrative' } as const
  const opened = async function* (): AsyncGenerator<Signed> {
    for (const [n, person] of long.entries()) {
      const range = { ...about, part: n + 1, parts: long.length }
      const signed = await account(person).openAudit(range)
      if (signed !== null) yield signed
    }
  }
  return streamed(c, lines(c, opened()))
}

async function* lines(
  c: Context<ApiEnv>,
  statements: AsyncIterable<Signed> | Iterable<Signed>,
): AsyncGenerator<string> {
  const { store, checkpoints } = c.var.parts.audit
  for await (const signed of statements) yield* exportLines(signed, store, checkpoints)
}

/** What fails on the way ends the stream early, and the file then says itself that it is too short. */
function streamed(c: Context<ApiEnv>, text: AsyncGenerator<string>): Response {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await text.next()
      if (next.done === true) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
  })
  c.header('content-type', 'application/jsonl')
  c.header('content-disposition', 'attachment; filename="audit.jsonl"')
  return c.body(body)
}
