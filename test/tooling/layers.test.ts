// The linter knows the layers: each violation below, put into a copy of the tree's outline, is reported.

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wassette-edge-layers-'))
  await cp('.oxlintrc.json', join(folder, '.oxlintrc.json'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** What oxlint says of a file with this one line in it. */
async function lint(path: string, line: string): Promise<string> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${line}\nexport const x = 1\n`)
  const oxlint = join(process.cwd(), 'node_modules/.bin/oxlint')
  try {
    const { stdout } = await run(oxlint, ['-c', '.oxlintrc.json', path], { cwd: folder })
    return stdout
  } catch (failed) {
    return String((failed as { stdout?: unknown }).stdout)
  } finally {
    await rm(file)
  }
}

describe('the layers', () => {
  it.each([
    ['src/policy/a.ts', "import { a } from '../component/b.ts'; a()"],
    ['src/policy/a.ts', "import { env } from 'cloudflare:workers'; env()"],
    ['src/policy/a.ts', 'export const now = Date.now()'],
    ['src/policy/a.ts', "export const got = fetch('https://a.test')"],
    ['src/policy/a.ts', 'export const id = crypto.randomUUID()'],
    ['src/policy/a.ts', 'export const drawn = Math.random()'],
    ['src/policy/a.ts', 'export const now = performance.now()'],
    ['src/policy/a.ts', 'setTimeout(() => {}, 1)'],
    ['src/policy/a.ts', 'setInterval(() => {}, 1)'],
    ['src/policy/a.ts', 'queueMicrotask(() => {})'],
    ['src/policy/a.ts', 'export const now = globalThis.performance.now()'],
    ['src/component/a.ts', "import { a } from '../store/b.ts'; a()"],
    ['src/component/a.ts', "import { a } from 'node:fs'; a()"],
    ['src/store/a.ts', "import { a } from '../account/b.ts'; a()"],
    ['src/audit/a.ts', "import { a } from '../store/b.ts'; a()"],
    ['src/audit/a.ts', "import { a } from 'node:crypto'; a()"],
    ['src/audit/a.ts', "export const got = fetch('https://a.test')"],
    ['src/sandbox/a.ts', "import { a } from '../audit/b.ts'; a()"],
    ['src/component/a.ts', "import { a } from '../audit/b.ts'; a()"],
    ['src/secrets/a.ts', "import { a } from '../store/b.ts'; a()"],
    ['src/secrets/a.ts', "export const got = fetch('https://a.test')"],
    ['src/secrets/a.ts', "console.log('a value')"],
    ['src/store/a.ts', "import { a } from '../secrets/b.ts'; a()"],
    ['src/sandbox/a.ts', "import { a } from '../secrets/b.ts'; a()"],
    ['src/mcp/a.ts', "import { a } from '../secrets/b.ts'; a()"],
    ['src/http/a.ts', "import { a } from '../secrets/b.ts'; a()"],
    ['src/console/a.ts', "import { a } from '../secrets/b.ts'; a()"],
    ['src/capabilities/a.ts', "import { a } from '../account/b.ts'; a()"],
    ['src/sandbox/wasi/a.ts', "import { a } from '../../account/b.ts'; a()"],
    ['src/sandbox/a.ts', "import { a } from '../compose.ts'; a()"],
    ['src/drive/a.ts', "import { a } from '../account/b.ts'; a()"],
    ['src/account/a.ts', "import { a } from '../mcp/b.ts'; a()"],
    ['src/mcp/builtins/a.ts', "import { a } from '../../http/b.ts'; a()"],
    ['src/mcp/a.ts', "import { a } from '../session/b.ts'; a()"],
    ['src/mcp/a.ts', "import { a } from '../telemetry/b.ts'; a()"],
    ['src/capabilities/a.ts', "import { a } from '../telemetry/b.ts'; a()"],
    ['src/telemetry/a.ts', "import { a } from '../store/b.ts'; a()"],
    ['src/telemetry/a.ts', "export const got = fetch('https://a.test')"],
    ['src/console/pages/a.ts', "import { a } from '../../http/b.ts'; a()"],
    ['src/http/a.ts', "import { a } from '../sandbox/b.ts'; a()"],
    ['src/oauth/a.ts', "import { a } from '../account/b.ts'; a()"],
    ['src/connect/a.ts', "import { a } from '../account/b.ts'; a()"],
    ['src/connect/a.ts', "import { a } from '../capabilities/network.ts'; a()"],
    ['src/http/a.ts', "import { a } from '../connect/b.ts'; a()"],
    ['src/mcp/a.ts', "import { a } from '../connect/b.ts'; a()"],
  ])('%s may not say: %s', async (path, line) => {
    expect(await lint(path, line)).toMatch(/no-restricted-(imports|globals|properties)/)
  })

  it.each([
    ['src/policy/a.ts', "import { a } from './b.ts'; a()"],
    ['src/component/a.ts', "import { a } from '../policy/b.ts'; a()"],
    ['src/store/a.ts', "import { a } from '../component/b.ts'; a()"],
    ['src/sandbox/wasi/a.ts', "import { a } from '../../capabilities/b.ts'; a()"],
    ['src/secrets/a.ts', "import { a } from '../component/b.ts'; a()"],
    ['src/account/a.ts', "import { a } from '../secrets/b.ts'; a()"],
    ['src/account/a.ts', "import { a } from '../connect/b.ts'; a()"],
    ['src/connect/a.ts', "import { a } from '../capabilities/upstreams.ts'; a()"],
    ['src/audit/a.ts', "import { a } from '../component/b.ts'; a()"],
    ['src/store/a.ts', "import { a } from '../audit/b.ts'; a()"],
    ['src/http/a.ts', "import { a } from '../mcp/b.ts'; a()"],
    ['src/telemetry/a.ts', "import { a } from '../mcp/b.ts'; a()"],
  ])('%s may say: %s', async (path, line) => {
    expect(await lint(path, line)).not.toMatch(/no-restricted-(imports|globals|properties)/)
  })
})
