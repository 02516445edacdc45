// The audit as a person has it: what they and their agent did, exported, and checked by the command that needs
// nothing but a public key. On a stack of its own: people are forgotten here.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import type { AuditKind } from '../../src/audit/event.ts'
import { ADMINISTRATIVE } from '../../src/audit/event.ts'
import { parseLine } from '../../src/audit/lines.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import { Agent, consoleOf, decide, decideAt, linkOf } from '../support/agent.ts'
import { authorizeUrl, register } from '../support/authorization.ts'
import { PROBE, sha256 } from '../support/components.ts'
import { looper } from '../support/looper.ts'
import { rows } from '../support/persisted.ts'
import { quitter } from '../support/quitter.ts'
import { raw } from '../support/raw-http.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const run = promisify(execFile)
const EVERY_SCOPE = 'tools:call components:manage console'
/** The smallest that allows the call below. */
const RULE = 'GET http://demo.test/hello/'
const HELLO = { url: 'http://demo.test/hello' }

let stack: Stack
let url: string
let stateDir: string
let agent: Agent
let host: Agent
let person: Browser
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'wassette-edge-audit-'))
  // One client does all there is: this is about what is put down of it.
  stack = await startStack({ labels: 'off' })
  ;({ url, stateDir } = stack)
  agent = await Agent.of(url, 'bob', { scope: EVERY_SCOPE, clientName: 'Auditor' })
  host = await Agent.of(url, 'host', { scope: EVERY_SCOPE })
  // Signed in now, so that it is on no record of a test.
  expect((await host.give('/api/ceilings')).status).toBe(200)
  person = await consoleOf(url, 'bob')
  await agent.startFresh()
  const key = (await raw(`${url}/audit/key`)).text
  writeFileSync(path.join(folder, 'key.json'), key)
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
  await host.close()
  await stack.stop()
  rmSync(stateDir, { recursive: true, force: true })
  rmSync(folder, { recursive: true, force: true })
})

async function exported(by: Agent = agent, query = ''): Promise<string> {
  const answer = await by.api(`/api/audit${query}`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('application/jsonl')
  return await answer.text()
}

async function records(by: Agent = agent, query = ''): Promise<AuditRecord[]> {
  const lines = (await exported(by, query)).trimEnd().split('\n').map(parseLine)
  return lines.flatMap((line) => (line !== null && 'body' in line ? [line] : []))
}

/** The records that `work` leaves behind. */
async function recordedBy(work: () => Promise<unknown>, by: Agent = agent): Promise<AuditRecord[]> {
  const before = (await records(by)).length
  await work()
  return (await records(by)).slice(before)
}

/** A form that is sent from a page of the server, unless `headers` says otherwise. */
async function posted(
  browser: Browser,
  place: string,
  body = '',
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  const init = { method: 'POST', body, headers: { ...type, ...headers } }
  return await browser.fetch(url + place, init)
}

const kindsOf = (some: readonly AuditRecord[]) => some.map(({ body }) => body.kind)

/** What the command says, and its exit code. */
async function verify(text: string, ...more: string[]): Promise<{ code: number; said: string }> {
  const file = path.join(folder, 'export.jsonl')
  writeFileSync(file, text)
  const key = ['--key', path.join(folder, 'key.json')]
  const args = ['local/audit.ts', 'verify', file, ...(more.length > 0 ? more : key)]
  return await run(process.execPath, args).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, said: stderr }),
  )
}

