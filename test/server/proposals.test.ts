// What a publisher proposes to allow a component: shown to the person in words, applied by nobody, and given by
// the same questions as everything else.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf } from '../support/agent.ts'
import { PROBE, withCustomSection } from '../support/components.ts'

const { url } = inject('server')
const POLICY = `version: "1.0"
description: "Probe reads from two hosts. <b>Trust it.</b>"
permissions:
  network:
    allow:
      - host: "https://api.test/v1"
      - host: "*.wide.test"
  storage:
    allow:
      - uri: "fs://notes"
        access: [read]
  environment:
    allow:
      - key: "PROBE_TOKEN"
`
const RULES = ['https://api.test/v1/', '*.wide.test', 'read fs://notes', 'PROBE_TOKEN']

let host: Agent
let agent: Agent
let person: Browser
beforeAll(async () => {
  host = await Agent.of(url, 'host', { scope: 'console' })
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  await agent.startFresh()
  expect((await publish(PROBE)).status).toBe(200)
  expect((await propose(POLICY)).status).toBe(200)
  await agent.load('proposing')
})
beforeEach(async () => {
  await agent.value('reset-permission', { component_id: 'proposing' })
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
  await host.close()
})

const publish = (bytes: Uint8Array) =>
  host.api('/api/catalogue/proposing?description=Proposes%20a%20policy.', {
    method: 'PUT',
    body: Uint8Array.from(bytes),
  })
const propose = (policy: string, by = host, name = 'proposing') =>
  by.api(`/api/catalogue/${name}/policy`, { method: 'PUT', body: policy })
const page = () => person.open(`${url}/console/components/proposing/proposal`)
const rulesInForce = async () => {
  const { permissions } = await agent.value('get-policy', { component_id: 'proposing' })
  const { network, storage, environment } = permissions as Record<string, { allow: Rule[] }>
  return [...(network?.allow ?? []), ...(storage?.allow ?? []), ...(environment?.allow ?? [])].map(
    (rule) => rule.host ?? rule.key ?? `${rule.access?.join(',')} ${rule.uri}`,
  )
}
/** In the place of all that the person said. */
async function say(bounds: Record<string, number>): Promise<void> {
  const policy = `version: "1.0"\npermissions: {}\nx-wassette-edge: { limits: ${JSON.stringify(bounds)} }\n`
  const path = '/api/components/proposing/policy'
  const said = await agent.give(path, { method: 'PUT', body: policy })
  expect(said.status).toBe(200)
}
const Granted = z.object({ permission: z.string(), rule: z.string(), life: z.string() })
const Components = z.object({
  components: z.array(z.object({ id: z.string(), grants: z.array(Granted) })),
})
async function grants(): Promise<z.infer<typeof Granted>[]> {
  const { components } = Components.parse(await (await agent.api('/api/components')).json())
  return components.find(({ id }) => id === 'proposing')?.grants ?? []
}
const limits = async () =>
  (await grants()).flatMap(({ permission, rule }) => (permission === 'limit' ? [rule] : []))
const livesOf = async (host: string) =>
  (await grants()).flatMap(({ rule, life }) => (rule.includes(host) ? [life] : []))
const Decision = z.object({
  body: z.object({
    kind: z.literal('decision'),
    facts: z.object({ terms: z.object({ life: z.string() }) }),
  }),
})
/** What the audit has of decisions about a rule. */
async function decisions(rule: string) {
  const lines = (await (await agent.give('/api/audit')).text()).split('\n').filter(Boolean)
  return lines
    .filter((line) => line.includes(rule))
    .flatMap((line) => Decision.safeParse(JSON.parse(line)).data?.body ?? [])
}
interface Rule {
  readonly host?: string
  readonly key?: string
  readonly uri?: string
  readonly access?: readonly string[]
}

