// What the local runtime itself grows by for each request: that of a Worker that answers and does nothing else. It is
// no part of what ours holds, and a deployment has none of it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../local/ports.ts'
import { createState, stateIn } from '../local/state.ts'
import { isHealthy, startWorker } from '../local/worker.ts'
import { residentMebibytes } from './memory.ts'
import type { Look } from './verdict.ts'
import { perCall } from './verdict.ts'

/** Requests before the first look: what starting leaves behind is collected by then. */
const WARM_UP = 2_000
const AT_ONCE = 4
const LOOKS = 12

const WORKER = `export default { fetch: () => new Response('ok') }\n`
const CONFIGURATION = `name = "idle"\nmain = "index.js"\ncompatibility_date = "2026-10-15"\n`

/** MiB a request, by the trend over this many. */
export async function idleGrowth(requests: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wassette-edge-idle-'))
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'index.js'), WORKER)
  writeFileSync(join(project, 'wrangler.toml'), CONFIGURATION)
  const state = stateIn(join(folder, 'state'))
  createState(state)
  writeFileSync(state.workerEnv, '')
  const port = await findFreePort()
  const worker = await startWorker({ project, state, port, variables: {} }, () => {})
  try {
    while (!(await isHealthy(port))) await new Promise((resolve) => setTimeout(resolve, 100))
    await ask(port, WARM_UP)
    const looks: Look[] = []
    for (let n = 0; n <= LOOKS; n += 1) {
      const calls = Math.round((n * requests) / LOOKS)
      await ask(port, calls - (looks.at(-1)?.calls ?? 0))
      looks.push({ calls, mebibytes: residentMebibytes().server })
    }
    return perCall(looks)
  } finally {
    await worker.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function ask(port: number, requests: number): Promise<void> {
  let left = requests
  const lane = async () => {
    for (; left > 0;) {
      left -= 1
      await (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' })).text()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
}