describe('what is recorded', () => {
  it('is a sign-in, a client that was let in, and a sign-out', async () => {
    const made = await recordedBy(async () => {
      const other = await Agent.of(url, 'bob', { scope: 'tools:call', clientName: 'Other' })
      await other.close()
      expect((await posted(await consoleOf(url, 'bob'), '/sign-out')).status).toBe(200)
    })
    expect(kindsOf(made)).toEqual(['sign-in', 'authorization', 'sign-in', 'sign-out'])
    expect(made[0]?.private?.texts).toMatchObject({ subject: 'bob' })
    expect(made[1]?.private?.texts).toMatchObject({ client_name: 'Other' })
    expect(made[1]?.body.facts).toMatchObject({ scopes: ['tools:call'] })
  })

  it('is a component, a refused call, the question, the decision, the call and the end of it', async () => {
    const made = await recordedBy(async () => {
      await agent.load('fetch')
      await decide(person, await agent.call('fetch', HELLO), 'allow')
      await agent.call('fetch', HELLO)
      await agent.value('revoke-network-permission', {
        component_id: 'fetch',
        details: { host: RULE },
      })
      await agent.value('unload-component', { id: 'fetch' })
    })
    const steps = made.filter(({ body, private: kept }) => {
      return body.kind !== 'call' || kept?.texts['tool'] === 'fetch'
    })
    expect(kindsOf(steps)).toEqual([
      'install',
      'approval',
      'call',
      'decision',
      'call',
      'revocation',
      'uninstall',
    ])
    const [install, approval, refused, decision, call, revocation] = steps
    const digest = install?.body.facts['digest']
    expect(approval?.private?.texts).toMatchObject({ rule: RULE, component: 'fetch' })
    const { facts } = decision?.body ?? {}
    expect(facts).toMatchObject({ decision: 'allow', outcome: 'done', digest })
    expect(facts?.['approval']).toBe(approval?.body.facts['approval'])
    expect(refused?.body.facts).toMatchObject({ outcome: 'denied', reason: 'not-granted', digest })
    expect(call?.body.facts).toMatchObject({
      outcome: 'answered',
      digest,
      fuel: expect.any(Number),
      host_calls: [{ kind: 'network', outcome: 'answered', status: 200 }],
    })
    // Another permission is another policy.
    expect(call?.body.facts['policy_digest']).toMatch(/^sha256:/)
    expect(call?.body.facts['policy_digest']).not.toBe(refused?.body.facts['policy_digest'])
    expect(call?.private?.texts).toMatchObject({
      client_name: 'Auditor',
      host_calls: [{ host: 'demo.test', port: 80, method: 'GET' }],
    })
    expect(revocation?.body.facts).toMatchObject({ outcome: 'done' })
    expect(revocation?.private?.texts).toMatchObject({ component: 'fetch', rule: RULE })
  })

  it('is a variable by its name, and which call was handed it, never its value', async () => {
    const value = `value-${crypto.randomUUID()}`
    const place = '/api/components/probe/environment/TOKEN'
    const made = await recordedBy(async () => {
      await agent.upload('probe', PROBE)
      await agent.give(place, { method: 'PUT', body: value })
      const asked = await agent.value('grant-environment-variable-permission', {
        component_id: 'probe',
        details: { key: 'TOKEN' },
      })
      const page = await person.open(String(asked['approval_url']))
      expect((await person.press(page, 'decision', 'allow')).status).toBe(200)
      await agent.call('count-calls')
      await agent.api(place, { method: 'DELETE' })
    })
    expect(kindsOf(made)).toEqual(expect.arrayContaining(['variable-set', 'variable-deleted']))
    const call = made.find((record) => record.private?.texts['tool'] === 'count-calls')
    expect(call?.private?.texts['variables']).toEqual(['TOKEN'])
    expect(JSON.stringify(made)).not.toContain(value)
  })

  it('is a component that asks for nothing more, what that denies, and its end', async () => {
    const made = await recordedBy(async () => {
      await agent.load('fetch')
      const link = linkOf(await agent.call('fetch', { url: 'http://muted.test/' }))
      expect((await posted(person, new URL(`${link}/mute`).pathname, 'mute=day')).status).toBe(200)
      const source = encodeURIComponent('catalogue:fetch')
      expect((await posted(person, '/console/unmute', `source=${source}`)).status).toBe(303)
    })
    const acts = made.filter(({ body }) => /^(un)?mute$|^decision$/.test(body.kind))
    expect(acts).toMatchObject([
      {
        body: { kind: 'mute', facts: { outcome: 'done', until: expect.any(Number) } },
        private: { texts: { component: 'fetch', source: 'catalogue:fetch' } },
      },
      { body: { kind: 'decision', facts: { decision: 'deny' } } },
      {
        body: { kind: 'unmute', facts: { outcome: 'done' } },
        private: { texts: { source: 'catalogue:fetch' } },
      },
    ])
  })

  it('is what a token, or who holds it, was not for', async () => {
    const narrow = await Agent.of(url, 'bob', { scope: 'tools:call', clientName: 'Narrow' })
    const made = await recordedBy(async () => {
      const call = { method: 'tools/call', params: { name: 'load-component', arguments: {} } }
      const message = JSON.stringify({ jsonrpc: '2.0', id: 1, ...call })
      const headers = {
        authorization: `Bearer ${narrow.token}`,
        'content-type': 'application/json',
      }
      const refused = await fetch(`${url}/mcp`, { method: 'POST', headers, body: message })
      expect(refused.status).toBe(403)
      expect((await narrow.api('/api/calls')).status).toBe(403)
      expect((await agent.api('/api/components/fetch/policy', { method: 'DELETE' })).status).toBe(
        403,
      )
      expect((await agent.api('/api/ceilings')).status).toBe(403)
      expect((await person.fetch(`${url}/api/ceilings`)).status).toBe(403)
    })
    const told = made.map(({ body, private: kept }) => [
      body.kind,
      body.facts['reason'],
      body.facts['needed'],
      kept?.texts['client_name'],
      kept?.texts['place'],
    ])
    const scope = 'insufficient-scope'
    expect(told).toEqual([
      ['refusal', scope, ['components:manage'], 'Narrow', 'tools/call load-component'],
      ['refusal', scope, ['console'], 'Narrow', 'GET /api/calls'],
      ['refusal', 'agents-token', ['console'], 'Auditor', 'DELETE /api/components/fetch/policy'],
      ['refusal', 'not-the-host', [], 'Auditor', 'GET /api/ceilings'],
      ['refusal', 'not-the-host', [], 'console', 'GET /api/ceilings'],
    ])
    expect(made[0]?.body.facts['scopes']).toEqual(['tools:call'])
    expect(made[4]?.body.facts['scopes']).toBeNull()
    await narrow.close()
  })

  it('is a client that was not let in', async () => {
    const client = await register(url, { client_name: 'Unwanted' })
    const made = await recordedBy(async () => {
      const consent = await person.open(authorizeUrl(client))
      await person.press(consent, 'decision', 'deny').catch(() => {})
    })
    expect(made).toMatchObject([
      {
        body: { kind: 'authorization', facts: { outcome: 'refused', reason: 'denied' } },
        private: { texts: { client: client.clientId, client_name: 'Unwanted' } },
      },
    ])
  })

  it('is a new version, and what the person decides that it keeps', async () => {
    await agent.upload('versioned', await looper())
    await decide(person, await agent.call('ask-until-refused'), 'allow')
    const next = await quitter()
    const made = await recordedBy(async () => {
      await agent.upload('versioned', next)
      const page = await person.open(`${url}/console/components/versioned/version`)
      expect((await person.press(page, 'decision', 'keep')).status).toBe(200)
      await posted(person, '/console/components/versioned/version', 'decision=nothing&digest=gone')
    })
    expect(made.filter(({ body }) => body.kind === 'version')).toMatchObject([
      {
        body: { facts: { outcome: 'done', reason: null, decision: 'keep' } },
        private: { texts: { component: 'versioned', seen: `sha256:${sha256(next)}` } },
      },
      {
        body: { facts: { outcome: 'refused', reason: 'not-waiting', decision: 'nothing' } },
        private: { texts: { component: 'versioned', seen: 'gone' } },
      },
    ])
  })

  it('is a grant for a session that is over', async () => {
    const session = await Agent.with(url, agent.signedIn, { mode: 'legacy' })
    const refused = await session.call('fetch', { url: 'http://session.test/' })
    await decideAt(person, linkOf(refused), 'allow', { life: 'session' })
    const made = await recordedBy(async () => {
      await session.transport.terminateSession()
      await session.close()
    })
    expect(made.filter(({ body }) => body.kind === 'expiry')).toMatchObject([
      {
        body: { facts: { reason: 'session-ended', permission: 'network' } },
        private: {
          texts: { source: 'catalogue:fetch', rule: expect.stringContaining('session.test') },
        },
      },
    ])
  })

  it('is what a host publishes, which hosts read of each other and nobody else does', async () => {
    const publish = () => host.give('/api/catalogue/probe', { method: 'PUT', body: body(PROBE) })
    const made = await recordedBy(publish, host)
    expect(made).toMatchObject([
      { body: { kind: 'catalogue', facts: { outcome: 'done' } }, private: { texts: {} } },
    ])
    const text = await exported(host, '?of=administration')
    expect((await verify(text)).code).toBe(0)
    const shown = await records(host, '?of=administration')
    expect(shown.some((r) => r.private?.texts['name'] === 'probe')).toBe(true)
    const open = shown.filter((record) => record.private !== null)
    const kinds = new Set(kindsOf(open))
    expect(kinds.has('catalogue')).toBe(true)
    expect([...kinds].every((kind) => ADMINISTRATIVE.has(kind as AuditKind))).toBe(true)
    const refused = await agent.api('/api/audit?of=administration')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ error: { code: 'not-the-host' } })
  })
})

