import { applyD1Migrations } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { People } from '../../src/store/people.ts'

const ORIGIN = 'http://127.0.0.1:8787'
let cookie = ''

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const people = new People(env.DB)
  const person = await people.meet(
    { issuer: env.OIDC_ISSUER, subject: 's', name: 'Ada' },
    null,
    Date.now(),
  )
  cookie = `__Host-wassette-console=${await people.openConsole(person.id, null, Date.now())}`
})

function authorize(more: Record<string, string>, headers: Record<string, string> = { cookie }) {
  const url = new URL('/authorize', ORIGIN)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'https://client.example/mcp.json',
    redirect_uri: 'http://127.0.0.1:9999/callback',
    scope: 'tools:call',
    state: 'xyz',
    resource: `${ORIGIN}/mcp`,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    ...more,
  }).toString()
  return exports.default.fetch(new Request(url, { headers, redirect: 'manual' }))
}

describe('GET /authorize', () => {
  it('knows a client by its metadata document, and shows whose document it is', async () => {
    const response = await authorize({})
    const page = await response.text()
    expect(response.status).toBe(200)
    expect(page).toContain('A client with a document')
    expect(page).toContain('client.example')
    expect(page).toContain('tools:call')
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  it('advertises that it does', async () => {
    const response = await exports.default.fetch(`${ORIGIN}/.well-known/oauth-authorization-server`)
    expect(await response.json()).toMatchObject({
      client_id_metadata_document_supported: true,
      code_challenge_methods_supported: ['S256'],
      registration_endpoint: `${ORIGIN}/register`,
    })
  })

  it.each([
    ['a document that cannot be fetched', { client_id: 'https://nowhere.example/mcp.json' }],
    [
      'a redirect address that the document does not list',
      { redirect_uri: 'http://127.0.0.1:9999/x' },
    ],
    ['a client nobody registered', { client_id: 'unknown' }],
  ])('refuses %s without sending anybody anywhere', async (_, more) => {
    const response = await authorize(more)
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    await response.body?.cancel()
  })

  it('sends a person who is not signed in to sign in, and back here', async () => {
    const response = await authorize({}, {})
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toMatch(/^\/sign-in\?return_to=%2Fauthorize/)
  })
})
