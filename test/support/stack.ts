// Starts the whole stack, on free ports and with a state of its own: from what the run has prepared, or as a person
// does (`npm start`).

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findFreePort } from '../../local/ports.ts'
import { TELEMETRY_VARIABLES } from '../../local/telemetry.ts'
import type { Place } from './watcher.ts'
import { startWatcher } from './watcher.ts'

const START_TIMEOUT_MS = 120_000

export interface Stack {
  readonly url: string
  readonly originUrl: string
  readonly stateDir: string
  readonly ports: Readonly<Record<'PORT' | 'IDENTITY_PORT' | 'ORIGIN_PORT', string>>
  readonly process: ChildProcess
  /** SIGINT, as Ctrl-C does; resolves with the exit code. */
  stop(): Promise<number | null>
}

declare module 'vitest' {
  interface ProvidedContext {
    server: { url: string; originUrl: string; stateDir: string }
    watcher: { controlUrl: string; ports: Readonly<Record<Place, number>> }
  }
}

export async function startStack(
  at: {
    stateDir?: string
    ports?: Stack['ports']
    upstreams?: string
    telemetry?: Record<string, string>
    labels?: string
    /** By the program of `npm start`: with wrangler, from nothing. */
    asPerson?: boolean
  } = {},
): Promise<Stack> {
  const stateDir = at.stateDir ?? mkdtempSync(join(tmpdir(), 'wassette-edge-test-'))
  const ports = at.ports ?? {
    PORT: String(await findFreePort()),
    IDENTITY_PORT: String(await findFreePort()),
    ORIGIN_PORT: String(await findFreePort()),
  }
  const env = {
    ...process.env,
    ...ports,
    WASSETTE_EDGE_STATE: stateDir,
    EGRESS_UPSTREAMS: at.upstreams ?? '',
    ...Object.fromEntries(TELEMETRY_VARIABLES.map((name) => [name, ''])),
    ...at.telemetry,
    LABELS_MODE: at.labels ?? '',
  }
  const program = at.asPerson === true ? 'local/start.ts' : 'test/support/start-prepared.ts'
  const child = spawn(process.execPath, [program], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const url = `http://127.0.0.1:${ports.PORT}`
  const deadline = Date.now() + START_TIMEOUT_MS
  // Its own word first: for a moment another server may still answer on the port, one that was just killed.
  while (!output.includes('wassette-edge serves') || !(await healthy(url))) {
    if (child.exitCode !== null) {
      // Another run of tests was given the same free port.
      if (
        at.ports === undefined &&
        /is taken by another program|Address already in use/.test(output)
      )
        return await startStack({ ...at, stateDir })
      throw new Error(`npm start ended:\n${output}`)
    }
    if (Date.now() > deadline) throw new Error(`npm start does not serve:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return {
    url,
    originUrl: `http://127.0.0.1:${ports.ORIGIN_PORT}`,
    stateDir,
    ports,
    process: child,
    async stop() {
      child.kill('SIGINT')
      return await exited
    },
  }
}

async function healthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health`).catch(() => null)
  await response?.body?.cancel()
  return response?.status === 200
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const watcher = await startWatcher()
  const stack = await startStack({ upstreams: watcher.upstreams })
  project.provide('server', {
    url: stack.url,
    originUrl: stack.originUrl,
    stateDir: stack.stateDir,
  })
  project.provide('watcher', { controlUrl: watcher.controlUrl, ports: watcher.ports })
  return async () => {
    await stack.stop()
    await watcher.stop()
    rmSync(stack.stateDir, { recursive: true, force: true })
  }
}