describe('what is allowed', () => {
  it('is a policy of the person, by its digest, also one that is refused', async () => {
    const owner = await Agent.of(url, 'bob', { scope: 'console' })
    const place = '/api/components/fetch/policy'
    const text = 'version: "1.0"\npermissions:\n  network:\n    allow:\n      - host: secret.test\n'
    await agent.load('fetch')
    const made = await recordedBy(async () => {
      expect((await owner.api(place, { method: 'PUT', body: text })).status).toBe(200)
      expect((await owner.api(place, { method: 'PUT', body: 'no policy' })).status).toBe(422)
      expect((await owner.api(place, { method: 'DELETE' })).status).toBe(204)
    })
    await owner.close()
    expect(made.map(({ body }) => [body.kind, body.facts['outcome']])).toEqual([
      ['policy', 'done'],
      ['policy', 'refused'],
      ['revocation', 'done'],
    ])
    expect(made[0]?.body.facts['digest']).toBe(`sha256:${sha256(Buffer.from(text))}`)
    expect(JSON.stringify(made)).not.toContain('secret.test')
  })

  it('is a decision with its terms', async () => {
    const [decision] = await recordedBy(async () => {
      const page = await person.open(linkOf(await agent.call('fetch', HELLO)))
      await person.press(page, 'decision', 'allow', { life: 'once' })
    }).then((made) => made.filter(({ body }) => body.kind === 'decision'))
    expect(decision?.body.facts).toMatchObject({ outcome: 'done', terms: { life: 'once' } })
    await agent.value('unload-component', { id: 'fetch' })
  })

  it('is what a host says to be the most', async () => {
    const place = '/api/ceilings/components/upload:nothing'
    const body = 'version: "1.0"\npermissions: {}\n'
    const made = await recordedBy(async () => {
      expect((await host.give(place, { method: 'PUT', body })).status).toBe(200)
      expect((await host.give(place, { method: 'DELETE' })).status).toBe(204)
    }, host)
    const texts = { subject: 'upload:nothing' }
    expect(made).toMatchObject([
      { body: { kind: 'ceiling', facts: { scope: 'component' } }, private: { texts } },
      { body: { kind: 'ceiling', facts: { digest: null } }, private: { texts } },
    ])
  })
})

