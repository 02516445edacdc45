import { applyD1Migrations } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { readTokenRequest } from '../../src/oauth/token-request.ts'
import {
  askTokens,
  codeIn,
  INITIALIZE,
  ORIGIN,
  Person,
  post,
  redeem,
  tokensOf,
} from './support/oauth.ts'

const CLIENT = 'https://client.example/mcp.json'
/** Where consents are remembered: not on the person's own computer. */
const FAR = { redirect_uri: 'https://client.example/callback' }
let person: Person

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  person = await Person.signedIn()
})

const base64url = (text: string | Uint8Array) =>
  (typeof text === 'string' ? new TextEncoder().encode(text) : text).toBase64({
    alphabet: 'base64url',
    omitPadding: true,
  })
const assertion = (claims: object) => `e30.${base64url(JSON.stringify(claims))}.sig`

/** Which addresses the Worker asked meanwhile. */
async function askedBy(work: () => Promise<unknown>): Promise<string[]> {
  const asked = async () => await (await fetch('https://client.example/asked')).json<string[]>()
  await asked()
  await work()
  return await asked()
}

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

  it('takes a no without asking the server of the document once more, and notes whom it was for', async () => {
    const page = await (await person.asked(CLIENT)).text()
    const asked = await askedBy(async () => {
      const denied = await person.allow(page, { decision: 'deny' })
      const back = new URL(denied.headers.get('location') ?? '')
      expect(back.searchParams.get('error')).toBe('access_denied')
    })
    expect(asked).toEqual([])
    const { body } = await person.send('/api/audit')
    const [noted] = (await new Response(body).text()).match(/^.*"reason":"denied".*$/m) ?? []
    expect(JSON.parse(noted ?? '')).toMatchObject({
      body: { kind: 'authorization', facts: { outcome: 'refused' } },
      private: { texts: { client: CLIENT, client_name: 'A client with a document' } },
    })
  })

  it('keeps one grant of a client with a document for each address, whatever its port on loopback', async () => {
    const opens = async (token: string) => (await post(token, INITIALIZE)).status
    const allowed = async (redirect_uri: string) => {
      const page = await (await person.asked(CLIENT, { redirect_uri })).text()
      const answer = await redeem(CLIENT, codeIn(await person.allow(page)), { redirect_uri })
      return (await answer.json<{ access_token: string }>()).access_token
    }
    const far = await allowed(FAR.redirect_uri)
    const wide = await allowed('http://127.0.0.1:40001/callback')
    const narrow = await allowed('http://127.0.0.1:40002/callback')
    expect([await opens(wide), await opens(narrow), await opens(far)]).toEqual([401, 200, 200])
    // As rows were written once: with the port of that day.
    await env.DB.prepare(
      `UPDATE oauth_grants SET redirect_uri = 'http://127.0.0.1:40002/callback'
       WHERE redirect_uri = 'http://127.0.0.1/callback' AND person = ?1`,
    )
      .bind(person.id)
      .run()
    const { queries = [] } = env.MIGRATIONS.find(({ name }) => name.startsWith('0032')) ?? {}
    await env.DB.batch(queries.map((query) => env.DB.prepare(query)))
    const last = await allowed('http://127.0.0.1:40003/callback')
    expect([await opens(narrow), await opens(last), await opens(far)]).toEqual([401, 200, 200])
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
    ['inner-keys.json', 'address of its keys is not on the public internet'],
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
    const asked = await askedBy(async () => {
      const response = await person.asked(client)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('not on the public internet')
    })
    expect(asked).toEqual([])
  })

  it.each([
    // Halves of the server could read it as two addresses.
    ['that is no text', 'client_id=https://127.0.0.1%2F%FF', 'not on the public internet'],
    ['that comes twice', `client_id=${CLIENT}&client_id=https://127.0.0.1/x`, 'several clients'],
    ['that comes twice in two spellings', `client_id=x&%63lient_id=${CLIENT}`, 'several clients'],
  ])('reads no document for a client id %s', async (_, query, why) => {
    const asked = await askedBy(async () => {
      const response = await person.send(`/authorize?${query}&response_type=code`)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain(why)
    })
    expect(asked).toEqual([])
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

  it.each(['console', 'console%20%FF', 'console&scope=tools:call'])(
    'asks anew for a client that would give (scope=%s), of whoever was asked long ago who they are',
    async (scope) => {
      const tired = await Person.signedIn(Date.now() - 3_600_000)
      const response = await tired.send(`/authorize?client_id=${CLIENT}&scope=${scope}`)
      expect(response.status).toBe(302)
      expect(response.headers.get('location')).toMatch(/^\/sign-in\?.*&fresh$/)
    },
  )

  it.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['for no scope of ours', { scope: 'admin' }, 'invalid_scope'],
    ['for another resource', { resource: 'https://other.test/mcp' }, 'invalid_target'],
    ['for another answer', { response_type: 'token' }, 'unsupported_response_type'],
  ])(
    'leads on by a request %s only where the person has let the client in',
    async (_, wrong, error) => {
      const ask = (more: Record<string, string> = {}) => person.asked(CLIENT, { ...FAR, ...more })
      await person.send('/console/clients/end', { client: CLIENT })
      const stopped = await ask(wrong)
      expect([stopped.status, stopped.headers.get('location')]).toEqual([400, null])
      const page = await stopped.text()
      expect(page).toContain(error)
      const link = /href="([^"]*)" rel="noreferrer">Back to .*client\.example/.exec(page)?.[1] ?? ''
      const back = new URL(link.replaceAll('&amp;', '&'))
      expect(back.origin + back.pathname).toBe(FAR.redirect_uri)
      expect(back.searchParams.get('error')).toBe(error)
      expect(back.searchParams.get('state')).toBe('xyz')
      // Their own computer, where no stranger waits.
      expect((await person.asked(CLIENT, wrong)).status).toBe(302)
      codeIn(await person.allow(await (await ask()).text()))
      const sent = await ask(wrong)
      expect([sent.status, sent.headers.get('location')]).toEqual([302, back.href])
    },
  )

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

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('POST /token', () => {
  const basic = (client: string) => ({
    authorization: `Basic ${btoa(`${encodeURIComponent(client)}:x`)}`,
  })
  const INNER = 'https://10.0.0.1/x'
  const ask = async (form: [string, string][], headers: Record<string, string>) => {
    const isAsserted = form.some(([name]) => name === 'client_assertion')
    const body = new URLSearchParams([
      ['grant_type', 'refresh_token'],
      ...(isAsserted ? [['client_assertion_type', ASSERTION_TYPE]] : []),
      ...form,
    ])
    return await exports.default.fetch(`${ORIGIN}/token`, { method: 'POST', headers, body })
  }

  it.each<[string, [string, string][], Record<string, string>]>([
    ['in the form', [['client_id', INNER]], {}],
    ['in capitals', [['client_id', INNER.toUpperCase()]], {}],
    [
      'to give a token back',
      [
        ['grant_type', ''],
        ['token', 'a:b:c'],
        ['client_id', INNER],
      ],
      {},
    ],
    [
      'behind an empty one',
      [
        ['client_id', ''],
        ['client_id', INNER],
      ],
      {},
    ],
    ['beside another', [['client_id', CLIENT]], basic(INNER)],
    ['by basic authentication', [], basic(INNER)],
    [
      'by basic authentication, oddly spaced',
      [],
      { authorization: `bASIC \t${btoa(`${INNER.replace(':', '%3A')}:x`)}\t` },
    ],
    ['by an assertion', [['client_assertion', assertion({ iss: INNER })]], {}],
  ])(
    'reads no document for whoever names one %s that is not on the public internet',
    async (_, form, headers) => {
      const asked = await askedBy(async () => {
        const answer = await ask(form, headers)
        expect(answer.status).toBe(401)
        expect(await answer.json()).toMatchObject({
          error: 'invalid_client',
          error_description: expect.stringContaining('not on the public internet') as string,
        })
      })
      expect(asked.filter((url) => url !== CLIENT)).toEqual([])
    },
  )

  it.each<[string, [string, string][]]>([
    [
      'twice',
      [
        ['client_id', CLIENT],
        ['client_id', INNER],
      ],
    ],
    [
      'by two assertions',
      [
        ['client_assertion', assertion({ iss: CLIENT })],
        ['client_assertion', assertion({ iss: INNER })],
      ],
    ],
    // Of the other alphabet of base64.
    [
      'by an assertion that is none',
      [['client_assertion', `e30.${btoa(JSON.stringify({ iss: INNER, a: '>>>???' }))}.sig`]],
    ],
  ])('looks up nobody for whoever says who they are %s', async (_, form) => {
    const asked = await askedBy(async () => {
      const answer = await ask(form, {})
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { error: 'invalid_request' },
      ])
    })
    expect(asked).toEqual([])
  })

  it('follows no redirect for a document, and reads no keys from within', async () => {
    for (const file of ['moved.json', 'inner-keys.json']) {
      const asked = await askedBy(async () => {
        const client_assertion = assertion({ iss: `https://client.example/${file}` })
        const form: [string, string][] = [['client_assertion', client_assertion]]
        expect((await ask(form, {})).status).toBe(401)
      })
      expect(asked).toEqual([`https://client.example/${file}`])
    }
  })

  it('sends nobody back to the beginning while the server of their document does not answer', async () => {
    const client_assertion = assertion({ iss: 'https://client.example/slow.json' })
    const answer = await ask([['client_assertion', client_assertion]], {})
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { error: 'temporarily_unavailable' },
    ])
  })

  it('gives tokens to a client with a document that signs for itself, and to nobody in its name', async () => {
    const client = 'https://client.example/signs.json'
    const ec = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = async () =>
      (await crypto.subtle.generateKey(ec, true, ['sign', 'verify'])) as CryptoKeyPair
    const [own, another] = [await pair(), await pair()]
    const jwk = await crypto.subtle.exportKey('jwk', own.publicKey)
    await fetch('https://client.example/keys', { method: 'POST', body: JSON.stringify(jwk) })
    const signed = async (by: CryptoKeyPair, jti: string) => {
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: client, sub: client, aud: ORIGIN, iat: now, exp: now + 60, jti }
      const text = `${base64url(JSON.stringify({ alg: 'ES256' }))}.${base64url(JSON.stringify(claims))}`
      const bytes = new TextEncoder().encode(text)
      const signature = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        by.privateKey,
        bytes,
      )
      return {
        client_assertion: `${text}.${base64url(new Uint8Array(signature))}`,
        client_assertion_type: ASSERTION_TYPE,
      }
    }
    const page = await (await person.asked(client)).text()
    const code = codeIn(await person.allow(page))
    for (const refused of [
      await redeem(client, code),
      await redeem(client, code, await signed(another, 'one')),
    ]) {
      expect([refused.status, await refused.json()]).toMatchObject([
        401,
        { error: 'invalid_client' },
      ])
    }
    const answer = await redeem(client, code, await signed(own, 'two'))
    expect(answer.status).toBe(200)
    const { access_token: token, refresh_token } = await answer.json<Record<string, string>>()
    const opens = async () => (await post(token ?? '', INITIALIZE)).status
    expect(await opens()).toBe(200)
    const refresh = async (proof: Record<string, string>) =>
      await askTokens({ grant_type: 'refresh_token', refresh_token: refresh_token ?? '', ...proof })
    expect((await refresh({ client_id: client })).status).toBe(401)
    // An assertion is good once.
    expect((await refresh(await signed(own, 'two'))).status).toBe(401)
    expect((await refresh(await signed(own, 'three'))).status).toBe(200)
    expect(
      (await askTokens({ token: token ?? '', ...(await signed(another, 'four')) })).status,
    ).toBe(401)
    expect(await opens()).toBe(200)
    expect((await askTokens({ token: token ?? '', ...(await signed(own, 'five')) })).status).toBe(
      200,
    )
    expect(await opens()).toBe(401)
  })
})

describe('what a request to the token endpoint presents', () => {
  const read = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const body = new URLSearchParams(form)
    const request = new Request(`${ORIGIN}/token`, { method: 'POST', headers, body })
    return (await readTokenRequest(request)).presented
  }

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
