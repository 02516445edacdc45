// Every id of one person, tried by another on every route and every tool that takes one: refused exactly as an
// id that never was, and without a trace.

import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleOf, decide, denialsOf, linkOf, textOf } from '../support/agent.ts'
import { looper } from '../support/looper.ts'
import { quitter } from '../support/quitter.ts'

const { url } = inject('server')
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'
const POLICY = 'version: "1.0"\npermissions: {}\n'

const BINDING = { hosts: ['demo.test'], placement: { kind: 'header', name: 'authorization' } }

type Init = { readonly method: string; readonly body?: string | URLSearchParams }
const form = (fields: Record<string, string>): Init => ({
  method: 'POST',
  body: new URLSearchParams(fields),
})

/** Every route that takes something of a person's in its path, and what to send to it. */
const ROUTES: Readonly<Record<string, readonly Init[]>> = {
  '/approvals/:id': [
    { method: 'GET' },
    form({ decision: 'allow', life: 'always' }),
    form({ decision: 'deny' }),
  ],
  '/approvals/:id/mute': [form({ mute: 'hour' })],
  '/api/calls/:id': [{ method: 'GET' }],
  '/console/calls/:id': [{ method: 'GET' }],
  '/api/clients/:client': [{ method: 'DELETE' }],
  '/api/components/:id': [{ method: 'DELETE' }],
  '/api/components/:id/wit': [{ method: 'PUT', body: 'package a:b;' }],
  '/api/components/:id/icon': [{ method: 'PUT', body: 'no picture' }, { method: 'DELETE' }],
  '/console/components/:name/icon': [{ method: 'GET' }, form({ action: 'delete' })],
  '/api/components/:name/connections': [{ method: 'GET' }],
  '/api/components/:name/connections/:of/:service': [{ method: 'DELETE' }],
  '/api/components/:name/environment': [{ method: 'GET' }],
  '/api/components/:name/environment/:key': [
    { method: 'GET' },
    { method: 'PUT', body: 'value' },
    { method: 'DELETE' },
  ],
  '/api/components/:name/policy': [
    { method: 'GET' },
    { method: 'PUT', body: POLICY },
    { method: 'DELETE' },
  ],
  '/api/components/:name/policy/what-if': [{ method: 'POST', body: POLICY }],
  '/api/components/:name/narrowing': [
    { method: 'GET' },
    {
      method: 'POST',
      body: JSON.stringify({ since: 1, seal: `sha256:${'0'.repeat(64)}`, accept_unknown: true }),
    },
  ],
  '/console/components/:name/narrowing': [
    { method: 'GET' },
    form({ since: '1', seal: `sha256:${'0'.repeat(64)}` }),
  ],
  '/console/components/:name/what-if': [
    { method: 'GET' },
    form({ action: 'try', days: '30', policy: POLICY }),
    form({ action: 'apply', days: '30', policy: POLICY }),
  ],
  '/console/components/:name/connections': [
    { method: 'GET' },
    form({ action: 'connect', service: 'host/id', digest: `sha256:${'0'.repeat(64)}` }),
  ],
  '/console/components/:name/connections/end': [form({ service: 'host/id' })],
  '/api/components/:name/secrets': [{ method: 'GET' }],
  '/api/components/:name/secrets/:secret': [
    { method: 'PUT', body: JSON.stringify({ value: 'a value of his', ...BINDING }) },
    { method: 'DELETE' },
  ],
  '/console/components/:name/proposal': [
    { method: 'GET' },
    form({ action: 'all', life: 'always' }),
    form({ action: 'ask', permission: 'network', rule: 'demo.test' }),
  ],
  '/console/components/:name/secrets': [
    { method: 'GET' },
    form({
      action: 'set',
      name: 'HERS',
      value: 'a value of his',
      hosts: 'demo.test',
      placement: 'header',
      header: 'authorization',
    }),
    form({ action: 'delete', name: 'HERS' }),
  ],
  '/console/components/:name/variables': [
    { method: 'GET' },
    form({ action: 'set', key: 'TOKEN', value: 'x' }),
    form({ action: 'delete', key: 'TOKEN' }),
  ],
  '/console/components/:name/version': [
    { method: 'GET' },
    form({ decision: 'keep', digest: `sha256:${'0'.repeat(64)}` }),
    form({ decision: 'nothing', digest: `sha256:${'0'.repeat(64)}` }),
  ],
}

/** Of the host, or of nobody's: what they take is no id of a person (see `ceilings.test.ts`, `isolation.test.ts`, `sign-in-allow.test.ts`). */
const OTHERS = [
  '/api/services/host/:service',
  '/api/services/mine/:service',
  '/console/connections/callback/:of/:service',
  '/api/components/:name',
  '/api/catalogue/:name',
  '/api/catalogue/:name/icon',
  '/api/catalogue/:name/policy',
  '/api/catalogue/:name/wit',
  '/api/ceilings/components/:subject',
  '/api/ceilings/people/:subject',
  '/api/people/:subject/suspension',
  '/sign-in/callback/:provider',
  '/icons/:hex{[0-9a-f]{64}}',
]

