// What wrangler says goes to a file; only errors reach the terminal. The Worker's own health checks are not news.
import { appendFileSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const ERROR = /\[ERROR\]|\[wrangler:error\]/
const HEALTH_CHECK = /\[wrangler:info\] GET \/health 200/
/** An error of wrangler's is one line and an indented explanation; longer ones are in the file. */
const MAX_ERROR_LINES = 20

export type WorkerLog = {
  write(line: string): void
  /** Forgets the errors of an earlier start. */
  begin(): void
  /** When this start's first error was reported. */
  failedAt(): number | undefined
}

/** `report` gets the lines a person should see. */
export function createWorkerLog(file: string, report: (line: string) => void): WorkerLog {
  writeFileSync(file, '', { mode: 0o600 })
  let linesToReport = 0
  let failedAt: number | undefined
  function write(coloured: string): void {
    const line = stripVTControlCharacters(coloured)
    if (HEALTH_CHECK.test(line)) return
    appendFileSync(file, `${line}\n`)
    if (ERROR.test(line)) {
      linesToReport = MAX_ERROR_LINES
      failedAt ??= Date.now()
    } else if (line.trim() !== '' && !line.startsWith(' ')) linesToReport = 0
    if (linesToReport === 0 || line.trim() === '') return
    linesToReport -= 1
    report(line)
  }
  return { write, begin: () => (failedAt = undefined), failedAt: () => failedAt }
}
