// Every id of one person, tried by another on every route and every tool that takes one: refused exactly as an
// id that never was, and without a trace.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleOf, decide, denialsOf, linkOf, textOf } from '../support/agent.ts'
import { withCustomSection } from '../support/components.ts'
import { looper } from '../support/looper.ts'
import { rows } from '../support/persisted.ts'
import { quitter } from '../support/quitter.ts'
import { routes } from '../support/routes.ts'

const { url, stateDir } = inject('server')
const UNKNOWN_ID = '00000000-0000-4000-8000-000000000000'
/** As long as what stands in its place: the length of an answer tells nothing either. */
const NOBODY = 'zzzz'
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
  ],
  '/console/components/:name/what-if/apply': [form({ policy: btoa(POLICY) })],
  '/console/components/:name/connections': [
    { method: 'GET' },
    form({
      action: 'connect',
      service: 'host/id',
      digest: `sha256:${'0'.repeat(64)}`,
      offer: `sha256:${'0'.repeat(64)}`,
    }),
  ],
  '/console/components/:name/connections/end': [form({ service: 'host/id' })],
  '/api/services/mine/:service': [{ method: 'DELETE' }],
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

/** What each of them is called where it is tried: hers, and what nobody has. */
type Ids = Readonly<
  Record<'approval' | 'call' | 'client' | 'component' | 'grant' | 'source' | 'service', string>
>
const TOO_FEW = JSON.stringify({ since: 1 })

/** Every route that takes something of a person's in what is sent to it. */
const BODIES: Readonly<Record<string, (ids: Ids) => readonly Init[]>> = {
  '/api/narrowing': ({ grant }) => [
    { method: 'POST', body: JSON.stringify({ since: 1, grants: [grant] }) },
    { method: 'POST', body: TOO_FEW },
  ],
  '/console/narrowing': ({ grant }) => [form({ since: '1', grants: grant })],
  '/console/unmute': ({ source, client }) => [form({ source }), form({ client })],
  '/console/revoke': ({ component }) => [
    form({ component, permission: 'network', rule: 'GET,HEAD demo.test' }),
    form({ component, permission: 'storage', rule: 'read fs://notes' }),
    form({ component, permission: 'environment', rule: 'TOKEN' }),
    form({ component, permission: 'labels', rule: 'private' }),
  ],
  '/console/labels/reset': ({ client }) => [form({ owner: `client ${client}` })],
  '/console/labels/switch': ({ client }) => [form({ client, client_name: 'hers', mode: 'host' })],
  '/console/labels/choose': ({ component }) => [
    form({ component, place: 'network GET,HEAD demo.test', action: 'default' }),
    form({ component, place: 'network GET,HEAD demo.test', action: 'set', private: 'yes' }),
  ],
  '/console/clients/end': ({ client }) => [form({ client })],
  '/console/services': ({ service }) => [form({ action: 'remove', name: service })],
}

/** Of the host, or of nobody's: what they take is no id of a person (see `ceilings.test.ts`, `isolation.test.ts`, `sign-in-allow.test.ts`). */
const OTHERS = [
  'PUT /api/services/host/:service',
  'DELETE /api/services/host/:service',
  'PUT /api/services/mine/:service',
  'GET /console/connections/callback/:of/:service',
  'PUT /api/components/:name',
  'PUT /api/catalogue/:name',
  'PUT /api/catalogue/:name/icon',
  'DELETE /api/catalogue/:name/icon',
  'PUT /api/catalogue/:name/policy',
  'PUT /api/catalogue/:name/wit',
  'GET /api/ceilings/components/:subject',
  'PUT /api/ceilings/components/:subject',
  'DELETE /api/ceilings/components/:subject',
  'GET /api/ceilings/people/:subject',
  'PUT /api/ceilings/people/:subject',
  'DELETE /api/ceilings/people/:subject',
  'PUT /api/people/:subject/suspension',
  'DELETE /api/people/:subject/suspension',
  'GET /sign-in/callback/:provider',
  'GET /icons/:hex{[0-9a-f]{64}}',
]
/** What these take belongs to a browser or to everybody, or they take nothing (see `sign-in.test.ts`, `front.test.ts`). */
const OTHER_BODIES = [
  'POST /authorize/decide',
  'POST /sign-out',
  'POST /console/sign-out-everywhere',
  'POST /console/catalogue',
  'POST /console/forget',
  'POST /api/forget',
  'PUT /api/ceilings/everyone',
  'DELETE /api/ceilings/everyone',
]