describe('GET /api/audit', () => {
  it('is read by the person and a token that is for it, and by nobody else', async () => {
    expect((await person.fetch(`${url}/api/audit`)).status).toBe(200)
    const caller = await Agent.of(url, 'bob', { scope: 'tools:call components:manage' })
    expect((await caller.api('/api/audit')).status).toBe(403)
    await caller.close()
    expect((await raw(`${url}/api/audit`)).status).toBe(401)
  })

  it.each(['from=0', 'from=x', 'from=1.5', 'from=99999999', 'of=others'])(
    'refuses ?%s',
    async (query) => {
      expect((await agent.api(`/api/audit?${query}`)).status).toBe(400)
    },
  )

  it('begins where it is told to', async () => {
    const all = await records()
    const later = await records(agent, `?from=${all.length - 2}`)
    expect(later).toEqual(all.slice(-3))
  })

  it('holds nothing of another person', async () => {
    const mine = new Set((await records()).map(({ body }) => body.chain))
    const theirs = new Set((await records(host)).map(({ body }) => body.chain))
    expect(mine.size).toBe(1)
    expect([...theirs].some((chain) => mine.has(chain))).toBe(false)
  })
})

describe('npm run audit -- verify', () => {
  it('accepts what the server gave, with the public key alone, whole or in part', async () => {
    const whole = await verify(await exported())
    expect(whole).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^verified: .*records 1 to/),
    })
    expect((await verify(await exported(agent, '?from=5'))).code).toBe(0)
  })

  it('names the line, and what was done to it', async () => {
    const lines = (await exported()).trimEnd().split('\n')
    const [one = '', two = '', ...rest] = lines.slice(3)
    const top = lines.slice(0, 3)
    const cases = [
      [[...top, one.replace('"at":1', '"at":2'), two, ...rest], 'changed'],
      [[...top, two, ...rest], 'dropped'],
      [[...top, two, one, ...rest], 'reordered'],
      [top, 'truncated'],
      [lines.with(0, (lines[0] ?? '').replace('"part":1', '"part":2')), 'bad-signature'],
    ] as const
    for (const [changed, fault] of cases) {
      const { code, said } = await verify(`${changed.join('\n')}\n`)
      const line = fault === 'bad-signature' ? 1 : 4
      expect({ code, said }).toMatchObject({
        code: 1,
        said: expect.stringContaining(`export.jsonl:${line}: ${fault}.`),
      })
    }
  })

  it('says what it needs', async () => {
    const text = await exported()
    const missing = path.join(folder, 'nothing.json')
    expect(await verify(text, '--key', missing)).toMatchObject({ code: 1 })
    const nonsense = path.join(folder, 'nonsense.json')
    writeFileSync(nonsense, '{"kty":"RSA"}')
    const { code, said } = await verify(text, '--key', nonsense)
    expect([code, said]).toEqual([1, expect.stringContaining('not a public Ed25519 key')])
    expect((await verify(text, '--unknown')).said).toContain('npm run audit')
  })
})

