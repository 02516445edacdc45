// What a console sign-in that is not recent opens: pages to read, and none where something is given away.

import { applyD1Migrations } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Digest } from '../../src/component/digest.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { whyNotGiving } from '../../src/http/giving.ts'
import { FRESH_MS, isFresh } from '../../src/http/guards.tsx'
import { People } from '../../src/store/people.ts'

const ORIGIN = 'http://127.0.0.1:8787'
const QUESTION = '/approvals/2c7f6f0e-0d0d-4b44-8c1f-9a1a6f0e0d0d'
let people: People
let person: string

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  people = new People(env.DB)
  person = (
    await people.meet({ issuer: env.OIDC_ISSUER, subject: 's', name: 'Ada' }, null, Date.now())
  ).id
})

/** A cookie of a sign-in at which the issuer asked this long ago; `null`: it did not say. */
async function signedInFor(ms: number | null): Promise<string> {
  const asked = ms === null ? null : Date.now() - ms
  return `__Host-wassette-console=${await people.openConsole(person, asked, Date.now())}`
}

function send(path: string, cookie: string, init: RequestInit = {}) {
  const headers = { cookie, origin: ORIGIN, referer: `${ORIGIN}${path}` }
  const request = new Request(`${ORIGIN}${path}`, { headers, redirect: 'manual', ...init })
  return exports.default.fetch(request)
}

describe.each([
  ['that is old', FRESH_MS + 1_000],
  ['of which the issuer did not say when it asked', null],
])('a sign-in %s', (_, age) => {
  it('shows the console', async () => {
    expect((await send('/console', await signedInFor(age))).status).toBe(200)
  })

  it('is sent to sign in again before it sees a question, and comes back to it', async () => {
    const response = await send(QUESTION, await signedInFor(age))
    expect(response.status).toBe(302)
    const to = new URL(response.headers.get('location') ?? '', ORIGIN)
    expect(to.pathname).toBe('/sign-in')
    expect(to.searchParams.get('return_to')).toBe(QUESTION)
    expect(to.searchParams.has('fresh')).toBe(true)
  })

  it('decides nothing, and is shown the way back to the question', async () => {
    const body = new URLSearchParams({ decision: 'allow', life: 'always' })
    const response = await send(QUESTION, await signedInFor(age), { method: 'POST', body })
    expect(response.status).toBe(401)
    const page = await response.text()
    expect(page).toContain(`/sign-in?return_to=${encodeURIComponent(QUESTION)}&amp;fresh`)
  })
})

describe('wherever something is given away', () => {
  it.each([
    ['a question', QUESTION, 'decision=allow&life=always'],
    ['a new version', '/console/components/stats/version', 'decision=keep&digest=sha256:0'],
    ['what a publisher proposes', '/console/components/stats/proposal', 'action=all&life=always'],
    ['the value of a variable', '/console/components/stats/variables', 'action=set&key=A&value=b'],
    ['deleting oneself', '/console/forget', 'confirmation=no'],
  ])('an old sign-in is refused: %s', async (_, path, body) => {
    const init = { method: 'POST', body: new URLSearchParams(body) }
    expect((await send(path, await signedInFor(FRESH_MS + 1_000), init)).status).toBe(401)
    expect((await send(path, await signedInFor(1_000), init)).status).not.toBe(401)
  })

  it('an old sign-in is refused: a policy of one’s own', async () => {
    const init = { method: 'PUT', body: 'version: "1.0"' }
    const path = '/api/components/stats/policy'
    const old = await send(path, await signedInFor(FRESH_MS + 1_000), init)
    expect(old.status).toBe(401)
    expect(await old.json()).toMatchObject({ error: { code: 'sign-in-too-old' } })
    expect((await send(path, await signedInFor(1_000), init)).status).not.toBe(401)
  })
})

it.each([
  [['console'], 1_000, false, null],
  [['console', 'tools:call'], 1_000, false, 'agents-token'],
  [[], 1_000, false, 'agents-token'],
  [null, 1_000, false, 'agents-token'],
  [['console'], 1_000, true, 'agents-client'],
  [['console'], FRESH_MS + 1, false, 'authorization-too-old'],
  [['console'], null, false, 'authorization-too-old'],
] as const)('judges a token of %j, of a sign-in %s ms ago, of an agent: %s', (...of) => {
  const [scopes, age, callsTools, why] = of
  const agreed = scopes === null ? null : [...scopes]
  const authenticatedAt = age === null ? null : 1e12 - age
  const standing = { calls_tools: callsTools }
  expect(whyNotGiving({ agreed, authenticatedAt }, standing, 1e12)).toBe(why)
})

