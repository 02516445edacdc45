// How a person's agent gets in, and how nobody else does. Real clients, each with its own OAuth flow.
// Who may not sign in at all: `sign-in-allow.test.ts`; what the token endpoint does: `token-endpoint.test.ts`.

import { describe, expect, inject, it } from 'vitest'
import { Browser } from '../../local/browser.ts'
import { pageText, parseForms } from '../../local/forms.ts'
import { passSignIn, signInToConsole } from '../../local/sign-in.ts'
import { Agent, consoleCookie, cookieHeader } from '../support/agent.ts'
import type { HandClient } from '../support/authorization.ts'
import {
  authorizeUrl,
  codeFor,
  openAs,
  redeem,
  register,
  tokensFor,
} from '../support/authorization.ts'
import { connect1, connect2 } from '../support/mcp-clients.ts'
import { PersonAtBrowser } from '../support/oauth-client.ts'
import { raw } from '../support/raw-http.ts'

const { url } = inject('server')
const METADATA_URL = `${url}/.well-known/oauth-protected-resource/mcp`
const AGENT_SCOPES = ['tools:call', 'components:manage']

function post(token: string, message: unknown, headers: Record<string, string> = {}) {
  return raw(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify(message),
  })
}

const toolCall = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
})

function callTool(token: string, name: string, args: object) {
  return post(token, toolCall(name, args))
}

