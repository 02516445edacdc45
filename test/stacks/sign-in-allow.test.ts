// Who may sign in is what the host wrote: others are known to the identity provider and yet nobody here. What the
// host and the person end later ends at the next request. The
// local stack lets all three people in, so this starts the same parts with another configuration.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
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
import { parseLine } from '../../src/audit/lines.ts'
import { isHealthy, startWorker, workerVariables, writeWorkerEnv } from '../../local/worker.ts'
import { Agent, consoleCookie, consoleOf, decide } from '../support/agent.ts'
import { looper } from '../support/looper.ts'
import { rows } from '../support/persisted.ts'
import { raw } from '../support/raw-http.ts'

const state = stateIn(mkdtempSync(path.join(tmpdir(), 'wassette-edge-test-')))
let url: string
let identity: IdentityProvider
let worker: Guarded
const origin = { asked: 0 }
let upstream: Server

beforeAll(async () => {
  const PORT = await findFreePort()
  const IDENTITY_PORT = await findFreePort()
  url = `http://127.0.0.1:${PORT}`
  createState(state)
  const secrets = loadSecrets(state)
  identity = await startIdentityProvider({ port: IDENTITY_PORT, publicUrl: url, state })
  const ORIGIN_PORT = await findFreePort()
  upstream = createServer((_, response) => {
    origin.asked += 1
    response.end('ok')
  }).listen(ORIGIN_PORT, '127.0.0.1')
  const ports = { PORT, IDENTITY_PORT, ORIGIN_PORT }
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
  upstream.close()
  rmSync(state.root, { recursive: true, force: true })
})

