import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stateIn, type StateDirectory } from '../../../local/state.ts'

/** A state directory nobody has used, not created yet. */
export function createTemporaryState(): { state: StateDirectory; remove(): void } {
  const parent = mkdtempSync(path.join(tmpdir(), 'wassette-edge-state-'))
  const remove = () => rmSync(parent, { recursive: true, force: true })
  return { state: stateIn(path.join(parent, 'state')), remove }
}
