// A person's own policy for a component: written by them and by no agent, in the place of what they granted.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleOf, decide, denialsOf, errorOf } from '../support/agent.ts'
import { authorizeUrl, codeFor, openAs, redeem, register } from '../support/authorization.ts'
import { PROBE } from '../support/components.ts'
import { looper } from '../support/looper.ts'
import { rows } from '../support/persisted.ts'

const { url, stateDir } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const POLICY = '/api/components/fetch/policy'

const POLICY_OF_HERS = `version: "1.0"
description: only what she reads
permissions:
  network:
    allow:
      - host: "*.test"
    deny:
      - host: "other.test"
`

let agent: Agent
let person: Browser
let token = ''
beforeAll(async () => {
  agent = await Agent.of(url, 'alice', { scope: 'tools:call components:manage console' })
  person = await consoleOf(url, 'alice')
  token = (await signInHeadless({ serverUrl: url, user: 'alice', scope: 'console' })).accessToken
})
beforeEach(async () => {
  await agent.startFresh()
  await agent.load('fetch')
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

async function api(method: string, body?: string, path = POLICY): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` }
  return await fetch(new URL(path, url), { method, headers, ...(body ? { body } : {}) })
}

const reasonOf = async (target: string): Promise<string | undefined> => {
  const result = await agent.call('fetch', { url: target })
  return result.isError === true ? denialsOf(result).denials[0]?.reason : undefined
}

describe('a policy of the person', () => {
  it('takes the place of what they granted: what it allows, and what it denies', async () => {
    await decide(person, await agent.call('fetch', { url: 'http://nowhere.example/' }), 'allow')
    expect(await (await api('PUT', POLICY_OF_HERS)).json()).toEqual({
      id: 'fetch',
      rules: 2,
      warnings: [expect.objectContaining({ rule: '*.test', why: 'broad' })],
    })
    expect(await reasonOf(HELLO.url)).toBeUndefined()
    expect(await reasonOf('http://other.test/')).toBe('denied')
    expect(await reasonOf('http://nowhere.example/')).toBe('not-granted')
    expect(await agent.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      rules: [
        { effect: 'allow', rule: '*.test', from: 'policy document of the person' },
        { effect: 'deny', rule: 'other.test', from: 'policy document of the person' },
      ],
    })
    const ended =
      "SELECT count(*) AS n FROM grants WHERE revoked_because = 'replaced' AND rule LIKE ?"
    expect(rows(stateDir, ended, '%nowhere.example/')).toEqual([{ n: 1 }])
  })

  it('comes back as a document that says the same', async () => {
    await api('PUT', POLICY_OF_HERS)
    const printed = await (await api('GET')).text()
    expect((await api('PUT', printed)).status).toBe(200)
    expect(await (await api('GET')).text()).toBe(printed)
    expect(printed).toContain('host: "*.test"')
  })

  it('comes back as a document that can be written again, however long its rules are', async () => {
    const rules = Array.from({ length: 1_000 }, (_, n) => `"read,write fs://a${n}"`)
    const large = `version: "1.0"\npermissions: {}\nx-wassette-edge: { storage: { allow: [${rules.join(', ')}] } }\n`
    expect((await api('PUT', large)).status).toBe(200)
    const printed = await (await api('GET')).text()
    const again = await api('PUT', printed)
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ rules: 1_000 })
    expect(await (await api('GET')).text()).toBe(printed)
  })

  it('is tried on its page, however long it is', async () => {
    // Each of its letters is six of a form.
    const rules = Array.from({ length: 1_000 }, (_, n) => `"read fs://${'ü'.repeat(20)}${n}"`)
    const policy = `version: "1.0"\npermissions: {}\nx-wassette-edge: { storage: { allow: [${rules.join(',')}] } }\n`
    const page = `${url}/console/components/fetch/what-if`
    const { fields } = (await person.open(page)).forms.at(-1) ?? {}
    const seen = new Map(fields).get('seen') ?? ''
    const tried = await person.fetch(page, {
      method: 'POST',
      headers: { origin: url },
      body: new URLSearchParams({ policy, days: '1', seen }),
    })
    expect(tried.status).toBe(200)
  })

  it('comes back without what was granted for less than always, which it names', async () => {
    const page = await person.open(
      denialsOf(await agent.call('fetch', HELLO)).approvals[0]?.url ?? '',
    )
    await person.press(page, 'decision', 'allow', { life: 'once' })
    const printed = await (await api('GET')).text()
    expect(printed).toMatch(/^# not in the document, as its life is once .*demo\.test\/hello\/$/m)
    expect((await api('PUT', printed)).status).toBe(200)
    expect(await reasonOf(HELLO.url)).toBe('not-granted')
  })

  it('denies after the component was unloaded and loaded anew as well, whatever is allowed then', async () => {
    await api('PUT', POLICY_OF_HERS)
    await agent.value('unload-component', { id: 'fetch' })
    await agent.load('fetch')
    expect(await agent.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      rules: [{ effect: 'deny', rule: 'other.test' }],
    })
    expect(await reasonOf(HELLO.url)).toBe('not-granted')
    expect(await reasonOf('http://other.test/')).toBe('denied')
    expect(pageText((await person.open(`${url}/console`)).html)).toContain('other.test')
  })

  it('bounds calls, and agents cannot lift that', async () => {
    await agent.upload('looper', await looper())
    const path = '/api/components/looper/policy'
    const bounded = `${POLICY_OF_HERS}x-wassette-edge:\n  limits:\n    requests: 2\n`
    expect((await api('PUT', bounded, path)).status).toBe(200)
    const ended = await agent.call('ask-until-refused')
    expect(errorOf(ended)).toMatchObject({ code: 'bound', bound: 'requests' })
    const { limits } = await agent.value('get-policy', { component_id: 'looper' })
    expect(limits).toMatchObject({ requests: { limit: 2 } })
    // What is allowed ends, what narrows stays.
    await agent.value('reset-permission', { component_id: 'looper' })
    expect(await (await api('GET', undefined, path)).text()).toMatch(/requests: 2/)
    expect(await agent.value('get-policy', { component_id: 'looper' })).toMatchObject({
      rules: [
        { permission_type: 'limit', rule: 'requests 2' },
        { effect: 'deny', rule: 'other.test' },
      ],
    })
    expect((await api('DELETE', undefined, path)).status).toBe(204)
    expect(await agent.value('get-policy', { component_id: 'looper' })).toMatchObject({ rules: [] })
  })

  it('is answered with what of it does nothing here', async () => {
    const host = 'version: "1.0"\npermissions: { network: { allow: [{ host: localhost }] } }\n'
    const answer = await api('PUT', `${host}x-wassette-edge: { limits: { fuel: 100G } }\n`)
    expect(await answer.json()).toMatchObject({
      rules: 2,
      warnings: [
        { rule: 'localhost', why: 'unreachable' },
        { rule: 'fuel 100000000000', why: 'limit-above-ceiling' },
      ],
    })
  })

  it('bounds memory', async () => {
    await agent.upload('probe', PROBE)
    expect(await agent.result('grow-memory', { pages: 64 })).toBeGreaterThan(0)
    const bounded = 'version: "1.0"\npermissions: { resources: { limits: { memory: 4Mi } } }\n'
    expect((await api('PUT', bounded, '/api/components/probe/policy')).status).toBe(200)
    expect(await agent.result('grow-memory', { pages: 64 })).toBe(-1)
  })

  it('bounds how many calls of the person are under way when one of the component begins', async () => {
    const [wait, policyOf] = [
      'wassette-edge_time_clock_0_1_0_wait',
      (id: string) => `/api/components/${id}/policy`,
    ]
    const one =
      'version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: { concurrent-calls: 1 } }\n'
    const tooMany = { code: 'bound', bound: 'concurrent-calls' }
    await agent.load('time')
    await agent.load('text-stats')
    expect((await api('PUT', one, policyOf('time'))).status).toBe(200)
    const abort = new AbortController()
    const waiting = Array.from({ length: 2 }, () =>
      agent.call(wait, { milliseconds: 25_000 }, { signal: abort.signal }),
    )
    expect(errorOf(await Promise.race(waiting))).toEqual(tooMany)
    // The other waits on, and only what its own policy bounds is held up by it.
    const analyze = async () => errorOf(await agent.call('analyze', { text: 'a' }))
    expect(await analyze()).toBeUndefined()
    expect((await api('PUT', one, policyOf('text-stats'))).status).toBe(200)
    expect(await analyze()).toEqual(tooMany)
    abort.abort()
    await Promise.allSettled(waiting)
    await expect.poll(analyze, { timeout: 10_000 }).toBeUndefined()
  })

  it('binds rules to arguments', async () => {
    const bound = `version: "1.0"
permissions: {}
x-wassette-edge:
  network:
    allow: ["{url}"]
`
    expect((await api('PUT', bound)).status).toBe(200)
    expect(await reasonOf(HELLO.url)).toBeUndefined()
  })

  it.each([
    ['permissions:\n  network: {}\n', ''],
    ['version: "1.0"\npermissions:\n  network:\n    alow: []\n', 'permissions.network.alow'],
    [
      'version: "1.0"\npermissions: {}\nx-wassette-edge:\n  environment:\n    allow: ["*"]\n',
      'x-wassette-edge.environment.allow',
    ],
  ])('is refused whole for one fault, with its path (%j)', async (text, path) => {
    await api('PUT', POLICY_OF_HERS)
    const answer = await api('PUT', text)
    expect(answer.status).toBe(422)
    const { error } = (await answer.json()) as { error: { faults: { path: string }[] } }
    expect(error.faults.map((fault) => fault.path)).toContain(path)
    expect(await reasonOf(HELLO.url)).toBeUndefined()
  })
})

describe('who may write it', () => {
  it('is no agent: a token that is for tools, whatever else it is for, is refused', async () => {
    expect((await agent.api(POLICY)).status).toBe(200)
    for (const method of ['PUT', 'DELETE']) {
      const body = method === 'PUT' ? { body: POLICY_OF_HERS } : {}
      const answer = await agent.api(POLICY, { method, ...body })
      expect(answer.status, method).toBe(403)
      expect(await answer.json()).toMatchObject({ error: { code: 'agents-token' } })
    }
    const plain = await Agent.of(url, 'alice')
    expect((await plain.api(POLICY, { method: 'PUT', body: POLICY_OF_HERS })).status).toBe(403)
    await plain.close()
    expect((await fetch(new URL(POLICY, url), { method: 'PUT' })).status).toBe(401)
    expect(await reasonOf(HELLO.url)).toBe('not-granted')
  })

  it('is no agent that makes its token narrower', async () => {
    const client = await register(url)
    const scope = 'tools:call components:manage console'
    const code = await codeFor('alice', authorizeUrl(client, { scope }))
    const { body } = await redeem(client, code, { scope: 'console' })
    const refreshed = await fetch(new URL('/token', url), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: client.clientId,
        refresh_token: String(body['refresh_token']),
        scope: 'console',
      }),
    })
    const narrower = (await refreshed.json()) as Record<string, unknown>
    for (const answer of [body, narrower]) {
      const headers = { authorization: `Bearer ${String(answer['access_token'])}` }
      const put = { method: 'PUT', headers, body: POLICY_OF_HERS }
      const answered = await fetch(new URL(POLICY, url), put)
      expect(answered.status).toBe(403)
      expect(await answered.json()).toMatchObject({ error: { code: 'agents-token' } })
    }
  })

  it('is no agent that asks for the console alone besides, before or after: its client gives nothing', async () => {
    const client = await register(url)
    const letIn = async (scope: string) => {
      const { body } = await redeem(client, await codeFor('alice', authorizeUrl(client, { scope })))
      return { authorization: `Bearer ${String(body['access_token'])}` }
    }
    const put = (headers: Record<string, string>, to = POLICY) =>
      fetch(new URL(to, url), { method: 'PUT', headers, body: POLICY_OF_HERS })
    const before = await letIn('console')
    expect((await put(before)).status).toBe(200)
    await agent.value('reset-permission', { component_id: 'fetch' })
    await letIn('tools:call')
    // Let in anew, it has no older token.
    expect((await put(before)).status).toBe(401)
    const headers = await letIn('console')
    for (const to of [POLICY, '/api/components/fetch/environment/KEY']) {
      const answer = await put(headers, to)
      expect(answer.status).toBe(403)
      expect(await answer.json()).toMatchObject({
        error: { code: 'agents-client', message: expect.stringContaining('another client') },
      })
    }
    const { page } = await openAs('alice', authorizeUrl(client, { scope: 'console' }))
    expect(pageText(page.html)).toContain('It can never grant anything')
    // What it may read it may read still.
    expect((await fetch(new URL(POLICY, url), { headers })).status).toBe(200)
    expect(await reasonOf(HELLO.url)).toBe('not-granted')
  })

  it('is told, when a client asks for that, that it could grant', async () => {
    const client = await register(url)
    const shown = async (scope: string) =>
      pageText((await openAs('alice', authorizeUrl(client, { scope }))).page.html)
    expect(await shown('console')).toContain('grant anything')
    expect(await shown('tools:call console')).toContain('It can never grant anything')
  })

  it('is the person in their console, from a page of this server', async () => {
    const send = (headers: Record<string, string>) =>
      person.fetch(`${url}${POLICY}`, { method: 'PUT', body: POLICY_OF_HERS, headers })
    expect((await send({ origin: 'https://evil.test' })).status).toBe(403)
    expect((await send({})).status).toBe(200)
    expect(await reasonOf(HELLO.url)).toBeUndefined()
  })

  it('is nobody for a component that is not there', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? POLICY_OF_HERS : undefined
      const answer = await api(method, body, '/api/components/no-such/policy')
      expect(answer.status, method).toBe(404)
    }
  })
})
