// How much a log message matters (MCP 2025-11-25, `LoggingLevel`; the severities of RFC 5424), from the least.

import * as z from 'zod'

export const LogLevel = z.enum([
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
])
export type LogLevel = z.infer<typeof LogLevel>
