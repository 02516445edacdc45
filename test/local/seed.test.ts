import { execFile } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openBindings } from '../../local/bindings.ts'
import { firstParagraph } from '../../local/catalogue.ts'
import { REPOSITORY } from '../../local/state.ts'
import { createProject, type Project } from './support/stand-in.ts'

const SEED = path.join(REPOSITORY, 'local/seed.ts')
const WRANGLER = path.join(REPOSITORY, 'node_modules/wrangler/bin/wrangler.js')
const run = promisify(execFile)

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let project: Project
beforeAll(async () => {
  project = await createProject()
})
afterAll(() => project.remove())

async function seed() {
  const { directory, state } = project
  const { stdout } = await run(process.execPath, [
    SEED,
    '--project',
    directory,
    '--state',
    state.root,
  ])
  return stdout
}

/** What D1 and R2 hold. */
async function held() {
  const bindings = await openBindings(project.directory, project.state)
  const catalogue = await bindings.DB.prepare('SELECT * FROM catalogue').all()
  const migrations = await bindings.DB.prepare('SELECT id, name FROM d1_migrations').all()
  const hex = '24eaf3439a60c96764c4f2c92a0a81b52bd4fe5d5b91f090184a0f6486b1bf29'
  const stored = await bindings.STORE.head(`components/sha256/${hex}.wasm`)
  const storedBytes = stored?.size
  const wit = await bindings.STORE.head(
    'wit/sha256/465a7bd0a537013a59c905aa6082904a17b59ece50a45eb09c849909dea29316.wit',
  )
  const witBytes = wit?.size
  await bindings.close()
  return { catalogue: catalogue.results, migrations: migrations.results, storedBytes, witBytes }
}

describe('seed', () => {
  it('migrates D1 and publishes the built components', async () => {
    expect(await seed()).toContain('0001_catalogue.sql, 0002_visits.sql')
    expect(await held()).toMatchObject({
      migrations: [
        { id: 1, name: '0001_catalogue.sql' },
        { id: 2, name: '0002_visits.sql' },
      ],
      catalogue: [
        {
          name: 'greeter',
          description: 'Says hello to whoever asks.',
          digest: 'sha256:24eaf3439a60c96764c4f2c92a0a81b52bd4fe5d5b91f090184a0f6486b1bf29',
          bytes: 8,
          policy: "version: '1.0'\npermissions: {}\n",
          wit: 'sha256:465a7bd0a537013a59c905aa6082904a17b59ece50a45eb09c849909dea29316',
        },
      ],
      storedBytes: 8,
      witBytes: 97,
    })
  })

  it('changes nothing when there is nothing new', async () => {
    const before = await held()
    expect(await seed()).toContain('none missing')
    expect(await held()).toEqual(before)
  })

  it('publishes new bytes under a new digest, with a new date', async () => {
    const before = await held()
    const built = path.join(project.directory, 'components/greeter/greeter.wasm')
    writeFileSync(built, Buffer.from('0061736d0d0001000000', 'hex'))
    await seed()
    const after = await held()
    expect(after.catalogue).toMatchObject([{ name: 'greeter', bytes: 10 }])
    expect(after.catalogue).not.toMatchObject(before.catalogue)
  })

  it('leaves a history that wrangler itself continues', async () => {
    writeFileSync(
      path.join(project.directory, 'migrations/0003_more.sql'),
      'CREATE TABLE more (a);',
    )
    const where = ['--local', '--persist-to', project.state.worker]
    const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' }
    const { stdout } = await run(
      process.execPath,
      [WRANGLER, 'd1', 'migrations', 'apply', 'stand-in', ...where],
      { cwd: project.directory, env },
    )
    expect(stdout).toContain('0003_more.sql')
    expect(stdout).not.toContain('0002_visits.sql')
    expect(await seed()).toContain('none missing')
  })

  it('applies nothing of a migration that fails, and names it', async () => {
    const broken = path.join(project.directory, 'migrations/0004_broken.sql')
    writeFileSync(broken, 'CREATE TABLE half (a); CREATE TABLE half (a);')
    await expect(seed()).rejects.toMatchObject({
      stderr: expect.stringContaining('0004_broken.sql'),
    })
    writeFileSync(broken, 'CREATE TABLE half (a);')
    expect(await seed()).toContain('migrations applied: 0004_broken.sql')
  })

  it('publishes a component without policy and README as one that asks for nothing', async () => {
    rmSync(path.join(project.directory, 'components/greeter/wit'), { recursive: true })
    rmSync(path.join(project.directory, 'components/greeter/policy.yaml'))
    rmSync(path.join(project.directory, 'components/greeter/README.md'))
    await seed()
    expect((await held()).catalogue).toMatchObject([{ policy: null, description: '', wit: null }])
  })
})

describe('firstParagraph', () => {
  it.each([
    ['# Title\n\nOne\ntwo.\n\nThree.', 'One two.'],
    ['# Title\nOne.\n', 'One.'],
    ['One.\r\n\r\nTwo.', 'One.'],
    ['# Title\n\n## Part\n\nOne.', 'One.'],
    ['# Title\n', ''],
  ])('of %j is %j', (markdown, paragraph) => expect(firstParagraph(markdown)).toBe(paragraph))
})
