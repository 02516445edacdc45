// How long the texts of records are kept, as the host configures it.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

const DAY_MS = 86_400_000
const MAX_DAYS = 3_650

export type RetentionFault = 'AUDIT_RETENTION_DAYS is not a whole number from 1 to 3650'

/** Milliseconds. */
export function readRetention(text = ''): Result<number, RetentionFault> {
  const days = /^\d{1,4}$/.test(text.trim()) ? Number(text) : 0
  if (days >= 1 && days <= MAX_DAYS) return ok(days * DAY_MS)
  return err('AUDIT_RETENTION_DAYS is not a whole number from 1 to 3650')
}
