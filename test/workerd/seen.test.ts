// What a page has shown is what is given: an agent unloads a component while its person reads, and another one takes
// its name.

import { applyD1Migrations } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Digest } from '../../src/component/digest.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { People } from '../../src/store/people.ts'

const ORIGIN = 'http://127.0.0.1:8787'
const [MINE, THEIRS] = ['a', 'b'].map((c) => `sha256:${c.repeat(64)}` as Digest) as [Digest, Digest]
const TEXT = `sha256:${'c'.repeat(64)}` as Digest
const POLICY = 'version: "1.0"\npermissions: { network: { allow: [{ host: "a.test" }] } }\n'
const SECRET = {
  value: 'a value of hers',
  hosts: ['a.test'],
  placement: { kind: 'query', name: 'k' },
}
const PAGE = '/console/components/fetch'

let person = ''
let cookie = ''
const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const people = new People(env.DB)
  const ada = { issuer: env.OIDC_ISSUER, subject: 's', name: 'Ada' }
  person = (await people.meet(ada, null, Date.now())).id
  cookie = `__Host-wassette-console=${await people.openConsole(person, Date.now(), Date.now())}`
})
beforeEach(async () => {
  await account().uninstall('fetch', Date.now())
  await load('catalogue:fetch', MINE)
})

async function load(source: string, digest: Digest, wit: Digest | null = null): Promise<void> {
  const made = { compiler: 'c', artifact: digest, skipped: [], labels: [], loaded_at: Date.now() }
  const imports = [
    'wasi:http/outgoing-handler@0.2.4',
    'wasi:cli/environment@0.2.4',
    'wasi:keyvalue/store@0.2.0-draft',
  ]
  const version = { wish: 'fetch', source, digest, wit, bytes: 1, imports }
  const done = await account().install({ ...version, ...made }, [], [])
  if (!done.ok) throw new Error(done.error)
}

/** What an agent does while the page is open. */
async function replaced(): Promise<void> {
  await account().uninstall('fetch', Date.now())
  await load('https://evil.test/fetch.wasm', THEIRS)
}

function send(path: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers)
  for (const [name, value] of Object.entries({ cookie, origin: ORIGIN, referer: ORIGIN + path })) {
    headers.set(name, value)
  }
  return exports.default.fetch(new Request(ORIGIN + path, { redirect: 'manual', ...init, headers }))
}

const post = (path: string, fields: Record<string, string>) =>
  send(path, { method: 'POST', body: new URLSearchParams(fields) })

const opened = async (path: string) => await (await send(path)).text()

/** What the forms of a page name; `''`: nothing. */
const seenIn = (html: string) => /name="seen" value="([^"]+)"/.exec(html)?.[1] ?? ''

/** All that the person gave to whatever has the name. */
async function given() {
  const view = await account().component('fetch')
  if (view === null) throw new Error('nothing is loaded')
  const { grants, secrets, variables, labels } = view
  return [
    ...grants.map(({ rule }) => rule),
    ...secrets.map(({ name }) => name),
    ...variables.map(({ key }) => key),
    ...Object.keys(labels.chosen),
  ]
}

const secret = { action: 'set', name: 'token', value: SECRET.value, hosts: 'a.test' }
/** A page, what its form sends, where to, and what that gives. */
const FORMS: readonly [string, string, Record<string, string>, string, string][] = [
  ['a policy', `${PAGE}/what-if`, { policy: btoa(POLICY) }, `${PAGE}/what-if/apply`, 'a.test'],
  [
    'a secret',
    `${PAGE}/secrets`,
    { ...secret, placement: 'query', parameter: 'k' },
    `${PAGE}/secrets`,
    'token',
  ],
  [
    'a variable',
    `${PAGE}/variables`,
    { action: 'set', key: 'K', value: 'v' },
    `${PAGE}/variables`,
    'K',
  ],
  [
    'what it keeps',
    '/console/labels',
    { action: 'set', component: 'fetch', place: 'keyvalue', private: 'on' },
    '/console/labels/choose',
    'keyvalue',
  ],
]

describe.each(FORMS)('a form that gives %s', (_, page, fields, to, gives) => {
  it('gives it to what the page showed', async () => {
    const seen = seenIn(await opened(page))
    expect((await post(to, { ...fields, seen })).status).toBe(303)
    expect(await given()).toEqual([gives])
  })

  it('gives it to nothing else that has the name by then', async () => {
    const seen = seenIn(await opened(page))
    await replaced()
    for (const sent of [{ seen }, { seen: '' }, {}]) {
      const late = await post(to, { ...fields, ...sent })
      const html = await late.text()
      expect([late.status, html.includes('Nothing was stored.')]).toEqual([409, true])
      expect(html).toContain(`href="${page}"`)
    }
    expect(await given()).toEqual([])
  })

  it('gives it to no other version, nor to what is described by another text', async () => {
    const seen = seenIn(await opened(page))
    await load('catalogue:fetch', MINE, TEXT)
    expect((await post(to, { ...fields, seen })).status).toBe(409)
    await load('catalogue:fetch', THEIRS)
    expect((await post(to, { ...fields, seen })).status).toBe(409)
    expect(await given()).toEqual([])
  })
})

it.each(['what-if', 'secrets', 'variables'])('the page %s says source and bytes', async (page) => {
  const html = await opened(`${PAGE}/${page}`)
  expect(html).toContain('catalogue:fetch')
  expect(html).toContain(MINE)
})

it('a policy is tried for what the page showed, and can hold for that alone', async () => {
  const page = `${PAGE}/what-if`
  const seen = seenIn(await opened(page))
  const tried = await post(page, { policy: POLICY, days: '1', seen })
  expect([tried.status, seenIn(await tried.text())]).toEqual([200, seen])
  await replaced()
  expect((await post(page, { policy: POLICY, days: '1', seen })).status).toBe(409)
})

describe('If-Match', () => {
  const PUTS: readonly [string, string, number, string][] = [
    ['policy', POLICY, 200, 'a.test'],
    ['secrets/token', JSON.stringify(SECRET), 201, 'token'],
    ['environment/K', 'v', 201, 'K'],
  ]
  it.each(PUTS)('on %s gives to the bytes that it names', async (path, body, done, gives) => {
    const put = (match: string | null) =>
      send(`/api/components/fetch/${path}`, {
        method: 'PUT',
        body,
        headers: match === null ? {} : { 'if-match': match },
      })
    expect((await put(`"${MINE}"`)).status).toBe(done)
    expect(await given()).toEqual([gives])
    await replaced()
    for (const match of [`"${MINE}"`, MINE, THEIRS, '""', 'W/"x"']) {
      // oxlint-disable-next-line no-await-in-loop
      const refused = await put(match)
      expect(refused.status, match).toBe(412)
      // oxlint-disable-next-line no-await-in-loop
      expect(await refused.json()).toMatchObject({ error: { code: 'component-changed' } })
    }
    expect(await given()).toEqual([])
    expect((await put(`"${THEIRS}"`)).status).toBe(done)
    expect((await put('*')).status).toBe(200)
    expect((await put(null)).status).toBe(200)
  })
})