describe('a server that nobody signed in to', () => {
  it.each(['GET', 'POST', 'DELETE'])(
    'answers %s /mcp with 401 and where to ask',
    async (method) => {
      const { status, headers, text } = await raw(`${url}/mcp`, { method })
      expect(status).toBe(401)
      expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
      expect(headers.get('www-authenticate')).toContain(`resource_metadata="${METADATA_URL}"`)
      expect(text).toBe('')
    },
  )

  it('describes the protected resource at the address for its path (RFC 9728)', async () => {
    expect(await (await fetch(METADATA_URL)).json()).toMatchObject({
      resource: `${url}/mcp`,
      authorization_servers: [url],
      scopes_supported: AGENT_SCOPES,
      bearer_methods_supported: ['header'],
    })
  })

  it('describes the authorization server: S256 only, registration, issuer in answers', async () => {
    const response = await fetch(`${url}/.well-known/oauth-authorization-server`)
    expect(await response.json()).toMatchObject({
      issuer: url,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      registration_endpoint: `${url}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      scopes_supported: [...AGENT_SCOPES, 'console'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  it('answers a token that it never gave with 401', async () => {
    const { status, headers } = await callTool('garbage', 'list-components', {})
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(headers.get('www-authenticate')).toContain(METADATA_URL)
  })
})

describe('a real client', () => {
  it.each([
    ['2.x that negotiates', 'auto', '2026-07-28'],
    ['2.x with sessions', 'legacy', '2025-11-25'],
  ] as const)(
    'of SDK %s registers, sends its person, and is connected',
    async (_, mode, spoken) => {
      const { client, person } = await connect2(url, { user: 'alice', name: `sdk 2 ${mode}`, mode })
      expect(client.getNegotiatedProtocolVersion()).toBe(spoken)
      expect(person.asked?.searchParams.get('code_challenge_method')).toBe('S256')
      expect(person.asked?.searchParams.get('resource')).toBe(`${url}/mcp`)
      expect(person.clientInformation()).toMatchObject({ client_name: `sdk 2 ${mode}` })
      const { tools } = await client.listTools()
      expect(tools.map((tool) => tool.name)).toContain('load-component')
      await client.close()
    },
  )

  it('of SDK 1.x registers, sends its person, and is connected', async () => {
    const { client, person, transport } = await connect1(url, { user: 'alice', name: 'sdk 1' })
    expect(transport.protocolVersion).toBe('2025-11-25')
    expect(person.asked?.searchParams.get('code_challenge_method')).toBe('S256')
    expect(person.asked?.searchParams.get('resource')).toBe(`${url}/mcp`)
    const { tools } = await client.listTools()
    expect(tools.map((tool) => tool.name)).toContain('load-component')
    await client.close()
  })

  it('learns that the person denied it, and has no token', async () => {
    const denied = { user: 'alice', name: 'unwanted', decision: 'deny' } as const
    await expect(connect2(url, { ...denied, mode: 'auto' })).rejects.toThrow('access_denied')
    await expect(connect1(url, denied)).rejects.toThrow('access_denied')
  })
})

describe('the consent page', () => {
  it('names the client, where it sends the person, the scopes and who is signed in', async () => {
    const client = await register(url, { client_name: 'Notebook of Bob' })
    const { page } = await openAs('bob', authorizeUrl(client, { scope: 'tools:call console' }))
    const text = pageText(page.html)
    expect(text).toContain('Notebook of Bob (the name it gave itself)')
    expect(text).toContain('Sends you to 127.0.0.1')
    expect(text).toContain('Signed in as Bob')
    expect(text).toContain('tools:call : List and call the tools')
    expect(text).toContain('console : Read the record of calls, the audit,')
    expect(text).not.toContain('components:manage')
  })

  it('shows a hostile name of a client as text', async () => {
    const client = await register(url, { client_name: '<script>alert(1)</script>\u202eevil' })
    const { page } = await openAs('alice', authorizeUrl(client))
    expect(page.html).not.toContain('<script')
    expect(page.html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page.html).not.toContain('\u202e')
  })

  it('sends a denial to the client as access_denied, without a code', async () => {
    const { browser, page } = await openAs('alice', authorizeUrl(await register(url)))
    const { searchParams } = (await browser.press(page, 'decision', 'deny')).url
    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: 'access_denied',
      state: 'a state',
      iss: url,
    })
    expect(searchParams.has('code')).toBe(false)
  })

  it('is answered once: pressing again gives nothing', async () => {
    const { browser, page } = await openAs('alice', authorizeUrl(await register(url)))
    await browser.press(page, 'decision', 'allow')
    const again = await browser.press(page, 'decision', 'allow')
    expect(again.status).toBe(400)
    expect(again.url.href).toBe(`${url}/authorize/decide`)
  })

  it('cannot be answered without its Origin, or from another one', async () => {
    const session = await consoleCookie(url, 'alice')
    const { href } = authorizeUrl(await register(url))
    const page = await raw(href, { headers: { cookie: session } })
    const fields = parseForms(page.text).flatMap((form) => form.fields)
    const cookie = `${session}; ${cookieHeader(page.headers)}`
    const body = String(new URLSearchParams([...fields, ['decision', 'allow']]))
    const answer = (headers: Record<string, string>) =>
      raw(`${url}/authorize/decide`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body,
      })
    expect((await answer({})).status).toBe(403)
    for (const origin of ['https://evil.test', 'null', url.replace('127.0.0.1', 'localhost')]) {
      expect((await answer({ origin })).status, origin).toBe(403)
    }
    // It was the Origin: with it the very same form is good.
    const good = await answer({ origin: url })
    expect(good.status).toBe(302)
    expect(good.headers.get('location')).toContain('code=')
  })

  it('opened by one person cannot be answered in the browser of another', async () => {
    const { page } = await openAs('alice', authorizeUrl(await register(url)))
    const bobs = await openAs('bob', authorizeUrl(await register(url)))
    const answered = await bobs.browser.press(page, 'decision', 'allow')
    expect(answered.status).toBe(400)
  })
})

describe('a consent page that one person was shown', () => {
  it('is answered by nobody who signs in in that browser after them, and by them', async () => {
    const { browser, page } = await openAs('alice', authorizeUrl(await register(url)))
    const becomes = async (user: string) => {
      await browser.fetch(`${url}/sign-out`, { method: 'POST', headers: { origin: url } })
      await signInToConsole(browser, url, user)
    }
    await becomes('bob')
    for (const decision of ['allow', 'deny']) {
      const refused = await browser.press(page, 'decision', decision)
      expect(refused.status).toBe(400)
      expect(pageText(refused.html)).toContain('asked of somebody else')
    }
    await becomes('alice')
    const allowed = await browser.press(page, 'decision', 'allow')
    expect(allowed.url.searchParams.has('code')).toBe(true)
  })
})

describe('a consent that is remembered', () => {
  const FAR = 'https://client.example/callback'
  const far = (client: HandClient, changes: Readonly<Record<string, string>> = {}) =>
    authorizeUrl(client, { redirect_uri: FAR, ...changes })

  async function remembering(user: string, client: HandClient): Promise<Browser> {
    const browser = new Browser({ stopAt: ({ origin }) => origin === new URL(FAR).origin })
    const page = await browser.press(await browser.open(far(client)), 'login', user)
    expect(pageText(page.html)).toContain('Do not ask me again')
    const done = await browser.press(page, 'decision', 'allow', { remember: 'yes' })
    expect(done.url.searchParams.has('code')).toBe(true)
    return browser
  }

  it('is not asked for again in that browser, until the client asks for more or is ended', async () => {
    const client = await register(url, { redirect_uris: [FAR] })
    const browser = await remembering('alice', client)
    const again = await browser.open(far(client))
    expect(again.url.searchParams.has('code')).toBe(true)
    const more = await browser.open(far(client, { scope: 'tools:call console' }))
    expect(pageText(more.html)).toContain('A client asks to act for you')
    const ended = await browser.fetch(`${url}/console/clients/end`, {
      method: 'POST',
      headers: { origin: url },
      body: new URLSearchParams({ client: client.clientId }),
    })
    expect(ended.status).toBe(303)
    const anew = await browser.open(far(client))
    expect(pageText(anew.html)).toContain('A client asks to act for you')
  })

  it('is nobody else’s, and of no other client', async () => {
    const client = await register(url, { redirect_uris: [FAR] })
    const browser = await remembering('alice', client)
    const other = await register(url, { redirect_uris: [FAR] })
    expect(pageText((await browser.open(far(other))).html)).toContain('A client asks to act')
    await browser.fetch(`${url}/sign-out`, { method: 'POST', headers: { origin: url } })
    const bobs = await browser.press(await browser.open(far(client)), 'login', 'bob')
    expect(pageText(bobs.html)).toContain('A client asks to act')
  })

  it('is not offered to a client on the person’s own computer', async () => {
    const client = await register(url)
    const { browser, page } = await openAs('alice', authorizeUrl(client))
    expect(pageText(page.html)).not.toContain('Do not ask me again')
    await browser.press(page, 'decision', 'allow', { remember: 'yes' })
    const again = await browser.open(authorizeUrl(client))
    expect(pageText(again.html)).toContain('A client asks to act for you')
  })
})

describe('a request for authorization', () => {
  it.each([
    ['without PKCE', { code_challenge: null, code_challenge_method: null }],
    ['with plain PKCE', { code_challenge_method: 'plain' }],
    ['without the method, which would be plain', { code_challenge_method: null }],
  ])('is refused %s', async (_, changes) => {
    const { page } = await openAs('alice', authorizeUrl(await register(url), changes))
    expect(page.url.pathname).toBe('/callback')
    expect(page.url.searchParams.get('error')).toBe('invalid_request')
    expect(page.url.searchParams.has('code')).toBe(false)
  })

  it('is refused without PKCE also to a client with a secret', async () => {
    const client = await register(url, { token_endpoint_auth_method: 'client_secret_post' })
    const changes = { code_challenge: null, code_challenge_method: null }
    const { page } = await openAs('alice', authorizeUrl(client, changes))
    expect(page.url.searchParams.get('error')).toBe('invalid_request')
  })

  it('is refused for another resource, however alike, and for several', async () => {
    const client = await register(url)
    const browser = new Browser({ stopAt: ({ pathname }) => pathname === '/callback' })
    await signInToConsole(browser, url, 'alice')
    for (const resources of [
      ['https://other.test/mcp'],
      [`${url}/mcp/`],
      [`${url}/MCP`],
      [`${url}/mcp/more`],
      [`${url}/mcp#part`],
      [`${url}/`],
      [url.replace('127.0.0.1', 'localhost')],
      [`${url}/mcp`, 'https://other.test/mcp'],
      [''],
    ]) {
      const request = authorizeUrl(client, { resource: null })
      for (const resource of resources) request.searchParams.append('resource', resource)
      const { url: back } = await browser.open(request)
      expect(back.searchParams.get('error'), String(resources)).toBe('invalid_target')
    }
  })

  it('for the resource in another spelling, or twice, makes a token for the resource itself', async () => {
    const client = await register(url)
    for (const resource of [url.replace('http', 'HTTP') + '/mcp', `${url}/mcp?mode=x`]) {
      const code = await codeFor('alice', authorizeUrl(client, { resource }))
      const { body } = await redeem(client, code, { resource })
      expect(body).toMatchObject({ resource: `${url}/mcp` })
    }
    const twice = authorizeUrl(client)
    twice.searchParams.append('resource', `${url}/mcp`)
    expect(await codeFor('alice', twice)).not.toBe('')
  })

  it('is refused for scopes that are none here, and loses them beside others', async () => {
    const client = await register(url)
    const { page } = await openAs('alice', authorizeUrl(client, { scope: 'admin mail' }))
    expect(page.url.searchParams.get('error')).toBe('invalid_scope')
    expect(page.url.searchParams.get('error_description')).toContain('tools:call')
    const { scope } = await tokensFor('alice', client, { scope: 'admin tools:call' })
    expect(scope).toBe('tools:call')
  })

  it.each([
    ['an unknown client', { client_id: 'nobody' }],
    ['an address that the client did not register', { redirect_uri: 'https://evil.test/callback' }],
  ])('of %s ends on our page and redirects nowhere', async (_, changes) => {
    const { page } = await openAs('alice', authorizeUrl(await register(url), changes))
    expect(page.status).toBe(400)
    expect(page.url.origin).toBe(url)
  })
})