describe('deleting a person', () => {
  it('by themselves takes their word, and nothing of theirs is left but what names nobody', async () => {
    const mine = await Agent.of(url, 'alice', { scope: EVERY_SCOPE, clientName: 'Soon forgotten' })
    const browser = await consoleOf(url, 'alice')
    const session = await Agent.with(url, mine.signedIn, { mode: 'legacy' })
    await mine.load('fetch')
    await decide(browser, await mine.call('fetch', HELLO), 'allow')
    await mine.call('fetch', HELLO)
    const [first] = await records(mine)
    const chain = first?.body.chain ?? ''

    const page = await browser.open(`${url}/console/forget`)
    const press = (confirmation: string) =>
      browser.press(page, 'action', 'forget', { confirmation })
    expect((await press('forget')).status).toBe(400)
    const elsewhere = { origin: 'https://elsewhere.test' }
    const forged = await posted(browser, '/console/forget', 'confirmation=forget+me', elsewhere)
    expect(forged.status).toBe(403)
    expect((await mine.call('list-components')).isError).not.toBe(true)
    expect((await press('forget me')).status).toBe(200)

    // The cookie, every token and every session are worth nothing any more.
    expect((await browser.fetch(`${url}/console`)).status).toBe(302)
    expect((await mine.api('/api/components')).status).toBe(401)
    await expect(session.call('list-components')).rejects.toThrow()
    expect(rows(stateDir, "SELECT * FROM people WHERE subject = 'alice'")).toEqual([])
    expect(rows(stateDir, 'SELECT * FROM audit_texts WHERE chain = ?1', chain)).toEqual([])
    const kept = rows(stateDir, 'SELECT body FROM audit WHERE chain = ?1', chain)
    expect(kept.length).toBeGreaterThan(5)
    expect(JSON.stringify(kept)).not.toMatch(/alice|Soon forgotten|demo\.test|fetch/)

    // Whoever signs in again begins as somebody new.
    const anew = await Agent.of(url, 'alice', { scope: EVERY_SCOPE })
    expect(await anew.components()).toEqual([])
    expect((await records(anew)).every(({ body }) => body.chain !== chain)).toBe(true)
    await anew.close()
  })

  it('by a host is on the chain of the host', async () => {
    const theirs = await Agent.of(url, 'alice', { scope: EVERY_SCOPE })
    await theirs.load('fetch')
    const [first] = await records(theirs)
    const forget = (by: Agent, subject: unknown) =>
      by.give('/api/forget', { method: 'POST', body: JSON.stringify({ subject }) })
    expect((await forget(theirs, 'alice')).status).toBe(403)
    expect((await forget(host, 'nobody')).status).toBe(404)
    expect((await forget(host, 1)).status).toBe(400)
    const made = await recordedBy(async () => {
      expect((await forget(host, 'alice')).status).toBe(204)
    }, host)
    expect(made).toMatchObject([
      { body: { kind: 'forget', facts: { chain: first?.body.chain, outcome: 'done' } } },
    ])
    expect((await theirs.api('/api/components')).status).toBe(401)
    await theirs.close()
  })
})

const body = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes)
