// wasi:logging/logging: lines of the captured log, beside what the guest writes to stderr and under the
// same bound. A guest can write lines of this form to stderr as well: they prove nothing.

import type { Captured } from './stdio.ts'

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'critical'

const utf8 = new TextEncoder()

export function logging(captured: Captured): Record<string, Record<string, unknown>> {
  const sink = captured.sink('stderr')
  return {
    'wasi:logging/logging': {
      log: (level: Level, context: string, message: string) => {
        const about = context === '' ? level : `${level} ${context}`
        sink.put(utf8.encode(`${about}: ${message}\n`))
      },
    },
  }
}
