// What was granted and what was used of it, through the real server and in a real browser: what was not used is
// taken back, and what was is all that is left.

import type { Browser as RealBrowser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleOf, decideAt, denialsOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import { PROBE, read } from '../support/components.ts'
import { roam } from '../support/escape.ts'
import { rows } from '../support/persisted.ts'

const { url, stateDir } = inject('server')
const inBrowser = it.skipIf(NO_BROWSER !== '')

const Grant = z.looseObject({
  id: z.string(),
  rule: z.string(),
  life: z.string(),
  until: z.number().nullable(),
})
const Unused = z.looseObject({
  since: z.number(),
  unused: z.array(Grant.extend({ last_used_at: z.number().nullable(), calls: z.number() })),
  others: z.array(Grant.extend({ last_used_at: z.number().nullable(), calls: z.number() })),
})
const View = z.looseObject({
  since: z.number(),
  seal: z.string(),
  calls: z.number(),
  unknown_calls: z.number(),
  changes: z.array(Grant.extend({ becomes: z.array(z.string()) })),
  fitting: z.array(Grant),
  staying: z.array(Grant.extend({ why: z.string() })),
})

let agent: Agent
let person: Browser
let token = ''
beforeAll(async () => {
  agent = await Agent.of(url, 'alice', { scope: 'tools:call components:manage console' })
  person = await consoleOf(url, 'alice')
  token = (await signInHeadless({ serverUrl: url, user: 'alice', scope: 'console' })).accessToken
  await agent.startFresh()
  await agent.upload('reader', read('components/fetch/fetch.wasm'))
  await agent.upload('roamer', read('components/hostile/intruder/intruder.wasm'))
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

async function api(path: string, init: RequestInit = {}): Promise<Response> {
  return await fetch(new URL(path, url), {
    headers: { authorization: `Bearer ${token}` },
    ...init,
  })
}
const post = (path: string, value: unknown) =>
  api(path, { method: 'POST', body: JSON.stringify(value) })

/** Over the time since `at`. */
const unused = async (at: number) =>
  Unused.parse(await (await api(`/api/narrowing?since=${at}`)).json())
const narrowing = async (component: string, at: number) =>
  View.parse(await (await api(`/api/components/${component}/narrowing?since=${at}`)).json())

async function writePolicy(component: string, extension: object): Promise<void> {
  const body = JSON.stringify({ version: '1.0', permissions: {}, 'x-wassette-edge': extension })
  const written = await api(`/api/components/${component}/policy`, { method: 'PUT', body })
  expect(written.status, await written.text()).toBe(200)
}

const rulesOf = async (component: string) => {
  const { rules } = z
    .looseObject({ rules: z.array(z.looseObject({ rule: z.string() })) })
    .parse(await agent.value('get-policy', { component_id: component }))
  return rules.map(({ rule }) => rule).toSorted()
}

const fetchPage = async (path: string) =>
  (await agent.call('fetch', { url: `http://demo.test${path}` })).isError !== true

describe('grants that were not used', () => {
  let at = 0
  it('are those that no call relied on for so long; younger ones are not', async () => {
    await writePolicy('reader', { network: { allow: ['demo.test', 'never.test', '*.never.test'] } })
    expect(Unused.parse(await (await api('/api/narrowing')).json()).unused).toEqual([])
    at = Date.now()
    expect(await fetchPage('/hello')).toBe(true)
    const { unused: left, others } = await unused(at)
    expect(left.map(({ rule }) => rule)).toEqual(['*.never.test', 'never.test'])
    expect(left).toMatchObject([{ component: 'reader', last_used_at: null, calls: 0 }, {}])
    const used = others.find(({ rule }) => rule === 'demo.test')
    expect(used).toMatchObject({ calls: 1 })
    expect(used?.last_used_at).toBeGreaterThanOrEqual(at)
  })

  it('are taken back by id, all of them or none, and that is on the audit', async () => {
    const { since, unused: left, others } = await unused(at)
    const ids = left.map(({ id }) => id)
    const wrong = [...ids, others[0]?.id]
    const changed = await post('/api/narrowing', { since, grants: wrong })
    expect(changed.status).toBe(409)
    expect(await rulesOf('reader')).toHaveLength(3)
    expect((await post('/api/narrowing', { since, grants: [] })).status).toBe(400)
    const done = await post('/api/narrowing', { since, grants: ids })
    expect(await done.json()).toEqual({
      ended: ['*.never.test', 'never.test'].map((rule) => ({
        component: 'reader',
        permission: 'network',
        rule,
      })),
    })
    expect(await rulesOf('reader')).toEqual(['demo.test'])
    const records = (await (await api('/api/audit')).text()).split('\n').filter(Boolean)
    const acts = records
      .map(
        (line) => JSON.parse(line) as { body?: { kind: string; facts: object }; private?: object },
      )
      .filter(({ body }) => body?.kind === 'narrowing')
    expect(acts.at(-2)?.body?.facts).toMatchObject({ outcome: 'refused', reason: 'changed' })
    expect(acts.at(-1)?.body?.facts).toMatchObject({ outcome: 'done', ended: 2, given: 0 })
    expect(JSON.stringify(acts.at(-1)?.private)).toContain('never.test')
  })
})

describe('the smallest grants', () => {
  it('are what was used, and no more; what was used goes on', async () => {
    await writePolicy('reader', { network: { allow: ['*', 'demo.test'], deny: ['POST *'] } })
    const at = Date.now()
    expect(await fetchPage('/hello')).toBe(true)
    expect(await fetchPage('/redirect')).toBe(true)
    const view = await narrowing('reader', at)
    expect(view.unknown_calls).toBe(0)
    expect(view.changes.map(({ rule, becomes }) => [rule, becomes])).toEqual([
      ['*', ['GET http://demo.test/hello/', 'GET http://demo.test/redirect/']],
      ['demo.test', []],
    ])
    const { since, seal } = view
    const path = '/api/components/reader/narrowing'
    expect((await post(path, { since, seal: 'another' })).status).toBe(409)
    const done = await post(path, { since, seal })
    expect(done.status, await done.clone().text()).toBe(200)
    expect(await rulesOf('reader')).toEqual([
      'GET http://demo.test/hello/',
      'GET http://demo.test/redirect/',
      'POST *',
    ])
    expect(await fetchPage('/hello')).toBe(true)
    expect(await fetchPage('/other')).toBe(false)
    // What was put there is young: it is left.
    expect((await narrowing('reader', at)).changes).toEqual([])
    const why = "SELECT count(*) AS n FROM grants WHERE revoked_because = 'replaced' AND rule = '*'"
    expect(rows(stateDir, why)[0]?.['n']).toBeGreaterThan(0)
  })

  it('last as long as what they take the place of, to the millisecond', async () => {
    await api('/api/components/reader/policy', { method: 'DELETE' })
    const refused = await agent.call('fetch', { url: 'http://demo.test/hello' })
    const [question] = denialsOf(refused).approvals
    await decideAt(person, question?.url ?? '', 'allow', {
      life: 'hour',
      rule: encodeURIComponent('http://demo.test/'),
    })
    const at = Date.now()
    expect(await fetchPage('/hello')).toBe(true)
    const before = await narrowing('reader', at)
    expect(before.changes).toMatchObject([{ rule: 'http://demo.test/', life: 'until' }])
    const { since, seal } = before
    expect((await post('/api/components/reader/narrowing', { since, seal })).status).toBe(200)
    const { staying } = await narrowing('reader', at)
    expect(staying).toMatchObject([
      {
        rule: 'GET http://demo.test/hello/',
        life: 'until',
        until: before.changes[0]?.until,
        why: 'young',
      },
    ])
    // It is still what that question asked for.
    expect(await agent.value('get-policy', { component_id: 'reader' })).toMatchObject({
      rules: [{ rule: 'GET http://demo.test/hello/', question_id: question?.id }],
    })
  })

  it('keep of the drive what was listed, read, written, moved and removed', async () => {
    const everything = { storage: { allow: ['read,write fs:///'] } }
    await writePolicy('roamer', everything)
    const at = Date.now()
    const deeds = [
      ['make-directory', 'trip'],
      ['write', ['trip/a', 'a']],
      ['rename', ['trip/a', 'trip/b']],
      ['read', 'trip/b'],
      ['list', 'trip'],
      ['remove', 'trip/b'],
    ] as const
    const told = await roam({ agent, cookie: '' }, deeds)
    const { since, seal, changes } = await narrowing('roamer', at)
    expect(changes).toMatchObject([
      { rule: 'read,write fs:///', becomes: ['read,write fs://trip'] },
    ])
    expect((await post('/api/components/roamer/narrowing', { since, seal })).status).toBe(200)
    expect((await roam({ agent, cookie: '' }, deeds)).slice(1)).toEqual(told.slice(1))
    expect(await roam({ agent, cookie: '' }, [['read', 'elsewhere']])).not.toEqual(['nothing'])
    expect(await rulesOf('roamer')).toEqual(['read,write fs://trip'])
  })

  it('are for no agent to make, and for nobody else', async () => {
    const body = { since: 0, seal: 'x' }
    for (const path of ['/api/narrowing', '/api/components/reader/narrowing']) {
      const by = { method: 'POST', body: JSON.stringify(body) }
      expect(await (await agent.api(path, by)).json()).toMatchObject({
        error: { code: 'agents-token' },
      })
      expect((await fetch(new URL(path, url), by)).status).toBe(401)
      expect((await fetch(new URL(path, url))).status).toBe(401)
      const elsewhere = { ...by, headers: { origin: 'https://evil.test' } }
      expect((await person.fetch(`${url}${path}`, elsewhere)).status).toBe(403)
      const plain = await Agent.of(url, 'alice')
      expect((await plain.api(path)).status).toBe(403)
      await plain.close()
    }
    expect((await api('/api/components/no-such/narrowing')).status).toBe(404)
    for (const query of ['days=0', 'since=x', `since=${Date.now() + 60_000}`, 'since=1']) {
      expect((await api(`/api/narrowing?${query}`)).status, query).toBe(400)
    }
    const bob = await Agent.of(url, 'bob', { scope: 'console' })
    expect((await bob.api('/api/components/reader/narrowing')).status).toBe(404)
    await bob.close()
  })
})

describe(`the pages${NO_BROWSER}`, () => {
  let browser: RealBrowser | undefined
  let page: Page
  const complaints: string[] = []
  beforeAll(async () => {
    if (NO_BROWSER !== '') return
    browser = await launch()
    page = await (await browser.newContext()).newPage()
    page.on('console', (message) => {
      if (!message.location().url.endsWith('/favicon.ico')) complaints.push(message.text())
    })
    await agent.upload('probed-again', PROBE)
  })
  afterAll(async () => {
    await browser?.close()
  })

  async function open(path: string): Promise<void> {
    await page.goto(`${url}${path}`)
    if (new URL(page.url()).origin === url) return
    await page.getByRole('button', { name: 'Alice' }).click()
    await page.waitForURL(`${url}${path}`)
  }
  const text = () => page.locator('body').innerText()

  inBrowser(`take back all that was not used${NO_BROWSER}`, async () => {
    await writePolicy('reader', { network: { allow: ['demo.test', 'never.test'] } })
    await writePolicy('roamer', { environment: { allow: ['NEVER'] } })
    const at = Date.now()
    await fetchPage('/hello')
    await open(`/console/narrowing?since=${at}`)
    expect(await text()).toMatch(/roamer: the raw value of the variable NEVER .*never used/)
    expect(await text()).toMatch(/demo\.test since .* last used .* by \d+ calls/)
    await page.getByRole('button', { name: 'Take back all 2' }).click()
    await page.waitForURL(`${url}/console/narrowing`)
    expect(await rulesOf('reader')).toEqual(['demo.test'])
    expect(await rulesOf('roamer')).toEqual([])
  })

  inBrowser(`make a component’s permissions as small as what was used${NO_BROWSER}`, async () => {
    const at = Date.now()
    await fetchPage('/hello')
    await open(`/console/components/reader/narrowing?since=${at}`)
    expect(await page.locator('del').allInnerTexts()).toEqual(['demo.test'])
    expect(await page.locator('ins').allInnerTexts()).toEqual(['GET http://demo.test/hello/'])
    await page.getByRole('button', { name: 'Make it this small' }).click()
    await page.waitForURL(`${url}/console/components/reader/narrowing`)
    expect(await rulesOf('reader')).toEqual(['GET http://demo.test/hello/'])
    await page.goto(`${url}/console`)
    expect(await text()).toContain('Make it as small as what was used')
  })

  inBrowser(`try a policy over past calls, and let that very one hold${NO_BROWSER}`, async () => {
    await open('/console/components/reader/what-if')
    const field = page.getByLabel('Policy')
    expect(await field.inputValue()).toContain('GET http://demo.test/hello/')
    await field.fill('version: "1.0"\npermissions:\n  network:\n    alow: []\n')
    await page.getByRole('button', { name: 'Try it' }).click()
    expect(await text()).toContain('permissions.network.alow')
    const policy =
      'version: "1.0"\npermissions:\n  network:\n    allow:\n      - host: "other.test"\n'
    await field.fill(policy)
    await page.getByRole('button', { name: 'Try it' }).click()
    expect(await text()).toMatch(/GET\s+http:\/\/demo\.test\/hello/)
    expect(await text()).toContain('would be refused (refused: nobody granted it)')
    expect(await rulesOf('reader')).toEqual(['GET http://demo.test/hello/'])
    // What is in the field now is not what was tried.
    await field.fill('version: "1.0"\npermissions: {}\n')
    await page.getByRole('button', { name: 'Let this policy hold' }).click()
    await page.waitForURL(`${url}/console/components/reader/what-if`)
    expect(await rulesOf('reader')).toEqual(['other.test'])
    expect(complaints.filter((one) => !one.includes('422'))).toEqual([])
  })
})