let alice: Agent
let bob: Agent
let his: Browser
let hers: Browser
let approval = ''
let call = ''
let token = ''
beforeAll(async () => {
  const scope = 'tools:call components:manage console'
  alice = await Agent.of(url, 'alice', { scope })
  bob = await Agent.of(url, 'bob', { scope })
  hers = await consoleOf(url, 'alice')
  his = await consoleOf(url, 'bob')
  token = (await signInHeadless({ serverUrl: url, user: 'bob', scope: 'console' })).accessToken
  await alice.startFresh()
  await bob.startFresh()
  await alice.upload('hers', await looper())
  await decide(hers, await alice.call('ask-until-refused'), 'allow')
  await alice.give('/api/components/hers/environment/TOKEN', {
    method: 'PUT',
    body: 'secret-of-hers',
  })
  await hers.fetch(`${url}/api/components/hers/secrets/HERS`, {
    method: 'PUT',
    headers: { origin: url },
    body: JSON.stringify({ value: 'secret-of-hers', ...BINDING }),
  })
  // A version of hers waits, and a question of hers is open.
  await alice.upload('hers', await quitter())
  await alice.load('fetch')
  const refused = await alice.call('fetch', { url: 'http://demo.test/hello' })
  approval = linkOf(refused).split('/').at(-1) ?? ''
  const made = (await (await alice.api('/api/calls?limit=1')).json()) as { calls: { id: string }[] }
  call = made.calls[0]?.id ?? ''
  expect((await alice.api(`/api/calls/${call}`)).status).toBe(200)
})
afterAll(async () => {
  for (const agent of [alice, bob]) {
    await agent.startFresh()
    await agent.close()
  }
})

/** All that is hers, as she sees it. */
const state = async (): Promise<unknown[]> => [
  await alice.value('get-policy', { component_id: 'hers' }),
  await (await alice.api('/api/components')).json(),
  await (await alice.api('/api/components/hers/environment')).json(),
  await (await alice.api('/api/components/hers/secrets')).json(),
  (await hers.open(`${url}/approvals/${approval}`)).status,
  (await hers.open(`${url}/console/components/hers/version`)).html,
]

describe('bob', () => {
  it('meets every route that takes an id: none is missing here', () => {
    const folder = 'src/http/routes'
    const source = readdirSync(folder).map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
    const found = source.flatMap((text) => text.match(/(?<=')\/[^'\s]*:[a-z]+[^'\s]*(?=')/g) ?? [])
    expect([...new Set(found)].sort()).toEqual([...Object.keys(ROUTES), ...OTHERS].sort())
  })

  it('is answered of hers as of what never was, on every route, by cookie and by token', async () => {
    const before = await state()
    expect(JSON.stringify(before)).toContain('"HERS"')
    for (const [route, inits] of Object.entries(ROUTES)) {
      const path = (of: 'hers' | 'nobody') => {
        const id = of === 'nobody' ? UNKNOWN_ID : route.includes('/calls/') ? call : approval
        const client = of === 'hers' ? alice.signedIn.clientId : 'nobody'
        const named = route
          .replace(':of/:service', 'host/id')
          .replace(':key', 'TOKEN')
          .replace(':secret', 'HERS')
          .replace(':name', of)
          .replace(':client', client)
        return named.replace(':id', /approvals|calls/.test(route) ? id : of)
      }
      for (const init of inits) {
        for (const by of [
          (to: string) => his.fetch(`${url}${to}`, init),
          (to: string) => bob.api(to, init),
          (to: string) =>
            fetch(`${url}${to}`, {
              ...init,
              redirect: 'manual',
              headers: { authorization: `Bearer ${token}` },
            }),
        ]) {
          const answers = await Promise.all(
            (['hers', 'nobody'] as const).map(async (of) => {
              const answer = await by(path(of))
              const own = new RegExp(`${of}|${approval}|${call}|${UNKNOWN_ID}`, 'g')
              const [to, text] = [answer.headers.get('location'), await answer.text()]
              return [answer.status, to?.replace(own, 'X'), text.replace(own, 'X')]
            }),
          )
          const said = `${init.method} ${route}`
          expect(answers[0], said).toEqual(answers[1])
          expect(answers[0]?.[0], said).toBeGreaterThanOrEqual(302)
          expect(JSON.stringify(answers[0]), said).not.toMatch(/secret-of-hers|demo\.test/)
        }
      }
    }
    expect(await state()).toEqual(before)
  })

  it('is answered of hers as of what never was, by every tool that takes a component', async () => {
    const before = await state()
    const { tools } = await bob.client.listTools(undefined, { cacheMode: 'bypass' })
    const taking = tools.filter(({ inputSchema: { properties = {} } }) =>
      ['id', 'component_id'].some((key) => key in properties),
    )
    expect(taking).toHaveLength(10)
    const details = {
      network: { host: 'demo.test' },
      storage: { uri: 'fs://x', access: ['read'] },
      environment: { key: 'TOKEN' },
      memory: { memory: '1Mi' },
    }
    for (const { name, inputSchema } of taking) {
      const key = 'id' in (inputSchema.properties ?? {}) ? 'id' : 'component_id'
      const of = Object.entries(details).find(([kind]) => name.includes(`-${kind}-`))?.[1]
      const isRevocation = name.startsWith('revoke-storage')
      const sent = isRevocation ? { uri: 'fs://x' } : of
      const ask = (id: string) =>
        bob.call(name, { [key]: id, ...(sent === undefined ? {} : { details: sent }) })
      const [hers, nobody] = [await ask('hers'), await ask('nobody')]
      expect(hers.isError, name).toBe(true)
      expect(textOf(hers), name).toContain('You have no component of that id')
      expect(hers, name).toEqual(nobody)
    }
    expect(await state()).toEqual(before)
  })

  it('claims nothing of hers: a grant of hers for one call is there after all his calls', async () => {
    const refused = await alice.call('fetch', { url: 'http://demo.test/hello' })
    const page = await hers.open(linkOf(refused))
    await hers.press(page, 'decision', 'allow', { life: 'once' })
    await bob.load('fetch')
    const his = await bob.call('fetch', { url: 'http://demo.test/hello' })
    expect(denialsOf(his).denials).toMatchObject([{ reason: 'not-granted' }])
    const answered = await alice.call('fetch', { url: 'http://demo.test/hello' })
    expect(answered.isError).not.toBe(true)
  })
})
