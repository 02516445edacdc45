// The local stack for one measurement: on free ports, with a state of its own, gone afterwards.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Person } from '../local/people.ts'
import { findFreePort } from '../local/ports.ts'
import { runStack } from '../local/stack.ts'
import { REPOSITORY, stateDirectory } from '../local/state.ts'
import { createBenchProject } from './project.ts'

export interface BenchStackOptions {
  /** More `name=url` pairs for EGRESS_UPSTREAMS. */
  readonly upstreams?: string
  readonly people?: readonly Person[]
  readonly variables?: Record<string, string>
  /** With the bench's plain code beside the components: see `worker.ts`. */
  readonly withPlainCode: boolean
}

/** Starts it, does the work with its URL, and ends it. */
export async function withStack(
  options: BenchStackOptions,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'wassette-edge-bench-'))
  const ports = {
    PORT: await findFreePort(),
    IDENTITY_PORT: await findFreePort(),
    ORIGIN_PORT: await findFreePort(),
  }
  const { upstreams, people, variables, withPlainCode } = options
  const stopping = new AbortController()
  const { promise: serving, resolve: onServing } = Promise.withResolvers<void>()
  const ended = runStack({
    project: withPlainCode ? createBenchProject(join(folder, 'project')) : REPOSITORY,
    state: stateDirectory({ WASSETTE_EDGE_STATE: join(folder, 'state') }),
    ports,
    upstreams,
    signal: stopping.signal,
    say: console.error,
    onServing,
    ...(people === undefined ? {} : { people }),
    ...(variables === undefined ? {} : { variables }),
  })
  try {
    await Promise.race([serving, ended])
    await work(`http://127.0.0.1:${ports.PORT}`)
  } finally {
    stopping.abort()
    await ended.catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  }
}