describe('a person whom the host does not name', () => {
  it('is told so, and gets neither a cookie nor a place in the database', async () => {
    const browser = new Browser()
    const who = await browser.open(`${url}/console`)
    const refused = await browser.press(who, 'login', 'bob')
    expect(refused.status).toBe(403)
    const text = pageText(refused.html)
    expect(text).toContain('the host of this server did not let you in')
    // What the host would need, to let them in.
    expect(text).toContain(`Issuer ${identity.issuer} Subject bob`)
    expect(text).not.toContain('HOST_SUBJECTS')
    expect(refused.headers.getSetCookie().join()).not.toContain('wassette-console')
    expect((await browser.fetch(`${url}/console`)).status).toBe(302)
    expect(rows(state.root, 'SELECT * FROM people')).toEqual([])
    expect(rows(state.root, 'SELECT * FROM console_sessions')).toEqual([])
  })

  it('gets no agent in either', async () => {
    await expect(Agent.of(url, 'bob')).rejects.toThrow('403')
  })

  it('is on a chain that the host reads, by the name that the provider has', async () => {
    const host = await Agent.of(url, 'host', { scope: 'console' })
    const text = await (await host.api('/api/audit?of=administration')).text()
    const lines = text
      .trimEnd()
      .split('\n')
      .flatMap((line) => parseLine(line) ?? [])
    const refused = lines.flatMap((line) =>
      'body' in line && line.body.kind === 'sign-in-refused' ? [line] : [],
    )
    expect(refused.length).toBeGreaterThan(0)
    for (const { body, private: kept } of refused) {
      expect(body.facts).toEqual({ outcome: 'refused', reason: 'not-allowed', times: 1 })
      expect(kept?.texts).toMatchObject({ issuer: identity.issuer, subject: 'bob' })
    }
    await host.close()
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

const suspension = (subject: string) => `/api/people/${subject}/suspension`
const CONSOLE = { scope: 'console', clientName: 'the host at work' }

describe('a person whom the host suspends', () => {
  it('is refused from the next request on, in every client and browser, and is back as they were', async () => {
    const [host, agent, legacy] = await Promise.all([
      Agent.of(url, 'host', { scope: 'console tools:call' }),
      Agent.of(url, 'alice'),
      Agent.of(url, 'alice', { mode: 'legacy', clientName: 'with sessions' }),
    ])
    const browser = await consoleOf(url, 'alice')
    expect(await agent.toolNames()).toContain('load-component')
    const byAgent = await host.api(suspension('alice'), { method: 'PUT' })
    expect([byAgent.status, await byAgent.json()]).toMatchObject([
      403,
      { error: { code: 'agents-token' } },
    ])
    expect(await agent.toolNames()).toContain('load-component')
    expect(await host.give(suspension('alice'), { method: 'PUT' })).toMatchObject({ status: 204 })
    await expect(agent.toolNames()).rejects.toThrow()
    await expect(legacy.toolNames()).rejects.toThrow()
    const refused = await raw(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${agent.token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect((await agent.api('/api/components')).status).toBe(401)
    expect((await browser.fetch(`${url}/console`)).status).toBe(302)
    const again = new Browser()
    const page = await again.press(await again.open(`${url}/console`), 'login', 'alice')
    expect(page.status).toBe(403)
    expect(pageText(page.html)).toContain('has suspended you')
    const { people } = (await (await host.api('/api/people')).json()) as { people: object[] }
    expect(people).toContainEqual(
      expect.objectContaining({ subject: 'alice', suspended_at: expect.any(Number) as number }),
    )
    expect(await host.give(suspension('alice'), { method: 'DELETE' })).toMatchObject({
      status: 204,
    })
    expect(await agent.toolNames()).toContain('load-component')
    expect((await browser.fetch(`${url}/console`)).status).toBe(200)
    for (const one of [host, agent, legacy]) await one.client.close().catch(() => {})
  })

  it('has their running call ended within a second', async () => {
    const [host, agent] = await Promise.all([
      Agent.of(url, 'host', { scope: 'console tools:call' }),
      Agent.of(url, 'alice'),
    ])
    await agent.upload('looper', await looper())
    const browser = await consoleOf(url, 'alice')
    await decide(browser, await agent.call('ask-until-refused'), 'allow')
    const running = agent.call('ask-until-refused').catch(() => null)
    await vi.waitFor(() => expect(origin.asked).toBeGreaterThan(2), { timeout: 10_000 })
    await host.give(suspension('alice'), { method: 'PUT' })
    await running
    const after = origin.asked
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(origin.asked).toBe(after)
    await host.give(suspension('alice'), { method: 'DELETE' })
    for (const one of [host, agent]) await one.client.close().catch(() => {})
  })

  it('cannot be the host themselves, and is nobody that is not here; and nobody else suspends', async () => {
    const host = await Agent.of(url, 'host', CONSOLE)
    const alice = await Agent.of(url, 'alice', CONSOLE)
    const put = async (agent: Agent, subject: string, query = '') =>
      (await agent.api(suspension(subject) + query, { method: 'PUT' })).status
    expect(await put(host, 'host')).toBe(409)
    expect(await put(host, 'nobody')).toBe(404)
    expect(await put(host, 'alice', '?issuer=https%3A%2F%2Felsewhere.test')).toBe(404)
    expect(await put(alice, 'host')).toBe(403)
    expect((await alice.api('/api/people')).status).toBe(403)
    expect((await fetch(`${url}/api/people`)).status).toBe(401)
  })
})

describe('the clients of a person', () => {
  it('are shown, and end one by one: at their next request, and for their session', async () => {
    const kept = await Agent.of(url, 'alice', { clientName: 'kept' })
    const ended = await Agent.of(url, 'alice', { clientName: 'unwanted <b>', mode: 'legacy' })
    const browser = await consoleOf(url, 'alice')
    const page = await browser.open(`${url}/console/clients`)
    expect(pageText(page.html)).toContain('unwanted <b>')
    const form = page.forms.find(({ fields }) =>
      fields.some(([name, value]) => name === 'client' && value === ended.signedIn.clientId),
    )
    expect(form).toBeDefined()
    const sent = await browser.fetch(`${url}/console/clients/end`, {
      method: 'POST',
      headers: { origin: url },
      body: new URLSearchParams({ client: ended.signedIn.clientId }),
    })
    expect(sent.status).toBe(303)
    await expect(ended.toolNames()).rejects.toThrow()
    expect(await kept.toolNames()).toContain('load-component')
    const left = await browser.open(`${url}/console/clients`)
    expect(left.html).not.toContain(ended.signedIn.clientId)
    // What it was allowed is void by the account's word, whatever the token store says.
    const [row] = rows(state.root, 'SELECT client FROM ended_clients')
    expect(row).toEqual({ client: ended.signedIn.clientId })
    await kept.close()
  })

  it('end for nobody else, and not by a client', async () => {
    const agent = await Agent.of(url, 'alice', { scope: 'tools:call components:manage console' })
    const id = encodeURIComponent(agent.signedIn.clientId)
    expect((await agent.api(`/api/clients/${id}`, { method: 'DELETE' })).status).toBe(403)
    const host = await Agent.of(url, 'host', CONSOLE)
    expect((await host.api(`/api/clients/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect(await agent.toolNames()).toContain('load-component')
    await agent.close()
    await host.close()
  })

  it('are not the browsers, which are signed out all at once', async () => {
    const [one, other] = [await consoleOf(url, 'alice'), await consoleOf(url, 'alice')]
    const agent = await Agent.of(url, 'alice')
    const sent = await one.fetch(`${url}/console/sign-out-everywhere`, {
      method: 'POST',
      headers: { origin: url },
    })
    expect(sent.status).toBe(200)
    for (const browser of [one, other]) {
      expect((await browser.fetch(`${url}/console`)).status).toBe(302)
    }
    expect(await agent.toolNames()).toContain('load-component')
    await agent.close()
  })
})
