// The bundled Worker and the state that `prepare.ts` has made for a run of tests.

import { cpSync, existsSync } from 'node:fs'
import path from 'node:path'
import type { StateDirectory } from '../../local/state.ts'
import { stateIn } from '../../local/state.ts'

/** Names the directory to whatever a run starts. */
export const PREPARED_VARIABLE = 'WASSETTE_EDGE_PREPARED'

export function bundleIn(root: string): string {
  return path.join(root, 'bundle')
}

export function stateOf(root: string): StateDirectory {
  return stateIn(path.join(root, 'state'))
}

/** The bundled Worker of this run. Whoever asks leaves it as it is. */
export function preparedBundle(): string {
  return bundleIn(preparedRoot())
}

/** Brings a new state up to date, and leaves one alone that a stack of this run has had. */
export async function seedPrepared(state: StateDirectory): Promise<void> {
  if (existsSync(state.worker)) return
  cpSync(stateOf(preparedRoot()).worker, state.worker, { recursive: true })
}

function preparedRoot(): string {
  const root = process.env[PREPARED_VARIABLE]
  if (root === undefined) throw new Error('nothing is prepared: this project needs prepare.ts')
  return root
}
