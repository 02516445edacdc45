import { applyD1Migrations } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { readPresented } from '../../src/oauth/token-request.ts'
import { codeIn, INITIALIZE, ORIGIN, Person, post, tokensOf } from './support/oauth.ts'

const CLIENT = 'https://client.example/mcp.json'
/** Where consents are remembered: not on the person's own computer. */
const FAR = { redirect_uri: 'https://client.example/callback' }
let person: Person

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  person = await Person.signedIn()
})

const authorize = (changes: Record<string, string>) => person.asked(CLIENT, changes)

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

  it('lets such a client in as any other: its token calls tools', async () => {
    const { access_token: token } = await tokensOf(person, CLIENT)
    const opened = await post(token, INITIALIZE)
    const session = opened.headers.get('mcp-session-id')
    await opened.text()
    const params = { name: 'list-components', arguments: {} }
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params }
    const answer = await post(token, call, session)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain('"components":[]')
    const listed = await person.send('/api/clients')
    // Of the same person other files let clients in as well.
    const { clients } = await listed.json<{ clients: { client: string }[] }>()
    expect(clients.filter(({ client }) => client === CLIENT)).toMatchObject([
      { name: 'A client with a document', scopes: ['tools:call'] },
    ])
  })

  it('asks again for a client that was remembered under another name', async () => {
    const rename = (body: string) => fetch('https://client.example/name', { method: 'POST', body })
    const ask = () => person.asked(CLIENT, FAR)
    const shown = await (await ask()).text()
    await rename('Bank of Ada')
    // Between the page and its answer: what was shown is not what would be let in.
    const changed = await person.allow(shown)
    expect(changed.status).toBe(400)
    expect(await changed.text()).toContain('says something else of itself')
    await rename('A client with a document')
    codeIn(await person.allow(await (await ask()).text(), { remember: 'yes' }))
    codeIn(await ask())
    await rename('Bank of Ada')
    const again = await ask()
    await rename('A client with a document')
    expect(again.status).toBe(200)
    expect(await again.text()).toContain('Bank of Ada')
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
    ['slow.json', 'did not answer in time'],
    ['large.json', 'larger than 5 KiB'],
    ['moved.json', 'leads on to another one'],
    ['page.json', 'not sent as JSON'],
    ['list.json', 'not a JSON object'],
    ['other.json', 'its client_id is not its own address'],
    ['missing.json', 'answers with an error'],
    ['secret.json', 'could not be read, or says too little'],
  ])('refuses the document %s, says why, and sends nobody anywhere', async (file, why) => {
    vi.spyOn(console, 'warn').mockImplementation(() => {})
    const response = await person.asked(`https://client.example/${file}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).toContain(why)
  })

  it.each([
    'https://127.0.0.1/mcp.json',
    'https://10.1.2.3/mcp.json',
    'https://[::1]/mcp.json',
    'https://[fd00::1]/mcp.json',
    'https://169.254.169.254/latest/meta-data',
    'https://printer.local/mcp.json',
    'https://intranet/mcp.json',
    'https://localhost/mcp.json',
  ])('reads no document at %s', async (client) => {
    const response = await person.asked(client)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('not on the public internet')
  })

  it.each([
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
    const request = new Request(`${ORIGIN}/authorize?client_id=x`, { redirect: 'manual' })
    const response = await exports.default.fetch(request)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toMatch(/^\/sign-in\?return_to=%2Fauthorize/)
  })
})

it('is said on the console where nobody runs the server, with what the first host puts down', async () => {
  const page = await (await person.send('/console')).text()
  expect(page).toContain('Nobody runs this server')
  expect(page).toContain(env.OIDC_ISSUER)
  expect((await person.send('/api/people')).status).toBe(403)
})

describe('what a request to the token endpoint presents', () => {
  const read = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams(form)
    return await readPresented(new Request(`${ORIGIN}/token`, { method: 'POST', headers, body }))
  }
  const assertion = (claims: object) =>
    `e30.${new TextEncoder().encode(JSON.stringify(claims)).toBase64({ alphabet: 'base64url', omitPadding: true })}.sig`

  it.each([
    ['a token given back', { token: 'p:g:s' }, 'revocation'],
    ['a code', { grant_type: 'authorization_code', code: 'p:g:s' }, 'code'],
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'p:g:s' }, 'refresh'],
  ])('is %s', async (_, form, kind) => {
    expect(await read({ ...form, client_id: 'c' })).toMatchObject({
      kind,
      person: 'p',
      grant: 'g',
      client: 'c',
    })
  })

  it.each([
    ['of another form', { token: 'p:g' }],
    ['with too many parts', { token: 'p:g:s:t' }],
    ['with an empty part', { token: 'p::s' }],
    ['of a grant type that is none here', { grant_type: 'password', token: 'p:g:s' }],
    ['that is not there', { grant_type: 'refresh_token', token: 'p:g:s' }],
    ['beside more than anybody sends', { token: 'p:g:s', more: 'x'.repeat(70_000) }],
  ])('is nothing for a token %s', async (_, form) => {
    expect(await read(form)).toBeNull()
  })

  it.each([
    [
      'by basic authentication, encoded',
      { authorization: `Basic ${btoa('a%3Ab+c:secret')}` },
      {},
      'a:b c',
    ],
    [
      'by an assertion',
      {},
      { client_assertion: assertion({ iss: 'https://c.test/x' }) },
      'https://c.test/x',
    ],
    ['by an assertion of nobody', {}, { client_assertion: assertion({}) }, null],
    ['by rubbish', {}, { client_assertion: 'rubbish' }, null],
    ['by rubbish of basic authentication', { authorization: 'Basic %%%' }, {}, null],
    ['not at all', {}, {}, null],
  ])('names its client %s', async (_, headers, form, client) => {
    expect(await read({ token: 'p:g:s', ...form }, headers)).toMatchObject({ client })
  })
})
