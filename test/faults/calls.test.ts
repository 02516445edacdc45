// D1, R2 and isolates that fail or hang at each step of a call, and KV before it: the caller gets a typed error,
// nothing is half-written, and the next call goes on as if nothing had been.

import { getOAuthApi } from '@cloudflare/workers-oauth-provider'
import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import type { AccountVerbs } from '../../src/compose.ts'
import { accountOf, composeDesk, composeLoad } from '../../src/compose.ts'
import type { LoadDeps } from '../../src/load.ts'
import { loadUpload } from '../../src/load.ts'
import type { Desk } from '../../src/mcp/desk.ts'
import { providerOptions } from '../../src/oauth/provider.ts'
import { grantIn } from '../../src/oauth/token-request.ts'
import { patient } from '../../src/patience.ts'
import { ALWAYS } from '../../src/policy/life.ts'
import { People } from '../../src/store/people.ts'
import { callsOf } from '../workerd/support/calls.ts'
import {
  askTokens,
  codeIn,
  INITIALIZE,
  Person,
  post,
  redeem,
  register,
  tokensOf,
} from '../workerd/support/oauth.ts'
import type { Plan, Target } from './support/faulty.ts'
import { catchUp, faulty, heal, lag, SOON, strike } from './support/faulty.ts'

/** Typed errors that a fault of ours may come to. */
const CODES = ['internal', 'trap', 'unsaved']
/** Steps that are tried: more than any of these calls has. */
const STEPS = { d1: 7, r2: 8, kv: 1, isolate: 2 }
const EXCHANGE = {
  notify: null,
  shows: { forms: false, pages: false },
  abilities: [],
  push: null,
  isPatient: false,
  state: null,
  responses: {},
  cancelled: null,
}
/** Large enough for a chunk of its own in R2. */
const OLD = `what was there before${' '.repeat(300_000)}`
const NEW = `what the call wrote, and it is longer${' '.repeat(300_000)}`

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})

const account = (person: string): AccountVerbs => accountOf(env, person)

function desk(person: string): Desk {
  const principal = {
    person,
    client: 'c',
    clientName: 'C',
    since: 1,
    scopes: ['tools:call', 'components:manage'] as const,
  }
  const origin = { id: 1, protocol: null, traceparent: { message: null, http: null } }
  return composeDesk(patient(faulty(env, person), SOON), principal, null, origin)
}

async function call(person: string, tool: string, args: object): Promise<CallToolResult> {
  const answer = await desk(person).call(tool, args, EXCHANGE)
  if (answer === 'unknown-tool' || 'inputRequests' in answer) throw new Error('not a result')
  return answer as CallToolResult
}

const compiled = new Map<number, ReturnType<LoadDeps['compile']>>()

/** The same for everybody, over stores that work: compiled once. */
function soundly(person: string): LoadDeps {
  const load = composeLoad(env, person)
  const compile: LoadDeps['compile'] = (bytes, wit) => {
    const known = compiled.get(bytes.length) ?? load.compile(bytes, wit)
    compiled.set(bytes.length, known)
    return known
  }
  return { ...load, compile }
}

/** A person with the component, everything granted, the file written once, and an account that knows nothing by heart. */
async function prepared(person: string): Promise<void> {
  const bytes = new Uint8Array(env.FILESYSTEM_WASM)
  const loaded = await loadUpload('files', bytes, soundly(person))
  if (!loaded.ok) throw new Error(loaded.error.reason)
  const rule = 'read,write fs:///'
  const view = await account(person).component('files')
  if (view === null) throw new Error('no such component')
  const question = await account(person).propose(view.install, 'storage', rule, Date.now())
  if (question === null) throw new Error('no such version')
  const decided = await account(person).decide(question.id, 'allow', Date.now(), null, ALWAYS)
  if (!decided.ok) throw new Error(decided.error)
  const first = await call(person, 'write-file', { path: '/a', content: OLD })
  if (first.isError === true) throw new Error(JSON.stringify(first.content))
  await evictDurableObject(env.ACCOUNT.getByName(person))
}

const codeOf = (answer: CallToolResult): string | undefined =>
  (answer._meta?.['wassette-edge/error'] as { code?: string } | undefined)?.code

const read = async (person: string) =>
  (await call(person, 'read-file', { path: '/a' })).structuredContent

