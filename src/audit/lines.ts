// The lines of an export: JSON Lines, each line the canonical text of what it holds, so that no line can be
// written in two ways.

import * as z from 'zod'
import type { Json } from './canonical.ts'
import { canonicalJson } from './canonical.ts'
import { Hex32 } from './hash.ts'
import type { AuditRecord } from './record.ts'
import { AuditBody, AuditTexts } from './record.ts'
import { Signed } from './statement.ts'

const RecordLine = z.strictObject({
  body: AuditBody,
  hash: Hex32,
  private: AuditTexts.nullable(),
})
const Line = z.union([RecordLine, Signed])
export type Line = z.infer<typeof Line>

export function printLine(line: AuditRecord | Signed): string {
  return `${canonicalJson(line as unknown as Json)}\n`
}

/** Without its line break; `null` for what no export holds. */
export function parseLine(text: string): Line | null {
  try {
    const line = Line.safeParse(JSON.parse(text))
    const isCanonical = line.success && canonicalJson(line.data as Json) === text
    return isCanonical ? line.data : null
  } catch {
    return null
  }
}
