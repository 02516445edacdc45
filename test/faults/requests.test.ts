// Stores that fail or hang under requests to `/mcp`, from the token to the answer of a call, in both eras: a typed error
// under the id of the request, or a result that says the same.

import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { getOAuthApi } from '@cloudflare/workers-oauth-provider'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { providerOptions } from '../../src/oauth/provider.ts'
import { grantIn } from '../../src/oauth/token-request.ts'
import { People } from '../../src/store/people.ts'
import { INITIALIZE, post } from '../workerd/support/oauth.ts'
import { heal, strike } from './support/faulty.ts'
import { forgetful, grant, load } from './support/people.ts'
import { everyAttempt } from './support/steps.ts'

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
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

/** A request of a client of 2026-07-28, answered with JSON however long it takes. */
const stateless = async (token: string, method: string, params: object = {}) =>
  await exports.default.fetch(`${ORIGIN}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...('name' in params ? { 'mcp-name': String(params.name) } : {}),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    }),
  })

const list = async (token: string) => await stateless(token, 'tools/list')

describe.each([
  ['fail', 500, 'internal'],
  ['hang', 503, 'store-late'],
] as const)('d1 that %ss before it is known whether the person may act', (how, status, code) => {
  it('is told as the error of the request, which may be repeated', async () => {
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
    // Behind that, it is the answer of the request itself; an alarm may have read what the person holds meanwhile.
    await evictDurableObject(env.ACCOUNT.getByName(person))
    strike(person, { target: 'd1', step: 2, how, when: 'before', lasts: true })
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

interface Called {
  readonly status: number
  readonly message: unknown
}

const READ = { name: 'read-file', arguments: { path: '/none' } }

/** The one message of an answer, as JSON or on a stream. */
async function calledBy(answer: Response): Promise<Called> {
  const text = await answer.text()
  const line = text.split('\n').findLast((one) => one.startsWith('data: {'))
  return { status: answer.status, message: JSON.parse(line?.slice('data: '.length) ?? text) }
}

async function opened(token: string): Promise<string> {
  const answer = await post(token, INITIALIZE)
  await answer.text()
  const session = answer.headers.get('mcp-session-id')
  if (session === null) throw new Error(`no session: ${answer.status}`)
  await post(token, { jsonrpc: '2.0', method: 'notifications/initialized' }, session)
  return session
}

const ERAS = ['2025-11-25', '2026-07-28'] as const
const HOWS = [
  ['fail', 'internal'],
  ['hang', 'store-late'],
] as const

describe.each(ERAS.flatMap((era) => HOWS.map(([how, code]) => [era, how, code] as const)))(
  '%s: d1 that %ss under a call',
  (era, how, code) => {
    it('is the error of the request, or a result that says so and that nothing has run', async () => {
      const { person, token } = await tokenOf('s')
      await load(person, 'files', env.FILESYSTEM_WASM)
      await grant(person, 'files', 'storage', 'read fs:///')
      const session = era === '2025-11-25' ? await opened(token) : null
      const request = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: READ }
      const run = async () =>
        await calledBy(
          session === null
            ? await stateless(token, 'tools/call', READ)
            : await post(token, request, session),
        )
      const told = { results: 0, errors: 0 }
      const struck = await everyAttempt(
        { key: person, target: 'd1', how, isRead: true },
        // There is no such file: the component has run.
        ({ message }) => JSON.stringify(message).includes('/none: '),
        ({ message }, said) => {
          const answer = message as { id: unknown; result?: unknown }
          expect(answer.id, said).toBe(1)
          if (answer.result === undefined) {
            told.errors += 1
            expect(answer, said).toMatchObject({ error: { code: -32603, data: { code } } })
            return
          }
          told.results += 1
          expect(answer.result, said).toMatchObject({
            isError: true,
            _meta: { 'wassette-edge/error': { code, ran: false } },
          })
        },
        async () => {
          await forgetful(person)
          return {
            run,
            after: async (_, said) =>
              expect(JSON.stringify((await run()).message), said).toContain('/none: '),
          }
        },
      )
      expect(told.results).toBeGreaterThan(0)
      expect(told.errors).toBeGreaterThan(0)
      expect(struck).toBeGreaterThan(1)
    })
  },
)
