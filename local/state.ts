// Where the local stack keeps what must outlive it: one directory, readable by its owner alone.
// It knows the names in there, so that emptying it never touches anything else.
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

export const REPOSITORY = path.resolve(fileURLToPath(new URL('..', import.meta.url)))

/** Every entry the local stack creates in its state directory. */
const ENTRIES = {
  /** D1, R2, KV and Durable Objects, as `wrangler dev --persist-to` lays them out (in `v3`). */
  worker: 'worker',
  /** The configuration `seed` hands to wrangler, and wrangler's scratch files beside it. */
  seed: 'seed',
  secrets: 'secrets.json',
  workerEnv: 'worker.env',
  workerLog: 'worker.log',
  /** wrangler's own debug logs, cache and registry of running Workers, kept out of the home directory. */
  wrangler: 'wrangler',
  lock: 'lock.json',
} as const

export type StateDirectory = { root: string } & Record<keyof typeof ENTRIES, string>

export function stateDirectory(env: NodeJS.ProcessEnv = process.env): StateDirectory {
  const chosen = env.WASSETTE_EDGE_STATE
  return stateIn(chosen ? path.resolve(chosen) : path.join(REPOSITORY, '.local'))
}

export function stateIn(root: string): StateDirectory {
  const entries = Object.entries(ENTRIES).map(([key, name]) => [key, path.join(root, name)])
  return { root, ...(Object.fromEntries(entries) as Record<keyof typeof ENTRIES, string>) }
}

/** Creates the directory, or takes other people's access away from one that exists. */
export function createState(state: StateDirectory): void {
  mkdirSync(state.root, { recursive: true, mode: 0o700 })
  chmodSync(state.root, 0o700)
}

/** Deletes what the local stack put there, and nothing that somebody else did. */
export function emptyState(state: StateDirectory): void {
  for (const name of Object.values(ENTRIES)) {
    rmSync(path.join(state.root, name), { recursive: true, force: true })
  }
}

/** Replaces a file in one step, so that a crash leaves the old text or the new one. Owner only. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  renameSync(draft, file)
}