async function recorded(person: string): Promise<{ tool: string; outcome: string }[]> {
  return (await callsOf(person)).map(({ tool, outcome }) => ({ tool, outcome })).toReversed()
}

const plans = (target: Target, how: Plan['how']): Plan[] =>
  Array.from({ length: STEPS[target] }, (_, step) =>
    // What hangs for ever was done or was not: what fails shows both.
    (how === 'hang' ? (['before'] as const) : (['before', 'after'] as const)).map((when) => ({
      target,
      step,
      how,
      when,
    })),
  ).flat()

describe.each([
  ['d1', 'fail'],
  ['d1', 'hang'],
  ['r2', 'fail'],
  ['r2', 'hang'],
  ['isolate', 'fail'],
] as const)('%s that %ss', (target, how) => {
  it('at any step of a call that writes a file: an error or an answer, and the file is old or new', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let struck = 0
    await Promise.all(
      plans(target, how).map(async (plan) => {
        const said = `${plan.target} ${plan.how} ${plan.when} step ${plan.step}`
        const person = `writes ${said}`
        await prepared(person)
        strike(person, plan)
        const answer = await call(person, 'write-file', { path: '/a', content: NEW })
        const met = heal(person)
        if (met) struck += 1
        else expect(answer.isError, said).not.toBe(true)
        if (answer.isError === true) expect(CODES, said).toContain(codeOf(answer))
        const { result } = (await read(person)) as { result: { ok?: string } | string }
        const text = typeof result === 'string' ? result : result.ok
        if (answer.isError === true) expect([OLD, NEW], said).toContain(text)
        else expect(text, said).toBe(NEW)
        // Both calls are on the record, and the next one writes.
        const calls = await recorded(person)
        expect(
          calls.slice(-2).map(({ tool }) => tool),
          said,
        ).toEqual(['write-file', 'read-file'])
        expect(calls.at(-2)?.outcome === 'answered', said).toBe(answer.isError !== true)
        const again = await call(person, 'write-file', { path: '/a', content: OLD })
        expect(again.isError, said).not.toBe(true)
      }),
    )
    expect(struck).toBeGreaterThan(0)
  })

  it('at any step of the first call of a component: an error or an answer, and then an answer', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const bytes = new Uint8Array(env.TEXT_STATS_WASM)
    let struck = 0
    await Promise.all(
      plans(target, how).map(async (plan) => {
        const said = `${plan.target} ${plan.how} ${plan.when} step ${plan.step}`
        const person = `begins ${said}`
        await loadUpload('stats', bytes, soundly(person))
        strike(person, plan)
        const answer = await call(person, 'analyze', { text: 'one two' })
        if (heal(person)) struck += 1
        else expect(answer.isError, said).not.toBe(true)
        if (answer.isError === true) expect(CODES, said).toContain(codeOf(answer))
        const again = await call(person, 'analyze', { text: 'one two' })
        expect(again.isError, `${said}: ${JSON.stringify(again.content)}`).not.toBe(true)
      }),
    )
    expect(struck).toBeGreaterThan(0)
  })

  it('at any step of loading a component: it is there whole, or not at all, and loads the next time', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const bytes = new Uint8Array(env.TEXT_STATS_WASM)
    await Promise.all(
      plans(target, how).map(async (plan) => {
        const said = `${plan.target} ${plan.how} ${plan.when} step ${plan.step}`
        const person = `loads ${said}`
        const load = composeLoad(patient(faulty(env, person), SOON), person)
        const { compile } = soundly(person)
        strike(person, plan)
        const loaded = await loadUpload('stats', bytes, { ...load, compile }).catch(() => null)
        heal(person)
        const tools = await account(person).tools()
        if (loaded?.ok === true) expect(tools.length, said).toBeGreaterThan(0)
        for (const { name } of tools.slice(0, 1)) {
          expect(await desk(person).call(name, { text: 'a b' }, EXCHANGE), said).toBeDefined()
        }
        const again = await loadUpload('stats', bytes, soundly(person))
        expect(again.ok, said).toBe(true)
        const answer = await call(person, 'analyze', { text: 'one two' })
        expect(answer.isError, `${said}: ${JSON.stringify(answer.content)}`).not.toBe(true)
      }),
    )
  })
})

