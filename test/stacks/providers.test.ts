// Several places to sign in at once, who of them is let in, and how the host and the person end what was allowed.
// The local stack has one provider, so this starts the same parts with another configuration.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Page } from '../../local/browser.ts'
import { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import type { Guarded } from '../../local/guarded.ts'
import type { IdentityProvider } from '../../local/identity.ts'
import { startIdentityProvider } from '../../local/identity.ts'
import { findFreePort } from '../../local/ports.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createState, REPOSITORY, stateIn } from '../../local/state.ts'
import { isHealthy, startWorker, workerVariables, writeWorkerEnv } from '../../local/worker.ts'
import { authorizeUrl, REDIRECT_URI, redeem, register } from '../support/authorization.ts'
import type { FakeGitHub, GitHubUser } from '../support/github.ts'
import { startGitHub } from '../support/github.ts'
import type { Issuer, Spoilt } from '../support/issuer.ts'
import { startIssuer } from '../support/issuer.ts'
import { rows } from '../support/persisted.ts'

const root = () => stateIn(mkdtempSync(path.join(tmpdir(), 'wassette-edge-test-')))
const state = root()
/** The second issuer has keys of its own. */
const otherState = root()
let url: string
let first: IdentityProvider
let secondPort: number
let second: IdentityProvider
let github: FakeGitHub
/** Says all in the ID token. */
let odd: Issuer
/** Takes the secret in the body, and keeps names and addresses for UserInfo. */
let plain: Issuer
let silent: { readonly url: string; close(): void }
let worker: Guarded
let variables: Record<string, string>
let port: number

const user = (id: number, email: string, verified = true): GitHubUser => ({
  id,
  login: `login-${id}`,
  name: null,
  emails: [{ email, primary: true, verified }],
})

beforeAll(async () => {
  port = await findFreePort()
  url = `http://127.0.0.1:${port}`
  const IDENTITY_PORT = await findFreePort()
  createState(state)
  createState(otherState)
  const secrets = loadSecrets(state)
  first = await startIdentityProvider({ port: IDENTITY_PORT, publicUrl: url, state })
  secondPort = await findFreePort()
  second = await startSecond()
  github = await startGitHub({ id: 'gh-client', secret: 'gh-secret' })
  silent = await startSilent()
  const client = { id: 'a-client', secret: 'gh-secret' }
  odd = await startIssuer(client, { authentication: 'client_secret_basic', claims: 'id-token' })
  plain = await startIssuer(client, { authentication: 'client_secret_post', claims: 'userinfo' })
  const ports = { PORT: port, IDENTITY_PORT, ORIGIN_PORT: await findFreePort() }
  variables = {
    ...workerVariables(ports, secrets, first.issuer, undefined),
    SIGN_IN_ALLOW: 'alice',
    HOST_SUBJECTS: 'host',
    SIGN_IN_PROVIDERS: providers('@people.test'),
    RATE_LIMIT_EXEMPT: '127.0.0.1',
  }
  await start()
})

const startSecond = async () =>
  await startIdentityProvider({
    port: secondPort,
    publicUrl: url,
    callback: `${url}/sign-in/callback/work`,
    state: otherState,
  })

/** `work`: who is let in at the second issuer. */
function providers(work: string): string {
  return JSON.stringify([
    {
      kind: 'oidc',
      id: 'work',
      label: 'Work account',
      issuer: second.issuer,
      client_id: 'wassette-edge',
      secret: 'SIGN_IN_WORK',
      allow: work,
    },
    // Nobody listens at the one, and nobody speaks at the other.
    ...[`http://127.0.0.1:9`, silent.url].map((issuer, i) => ({
      kind: 'oidc',
      id: `dead-${i}`,
      issuer,
      client_id: 'c',
      secret: 'SIGN_IN_GITHUB',
    })),
    ...Object.entries({ odd, plain }).map(([id, issuer]) => ({
      kind: 'oidc',
      id,
      issuer: issuer.url,
      client_id: 'a-client',
      secret: 'SIGN_IN_GITHUB',
      allow: `@${id}.test,by-subject`,
    })),
    {
      kind: 'github',
      id: 'github',
      url: github.url,
      api: `${github.url}/api/v3`,
      client_id: 'gh-client',
      secret: 'SIGN_IN_GITHUB',
      allow: '42,@octo.test',
    },
  ])
}

/** Takes every connection, and says nothing. */
async function startSilent() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: at } = server.address() as AddressInfo
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { url: `http://127.0.0.1:${at}`, close }
}

