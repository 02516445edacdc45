// Who may sign in is what the host wrote: others are known to the identity provider and yet nobody here. The
// local stack lets all three people in, so this starts the same parts with another configuration.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import type { Guarded } from '../../local/guarded.ts'
import type { IdentityProvider } from '../../local/identity.ts'
import { startIdentityProvider } from '../../local/identity.ts'
import { findFreePort } from '../../local/ports.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createState, REPOSITORY, stateIn } from '../../local/state.ts'
import { isHealthy, startWorker, workerVariables, writeWorkerEnv } from '../../local/worker.ts'
import { Agent, consoleCookie } from '../support/agent.ts'
import { rows } from '../support/persisted.ts'

const state = stateIn(mkdtempSync(path.join(tmpdir(), 'wassette-edge-test-')))
let url: string
let identity: IdentityProvider
let worker: Guarded

beforeAll(async () => {
  const PORT = await findFreePort()
  const IDENTITY_PORT = await findFreePort()
  url = `http://127.0.0.1:${PORT}`
  createState(state)
  const secrets = loadSecrets(state)
  identity = await startIdentityProvider({ port: IDENTITY_PORT, publicUrl: url, state })
  const ports = { PORT, IDENTITY_PORT, ORIGIN_PORT: await findFreePort() }
  const variables = {
    ...workerVariables(ports, secrets, identity.issuer, undefined),
    SIGN_IN_ALLOW: 'alice',
    HOST_SUBJECTS: 'host',
  }
  writeWorkerEnv(state, variables)
  const seed = ['local/seed.ts', '--state', state.root]
  await promisify(execFile)(process.execPath, seed)
  worker = await startWorker({ project: REPOSITORY, state, port: PORT, variables }, () => {})
  const healthy = async () => expect(await isHealthy(PORT)).toBe(true)
  await vi.waitFor(healthy, { timeout: 60_000, interval: 200 })
})
afterAll(async () => {
  await worker.stop()
  await identity.close()
  rmSync(state.root, { recursive: true, force: true })
})

describe('a person whom the host does not name', () => {
  it('is told so, and gets neither a cookie nor a place in the database', async () => {
    const browser = new Browser()
    const who = await browser.open(`${url}/console`)
    const refused = await browser.press(who, 'login', 'bob')
    expect(refused.status).toBe(403)
    expect(pageText(refused.html)).toContain('the host of this server did not let you in')
    expect(refused.headers.getSetCookie().join()).not.toContain('wassette-console')
    expect((await browser.fetch(`${url}/console`)).status).toBe(302)
    expect(rows(state.root, 'SELECT * FROM people')).toEqual([])
    expect(rows(state.root, 'SELECT * FROM console_sessions')).toEqual([])
  })

  it('gets no agent in either', async () => {
    await expect(Agent.of(url, 'bob')).rejects.toThrow('403')
  })
})

describe('a person whom the host names', () => {
  it('signs in, and so does who runs the server', async () => {
    expect(await consoleCookie(url, 'alice')).toContain('__Host-wassette-console=')
    expect(await consoleCookie(url, 'host')).toContain('__Host-wassette-console=')
    const agent = await Agent.of(url, 'alice')
    expect(await agent.toolNames()).toContain('load-component')
    await agent.close()
  })
})