let alice: Agent
let bob: Agent
let his: Browser
let hers: Browser
let approval = ''
let call = ''
let token = ''
let mine: Ids
beforeAll(async () => {
  const scope = 'tools:call components:manage console'
  alice = await Agent.of(url, 'alice', { scope })
  bob = await Agent.of(url, 'bob', { scope })
  hers = await consoleOf(url, 'alice')
  his = await consoleOf(url, 'bob')
  token = (await signInHeadless({ serverUrl: url, user: 'bob', scope: 'console' })).accessToken
  await alice.startFresh()
  await bob.startFresh()
  const [first, next] = [await looper(), await quitter()]
  // A component of hers is muted.
  await alice.upload('quiet', withCustomSection(first, 'quiet'))
  const quiet = linkOf(await alice.call('ask-until-refused'))
  const body = new URLSearchParams({ mute: 'day' })
  expect((await hers.fetch(`${quiet}/mute`, { method: 'POST', body })).status).toBe(200)
  await alice.value('unload-component', { id: 'quiet' })
  await alice.upload('hers', first)
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
  // A version of hers waits, and a question of hers is open. He has the very same components, one of them from
  // the same source.
  await alice.upload('hers', next)
  await bob.upload('his', first)
  for (const agent of [alice, bob]) await agent.load('fetch')
  const refused = await alice.call('fetch', { url: 'http://demo.test/hello' })
  approval = linkOf(refused).split('/').at(-1) ?? ''
  const made = (await (await alice.api('/api/calls?limit=1')).json()) as { calls: { id: string }[] }
  call = made.calls[0]?.id ?? ''
  expect((await alice.api(`/api/calls/${call}`)).status).toBe(200)
  const [granted] = rows(
    stateDir,
    "SELECT id FROM grants WHERE source = 'upload:hers' AND revoked_at IS NULL",
  )
  mine = {
    approval,
    call,
    client: alice.signedIn.clientId,
    component: 'hers',
    grant: String(granted?.['id']),
    source: 'upload:quiet',
    service: 'hers',
  }
})
afterAll(async () => {
  const body = new URLSearchParams({ source: 'upload:quiet' })
  expect((await hers.fetch(`${url}/console/unmute`, { method: 'POST', body })).status).toBe(303)
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
  /Muted.*quiet/.test((await hers.open(`${url}/console`)).html),
  // Below stand the clients of her latest calls, and to look is to call.
  (await hers.open(`${url}/console/labels`)).html.split('What happens to the call')[0],
]

/** What he is answered, by each of his ways in, to the same of hers and of nobody's. */
async function compare(said: string, about: (ids: Ids) => { path: string; init: Init }) {
  const nobodys: Ids = {
    approval: UNKNOWN_ID,
    call: UNKNOWN_ID,
    grant: UNKNOWN_ID,
    client: 'x'.repeat(mine.client.length),
    component: NOBODY,
    source: 'upload:quick',
    service: NOBODY,
  }
  for (const by of [
    ({ path, init }) => his.fetch(`${url}${path}`, init),
    ({ path, init }) => bob.api(path, init),
    ({ path, init }) =>
      fetch(`${url}${path}`, {
        ...init,
        redirect: 'manual',
        headers: { authorization: `Bearer ${token}` },
      }),
  ] satisfies ((to: { path: string; init: Init }) => Promise<Response>)[]) {
    const [theirs, none] = await Promise.all(
      [mine, nobodys].map(async (ids) => {
        const own = new RegExp(Object.values(ids).join('|'), 'g')
        const { status, headers, text } = await read(await by(about(ids)))
        return { status, headers: headers.replace(own, 'X'), text: text.replace(own, 'X') }
      }),
    )
    expect(theirs, said).toEqual(none)
    expect(theirs?.status, said).toBeGreaterThanOrEqual(302)
    expect(JSON.stringify(theirs), said).not.toMatch(/secret-of-hers|demo\.test/)
  }
}

/** Everything of an answer but what differs from one answer to the next of the same thing. */
async function read(answer: Response) {
  const headers = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'cf-ray')
  const { status } = answer
  return { status, headers: JSON.stringify(headers.toSorted()), text: await answer.text() }
}

