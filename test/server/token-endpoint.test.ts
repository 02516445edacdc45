// The token endpoint of the running server: refreshing, giving back, and who may do neither. Every answer is judged by a
// library that takes nothing but what the specifications say.

import * as oauth from 'oauth4webapi'
import { describe, expect, inject, it } from 'vitest'
import { Browser } from '../../local/browser.ts'
import type { SignedIn } from '../../local/oauth.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { signInToConsole } from '../../local/sign-in.ts'
import { Agent } from '../support/agent.ts'
import { authorizeUrl, codeFor, redeem, register } from '../support/authorization.ts'
import { raw } from '../support/raw-http.ts'

const { url } = inject('server')
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

describe('the token endpoint, to a strict client', () => {
  const insecure = { [oauth.allowInsecureRequests]: true }
  const discovered = async () => {
    const options = { ...insecure, algorithm: 'oauth2' as const }
    const response = await oauth.discoveryRequest(new URL(url), options)
    return await oauth.processDiscoveryResponse(new URL(url), response)
  }
  const server = discovered()

  const signIn = async (clientName: string): Promise<SignedIn & { refreshToken: string }> => {
    const scope = AGENT_SCOPES.join(' ')
    const { refreshToken, ...signedIn } = await signInHeadless({
      serverUrl: url,
      user: 'bob',
      scope,
      clientName,
    })
    if (refreshToken === undefined) throw new Error('no refresh token')
    return { ...signedIn, refreshToken }
  }

  const refresh = async (
    { clientId }: { readonly clientId: string },
    token: string | undefined,
    parameters: Record<string, string> = {},
  ) => {
    const [as, client] = [await server, { client_id: clientId }]
    const options = { ...insecure, additionalParameters: parameters }
    const response = await oauth.refreshTokenGrantRequest(
      as,
      client,
      oauth.None(),
      token ?? '',
      options,
    )
    return await oauth.processRefreshTokenResponse(as, client, response)
  }

  const revoke = async ({ clientId }: { readonly clientId: string }, token: string) => {
    const client = { client_id: clientId }
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(await server, client, oauth.None(), token, insecure),
    )
  }

  const INITIALIZE = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a session', version: '1' },
    },
  }
  const opens = async (token: string) => (await post(token, INITIALIZE)).status
  const refused = (error: string) => expect.objectContaining({ error, status: 400 }) as object

  it('follows a refresh token by another; the old one is taken until then, and later ends all', async () => {
    const mine = await signIn('refreshing')
    await refresh(mine, mine.refreshToken)
    // The answer did not arrive: the client asks again.
    const next = await refresh(mine, mine.refreshToken, { resource: `${url}/mcp` })
    expect(next.refresh_token).not.toBe(mine.refreshToken)
    expect(await opens(next.access_token)).toBe(200)
    const last = await refresh(mine, next.refresh_token)
    expect(await opens(last.access_token)).toBe(200)
    // Whoever has this one has it beside the client: nobody knows which of them is which.
    await expect(refresh(mine, mine.refreshToken)).rejects.toEqual(refused('invalid_grant'))
    expect(await opens(last.access_token)).toBe(401)
    await expect(refresh(mine, last.refresh_token)).rejects.toEqual(refused('invalid_grant'))
  })

  it('ends all when a refresh token comes that was overtaken unused: a thief may have been first', async () => {
    const mine = await signIn('robbed')
    const kept = await refresh(mine, mine.refreshToken)
    // The one before it is taken still, of whoever has it.
    const stolen = await refresh(mine, mine.refreshToken)
    // An access token in its place is a mistake, and says nothing of who has what.
    await expect(refresh(mine, stolen.access_token)).rejects.toEqual(refused('invalid_grant'))
    expect(await opens(stolen.access_token)).toBe(200)
    await expect(refresh(mine, kept.refresh_token)).rejects.toEqual(refused('invalid_grant'))
    expect(await opens(stolen.access_token)).toBe(401)
    await expect(refresh(mine, stolen.refresh_token)).rejects.toEqual(refused('invalid_grant'))
  })

  it('refreshes for no other client and resource, and for no more than was allowed', async () => {
    const [mine, theirs] = await Promise.all([signIn('one'), signIn('another')])
    const with_ = (parameters: Record<string, string>) =>
      refresh(mine, mine.refreshToken, parameters)
    await expect(refresh(theirs, mine.refreshToken)).rejects.toEqual(refused('invalid_grant'))
    for (const resource of [`${url}/mcp/`, 'https://other.test/mcp']) {
      await expect(with_({ resource })).rejects.toEqual(refused('invalid_target'))
    }
    await expect(with_({ scope: 'console' })).rejects.toEqual(refused('invalid_scope'))
    await expect(refresh(mine, 'rubbish')).rejects.toEqual(refused('invalid_grant'))
    expect((await with_({ scope: 'tools:call console' })).scope).toBe('tools:call')
  })

  it.each(['accessToken', 'refreshToken'] as const)(
    'ends what a client was allowed that gives its %s back (RFC 7009)',
    async (which) => {
      const mine = await signIn(`gives back ${which}`)
      const listed = await Agent.of(url, 'bob', { scope: 'console' })
      const clients = async () => await (await listed.api('/api/clients')).text()
      const { headers } = await post(mine.accessToken, INITIALIZE)
      const session = { 'mcp-session-id': headers.get('mcp-session-id') ?? '' }
      const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
      expect((await post(mine.accessToken, ping, session)).status).toBe(200)
      const stranger = await signIn('a stranger')
      await revoke(stranger, mine[which])
      expect(await opens(mine.accessToken)).toBe(200)
      await revoke(mine, mine[which])
      expect(await opens(mine.accessToken)).toBe(401)
      expect((await post(mine.accessToken, ping, session)).status).toBe(401)
      await expect(refresh(mine, mine.refreshToken)).rejects.toEqual(refused('invalid_grant'))
      expect(await clients()).not.toContain(mine.clientId)
      // Again, and of what is none: nothing to say (§2.2).
      await revoke(mine, mine[which])
      await revoke(mine, 'rubbish')
      expect(await opens(stranger.accessToken)).toBe(200)
      await listed.close()
    },
  )

  it('takes a token back from a client with a secret, which has to prove itself', async () => {
    const client = await register(url, { token_endpoint_auth_method: 'client_secret_basic' })
    const code = await codeFor('bob', authorizeUrl(client))
    const secret = client.secret ?? ''
    const basic = (password: string) =>
      `Basic ${Buffer.from(`${client.clientId}:${password}`).toString('base64')}`
    const send = (password: string, form: Record<string, string>) =>
      fetch(`${url}/token`, {
        method: 'POST',
        headers: { authorization: basic(password) },
        body: new URLSearchParams(form),
      })
    const answer = await send(secret, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'http://127.0.0.1:9/callback',
      code_verifier: client.verifier,
    })
    const { access_token: token = '' } = (await answer.json()) as { access_token?: string }
    expect((await send('guessed', { token })).status).toBe(401)
    expect(await opens(token)).toBe(200)
    expect((await send(secret, { token })).status).toBe(200)
    expect(await opens(token)).toBe(401)
  })

  it('ends nothing for whoever has seen a code, and has no token', async () => {
    const client = await register(url)
    const code = await codeFor('bob', authorizeUrl(client))
    const early = await register(url)
    expect((await redeem(early, code)).status).toBe(400)
    const { body } = await redeem(client, code)
    const token = String(body['access_token'])
    const [person, grant] = code.split(':')
    const seen = [code, `${person}:${grant}:x`, `${person}:${grant}:${'x'.repeat(32)}`]
    for (const one of seen) await revoke(client, one)
    // Another client with the code that is spent, and nobody in the name of the right one.
    expect((await redeem(early, code, { code_verifier: client.verifier })).status).toBe(400)
    const form = { grant_type: 'authorization_code', code, client_id: client.clientId }
    const twice = new URLSearchParams([...Object.entries(form), ['scope', ''], ['scope', '']])
    expect((await fetch(`${url}/token`, { method: 'POST', body: twice })).status).toBe(400)
    expect(await opens(token)).toBe(200)
    await revoke(client, token)
    expect(await opens(token)).toBe(401)
  })

  it('refreshes nothing for a client that was ended', async () => {
    const mine = await signIn('ended while away')
    const browser = new Browser()
    await signInToConsole(browser, url, 'bob')
    const sent = await browser.fetch(`${url}/console/clients/end`, {
      method: 'POST',
      headers: { origin: url },
      body: new URLSearchParams({ client: mine.clientId }),
    })
    expect(sent.status).toBe(303)
    await expect(refresh(mine, mine.refreshToken)).rejects.toEqual(refused('invalid_grant'))
  })
})
