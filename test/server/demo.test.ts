// The scripts that a person runs against the running server.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent } from '../support/agent.ts'

const { url } = inject('server')
const run = promisify(execFile)
const env = { ...process.env, PORT: new URL(url).port }

async function startFresh(): Promise<void> {
  for (const user of ['alice', 'bob']) {
    const agent = await Agent.of(url, user)
    await agent.startFresh()
    await agent.close()
  }
}
beforeAll(startFresh)
afterAll(startFresh)

describe('npm run demo', () => {
  it('plays the main job, step by step, and ends with 0', async () => {
    const { stdout } = await run(process.execPath, ['local/demo.ts'], { env })
    expect(stdout).toContain('hello from demo.test')
    expect(stdout).toMatch(/All \d+ steps are as they should be\.\n$/)
  })

  it('plays it again on what the first time left', async () => {
    await run(process.execPath, ['local/demo.ts'], { env })
  })

  it('ends with 1 and says what to do where no server runs', async () => {
    const elsewhere = { ...env, PORT: '9' }
    const failed = run(process.execPath, ['local/demo.ts'], { env: elsewhere })
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npm start'),
    })
  })
})

describe('npm run token', () => {
  it('prints a token and nothing else, which works', async () => {
    const args = ['local/token.ts', '--user', 'bob', '--scope', 'tools:call components:manage']
    const { stdout } = await run(process.execPath, args, { env })
    const token = stdout.trim()
    expect(stdout).toBe(`${token}\n`)
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${url}/api/components`, { headers })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ components: [] })
  })

  it('has the scopes that were asked for and no more', async () => {
    const args = ['local/token.ts', '--user', 'bob', '--scope', 'tools:call', '--json']
    const { stdout } = await run(process.execPath, args, { env })
    const signedIn = JSON.parse(stdout) as Agent['signedIn']
    expect(signedIn.scope).toBe('tools:call')
    const agent = await Agent.with(url, signedIn)
    await expect(agent.call('load-component', { path: 'time' })).rejects.toThrow()
    await agent.close()
  })
})
