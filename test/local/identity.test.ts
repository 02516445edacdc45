import * as oidc from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser, describe as describePage } from '../../local/browser.ts'
import { CLIENT_ID, startIdentityProvider, type IdentityProvider } from '../../local/identity.ts'
import { findFreePort } from '../../local/ports.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createTemporaryState } from './support/temporary-state.ts'

const PUBLIC_URL = 'http://127.0.0.1:65000'
const REDIRECT_URI = `${PUBLIC_URL}/sign-in/callback`
const insecure = { [oidc.allowInsecureRequests]: true }
const client = { client_id: CLIENT_ID }

const { state, remove } = createTemporaryState()
let port: number
let provider: IdentityProvider
let server: oidc.AuthorizationServer

beforeAll(async () => {
  port = await findFreePort()
  provider = await startIdentityProvider({ port, publicUrl: PUBLIC_URL, state })
  server = await discover()
})
afterAll(async () => {
  await provider.close()
  remove()
})

async function discover() {
  const issuer = new URL(provider.issuer)
  return oidc.processDiscoveryResponse(issuer, await oidc.discoveryRequest(issuer, insecure))
}

function newBrowser() {
  return new Browser({ stopAt: ({ origin }) => origin === PUBLIC_URL })
}

async function authorizeUrl(verifier: string | undefined, more: Record<string, string> = {}) {
  const url = new URL(server.authorization_endpoint ?? '')
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    state: 'the-state',
    nonce: 'the-nonce',
    ...(verifier && {
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    }),
    ...more,
  }).toString()
  return url
}

/** The whole flow of a relying party, the browser's part included. */
async function signIn(login: string, browser = newBrowser(), redeemWith?: string) {
  const verifier = oidc.generateRandomCodeVerifier()
  const page = await browser.press(await browser.open(await authorizeUrl(verifier)), 'login', login)
  const callback = oidc.validateAuthResponse(server, client, page.url, 'the-state')
  const secret = oidc.ClientSecretBasic(loadSecrets(state).clientSecret)
  const response = await oidc.authorizationCodeGrantRequest(
    server,
    client,
    secret,
    callback,
    REDIRECT_URI,
    redeemWith ?? verifier,
    insecure,
  )
  const token = await oidc.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: 'the-nonce',
  })
  await oidc.validateApplicationLevelSignature(server, response, insecure)
  return { token, claims: oidc.getValidatedIdTokenClaims(token) }
}

describe('the identity provider', () => {
  it('offers code flow with S256 and nothing weaker', () => {
    expect(server).toMatchObject({
      issuer: provider.issuer,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    })
  })

  it.each(['alice', 'bob', 'host'])('signs %s in without asking for consent', async (login) => {
    const { claims, token } = await signIn(login)
    expect(claims).toMatchObject({
      iss: provider.issuer,
      aud: CLIENT_ID,
      sub: login,
      email: `${login}@people.test`,
      email_verified: true,
    })
    const response = await oidc.userInfoRequest(server, client, token.access_token, insecure)
    const userInfo = await oidc.processUserInfoResponse(server, client, login, response)
    expect(userInfo).toMatchObject({ sub: login, name: claims?.name, email_verified: true })
  })

  it('asks the same browser again, so that it can be somebody else', async () => {
    const browser = newBrowser()
    expect((await signIn('alice', browser)).claims?.sub).toBe('alice')
    expect((await signIn('bob', browser)).claims?.sub).toBe('bob')
    expect((await signIn('bob', browser)).claims?.sub).toBe('bob')
  })

  it('says why there is no password, and lists the people', async () => {
    const page = await newBrowser().open(await authorizeUrl('v'.repeat(43)))
    expect(page.html).toContain('127.0.0.1 only')
    expect(page.forms.flatMap(({ buttons }) => buttons.map(({ value }) => value))).toEqual([
      'alice',
      'bob',
      'host',
    ])
  })

  it('refuses an authorization request without PKCE', async () => {
    const page = await newBrowser().open(await authorizeUrl(undefined))
    expect(page.url.searchParams.get('error')).toBe('invalid_request')
  })

  it('refuses a code redeemed with another verifier', async () => {
    const other = oidc.generateRandomCodeVerifier()
    await expect(signIn('alice', newBrowser(), other)).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('refuses a redirect to anybody but the Worker', async () => {
    const url = await authorizeUrl('v'.repeat(43), { redirect_uri: 'http://127.0.0.1:1/x' })
    const page = await newBrowser().open(url)
    expect(page.status, describePage(page)).toBe(400)
  })

  it('refuses a person who does not exist', async () => {
    const browser = newBrowser()
    const page = await browser.open(await authorizeUrl('v'.repeat(43)))
    const forged = { method: 'POST', body: new URLSearchParams({ login: 'mallory' }) }
    expect((await browser.fetch(page.url, forged)).status).toBe(400)
  })

  it('refuses the sign-in page of another browser', async () => {
    const page = await newBrowser().open(await authorizeUrl('v'.repeat(43)))
    expect((await newBrowser().open(page.url)).status).toBe(400)
  })

  it('refuses to be addressed by another name', async () => {
    const response = await fetch(`http://localhost:${port}/.well-known/openid-configuration`).catch(
      () => ({ status: 421 }), // Where localhost is IPv6 alone there is nobody to answer.
    )
    expect(response.status).toBe(421)
  })

  it('keeps its keys and the client secret over a restart', async () => {
    const keys = async () => (await fetch(server.jwks_uri ?? '')).json()
    const before = await keys()
    const secret = loadSecrets(state).clientSecret
    await provider.close()
    await new Promise((resolve) => setTimeout(resolve, 50)) // fetch lets go of its open connections.
    provider = await startIdentityProvider({ port, publicUrl: PUBLIC_URL, state })
    expect(await keys()).toEqual(before)
    expect(loadSecrets(state).clientSecret).toBe(secret)
    expect((await signIn('alice')).claims?.sub).toBe('alice')
  })

  it('never shows the private part of its key', async () => {
    const text = await (await fetch(server.jwks_uri ?? '')).text()
    expect(text).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
  })
})
