// The level from which a session hears log messages (MCP 2025-11-25, `logging/setLevel`), as it is kept for when
// the session is there again.

import * as z from 'zod'
import { LogLevel } from '../policy/log-level.ts'

const SetLevel = z.object({
  method: z.literal('logging/setLevel'),
  params: z.object({ level: LogLevel }),
})

/** The level that these messages set; `null`: they set none. */
export function levelIn(body: unknown): LogLevel | null {
  const messages: unknown[] = Array.isArray(body) ? body : [body]
  const set = messages.flatMap((message) => {
    const parsed = SetLevel.safeParse(message)
    return parsed.success ? [parsed.data.params.level] : []
  })
  return set.at(-1) ?? null
}

/** What sets a level that was kept; `null`: none was. A level that is none throws. */
export function setLevel(kept: unknown): string | null {
  const level = LogLevel.optional().parse(kept)
  if (level === undefined) return null
  return JSON.stringify({
    jsonrpc: '2.0',
    id: 'level',
    method: 'logging/setLevel',
    params: { level },
  })
}
