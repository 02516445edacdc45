// A project folder with another entry than the repository's: its configuration, with the bench's Worker or a test's.

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from '../local/state.ts'

export function createBenchProject(folder: string, entry = 'bench/worker.ts'): string {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const toml = readFileSync(join(REPOSITORY, 'wrangler.toml'), 'utf8')
  const main = `main = "${join(REPOSITORY, entry)}"`
  const build = `command = "node ${join(REPOSITORY, 'build/isolates.ts')}"`
  const ours = toml
    .replace(/^main = .*$/m, main)
    .replace(/^command = .*$/m, build)
    .replace(/^watch_dir = .*$/m, '')
  writeFileSync(join(folder, 'wrangler.toml'), ours)
  for (const name of ['migrations', 'components', 'node_modules']) {
    symlinkSync(join(REPOSITORY, name), join(folder, name))
  }
  return folder
}
