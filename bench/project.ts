// A project folder for the bench: the repository's configuration with the bench's Worker as its entry.

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../local/state.ts'

export function createBenchProject(folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const toml = readFileSync(join(REPOSITORY, 'wrangler.toml'), 'utf8')
  const entry = `main = "${join(REPOSITORY, 'bench/worker.ts')}"`
  const build = `command = "node ${join(REPOSITORY, 'build/isolates.ts')}"`
  const ours = toml
    .replace(/^main = .*$/m, entry)
    .replace(/^command = .*$/m, build)
    .replace(/^watch_dir = .*$/m, '')
  writeFileSync(join(folder, 'wrangler.toml'), ours)
  for (const name of ['migrations', 'components', 'node_modules']) {
    symlinkSync(join(REPOSITORY, name), join(folder, name))
  }
  return folder
}
