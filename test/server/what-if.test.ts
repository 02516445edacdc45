// A policy over recorded calls, through the real server: what real components asked for, and what would have gone
// otherwise.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { CallUsage } from '../../src/policy/usage.ts'
import { Agent, consoleOf, decide } from '../support/agent.ts'
import { PROBE, read } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'
import { rows } from '../support/persisted.ts'
import { INTRUDER, roam } from '../support/escape.ts'

const { url, stateDir } = inject('server')

const Finding = z.looseObject({
  call: z.string(),
  tool: z.string(),
  subject: z.looseObject({ kind: z.string() }),
  was: z.string(),
  would: z.string(),
  rule: z.string().nullable(),
})
const Answer = z.looseObject({
  calls: z.number(),
  calls_the_same: z.number(),
  counts: z.record(z.string(), z.number()),
  findings: z.array(Finding),
})

let agent: Agent
let person: Browser
let token = ''
beforeAll(async () => {
  agent = await Agent.of(url, 'bob', { scope: 'tools:call components:manage console' })
  person = await consoleOf(url, 'bob')
  token = (await signInHeadless({ serverUrl: url, user: 'bob', scope: 'console' })).accessToken
  // One client does all there is: what is refused here is refused by a policy.
  await switchTo(person, agent, 'off')
  await agent.startFresh()
  // Sources that no other test has: every call of theirs is of this file.
  await agent.upload('fetcher', read('components/fetch/fetch.wasm'))
  await agent.upload('looked-back', INTRUDER)
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

async function api(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` }
  return await fetch(new URL(path, url), { headers, ...init })
}

async function whatIf(component: string, policy: string): Promise<z.infer<typeof Answer>> {
  const path = `/api/components/${component}/policy/what-if?days=1`
  const answer = await api(path, { method: 'POST', body: policy })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return Answer.parse(await answer.json())
}

const inForce = async (component: string) =>
  await (await api(`/api/components/${component}/policy`)).text()

const writePolicy = async (component: string, body: string) =>
  expect((await api(`/api/components/${component}/policy`, { method: 'PUT', body })).status).toBe(
    200,
  )

const policyOf = (extension: object, permissions: object = {}) =>
  JSON.stringify({ version: '1.0', permissions, 'x-wassette-edge': extension })

const NOTHING = policyOf({})

describe('a policy over recorded calls', () => {
  it('in force says the same of all that real components were told', async () => {
    await writePolicy(
      'fetcher',
      policyOf({ network: { allow: ['GET http://demo.test/', '{url}'], deny: ['other.test'] } }),
    )
    await agent.call('fetch', { url: 'http://demo.test/hello?secret=1' })
    await agent.call('fetch', { url: 'http://other.test/' })
    await agent.call('fetch', { url: 'http://127.0.0.1/' })
    await writePolicy(
      'looked-back',
      policyOf({
        storage: {
          allow: ['read,write fs://kept/in', 'write fs://kept/out', 'read fs://kept/*.md'],
          deny: ['write fs://kept/in/not'],
        },
        environment: { allow: ['SET', 'UNSET'] },
      }),
    )
    await roam({ agent, cookie: '' }, [
      ...['kept', 'kept/in', 'kept/in/sub', 'elsewhere'].map(
        (path) => ['make-directory', path] as const,
      ),
      ['write', ['kept/in/a', 'a']],
      ['write', ['kept/in/not', 'a']],
      ['write', ['kept/out', 'a']],
      ...['kept/in/a', 'kept/out', 'kept/b.md', 'kept', '.'].map((path) => ['read', path] as const),
      ...['kept/in', 'kept', '.'].map((path) => ['list', path] as const),
      ...['kept', 'kept/in', 'kept/in/a', 'no'].map((path) => ['stat', path] as const),
      ['rename', ['kept/in/a', 'kept/out']],
      ['rename', ['kept/in/sub', 'kept/in/other']],
      ['rename', ['kept/in/a', 'kept/b.md']],
      ['remove', 'kept/in/a'],
    ])
    for (const component of ['fetcher', 'looked-back']) {
      const seen = await whatIf(component, await inForce(component))
      expect(seen.findings, component).toEqual([])
      expect(seen.calls_the_same, component).toBe(seen.calls)
      expect(seen.calls).toBe(component === 'fetcher' ? 3 : 1)
    }
    // The drive was used in more ways than one.
    const [row] = rows(
      stateDir,
      "SELECT body FROM usages JOIN calls ON id = call WHERE tool = 'roam' ORDER BY calls.started_at DESC",
    )
    const { decisions } = CallUsage.parse(JSON.parse(String(row?.['body'])))
    expect(new Set(decisions.map(({ verdict }) => verdict))).toEqual(
      new Set(['allowed', 'not-granted', 'denied']),
    )
    expect(new Set(decisions.map(({ asked }) => asked.kind))).toEqual(new Set(['access', 'move']))
    expect(decisions.length).toBeGreaterThan(15)
  })

  it('lists what would have gone otherwise, newest first, with the rule that decides', async () => {
    const seen = await whatIf(
      'fetcher',
      policyOf({ network: { allow: ['other.test'], deny: ['demo.test'] } }),
    )
    expect(seen.findings.map(({ tool, was, would, rule }) => [tool, was, would, rule])).toEqual([
      ['fetch', 'denied', 'would-be-allowed', 'other.test'],
      ['fetch', 'allowed', 'would-be-refused', 'demo.test'],
    ])
    expect(seen.counts).toEqual({
      'would-be-refused': 1,
      'would-be-allowed': 1,
      'not-known': 0,
    })
    expect(seen.findings[1]?.subject).toEqual({
      kind: 'request',
      scheme: 'http',
      host: 'demo.test',
      port: 80,
      method: 'GET',
      path: '/hello',
      cut: false,
    })
    const [call] = rows(
      stateDir,
      'SELECT tool FROM calls WHERE id = ?',
      seen.findings[0]?.call ?? '',
    )
    expect(call).toEqual({ tool: 'fetch' })
  })

  it('judges variables, and bounds by what calls needed', async () => {
    const variable = '/api/components/looked-back/environment/SET'
    expect((await agent.give(variable, { method: 'PUT', body: 'a value' })).ok).toBe(true)
    await agent.call('ambient')
    const { findings: without } = await whatIf('looked-back', NOTHING)
    const about = without.filter(({ subject }) => subject.kind === 'variable')
    expect(about).toMatchObject([
      { tool: 'ambient', subject: { key: 'SET' }, was: 'allowed', would: 'would-be-refused' },
    ])
    await agent.upload('probed', PROBE)
    await agent.result('grow-memory', { pages: 64 })
    const bounded = policyOf({ limits: { memory: '4Mi' } })
    const { findings } = await whatIf('probed', bounded)
    expect(findings).toMatchObject([
      {
        tool: 'grow-memory',
        subject: { kind: 'bound', bound: 'memory' },
        would: 'would-be-refused',
      },
    ])
    expect((await whatIf('probed', NOTHING)).findings).toEqual([])
  })

  it('records no query, and no argument', () => {
    const mine = `SELECT body FROM usages JOIN calls ON calls.id = usages.call
      WHERE source IN ('upload:fetcher', 'upload:looked-back')`
    const bodies = rows(stateDir, mine).map(({ body }) => String(body))
    expect(bodies.length).toBeGreaterThan(0)
    expect(bodies.join('\n')).not.toContain('secret')
  })

  it('is refused for what is no policy, no days, no component', async () => {
    const post = (path: string, body: string) => api(path, { method: 'POST', body })
    const path = '/api/components/fetcher/policy/what-if'
    expect((await post(path, 'permissions: {}')).status).toBe(422)
    expect((await post(path, NOTHING)).status).toBe(200)
    expect((await post('/api/components/no-such/policy/what-if', NOTHING)).status).toBe(404)
    for (const days of ['0', '366', '-1', 'x', '1e2']) {
      const answer = await post(`${path}?days=${days}`, NOTHING)
      expect(answer.status, days).toBe(400)
      expect(await answer.json()).toMatchObject({ error: { code: 'bad-days' } })
    }
    expect((await post(path, `${NOTHING}${' '.repeat(70_000)}`)).status).toBe(413)
  })

  it('is for no agent, nor for a page of somebody else', async () => {
    const path = '/api/components/fetcher/policy/what-if'
    const asked = { method: 'POST', body: NOTHING }
    expect(await (await agent.api(path, asked)).json()).toMatchObject({
      error: { code: 'agents-token' },
    })
    const plain = await Agent.of(url, 'bob')
    expect((await plain.api(path, asked)).status).toBe(403)
    await plain.close()
    expect((await fetch(new URL(path, url), asked)).status).toBe(401)
    const elsewhere = { ...asked, headers: { origin: 'https://evil.test' } }
    expect((await person.fetch(`${url}${path}`, elsewhere)).status).toBe(403)
    const page = '/console/components/fetcher/what-if'
    for (const to of [page, `${page}/apply`]) {
      expect((await person.fetch(`${url}${to}`, elsewhere)).status).toBe(403)
    }
  })

  it('changes nothing by itself', async () => {
    await writePolicy('fetcher', NOTHING)
    await whatIf('fetcher', policyOf({ network: { allow: ['*'] } }))
    const refused = await agent.call('fetch', { url: 'http://demo.test/hello' })
    expect(refused.isError).toBe(true)
    await decide(person, refused, 'allow')
  })
})
