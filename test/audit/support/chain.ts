// Chains and exports as the server makes them, without the server.

import type { AuditEvent } from '../../../src/audit/event.ts'
import type { SigningKey, VerifyingKey } from '../../../src/audit/key.ts'
import { readSigningKey, readVerifyingKey } from '../../../src/audit/key.ts'
import { printLine } from '../../../src/audit/lines.ts'
import type { AuditRecord, Head } from '../../../src/audit/record.ts'
import { chainOf, EMPTY, sealRecord } from '../../../src/audit/record.ts'
import type { Checkpoint, ExportStatement, Signed } from '../../../src/audit/statement.ts'
import { sign } from '../../../src/audit/statement.ts'

export const AT = 1_800_000_000_000

export async function keys(fill = 7): Promise<{ signing: SigningKey; verifying: VerifyingKey }> {
  const read = await readSigningKey(Buffer.alloc(32, fill).toString('base64'))
  if (!read.ok) throw new Error(read.error)
  return { signing: read.value, verifying: await readVerifyingKey(read.value.jwk) }
}

export const signIn = (name: string): AuditEvent => ({
  kind: 'sign-in',
  facts: { outcome: 'done', reason: null },
  texts: { issuer: 'https://issuer.test', subject: name, name },
})

export const signOut: AuditEvent = {
  kind: 'sign-out',
  facts: { outcome: 'done', reason: null },
  texts: {},
}

export async function chain(person: string, events: readonly AuditEvent[]): Promise<AuditRecord[]> {
  const records: AuditRecord[] = []
  const name = await chainOf(person)
  let head: Head = EMPTY
  for (const [n, event] of events.entries()) {
    const salt = crypto.getRandomValues(new Uint8Array(32))
    const record = await sealRecord(name, head, event, AT + n, salt)
    records.push(record)
    head = { seq: record.body.seq, hash: record.hash, at: record.body.at }
  }
  return records
}

export async function checkpointOf(record: AuditRecord, key: SigningKey): Promise<Signed> {
  const { chain, seq, at } = record.body
  return await sign<Checkpoint>({ type: 'checkpoint', chain, seq, hash: record.hash, at }, key)
}

/** The lines of an export, without their line breaks, a checkpoint behind every `every`th record. */
export async function exportOf(
  records: readonly AuditRecord[],
  key: SigningKey,
  {
    every = 4,
    about = {},
  }: { readonly every?: number; readonly about?: Partial<ExportStatement> } = {},
): Promise<string[]> {
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined) throw new Error('nothing to export')
  const marked = records.filter(({ body }) => body.seq % every === 0)
  const statement = await sign<ExportStatement>(
    {
      type: 'export',
      chain: first.body.chain,
      from: first.body.seq,
      to: last.body.seq,
      hash: last.hash,
      head: last.body.seq,
      checkpoints: marked.length,
      redacted: 0,
      texts: 'all',
      part: 1,
      parts: 1,
      at: AT,
      ...about,
    },
    key,
  )
  const lines = [printLine(statement)]
  for (const record of records) {
    lines.push(printLine(record))
    if (marked.includes(record)) lines.push(printLine(await checkpointOf(record, key)))
  }
  return lines.map((line) => line.trimEnd())
}
