// The runtime of a bundled Worker that starts again in a moment: workerd is told again what Miniflare told it once.
// Miniflare takes longer to say it than workerd to start.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runGuarded } from '../../local/guarded.ts'
import type { StateDirectory } from '../../local/state.ts'
import type { BareWorker } from './bare-worker.ts'
import { served, startBareWorker } from './bare-worker.ts'

export interface RecordedRuntime {
  /** Serves when it resolves. One at a time. */
  start(): Promise<BareWorker>
  remove(): void
}

const { default: workerd } = createRequire(import.meta.url)('workerd') as { default: string }

/** Keeps what it is given on its standard input and its command line, and goes on as workerd. */
const RECORDER = `#!/bin/sh
cat > "$RECORDED/config"
printf '%s\\n' "$@" > "$RECORDED/arguments"
exec "$RECORDED_WORKERD" "$@" < "$RECORDED/config"
`
/** It would say on the third descriptor where it listens. */
const AGAIN = 'exec "$0" "$@" < "$RECORDED/config" 3> /dev/null'

/** Starts the Worker once, to learn how, and ends it. */
export async function recordRuntime(
  project: string,
  state: StateDirectory,
  port: number,
): Promise<RecordedRuntime> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wassette-edge-runtime-'))
  const recorder = path.join(folder, 'recorder')
  writeFileSync(recorder, RECORDER, { mode: 0o755 })
  const env = { ...process.env, RECORDED: folder, RECORDED_WORKERD: workerd }
  // Killed, as Miniflare would take along directories that the configuration names.
  const first = { ...env, MINIFLARE_WORKERD_PATH: recorder, TMPDIR: folder }
  await (await startBareWorker(project, state, port, first)).kill()
  const told = readFileSync(path.join(folder, 'arguments'), 'utf8').trimEnd().split('\n')
  return {
    async start() {
      const said: string[] = []
      const runtime = await runGuarded({
        command: '/bin/sh',
        args: ['-c', AGAIN, workerd, ...told],
        cwd: project,
        env: { ...env, TZ: 'UTC' },
        onLine: (line) => said.push(line),
      })
      return await served(runtime, port, said)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
