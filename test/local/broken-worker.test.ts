// A Worker that cannot start: the person gets wrangler's reason, and no endless attempts.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createProject, startStandIn, type Project } from './support/stand-in.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let project: Project
beforeEach(async () => {
  project = await createProject()
})
afterEach(() => project.remove())

it('shows the build error, names the log and exits with 1', async () => {
  writeFileSync(path.join(project.directory, 'src/index.ts'), 'export default {')
  const stack = startStandIn(project)
  expect(await stack.ended).toBe(1)
  expect(stack.said()).toContain('src/index.ts:1:16')
  expect(stack.said()).toContain(`See ${project.state.workerLog}`)
})

it('does not wait for ever where wrangler would', async () => {
  const config = path.join(project.directory, 'wrangler.toml')
  const build = '[build]\ncommand = "node --version"\n\n[secrets]'
  writeFileSync(config, readFileSync(config, 'utf8').replace('[secrets]', build))
  writeFileSync(path.join(project.directory, 'src/index.ts'), 'import "./missing.ts"')
  const stack = startStandIn(project)
  expect(await stack.ended).toBe(1)
  expect(stack.said()).toContain('./missing.ts')
})

it('shows the migration that fails and exits with 1', async () => {
  writeFileSync(path.join(project.directory, 'migrations/0003_broken.sql'), 'CREATE TABEL x;')
  const stack = startStandIn(project)
  expect(await stack.ended).toBe(1)
  expect(stack.said()).toContain('0003_broken.sql')
})
