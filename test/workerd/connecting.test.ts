// Services and connections of a person in the real object with real D1: what is counted, and what stays of tokens
// when D1 fails. The service itself is scripted.

import { applyD1Migrations, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NewInstall } from '../../src/account/components.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Digest } from '../../src/component/digest.ts'
import { SERVICE_LIMITS } from '../../src/policy/service.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const SOURCE = 'catalogue:mail'
const AT = 1_800_000_000_000
const BROWSER = 'digest of a session'
const SERVICE = { of: 'mine', name: 'mail' } as const
const DRAFT = {
  issuer: 'https://id.example.org',
  authorization_endpoint: 'https://id.example.org/auth',
  token_endpoint: 'https://id.example.org/token',
  revocation_endpoint: 'https://id.example.org/revoke',
  client_id: 'edge',
  client_secret: 'a secret of it',
  scopes: ['read'],
  hosts: ['api.example.org'],
}

/** Gives a new token to whoever asks, and keeps what is given back. */
class ScriptedService {
  given = 0
  readonly revoked: (string | null)[] = []
  /** Refreshes wait for it. */
  holdsUp: Promise<unknown> = Promise.resolve()

  async answer(input: URL | RequestInfo, init?: RequestInit): Promise<Response> {
    const { pathname } = new URL(String(input instanceof Request ? input.url : input))
    const form = new URLSearchParams(String(init?.body ?? ''))
    if (pathname === '/revoke') {
      this.revoked.push(form.get('token'))
      return new Response(null)
    }
    if (pathname !== '/token') throw new Error(`nobody asks for ${pathname}`)
    this.given += 1
    const tokens = { access_token: `access-${this.given}`, refresh_token: `refresh-${this.given}` }
    if (form.get('grant_type') === 'refresh_token') await this.holdsUp
    return Response.json({ ...tokens, token_type: 'bearer', expires_in: 3_600 })
  }
}

