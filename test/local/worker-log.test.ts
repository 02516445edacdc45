import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createState, type StateDirectory } from '../../local/state.ts'
import { createWorkerLog } from '../../local/worker-log.ts'
import { createTemporaryState } from './support/temporary-state.ts'

let state: StateDirectory
let remove: () => void
beforeEach(() => {
  ;({ state, remove } = createTemporaryState())
  createState(state)
})
afterEach(() => remove())

/** What a person sees of these lines. */
function reported(...lines: string[]): string[] {
  const seen: string[] = []
  const log = createWorkerLog(state.workerLog, (line) => seen.push(line))
  for (const line of lines) log.write(line)
  return seen
}

describe('the Worker log', () => {
  it('keeps everything in the file, without colours, and health checks out of it', () => {
    const seen = reported(
      '\u001b[31mReady\u001b[0m',
      '[wrangler:info] GET /health 200 OK (3ms)',
      'x',
    )
    expect(seen).toEqual([])
    expect(readFileSync(state.workerLog, 'utf8')).toBe('Ready\nx\n')
  })

  it('reports an error with its explanation, and what follows not', () => {
    const error = ['✘ [ERROR] Build failed', '', '  ✘ [ERROR] no such file', '    src/x.ts:1:2']
    expect(reported('before', ...error, 'after')).toEqual(error.filter((line) => line !== ''))
  })

  it('does not flood the terminal', () => {
    const explanation = Array.from({ length: 500 }, (_, line) => `  ${line}`)
    expect(reported('✘ [ERROR] Long', ...explanation).length).toBeLessThan(30)
  })

  it('knows when the current start first failed', () => {
    const log = createWorkerLog(state.workerLog, () => {})
    expect(log.failedAt()).toBeUndefined()
    log.write('✘ [ERROR] one')
    expect(log.failedAt()).toBeTypeOf('number')
    log.begin()
    expect(log.failedAt()).toBeUndefined()
  })
})