async function start(): Promise<void> {
  writeWorkerEnv(state, variables)
  const optional = {
    SIGN_IN_WORK: loadSecrets(otherState).clientSecret,
    SIGN_IN_GITHUB: 'gh-secret',
  }
  const seed = ['local/seed.ts', '--state', state.root]
  await promisify(execFile)(process.execPath, seed)
  worker = await startWorker({ project: REPOSITORY, state, port, variables, optional }, () => {})
  const healthy = async () => expect(await isHealthy(port)).toBe(true)
  await vi.waitFor(healthy, { timeout: 60_000, interval: 200 })
}

afterAll(async () => {
  await worker.stop()
  for (const one of [silent, odd, plain]) one.close()
  await Promise.all([first.close(), second.close(), github.close()])
  for (const { root: directory } of [state, otherState]) {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** Up to where a client would be sent back to. */
const stopAt = ({ origin }: URL) => origin === new URL(REDIRECT_URI).origin

/** A token of a client that whoever is signed in in the browser lets in. */
async function clientOf(browser: Browser) {
  const client = await register(url)
  const page = await browser.open(authorizeUrl(client))
  const { url: back } = await browser.press(page, 'decision', 'allow')
  const { body } = await redeem(client, back.searchParams.get('code') ?? '')
  const refresh_token = String(body['refresh_token'])
  return {
    /** Status of its next request. */
    opens: async () => {
      const headers = { authorization: `Bearer ${String(body['access_token'])}` }
      return (await fetch(`${url}/api/components`, { headers })).status
    },
    refreshes: async () => {
      const form = { grant_type: 'refresh_token', client_id: client.clientId, refresh_token }
      const sent = { method: 'POST', body: new URLSearchParams(form) }
      return (await fetch(`${url}/token`, sent)).status
    },
  }
}

const via = (provider: string) => `${url}/sign-in?via=${provider}&return_to=%2Fconsole`

async function signedInAt(provider: string, login: string): Promise<Browser> {
  const browser = new Browser({ stopAt })
  const page = await browser.press(await browser.open(via(provider)), 'login', login)
  expect(page.status).toBe(200)
  return browser
}

describe('a server with three places to sign in', () => {
  it('asks which, and says that one is another person at each', async () => {
    const page = await new Browser().open(`${url}/console`)
    const text = pageText(page.html)
    expect(text).toContain('another person at each')
    for (const label of ['Work account', 'GitHub', new URL(first.issuer).host]) {
      expect(text).toContain(`Sign in with ${label}`)
    }
    expect(page.html).toContain('/sign-in?via=work&amp;return_to=%2Fconsole')
    expect((await new Browser().open(via('nowhere'))).status).toBe(404)
  })

  it('never takes the same subject of two issuers for one person', async () => {
    await signedInAt('oidc', 'alice')
    await signedInAt('work', 'alice')
    const found = rows(state.root, "SELECT issuer, subject FROM people WHERE subject = 'alice'")
    expect(new Set(found.map(({ issuer }) => issuer))).toEqual(
      new Set([first.issuer, second.issuer]),
    )
  })

  it('lets in by an address whose domain the host named, at that provider only', async () => {
    await signedInAt('work', 'bob')
    const browser = new Browser()
    const refused = await browser.press(await browser.open(via('oidc')), 'login', 'bob')
    expect(refused.status).toBe(403)
  })

  it('signs in at GitHub by the number of the account, with PKCE', async () => {
    github.user = user(42, 'octocat@elsewhere.test')
    const browser = new Browser()
    const page = await browser.open(via('github'))
    expect(page.status).toBe(200)
    expect(pageText(page.html)).toContain('Signed in as login-42')
    const asked = github.asked.at(-1)
    expect(asked?.get('code_challenge_method')).toBe('S256')
    expect(asked?.get('redirect_uri')).toBe(`${url}/sign-in/callback/github`)
    expect(asked?.get('prompt')).toBeNull()
    const [person] = rows(state.root, "SELECT * FROM people WHERE subject = '42'")
    expect(person).toMatchObject({ issuer: `${github.url}/`, let_in_by: null })
  })

  it('lets GitHub people in by an address that GitHub has verified, and by no other', async () => {
    github.user = user(43, 'Cat@Octo.test')
    expect((await new Browser().open(via('github'))).status).toBe(200)
    const [cat] = rows(state.root, "SELECT let_in_by FROM people WHERE subject = '43'")
    expect(cat).toEqual({ let_in_by: '@octo.test' })
    github.user = user(44, 'cat@octo.test', false)
    expect((await new Browser().open(via('github'))).status).toBe(403)
    github.user = user(45, 'cat@evil-octo.test')
    expect((await new Browser().open(via('github'))).status).toBe(403)
    expect(rows(state.root, "SELECT * FROM people WHERE subject IN ('44', '45')")).toEqual([])
  })

  it('makes GitHub ask for the account where a sign-in has to be fresh', async () => {
    github.user = user(42, 'octocat@elsewhere.test')
    const browser = new Browser()
    await browser.open(via('github'))
    // Who is signed in is sent to where they came from, without being asked.
    const page = await browser.open(`${url}/sign-in?return_to=%2Fconsole&fresh`)
    expect(page.status).toBe(200)
    expect(github.asked.at(-1)?.get('prompt')).toBe('select_account')
  })

  it('takes the answer of one provider at the address of no other', async () => {
    const browser = new Browser({
      stopAt: ({ pathname }) => pathname.startsWith('/sign-in/callback'),
    })
    const { url: callback } = await browser.open(via('github'))
    const elsewhere = new URL(callback)
    elsewhere.pathname = '/sign-in/callback/work'
    expect((await browser.fetch(elsewhere)).status).toBe(400)
    // Used up by that: a second try at the right address is another sign-in.
    expect((await browser.fetch(callback)).status).toBe(400)
  })

  it('lets nobody stay whom a new configuration no longer lets in', async () => {
    const work = await signedInAt('work', 'bob')
    const alice = await signedInAt('oidc', 'alice')
    const [his, hers] = [await clientOf(work), await clientOf(alice)]
    expect([await his.opens(), await hers.opens()]).toEqual([200, 200])
    await worker.stop()
    variables = { ...variables, SIGN_IN_PROVIDERS: providers('alice@people.test') }
    await start()
    expect((await work.fetch(`${url}/console`)).status).toBe(302)
    expect((await alice.fetch(`${url}/console`)).status).toBe(200)
    expect([await his.opens(), await hers.opens()]).toEqual([401, 200])
    expect([await his.refreshes(), await hers.refreshes()]).toEqual([400, 200])
  })
})

it('takes the new keys of an issuer at the next sign-in', async () => {
  await second.close()
  const other = root()
  const kept = loadSecrets(otherState)
  const { signingKey } = loadSecrets(other)
  expect(signingKey.kid).not.toBe(kept.signingKey.kid)
  writeFileSync(otherState.secrets, JSON.stringify({ ...kept, signingKey }))
  rmSync(other.root, { recursive: true, force: true })
  second = await startSecond()
  await signedInAt('work', 'alice')
})

const someone = (sub: string, at: 'odd' | 'plain') => ({
  sub,
  name: `Name of ${sub}`,
  email: `${sub}@${at}.test`,
})

/** Whoever signs in at `issuer`, whose answers are spoilt meanwhile. */
async function spoiltly(issuer: Issuer, spoilt: Spoilt, open: () => Promise<Page>): Promise<Page> {
  issuer.spoilt = spoilt
  return await open().finally(() => {
    issuer.spoilt = null
  })
}

/** Nobody came in by this page. */
function expectNobody(page: Page, subject: string): void {
  expect(page.headers.getSetCookie().join()).not.toContain('wassette-console')
  expect(rows(state.root, 'SELECT id FROM people WHERE subject = ?', subject)).toEqual([])
}

describe('an issuer', () => {
  it.each([
    ['nonce', 400],
    ['no-nonce', 400],
    ['iss', 400],
    ['aud', 400],
    ['signature', 400],
    ['alg-none', 400],
    ['expired', 400],
    ['no-id-token', 400],
    ['response-iss', 400],
    ['pkce', 400],
    ['large', 400],
    ['token-500', 502],
    ['keys-500', 502],
  ] as const)(
    'whose answer is wrong (%s) lets nobody in; the next sign-in works',
    async (spoilt, status) => {
      const subject = `odd-${spoilt}`
      odd.user = someone(subject, 'odd')
      const browser = new Browser()
      const page = await spoiltly(odd, spoilt, () => browser.open(via('odd')))
      expect(page.status).toBe(status)
      const text = status === 400 ? 'did not confirm who you are' : 'Try again in a moment'
      expect(pageText(page.html)).toContain(text)
      expectNobody(page, subject)
      expect((await browser.open(via('odd'))).status).toBe(200)
    },
  )

  it('that does not say when it asked who somebody is makes no sign-in fresh', async () => {
    odd.user = someone('odd-auth-time', 'odd')
    const fresh = `${via('odd')}&fresh`
    const page = await spoiltly(odd, 'auth-time', () => new Browser().open(fresh))
    expect(page.status).toBe(400)
    expectNobody(page, 'odd-auth-time')
    expect((await new Browser().open(fresh)).status).toBe(200)
  })

  it('that tells another address of somebody whom theirs let in ends what they are in by', async () => {
    odd.user = someone('eve', 'odd')
    const browser = new Browser({ stopAt })
    expect((await browser.open(via('odd'))).status).toBe(200)
    const client = await clientOf(browser)
    expect(await client.opens()).toBe(200)
    odd.user = { ...someone('eve', 'odd'), email: 'eve@elsewhere.test' }
    // Some sign-in that fails says nothing about them.
    const failed = await spoiltly(odd, 'nonce', () => new Browser().open(via('odd')))
    expect([failed.status, await client.opens()]).toEqual([400, 200])
    expect((await new Browser().open(via('odd'))).status).toBe(403)
    expect((await browser.fetch(`${url}/console`)).status).toBe(302)
    expect(await client.opens()).toBe(401)
    odd.user = someone('eve', 'odd')
    expect((await new Browser().open(via('odd'))).status).toBe(200)
    expect((await browser.fetch(`${url}/console`)).status).toBe(200)
    expect(await client.opens()).toBe(200)
  })

  it('that takes the secret in the body, and tells names and addresses by UserInfo, serves as well', async () => {
    plain.user = someone('pia', 'plain')
    const page = await new Browser().open(via('plain'))
    expect(page.status).toBe(200)
    expect(pageText(page.html)).toContain('Signed in as Name of pia')
    const [pia] = rows(state.root, "SELECT let_in_by FROM people WHERE subject = 'pia'")
    expect(pia).toEqual({ let_in_by: '@plain.test' })
  })

  it.each([
    ['userinfo-500', 502],
    ['userinfo-sub', 400],
    ['userinfo-unverified', 403],
  ] as const)(
    'whose UserInfo is wrong (%s) lets nobody in by an address',
    async (spoilt, status) => {
      plain.user = someone(`plain-${spoilt}`, 'plain')
      const page = await spoiltly(plain, spoilt, () => new Browser().open(via('plain')))
      expect(page.status).toBe(status)
      expectNobody(page, `plain-${spoilt}`)
    },
  )

  it('whose UserInfo fails lets in by subject all the same', async () => {
    plain.user = someone('by-subject', 'plain')
    const page = await spoiltly(plain, 'userinfo-500', () => new Browser().open(via('plain')))
    expect(page.status).toBe(200)
    expect(pageText(page.html)).toContain('Signed in as by-subject')
  })
})

describe('GitHub', () => {
  const calling = async (iss: string | null, id: number): Promise<Page> => {
    const own = github.iss
    github.iss = iss
    github.user = user(id, 'cat@octo.test')
    return await new Browser().open(via('github')).finally(() => {
      github.iss = own
    })
  }

  it('that does not say who answers lets people in, and they stay the same when it begins to', async () => {
    expect((await calling(null, 47)).status).toBe(200)
    expect((await calling(`${github.url}/login/oauth`, 47)).status).toBe(200)
    const people = rows(state.root, "SELECT issuer FROM people WHERE subject = '47'")
    expect(people).toEqual([{ issuer: `${github.url}/` }])
  })

  it.each(['https://other.test', 'https://other.test/login/oauth', 'the origin alone'])(
    'whose answer is by another (%s) lets nobody in',
    async (iss) => {
      const page = await calling(iss === 'the origin alone' ? github.url : iss, 48)
      expect(page.status).toBe(400)
      expect(pageText(page.html)).toContain('did not confirm who you are')
      expectNobody(page, '48')
    },
  )

  it.each([
    ['user', 500, 502],
    ['user/emails', 500, 502],
    ['user', 401, 400],
    ['user/emails', 404, 400],
  ])('whose API answers /%s with %s lets nobody in', async (path, how, status) => {
    github.user = user(46, 'cat@octo.test')
    github.broken = { path, how }
    const page = await new Browser().open(via('github')).finally(() => {
      github.broken = null
    })
    expect(page.status).toBe(status)
    expectNobody(page, '46')
  })
})

it('says so where a provider is down or stops answering, and goes on with the others', async () => {
  /** Up to where the provider has sent the browser back; what happens there is as the sign-in was begun. */
  const begun = async (provider: string) => {
    const browser = new Browser({
      stopAt: ({ pathname }) => pathname.startsWith('/sign-in/callback'),
    })
    const { url: callback } = await browser.open(via(provider))
    return async () => {
      const response = await browser.fetch(callback)
      return { status: response.status, html: await response.text() }
    }
  }
  odd.user = someone('hangs', 'odd')
  odd.spoilt = 'token-hang'
  const silently = [await begun('odd')]
  for (const path of ['user', 'user/emails']) {
    github.broken = { path, how: 'hang' }
    silently.push(await begun('github'))
  }
  github.broken = null
  odd.spoilt = 'keys-hang'
  silently.push(await begun('odd'))
  const pages = await Promise.all([
    ...['dead-0', 'dead-1'].map((id) => new Browser().open(via(id))),
    ...silently.map((finish) => finish()),
  ])
  odd.spoilt = null
  for (const page of pages) {
    expect(page.status).toBe(502)
    expect(pageText(page.html)).toContain('Try again in a moment')
  }
  expect(rows(state.root, "SELECT id FROM people WHERE subject = 'hangs'")).toEqual([])
  await signedInAt('oidc', 'alice')
  expect((await new Browser().open(via('odd'))).status).toBe(200)
})

describe('floods', () => {
  const from = (address: string, at: string) => {
    const isPage = !['/register', '/token', '/authorize/decide'].includes(at)
    return fetch(`${url}${at}`, {
      method: isPage ? 'GET' : 'POST',
      redirect: 'manual',
      headers: { 'cf-connecting-ip': address, 'content-type': 'application/json' },
      body: isPage ? null : '{}',
    })
  }

  const BESIDE = [
    '/authorize',
    '/%61uthorize',
    '/authorize/decide',
    '/sign-in/callback',
    '/sign-in/%63allback/work',
  ]

  it.each([
    ['/register', 60, 1],
    ['/sign-in', 120, 2],
    ['/%73ign-in', 120, 3],
    ['/token', 600, 4],
  ])(
    'of requests to %s end at the limit for their network, and at nobody else',
    async (at, most, n) => {
      const network = `2001:db8:${n}:1`
      const statuses: number[] = []
      const held = () => statuses.filter((status) => status === 429).length
      // A minute that ends meanwhile begins the count anew, once.
      for (let sent = 0; held() < 20 && sent < 2 * (most + 20); sent += 20) {
        const some = Array.from({ length: 20 }, (_, i) => from(`${network}::${sent + i + 1}`, at))
        for (const response of await Promise.all(some)) {
          statuses.push(response.status)
          await response.body?.cancel()
        }
      }
      expect(held()).toBeGreaterThanOrEqual(20)
      expect(statuses.slice(0, 20)).not.toContain(429)
      const other = await from('203.0.113.9', at)
      expect(other.status).not.toBe(429)
      const refused = await from(`${network}::ffff`, at)
      expect(refused.headers.get('retry-after')).toBe('60')
      expect(await refused.json()).toMatchObject({ error: 'temporarily_unavailable' })
      // What is counted together ends together.
      for (const other of BESIDE) {
        const { status } = await from(`${network}::ffff`, other)
        expect(status === 429, other).toBe(most === 120)
      }
    },
  )
})