describe('a code', () => {
  it('is worth nothing without its verifier or for another resource', async () => {
    const client = await register(url)
    const code = await codeFor('alice', authorizeUrl(client))
    const guessed = await redeem(client, code, { code_verifier: 'a'.repeat(43) })
    expect(guessed).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    const elsewhere = await redeem(client, code, { resource: 'https://other.test/mcp' })
    expect(elsewhere).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
  })

  it('is redeemed once: the second time ends the token of the first', async () => {
    const client = await register(url)
    const code = await codeFor('alice', authorizeUrl(client))
    const { status, body } = await redeem(client, code)
    expect(status).toBe(200)
    expect(body).toMatchObject({ scope: AGENT_SCOPES.join(' '), resource: `${url}/mcp` })
    expect(await redeem(client, code)).toMatchObject({ status: 400 })
    const after = await callTool(String(body['access_token']), 'list-components', {})
    expect(after.status).toBe(401)
  })
})

describe('a token', () => {
  it('does what its scopes say and nothing more', async () => {
    const caller = await Agent.of(url, 'alice', { scope: 'tools:call' })
    expect(caller.signedIn.scope).toBe('tools:call')
    expect((await caller.call('search-components')).isError).not.toBe(true)
    const refused = await callTool(caller.token, 'load-component', { path: 'time' })
    expect(refused.status).toBe(403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain('scope="tools:call components:manage"')
    expect(challenge).toContain(`resource_metadata="${METADATA_URL}"`)
    await caller.close()
  })

  it('of one scope opens neither the tools nor the components of another', async () => {
    const reader = await Agent.of(url, 'alice', { scope: 'console' })
    expect((await callTool(reader.token, 'list-components', {})).status).toBe(403)
    expect((await reader.api('/api/components')).status).toBe(403)
    expect((await reader.upload('mine', new Uint8Array(8))).status).toBe(403)
    await reader.close()
  })
})

describe('a client whose token is for less than it tries', () => {
  it.each([
    ['1.x', 'session'],
    ['2.x', 'auto'],
  ] as const)('of SDK %s (%s) asks its person for more, and goes on', async (version, mode) => {
    const options = { user: 'alice', name: `steps up ${version} ${mode}` }
    const person = await PersonAtBrowser.create(options)
    const redirect = { redirect_uri: person.redirectUrl }
    const client = await register(url, { redirect_uris: [person.redirectUrl] })
    person.saveClientInformation({ client_id: client.clientId, issuer: url })
    const narrow = authorizeUrl(client, { ...redirect, scope: 'tools:call' })
    const { browser } = person
    const { url: callback } = await passSignIn(browser, await browser.open(narrow), options)
    const code = callback.searchParams.get('code') ?? ''
    const { body } = await redeem(client, code, redirect)
    const access_token = String(body['access_token'])
    person.saveTokens({ access_token, token_type: 'bearer', issuer: url })
    const load = { name: 'load-component', arguments: { path: 'time' } }

    const steps = async (
      call: () => Promise<object>,
      finish: (answer: URLSearchParams) => Promise<void>,
    ) => {
      await expect(call()).rejects.toThrow()
      expect(person.asked?.searchParams.get('scope')).toBe(AGENT_SCOPES.join(' '))
      await finish(person.answer())
      expect(await call()).not.toMatchObject({ isError: true })
    }
    if (mode === 'session') {
      const { client: sdk, transport } = await connect1(url, { ...options, person })
      await steps(
        () => sdk.callTool(load),
        (answer) => transport.finishAuth(answer.get('code') ?? ''),
      )
      await sdk.close()
    } else {
      const { client: sdk, transport } = await connect2(url, { ...options, mode, person })
      await steps(
        () => sdk.callTool(load),
        (answer) => transport.finishAuth(answer),
      )
      await sdk.close()
    }
  })
})

describe('a batch, as 2025-03-26 had it', () => {
  it('is judged message by message by the scopes of the token', async () => {
    const reader = await Agent.of(url, 'alice', { scope: 'console' })
    const params = {
      protocolVersion: '2025-03-26',
      capabilities: {},
      clientInfo: { name: 'old', version: '1' },
    }
    const opened = await post(reader.token, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    const ping = { jsonrpc: '2.0', id: 2, method: 'ping' }
    expect((await post(reader.token, [ping], session)).status).toBe(200)
    for (const hidden of [
      { jsonrpc: '2.0', id: 1, method: 'tools/list' },
      toolCall('list-components', {}),
      toolCall('load-component', { path: 'time' }),
    ]) {
      const refused = await post(reader.token, [ping, hidden], session)
      expect(refused.status, refused.text).toBe(403)
      expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    }
    await reader.close()
  })
})

describe('signing in to the console', () => {
  it('is finished only in the browser that began it', async () => {
    const hers = new Browser({ stopAt: ({ pathname }) => pathname === '/sign-in/callback' })
    const who = await hers.open(`${url}/console`)
    const { url: callback } = await hers.press(who, 'login', 'alice')
    expect(callback.searchParams.has('code')).toBe(true)

    const victim = new Browser()
    expect((await victim.open(callback)).status).toBe(400)
    // A sign-in of the victim's own, under way, does not make the stranger's answer his.
    await victim.fetch(`${url}/sign-in`)
    expect((await victim.open(callback)).status).toBe(400)
    expect((await victim.fetch(`${url}/console`)).status).toBe(302)
  })

  it('refuses a state that nobody was given', async () => {
    const browser = new Browser()
    await browser.fetch(`${url}/sign-in`)
    const forged = await browser.open(`${url}/sign-in/callback?code=x&state=forged`)
    expect(forged.status).toBe(400)
    expect((await browser.open(`${url}/sign-in/callback`)).status).toBe(400)
  })

  it('comes back to the page that was asked for', async () => {
    const browser = new Browser()
    const who = await browser.open(`${url}/console/calls?before=7`)
    const { url: back } = await browser.press(who, 'login', 'alice')
    expect(back.href).toBe(`${url}/console/calls?before=7`)
  })

  it.each(['//evil.test', '/\\evil.test', 'https://evil.test/', '/\t/evil.test', '\\\\evil.test'])(
    'leads to our own console when asked to come back to %j',
    async (target) => {
      const browser = new Browser()
      const who = await browser.open(`${url}/sign-in?return_to=${encodeURIComponent(target)}`)
      const { url: back } = await browser.press(who, 'login', 'alice')
      expect(back.href).toBe(`${url}/console`)
    },
  )

  it('ends with signing out, which only our own page can do', async () => {
    const cookie = await consoleCookie(url, 'alice')
    const signOut = (origin: string) =>
      raw(`${url}/sign-out`, { method: 'POST', headers: { cookie, origin } })
    const openConsole = () => raw(`${url}/console`, { headers: { cookie } })
    expect((await signOut('https://evil.test')).status).toBe(403)
    expect((await openConsole()).status).toBe(200)
    const done = await signOut(url)
    expect(done.status).toBe(200)
    expect(done.headers.get('set-cookie')).toMatch(/^__Host-wassette-console=; Max-Age=0/)
    // A kept copy of the cookie opens nothing either.
    expect((await openConsole()).status).toBe(302)
    expect((await raw(`${url}/api/calls`, { headers: { cookie } })).status).toBe(401)
  })

  it('gives a cookie that scripts cannot read and that no other host receives', async () => {
    const browser = new Browser({ stopAt: ({ pathname }) => pathname === '/sign-in/callback' })
    const who = await browser.open(`${url}/console`)
    const { url: callback } = await browser.press(who, 'login', 'alice')
    const cookies = (await browser.fetch(callback)).headers.getSetCookie()
    const session = cookies.find((cookie) => cookie.startsWith('__Host-wassette-console='))
    expect(session).toMatch(/; HttpOnly/i)
    expect(session).toMatch(/; Secure/i)
    expect(session).toMatch(/; Path=\//i)
    expect(session).toMatch(/; SameSite=Lax/i)
    expect(session).not.toMatch(/; Domain/i)
  })

  it('tells two people in two browsers apart', async () => {
    const page = await signInToConsole(new Browser(), url, 'bob')
    expect(pageText(page.html)).toContain('Signed in as Bob')
  })
})