describe('bob', () => {
  it('meets every route that takes an id, in its path or in what is sent: none is missing here', () => {
    const all = routes()
    const tried = Object.entries(ROUTES).flatMap(([path, inits]) =>
      inits.map(({ method }) => `${method} ${path}`),
    )
    const inPath = all.filter((route) => route.includes('/:'))
    expect(inPath).toEqual([...new Set([...tried, ...OTHERS])].toSorted())
    const sent = all.filter((route) => !route.includes('/:') && !route.startsWith('GET '))
    const bodies = Object.entries(BODIES).flatMap(([path, inits]) =>
      inits(mine).map(({ method }) => `${method} ${path}`),
    )
    expect(sent).toEqual([...new Set([...bodies, ...OTHER_BODIES])].toSorted())
  })

  it('is answered of hers as of what never was, on every route, by cookie and by token', async () => {
    const before = await state()
    expect(JSON.stringify(before)).toContain('"HERS"')
    expect(before).toContain(true)
    for (const [route, inits] of Object.entries(ROUTES)) {
      const isApproval = route.startsWith('/approvals')
      const pathOf = ({ approval: question, call: id, client, component }: Ids): string =>
        route
          .replace(':of/:service', 'host/id')
          .replace(':service', component)
          .replace(':key', 'TOKEN')
          .replace(':secret', 'HERS')
          .replace(':name', component)
          .replace(':client', client)
          .replace(':id', isApproval ? question : route.includes('/calls/') ? id : component)
      for (const init of inits) {
        await compare(`${init.method} ${route}`, (ids) => ({ path: pathOf(ids), init }))
      }
    }
    expect(await state()).toEqual(before)
  })

  it('is answered of hers as of what never was, in what he sends to every route', async () => {
    const before = await state()
    for (const [path, inits] of Object.entries(BODIES)) {
      for (const [index, { method }] of inits(mine).entries()) {
        await compare(`${method} ${path} ${index}`, (ids) => {
          const init = inits(ids)[index]
          if (init === undefined) throw new Error('as many for each')
          return { path, init }
        })
      }
    }
    expect(await state()).toEqual(before)
  })

  it('has the same component from the same source with nothing of what she said of it', async () => {
    const refused = await alice.call('fetch', { url: 'http://demo.test/of-hers' })
    await decide(hers, refused, 'allow')
    await alice.api('/api/components/fetch/environment/TOKEN', { method: 'PUT', body: 'of-hers' })
    const policy = await bob.value('get-policy', { component_id: 'fetch' })
    expect(policy['rules']).toEqual([])
    for (const path of ['environment', 'secrets', 'policy', 'narrowing']) {
      const answer = await his.fetch(`${url}/api/components/fetch/${path}`)
      expect(answer.status, path).toBe(200)
      expect(await answer.text(), path).not.toMatch(/TOKEN|demo\.test|of-hers/)
    }
    const asked = await bob.call('fetch', { url: 'http://demo.test/of-hers' })
    expect(denialsOf(asked).denials).toMatchObject([{ reason: 'not-granted' }])
    await alice.value('reset-permission', { component_id: 'fetch' })
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
      const [hers, nobody] = [await ask('hers'), await ask(NOBODY)]
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
    const his = await bob.call('fetch', { url: 'http://demo.test/hello' })
    expect(denialsOf(his).denials).toMatchObject([{ reason: 'not-granted' }])
    const answered = await alice.call('fetch', { url: 'http://demo.test/hello' })
    expect(answered.isError).not.toBe(true)
  })
})