it('an isolate that never answers ends at the wall clock, and the next call is served', async () => {
  const person = 'hangs'
  await prepared(person)
  const policy =
    'version: "1.0"\npermissions: {}\nx-wassette-edge:\n  limits:\n    wall-clock: 1s\n' +
    '  storage:\n    allow: ["read,write fs:///"]\n'
  const text = new TextEncoder().encode(policy)
  const written = await account(person).writePolicy('files', text, Date.now())
  expect(JSON.stringify(written)).toMatch(/^\{"ok":true/)
  strike(person, { target: 'isolate', step: 0, how: 'hang', when: 'before' })
  const answer = await call(person, 'write-file', { path: '/a', content: NEW })
  expect(heal(person)).toBe(true)
  expect(answer._meta?.['wassette-edge/error']).toMatchObject({
    code: 'bound',
    bound: 'wall-clock',
  })
  expect(JSON.stringify(await read(person))).toContain(OLD)
})

const ORIGIN = 'http://127.0.0.1:8787'
const ask = async (authorization: string) =>
  await exports.default.fetch(`${ORIGIN}/mcp`, {
    method: 'POST',
    headers: {
      authorization,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: '{"jsonrpc":"2.0","id":"one","method":"initialize","params":{}}',
  })

/** An access token of a person who may sign in, as the authorization server gives it. */
async function tokenOf(subject: string): Promise<{ person: string; token: string }> {
  const identity = { issuer: env.OIDC_ISSUER, subject, name: 'Ada' }
  const since = Date.now()
  const { id: person } = await new People(env.DB).meet(identity, null, Date.now())
  const unused = async (): Promise<Response> => new Response()
  const stands = async () => true
  const options = providerOptions({ publicUrl: ORIGIN, stands, mcp: unused, fallback: unused })
  const client = { client_id: 'https://client.example/mcp.json', code_verifier: 'v'.repeat(43) }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('v'.repeat(43)))
  const { redirectTo } = await getOAuthApi(options, env).completeAuthorization({
    request: {
      responseType: 'code',
      clientId: client.client_id,
      redirectUri: 'http://127.0.0.1:9999/callback',
      scope: ['tools:call'],
      state: 's',
      codeChallenge: Buffer.from(digest).toString('base64url'),
      codeChallengeMethod: 'S256',
      resource: `${ORIGIN}/mcp`,
    },
    userId: person,
    metadata: {},
    scope: ['tools:call'],
    props: { person, clientName: 'C', agreed: ['tools:call'], since, authenticatedAt: null },
  })
  const code = new URL(redirectTo).searchParams.get('code') ?? ''
  await env.ACCOUNT.getByName(person).addOAuthGrant({
    id: grantIn(code)?.grant ?? '',
    client: client.client_id,
    client_name: 'C',
    redirect_uri: 'http://127.0.0.1:9999/callback',
    scopes: ['tools:call'],
    granted_at: since,
    ends_at: since + 60_000,
  })
  const form = new URLSearchParams({
    ...client,
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'http://127.0.0.1:9999/callback',
  })
  const answer = await exports.default.fetch(`${ORIGIN}/token`, { method: 'POST', body: form })
  const { access_token: token } = z.object({ access_token: z.string() }).parse(await answer.json())
  return { person, token }
}

/** As a client of 2026-07-28 lists tools. */
const list = async (token: string) =>
  await exports.default.fetch(`${ORIGIN}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/list',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })

describe.each([
  ['fail', 500, 'internal'],
  ['hang', 503, 'store-late'],
] as const)('d1 that %ss before it is known whether the person may act', (how, status, code) => {
  it('is told as the error of the request, which may be repeated', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { person, token } = await tokenOf('s')
    await evictDurableObject(env.ACCOUNT.getByName(person))
    strike(person, { target: 'd1', step: 0, how, when: 'before' })
    const refused = await ask(`Bearer ${token}`)
    expect(heal(person)).toBe(true)
    expect(refused.status).toBe(status)
    expect(refused.headers.has('retry-after')).toBe(how === 'hang')
    expect(await refused.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 'one',
      error: { code: -32603, data: { code } },
    })
    // Behind that, it is the answer of the request itself.
    strike(person, { target: 'd1', step: 2, how, when: 'before' })
    const listed = await list(token)
    expect(heal(person)).toBe(true)
    expect(await listed.json()).toMatchObject({ id: 1, error: { code: -32603, data: { code } } })
    expect(await (await list(token)).json()).toMatchObject({
      id: 1,
      result: { cacheScope: 'private' },
    })
    const again = await ask(`Bearer ${token}`)
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({
      error: { message: expect.stringContaining('not initialized') },
    })
    // The next one begins without what this one knows by heart.
    await evictDurableObject(env.ACCOUNT.getByName(person))
  })
})

describe.each(['fail', 'hang'] as const)('kv that %ss', (how) => {
  it('lets nobody in, says so, and is asked again by the next request', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    strike('worker', { target: 'kv', step: 0, how, when: 'before' })
    const refused = await ask('Bearer a:b:c')
    expect(refused.status).toBeGreaterThanOrEqual(500)
    expect(await refused.json()).toMatchObject({
      jsonrpc: '2.0',
      id: 'one',
      error: { code: -32603, data: { code: how === 'hang' ? 'store-late' : 'internal' } },
    })
    expect(heal('worker')).toBe(true)
    expect((await ask('Bearer a:b:c')).status).toBe(401)
  })
})

describe('kv that is late', () => {
  let person: Person
  beforeAll(async () => {
    person = await Person.signedIn()
  })

  const opens = async (token: string): Promise<number> => {
    const answer = await post(token, INITIALIZE)
    await answer.text()
    return answer.status
  }
  const endIt = async (client: string) => {
    expect((await person.send('/console/clients/end', { client })).status).toBe(303)
  }

  it.each([
    ['the person ends the client', (client: string) => endIt(client)],
    [
      'the client gives its token back',
      async (client: string, token: string) => {
        expect((await askTokens({ client_id: client, token })).status).toBe(200)
      },
    ],
    [
      'the host suspends the person',
      async () => {
        await account(person.id).suspend(Date.now())
      },
    ],
  ])('keeps nobody in when %s', async (_, ends) => {
    const client = await register()
    const { access_token: token, refresh_token } = await tokensOf(person, client)
    expect(await opens(token)).toBe(200)
    lag('worker')
    await ends(client, token)
    expect(await opens(token)).toBe(401)
    const form = { grant_type: 'refresh_token', client_id: client, refresh_token }
    const refreshed = await askTokens(form)
    expect(refreshed.status).toBe(400)
    expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' })
    await catchUp('worker')
    expect(await opens(token)).toBe(401)
    await account(person.id).suspend(null)
  })

  it('hides no client that was let in a moment ago elsewhere: it is shown, and ends', async () => {
    const client = await register()
    const page = await (await person.asked(client)).text()
    lag('worker')
    const code = codeIn(await person.allow(page))
    expect(await (await person.send('/console/clients')).text()).toContain(client)
    await endIt(client)
    await catchUp('worker')
    const answer = await redeem(client, code)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('keeps no token good that is given back before it is known', async () => {
    const client = await register()
    const code = codeIn(await person.allow(await (await person.asked(client)).text()))
    lag('worker')
    const answer = await redeem(client, code)
    const { access_token: token } = (await answer.json()) as { access_token: string }
    expect((await askTokens({ client_id: client, token })).status).toBe(200)
    await catchUp('worker')
    expect(await opens(token)).toBe(401)
  })

  it('gives nothing for a code or refresh token that it does not know to be used', async () => {
    const client = await register()
    const code = codeIn(await person.allow(await (await person.asked(client)).text()))
    const refresh = async (refresh_token: string) =>
      await askTokens({ grant_type: 'refresh_token', client_id: client, refresh_token })
    const tokens = async (answer: Response) =>
      (await answer.json()) as { access_token: string; refresh_token: string }
    lag('worker')
    const first = await redeem(client, code)
    expect(first.status).toBe(200)
    const again = await redeem(client, code)
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' })
    await catchUp('worker')
    expect(await opens((await tokens(first)).access_token)).toBe(401)

    const old = (await tokensOf(person, client)).refresh_token
    const next = await tokens(await refresh(old))
    lag('worker')
    const last = await tokens(await refresh(next.refresh_token))
    expect((await refresh(old)).status).toBe(400)
    await catchUp('worker')
    expect(await opens(last.access_token)).toBe(401)
  })

  it('keeps nobody signed in to the console', async () => {
    lag('worker')
    expect((await person.send('/console')).status).toBe(200)
    expect((await person.send('/console/sign-out-everywhere', {})).status).toBe(200)
    expect((await person.send('/console')).status).toBe(302)
    await catchUp('worker')
  })
})