describe('a publisher’s policy', () => {
  it('is applied by nobody: neither by loading the component nor by looking at it', async () => {
    const { proposal_url: link } = await agent.load('proposing')
    expect(link).toBe(`${url}/console/components/proposing/proposal`)
    expect((await person.open(link ?? '')).status).toBe(200)
    expect(await rulesInForce()).toEqual([])
  })

  it('is shown in words, a stranger’s as quotations', async () => {
    const { html } = await page()
    const text = pageText(html)
    expect(text).toContain('any method, /v1/ and below on api.test , https on port 443')
    expect(text).toContain('any path on every host below wide.test')
    expect(text).toContain('open, list and read: fs://notes')
    expect(text).toContain('the raw value of the variable PROBE_TOKEN')
    expect(text).toContain('This is broad')
    expect(html).not.toContain('<b>Trust')
    expect(text).toContain('<b>Trust it.</b>')
  })

  it('is given rule by rule, each on the page of a question', async () => {
    const shown = await page()
    const form = shown.forms.find(({ fields }) =>
      fields.some(([, value]) => value === encodeURIComponent('read fs://notes')),
    )
    if (form === undefined) throw new Error('no form for the rule')
    const body = new URLSearchParams([...form.fields, ['action', 'ask']])
    const asked = await person.fetch(shown.url, { method: 'POST', body })
    expect(asked.status).toBe(303)
    expect(await rulesInForce()).toEqual([])
    const question = await person.open(new URL(asked.headers.get('location') ?? '', url))
    expect(pageText(question.html)).toContain('It wants to use your drive: read fs://notes')
    await person.press(question, 'decision', 'allow')
    expect(await rulesInForce()).toEqual(['read fs://notes'])
    expect(pageText((await page()).html)).toContain('You allowed this.')
  })

  it('is given as a whole, for as long as the person says', async () => {
    const shown = await page()
    expect(shown.forms.at(-1)?.fields).toContainEqual(['life', 'once'])
    const after = await person.press(shown, 'action', 'all', { life: 'hour' })
    expect(after.url.pathname).toBe('/console/components/proposing/proposal')
    expect((await rulesInForce()).toSorted()).toEqual(RULES.toSorted())
    const { rules } = await agent.value('get-policy', { component_id: 'proposing' })
    const from = (rules as { from: string }[]).map((rule) => rule.from)
    expect(new Set(from)).toEqual(new Set(['proposal of the publisher, allowed by the person']))
    const home = await person.open(`${url}/console`)
    expect(pageText(home.html)).toMatch(/fs:\/\/notes since .* until/)
  })

  it('lifts no lower bound of the person’s together with the rest', async () => {
    const bounds = { 'egress-bytes': 10_000_000, requests: 10 }
    const wide = `${POLICY}x-wassette-edge: { limits: ${JSON.stringify(bounds)} }\n`
    expect((await propose(wide)).status).toBe(200)
    await say({ 'egress-bytes': 1_000, requests: 20 })
    const shown = await page()
    const text = pageText(shown.html)
    expect(text).toContain('the place of egress-bytes 1000 which you set, and which is lower.')
    expect(text).toContain('the place of requests 20 which you set.')
    expect(text).toContain('Allow all 5')
    expect(text).toContain('Without what would lift a lower bound of yours')
    await person.press(shown, 'action', 'all', { life: 'hour' })
    expect((await rulesInForce()).toSorted()).toEqual(RULES.toSorted())
    expect((await limits()).toSorted()).toEqual(['egress-bytes 1000', 'requests 10'])
    // A bound holds for good, whatever was chosen for the rest: the record says so.
    const [terms] = (await decisions('requests 10')).map(({ facts }) => facts.terms.life)
    expect([terms, await livesOf('api.test')]).toEqual(['always', ['until']])
    // By itself it can be lifted, and the page of the question says that it is.
    const form = (await page()).forms.find(({ fields }) =>
      fields.some(([, value]) => value === encodeURIComponent('egress-bytes 10000000')),
    )
    const body = new URLSearchParams([...(form?.fields ?? []), ['action', 'ask']])
    const asked = await person.fetch(shown.url, { method: 'POST', body })
    const question = await person.open(new URL(asked.headers.get('location') ?? '', url))
    expect(pageText(question.html)).toContain('In the place of egress-bytes 1000 You set a lower')
    await person.press(question, 'decision', 'allow')
    expect((await limits()).toSorted()).toEqual(['egress-bytes 10000000', 'requests 10'])
    expect((await propose(POLICY)).status).toBe(200)
    await say({})
  })

  it('is given as it was seen: another policy meanwhile gives nothing', async () => {
    const shown = await page()
    const wider = POLICY.replace('- uri: "fs://notes"', '- uri: "fs:///"')
    expect((await propose(wider)).status).toBe(200)
    const late = await person.press(shown, 'action', 'all', { life: 'always' })
    expect([late.status, pageText(late.html)]).toEqual([
      409,
      expect.stringContaining('is not what this page showed you any more'),
    ])
    expect(late.html).toContain('href="/console/components/proposing/proposal"')
    expect(await rulesInForce()).toEqual([])
    // As it is now, it can be given.
    await person.press(await page(), 'action', 'all', { life: 'always' })
    expect(await rulesInForce()).toContain('read fs:///')
    expect((await propose(POLICY)).status).toBe(200)
  })

  it('is given to the version that was seen: not to one that was loaded meanwhile', async () => {
    const shown = await page()
    expect((await publish(withCustomSection(PROBE, 'meanwhile'))).status).toBe(200)
    expect((await propose(POLICY)).status).toBe(200)
    await agent.load('proposing')
    expect((await person.press(shown, 'action', 'all', { life: 'always' })).status).toBe(409)
    expect(await rulesInForce()).toEqual([])
    expect((await publish(PROBE)).status).toBe(200)
    expect((await propose(POLICY)).status).toBe(200)
    await agent.load('proposing')
  })

  it('is not given by a form that does not say what was seen', async () => {
    const { url: at } = await page()
    for (const seen of [{}, { seen: '' }, { seen: 'sha256:0' }]) {
      const body = new URLSearchParams({ action: 'all', life: 'always', ...seen })
      expect((await person.fetch(at, { method: 'POST', body })).status).toBe(409)
    }
    expect(await rulesInForce()).toEqual([])
  })

  it.each([
    ['another host', { action: 'ask', permission: 'network', rule: '*' }],
    [
      'another kind',
      { action: 'ask', permission: 'storage', rule: 'https%3A%2F%2Fapi.test%2Fv1%2F' },
    ],
    ['no rule', { action: 'ask', permission: 'network' }],
    ['nothing', {}],
    ['a session of nobody', { action: 'all', life: 'session' }],
  ])('is no way to ask for %s', async (_, fields) => {
    const { url: at } = await page()
    const body = new URLSearchParams(fields as Record<string, string>)
    expect((await person.fetch(at, { method: 'POST', body })).status).toBe(400)
    expect(await rulesInForce()).toEqual([])
  })

  it('is decided neither from another site, nor by a token', async () => {
    const { url: at } = await page()
    const body = new URLSearchParams({ action: 'all' })
    const forged = { method: 'POST', body, headers: { origin: 'https://evil.test' } }
    expect((await person.fetch(at, forged)).status).toBe(403)
    const token = await agent.api(at.pathname, { method: 'POST', body, headers: { origin: url } })
    expect(token.status).toBe(401)
    expect(await rulesInForce()).toEqual([])
  })

  it('is asked for also of a component that the person muted: they ask themselves', async () => {
    const asked = await agent.value('grant-network-permission', {
      component_id: 'proposing',
      details: { host: 'other.test' },
    })
    await person.fetch(`${String(asked['approval_url'])}/mute`, {
      method: 'POST',
      body: new URLSearchParams({ mute: 'hour' }),
    })
    await person.press(await page(), 'action', 'all', { life: 'always' })
    expect(await rulesInForce()).toHaveLength(RULES.length)
    const source = new URLSearchParams({ source: 'catalogue:proposing' })
    await person.fetch(`${url}/console/unmute`, { method: 'POST', body: source })
  })

  it('is not there for a component of another source, nor for somebody who has none', async () => {
    await agent.upload('mine', PROBE)
    const mine = await person.open(`${url}/console/components/mine/proposal`)
    expect(pageText(mine.html)).toContain('proposes to allow nothing')
    await agent.value('unload-component', { id: 'mine' })
    const bob = await consoleOf(url, 'bob')
    const theirs = await bob.open(`${url}/console/components/proposing/proposal`)
    expect(theirs.status).toBe(404)
  })
})

describe('PUT /api/catalogue/:name/policy', () => {
  it('is for the host alone, and for what the catalogue has', async () => {
    const alice = await Agent.of(url, 'alice', { scope: 'console' })
    expect((await propose(POLICY, alice)).status).toBe(403)
    expect((await propose(POLICY, host, 'no-such')).status).toBe(404)
    await alice.close()
  })

  it('tells every fault of a policy that is none, and keeps the one there was', async () => {
    const refused = await propose('version: "1.0"\npermissions:\n  networks: {}\n')
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({
      error: { code: 'bad-policy', faults: [{ path: 'permissions.networks', line: 3 }] },
    })
    expect(pageText((await page()).html)).toContain('fs://notes')
  })

  it('stays while the bytes do: another version proposes nothing', async () => {
    expect((await publish(PROBE)).status).toBe(200)
    expect(await agent.load('proposing')).toHaveProperty('proposal_url')
    expect((await publish(withCustomSection(PROBE, 'a new version'))).status).toBe(200)
    expect(await agent.load('proposing')).not.toHaveProperty('proposal_url')
    expect(pageText((await page()).html)).toContain('proposes to allow nothing')
  })
})