describe('a token of the console alone', () => {
  const CALLBACK = 'http://127.0.0.1:9/callback'
  const VERIFIER = 'v'.repeat(43)
  const POLICY = 'version: "1.0"\npermissions: {}\n'

  const form = (path: string, fields: Record<string, string>, cookie = '') =>
    send(path, cookie, { method: 'POST', body: new URLSearchParams(fields) })

  async function authorization(): Promise<{ client: string; page: string }> {
    const registered = await send('/register', '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'a script',
        redirect_uris: [CALLBACK],
        token_endpoint_auth_method: 'none',
      }),
    })
    const { client_id: client } = await registered.json<{ client_id: string }>()
    const challenge = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(VERIFIER))
    const asked = new URLSearchParams({
      response_type: 'code',
      client_id: client,
      redirect_uri: CALLBACK,
      scope: 'console',
      state: 'a state',
      resource: `${ORIGIN}/mcp`,
      code_challenge: new Uint8Array(challenge).toBase64({
        alphabet: 'base64url',
        omitPadding: true,
      }),
      code_challenge_method: 'S256',
    })
    return { client, page: `/authorize?${asked}` }
  }

  it('is not even asked for with an old sign-in', async () => {
    const { page } = await authorization()
    const response = await send(page, await signedInFor(FRESH_MS + 1_000))
    expect(response.status).toBe(302)
    const to = new URL(response.headers.get('location') ?? '', ORIGIN)
    expect([to.pathname, to.searchParams.has('fresh')]).toEqual(['/sign-in', true])
    expect(to.searchParams.get('return_to')).toBe(page)
  })

  it.each([
    ['gives', 1_000, 404, 'unknown-component'],
    [
      'gives nothing, refreshed or not, and says what would help',
      FRESH_MS + 60_000,
      401,
      'authorization-too-old',
    ],
  ])('of a sign-in of then %s', async (_, age, status, code) => {
    const { client, page } = await authorization()
    const cookie = await signedInFor(1_000)
    const shown = await send(page, cookie)
    const text = await shown.text()
    const hidden = (name: string) =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(text)?.[1] ?? ''
    const consent = shown.headers.getSetCookie().map((one) => one.split(';', 1)[0])
    await env.DB.prepare('UPDATE console_sessions SET authenticated_at = ?1')
      .bind(Date.now() - age)
      .run()
    const allowed = await form(
      '/authorize/decide',
      {
        handle: hidden('handle'),
        person: hidden('person'),
        client,
        name: 'a script',
        decision: 'allow',
      },
      [cookie, ...consent].join('; '),
    )
    const answer = new URL(allowed.headers.get('location') ?? '')
    const redeemed = await form('/token', {
      grant_type: 'authorization_code',
      client_id: client,
      redirect_uri: CALLBACK,
      code_verifier: VERIFIER,
      resource: `${ORIGIN}/mcp`,
      code: answer.searchParams.get('code') ?? '',
    })
    const first = await redeemed.json<{ access_token: string; refresh_token: string }>()
    const again = await form('/token', {
      grant_type: 'refresh_token',
      client_id: client,
      refresh_token: first.refresh_token,
    })
    const second = await again.json<{ access_token: string }>()
    for (const { access_token: token } of [first, second]) {
      const headers = { authorization: `Bearer ${token}` }
      const to = '/api/components/stats/policy'
      const put = await send(to, '', { method: 'PUT', headers, body: POLICY })
      expect(put.status).toBe(status)
      expect(await put.json()).toMatchObject({ error: { code } })
      if (status === 401) {
        expect(put.headers.get('www-authenticate')).toContain('max_age="900"')
      }
      expect((await send('/api/calls', '', { headers })).status).toBe(200)
    }
  })
})

describe('a question that there is', () => {
  const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs
  const allow = { method: 'POST', body: 'decision=allow&life=always' }
  const post = (path: string, cookie: string) =>
    send(path, cookie, {
      ...allow,
      headers: {
        cookie,
        origin: ORIGIN,
        referer: `${ORIGIN}${path}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
  const rules = async () =>
    (await account().component('asker'))?.grants.map(({ rule }) => rule) ?? []

  /** The page of a question that was asked then. */
  async function asked(at: number): Promise<string> {
    const digest = `sha256:${'a'.repeat(64)}` as Digest
    const version = { source: 'upload:asker', digest, wit: null, bytes: 1, labels: [] }
    const made = { compiler: 'c', artifact: digest, imports: [], skipped: [], loaded_at: at }
    await account().install({ wish: 'asker', ...version, ...made }, [], [])
    const question = await account().ask(
      {
        client: 'c',
        clientName: 'Client',
        owner: 'client c',
        component: 'asker',
        tool: 'ask',
        permission: 'network',
        rule: `${crypto.randomUUID()}.test`,
      },
      at,
    )
    if (!question.ok) throw new Error(question.error)
    return `/approvals/${question.value.id}`
  }

  it('is neither seen nor decided with an old sign-in, and both with a recent one', async () => {
    const page = await asked(Date.now())
    const old = await signedInFor(FRESH_MS + 1_000)
    const seen = await send(page, old)
    expect([seen.status, await seen.text()]).toEqual([302, ''])
    expect((await post(page, old)).status).toBe(401)
    expect(await rules()).toEqual([])
    const recent = await signedInFor(1_000)
    expect(await (await send(page, recent)).text()).toContain('value="allow"')
    expect((await post(page, recent)).status).toBe(200)
    expect(await rules()).toHaveLength(1)
    await account().reset('asker', Date.now())
  })

  it('is over a quarter of an hour after it was asked: shown as such, and decided no more', async () => {
    const page = await asked(Date.now() - 15 * 60_000)
    const recent = await signedInFor(1_000)
    const seen = await send(page, recent)
    const html = await seen.text()
    expect([seen.status, html.includes('This question expired.')]).toEqual([410, true])
    expect(html).not.toContain('value="allow"')
    const late = await post(page, recent)
    expect([late.status, (await late.text()).includes('This question expired.')]).toEqual([
      409,
      true,
    ])
    expect(await rules()).toEqual([])
  })
})

it('lets a recent sign-in to the question', async () => {
  // There is none of this id: the page says so, and asks for no sign-in.
  expect((await send(QUESTION, await signedInFor(1_000))).status).toBe(404)
})

it.each([
  ['now', 0, true],
  ['as long ago as may be', FRESH_MS, true],
  ['a moment longer ago', FRESH_MS + 1, false],
  ['by a clock a little ahead of ours', -30_000, true],
  ['in a future that no clock explains', -3_600_000, false],
] as const)('judges a sign-in of %s', (_, age, fresh) => {
  expect(isFresh(1e12 - age, 1e12)).toBe(fresh)
})