let people = 0
let person = ''
let service: ScriptedService
beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(async () => {
  people += 1
  person = `connecting-${people}`
  service = new ScriptedService()
  vi.spyOn(globalThis, 'fetch').mockImplementation((...asked) => service.answer(...asked))
  const install: NewInstall = {
    wish: 'mail',
    source: SOURCE,
    digest: DIGEST,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: ['wasi:http/outgoing-handler@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: AT,
    wit: null,
  }
  await account().install(install, [], [])
  expect(await put(SERVICE.name)).toMatchObject({ ok: true })
})
afterEach(() => vi.restoreAllMocks())

// What crosses is plain data, which the stub's mapped types obscure.
const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs

const put = (name: string, more: object = {}) =>
  account().putOwnService(name, { ...DRAFT, ...more }, AT)

async function connect(at: number) {
  const shown = await account().connections('mail')
  const offer = shown?.offers.find(({ service: { name } }) => name === SERVICE.name)?.offer ?? ''
  const wish = { component: 'mail', service: SERVICE, scopes: ['read'], seen: DIGEST, offer }
  const url = await account().beginConnection({ ...wish, browser: BROWSER }, at)
  if (!url.ok) throw new Error(url.error)
  const state = new URL(url.value).searchParams.get('state') ?? ''
  const answer = new URLSearchParams({ code: 'a code', state }).toString()
  return await account().finishConnection(SERVICE, answer, BROWSER, at)
}

const kept = () =>
  runInDurableObject(env.ACCOUNT.getByName(person), (_, { storage }) =>
    storage.sql.exec('SELECT id FROM connection_tokens').toArray(),
  )

const key = () => env.DB.prepare('SELECT 1 FROM person_keys WHERE person = ?1').bind(person).first()

describe('connecting', () => {
  it('gives back the tokens that it could not keep, and keeps nothing of them', async () => {
    const fails = `CREATE TRIGGER fails BEFORE INSERT ON connections WHEN NEW.person = '${person}'
      BEGIN SELECT RAISE(ABORT, 'D1 fails'); END`
    await env.DB.prepare(fails).run()
    await expect(connect(AT)).rejects.toThrow()
    await env.DB.prepare('DROP TRIGGER fails').run()
    expect(service.revoked).toEqual(['refresh-1', 'access-1'])
    expect(await kept()).toEqual([])
    expect(await connect(AT)).toEqual({ ok: true, value: 'mail' })
    expect(await kept()).toHaveLength(1)
  })

  it.each([
    ['ended', (of: AccountVerbs) => of.disconnect('mail', SERVICE)],
    ['ended with its person', (of: AccountVerbs) => of.forget()],
  ] as const)(
    'has its tokens until they are revoked, though D1 fails as it is %s',
    async (_, end) => {
      await connect(AT)
      const fails = `CREATE TRIGGER fails BEFORE DELETE ON connections WHEN OLD.person = '${person}'
      BEGIN SELECT RAISE(ABORT, 'D1 fails'); END`
      await env.DB.prepare(fails).run()
      // Within: what crosses as a failure would be nobody's.
      await runInDurableObject(env.ACCOUNT.getByName(person), async (object) => {
        await expect(end(object as unknown as AccountVerbs)).rejects.toThrow('D1 fails')
      })
      await env.DB.prepare('DROP TRIGGER fails').run()
      expect(service.revoked).toEqual([])
      await end(account())
      expect(service.revoked).toEqual(['refresh-1', 'access-1'])
      expect(await kept()).toEqual([])
    },
  )

  it('has nothing revoked that an overtaken refresh brings: it may count for the new tokens as well', async () => {
    const call = { id: 'c', call: 'c', owner: null, request: null, source: SOURCE, digest: DIGEST }
    const name = `mine/${SERVICE.name}`
    await connect(AT)
    await account().doubtToken(call, name, 'access-1')
    const { promise, resolve } = Promise.withResolvers<null>()
    service.holdsUp = promise
    const value = account().secretValue(call, { name, revision: AT })
    await expect.poll(() => service.given).toBe(2)
    await connect(AT + 1)
    resolve(null)
    expect(await value).toEqual({ ok: false, error: 'gone' })
    expect(await account().disconnect('mail', SERVICE)).toBe('revoked')
    expect(service.revoked).toEqual(['refresh-3', 'access-3'])
  })

  it('gives the token to a call that knows this connection, and to none that knows the one before', async () => {
    const call = { call: 'c', id: 'c', owner: null, request: null, source: SOURCE, digest: DIGEST }
    const value = (revision: number) =>
      account().secretValue(call, { name: `mine/${SERVICE.name}`, revision })
    await connect(AT)
    expect(await value(AT)).toEqual({ ok: true, value: 'access-1' })
    await put(SERVICE.name, { hosts: ['other.example.org'] })
    await connect(AT + 1)
    expect(await value(AT)).toEqual({ ok: false, error: 'gone' })
    expect(await value(AT + 1)).toEqual({ ok: true, value: 'access-2' })
  })
})

describe('services of a person', () => {
  it('are so many, however many are written at once', async () => {
    const others = SERVICE_LIMITS.SERVICES - 2
    for (let n = 0; n < others; n += 1) await put(`s${n}`)
    const last = await Promise.all(['a', 'b', 'c'].map((name) => put(name)))
    expect(last.filter(({ ok }) => ok)).toHaveLength(1)
    expect(last).toContainEqual({ ok: false, error: 'too-many-services' })
    expect(await account().ownServices()).toHaveLength(SERVICE_LIMITS.SERVICES)
    // In the place of one of them.
    expect(await put('s0')).toMatchObject({ ok: true })
  })

  it('take the key along with the last that it was for', async () => {
    await put('second')
    expect(await account().removeOwnService('second')).toBe(true)
    expect(await key()).not.toBeNull()
    expect(await account().removeOwnService(SERVICE.name)).toBe(true)
    expect(await key()).toBeNull()
    expect(await account().removeOwnService(SERVICE.name)).toBe(false)
  })
})
