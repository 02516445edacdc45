// What a component may reach: nothing, until the person says so on a page. Who may ask, who may answer, and
// how far an answer carries.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import {
  Agent,
  consoleCookie,
  consoleOf,
  decide,
  decideHost,
  denialsOf,
  errorOf,
  linkOf,
  textOf,
} from '../support/agent.ts'
import { PROBE, sha256, withCustomSection } from '../support/components.ts'
import { rows } from '../support/persisted.ts'
import { quitter } from '../support/quitter.ts'
import { raw } from '../support/raw-http.ts'

const { url, stateDir } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const EVERY_SCOPE = 'tools:call components:manage console'
const CLIENT_NAME = 'Agent <img src=x onerror=alert(1)>'

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice', { scope: EVERY_SCOPE, clientName: CLIENT_NAME })
  person = await consoleOf(url, 'alice')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.upload('probe', PROBE)
})
beforeEach(async () => {
  for (const component_id of ['fetch', 'probe']) {
    await agent.value('reset-permission', { component_id })
  }
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

const fetchHello = () => agent.call('fetch', HELLO)
const rulesOf = async (component_id: string) => {
  const { permissions } = await agent.value('get-policy', { component_id })
  return permissions
}
const onlyHosts = (...hosts: string[]) => ({
  network: { allow: hosts.map((host) => ({ host })) },
  storage: { allow: [] },
  environment: { allow: [] },
})
const NOTHING = onlyHosts()
/** The smallest that lets `fetchHello` through. */
const HELLO_RULE = 'GET http://demo.test/hello/'

describe('a call that reaches for the network', () => {
  it('is refused by default: what, for which host, and where the person decides', async () => {
    const refused = await fetchHello()
    expect(refused.isError).toBe(true)
    expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
    const denial = {
      permission: 'network',
      host: 'demo.test',
      port: 80,
      reason: 'not-granted',
      rule: HELLO_RULE,
    }
    expect(denialsOf(refused).denials).toEqual([denial])
    const link = linkOf(refused)
    expect(link).toMatch(new RegExp(`^${url}/approvals/[0-9a-f-]{36}$`))
    const [sentence, fields] = textOf(refused).split('\n')
    expect(sentence).toBe('Error: The component may not reach this host: nobody has granted it.')
    expect(JSON.parse(fields ?? '')).toEqual(denial)
    // The guest learned the interface's own word for it, in a block that is marked as its own.
    expect(refused.content[1]).toMatchObject({
      text: JSON.stringify({ err: 'HTTP-request-denied' }),
      _meta: { 'wassette-edge/origin': 'component' },
    })
  })

  it('asks one question however often it is refused', async () => {
    expect(linkOf(await fetchHello())).toBe(linkOf(await fetchHello()))
  })

  it('is refused at once also when it sends much', async () => {
    const args = { url: 'http://demo.test/echo', body: 'x'.repeat(1_000_000) }
    const refused = await agent.call('post', args)
    expect(denialsOf(refused).denials).toMatchObject([{ host: 'demo.test', reason: 'not-granted' }])
    expect(linkOf(refused)).toContain('/approvals/')
  })

  it('tells the refusal beside the answer of a guest that hides it', async () => {
    const answered = await agent.call('fetch-and-ignore', HELLO)
    expect(answered.isError).not.toBe(true)
    expect(answered.structuredContent).toEqual({ result: 'ignored: HTTP-request-denied' })
    expect(denialsOf(answered).denials).toMatchObject([{ host: 'demo.test' }])
    expect(linkOf(answered)).toContain('/approvals/')
  })

  it('tells the refusal of a guest that ends itself over it', async () => {
    await agent.upload('quitter', await quitter())
    const refused = await agent.call('fetch-and-quit')
    expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
    await decide(person, refused, 'allow')
    const quit = await agent.call('fetch-and-quit')
    expect(errorOf(quit)).toEqual({ code: 'exit', exit_code: 1 })
    await agent.value('unload-component', { id: 'quitter' })
  })
})

describe('the page of a question', () => {
  it('says which component, which version of it, from where, through which client, for what', async () => {
    const [component] = (await agent.components()).filter(({ id }) => id === 'fetch')
    const page = await person.open(linkOf(await fetchHello()))
    const text = pageText(page.html)
    expect(page.status).toBe(200)
    expect(text).toContain('Component fetch Source catalogue:fetch')
    expect(text).toContain(`Digest ${component?.digest}`)
    expect(text).toContain(CLIENT_NAME)
    expect(text).toContain(agent.signedIn.clientId)
    expect(text).toContain('tool fetch')
    expect(text).toContain(`to send requests over the network to ${HELLO_RULE}`)
    expect(text).toContain('GET only, /hello/ and below on demo.test , http on port 80')
    expect(page.html).not.toContain('<img')
    expect(page.html).not.toContain('<script')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })

  it('allows: the very next call succeeds against a real server', async () => {
    await decide(person, await fetchHello(), 'allow')
    const answered = await fetchHello()
    expect(answered.isError).not.toBe(true)
    expect(answered.structuredContent).toMatchObject({
      result: { ok: { status: 200, text: 'hello from demo.test' } },
    })
    expect(answered._meta?.['wassette-edge/denials']).toBeUndefined()
    expect(await agent.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      status: 'policy found',
      permissions: { network: { allow: [{ host: HELLO_RULE }] }, storage: { allow: [] } },
    })
  })

  it('denies: the call stays refused, and may ask again', async () => {
    const refused = await fetchHello()
    await decide(person, refused, 'deny')
    const again = await fetchHello()
    expect(again.isError).toBe(true)
    expect(linkOf(again)).not.toBe(linkOf(refused))
    expect(await rulesOf('fetch')).toEqual(NOTHING)
  })

  it.each(['allow', 'deny'] as const)('is answered once: after %s it is over', async (decision) => {
    const refused = await fetchHello()
    const page = await person.open(linkOf(refused))
    await decide(person, refused, decision)
    for (const other of ['allow', 'deny']) {
      expect((await person.press(page, 'decision', other)).status).toBe(409)
    }
    const after = await person.open(linkOf(refused))
    expect(after.forms.flatMap(({ buttons }) => buttons.map(({ name }) => name))).not.toContain(
      'decision',
    )
    expect(pageText(after.html)).toContain(`You answered: ${decision}.`)
    expect(await rulesOf('fetch')).toEqual(decision === 'deny' ? NOTHING : onlyHosts(HELLO_RULE))
  })

  it('takes no other word for an answer', async () => {
    const link = linkOf(await fetchHello())
    for (const body of ['', 'decision=yes', 'decision=ALLOW', 'allow=allow']) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await person.fetch(link, { method: 'POST', headers, body })
      expect(answer.status, body).toBe(400)
    }
    expect((await fetchHello()).isError).toBe(true)
  })

  it('allows once when it is pressed in two windows at the same time', async () => {
    const link = linkOf(await fetchHello())
    const press = () =>
      person.fetch(link, {
        method: 'POST',
        body: new URLSearchParams({ decision: 'allow', life: 'always' }),
      })
    const statuses = (await Promise.all([press(), press(), press()])).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 409, 409])
  })
})

describe('an agent', () => {
  const live = () =>
    rows(
      stateDir,
      `SELECT grants.* FROM grants JOIN people ON people.id = grants.person
       WHERE people.subject = 'alice' AND revoked_at IS NULL`,
    )

  it('cannot answer a question with its token, whatever scopes it has', async () => {
    const link = linkOf(await fetchHello())
    const authorization = `Bearer ${agent.token}`
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    for (const origin of [url, undefined]) {
      const headers = { authorization, ...form, ...(origin === undefined ? {} : { origin }) }
      const answer = await raw(link, {
        method: 'POST',
        headers,
        body: 'decision=allow&life=always',
      })
      expect([401, 403]).toContain(answer.status)
    }
    const seen = await raw(link, { headers: { authorization } })
    expect(seen.status).toBe(302)
    expect(seen.headers.get('location')).toMatch(/^\/sign-in\?/)
    expect((await raw(`${url}/console`, { headers: { authorization } })).status).toBe(302)
    expect((await fetchHello()).isError).toBe(true)
    expect(live()).toEqual([])
  })

  it('cannot grant with any tool: grant-network-permission only asks', async () => {
    const asked = await agent.value('grant-network-permission', {
      component_id: 'fetch',
      details: { host: 'demo.test' },
    })
    expect(asked).toMatchObject({
      status: 'permission requested: the person decides',
      component_id: 'fetch',
      permission_type: 'network',
      details: { host: 'demo.test' },
      decision: 'open',
      asked: {
        of: {
          name: expect.any(String) as string,
          issuer: expect.stringMatching(/^http/) as string,
        },
        rule: 'demo.test',
        in_words: [
          ...['any method', ', ', 'any path', ' on '],
          { theirs: 'demo.test' },
          ', http on port 80 and https on port 443',
        ],
        warning: null,
        lives: [
          { life: 'once', means: 'for the next call of this component through this client' },
          { life: 'session', means: expect.any(String) as string },
          { life: 'until', means: expect.any(String) as string },
          { life: 'always', means: 'until the person takes it back' },
        ],
        limits: ['uses', 'calls_an_hour', 'bytes'],
      },
      expires_at: expect.any(Number) as number,
      approval_url: expect.stringMatching(new RegExp(`^${url}/approvals/[0-9a-f-]{36}$`)),
    })
    const id = String(asked['approval_url']).split('/').at(-1) ?? ''
    const component_id = 'fetch'
    const details = { host: 'demo.test' }
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    const others = tools.filter(({ _meta }) => _meta?.['wassette-edge/component'] !== 'probe')
    expect(others).toHaveLength(15)
    for (const { name } of others) {
      for (const args of [
        {},
        { id },
        { component_id },
        { component_id, details },
        { component_id: id, details },
        { component_id, details, decision: 'allow', approval: id },
        { id, decision: 'allow' },
      ]) {
        await agent.call(name, args)
      }
    }
    await agent.load('fetch')
    expect((await fetchHello()).isError).toBe(true)
    expect(live()).toEqual([])
  })

  it('cannot get a scope that would let it', async () => {
    const granted = agent.signedIn.scope.split(' ')
    expect(granted).toEqual(['tools:call', 'components:manage', 'console'])
    const metadata = await fetch(`${url}/.well-known/oauth-authorization-server`)
    expect(await metadata.json()).toMatchObject({ scopes_supported: granted })
  })

  it('cannot revive what was asked before by asking for the same again', async () => {
    const refused = await fetchHello()
    await decide(person, refused, 'deny')
    const ask = { component_id: 'fetch', details: { host: 'demo.test' } }
    const asked = await agent.value('grant-network-permission', ask)
    expect(asked['approval_url']).not.toBe(linkOf(refused))
    expect((await fetchHello()).isError).toBe(true)
  })
})

describe('a page of somebody else', () => {
  it('cannot answer a question in the person’s browser', async () => {
    const link = linkOf(await fetchHello())
    const cookie = await consoleCookie(url, 'alice')
    const form = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = (origin: Record<string, string>) =>
      raw(link, {
        method: 'POST',
        headers: { ...form, ...origin },
        body: 'decision=allow&life=always',
      })
    expect((await answer({})).status).toBe(403)
    for (const origin of ['https://evil.test', 'null', `${url}.evil.test`, 'http://127.0.0.1']) {
      expect((await answer({ origin })).status, origin).toBe(403)
    }
    expect((await fetchHello()).isError).toBe(true)
    expect((await answer({ origin: url })).status).toBe(200)
    expect((await fetchHello()).isError).not.toBe(true)
  })

  it('cannot take a permission back either', async () => {
    await decide(person, await fetchHello(), 'allow')
    const headers = { origin: 'https://evil.test' }
    const body = new URLSearchParams({ component: 'fetch', host: 'demo.test' })
    const forged = await person.fetch(`${url}/console/revoke`, { method: 'POST', headers, body })
    expect(forged.status).toBe(403)
    expect((await fetchHello()).isError).not.toBe(true)
  })
})

describe('taking back', () => {
  const details = { host: 'demo.test' }

  it('with revoke-network-permission holds for the next call', async () => {
    await decide(person, await fetchHello(), 'allow')
    const revoke = { component_id: 'fetch', details }
    expect(await agent.value('revoke-network-permission', revoke)).toMatchObject({
      status: 'permission revoked',
      was_granted: true,
    })
    expect((await fetchHello()).isError).toBe(true)
    expect(await rulesOf('fetch')).toEqual(NOTHING)
    expect(await agent.value('revoke-network-permission', revoke)).toMatchObject({
      was_granted: false,
    })
  })

  it('with reset-permission takes everything', async () => {
    await decide(person, await fetchHello(), 'allow')
    const elsewhere = await agent.call('fetch', { url: 'http://demo.test:81/' })
    await decide(person, elsewhere, 'allow')
    expect(await rulesOf('fetch')).toEqual(onlyHosts(HELLO_RULE, 'GET http://demo.test:81/'))
    await agent.value('reset-permission', { component_id: 'fetch' })
    expect(await rulesOf('fetch')).toEqual(NOTHING)
    expect((await fetchHello()).isError).toBe(true)
  })

  it('with the button of the console holds for the next call', async () => {
    await decide(person, await fetchHello(), 'allow')
    const form = (await person.open(`${url}/console`)).forms.find(
      ({ action, fields }) =>
        action === '/console/revoke' && fields.some(([, value]) => value === 'fetch'),
    )
    const body = new URLSearchParams(form?.fields)
    expect(Object.fromEntries(body)).toEqual({
      component: 'fetch',
      permission: 'network',
      rule: HELLO_RULE,
    })
    const taken = await person.fetch(`${url}/console/revoke`, { method: 'POST', body })
    expect(taken.status).toBe(303)
    expect((await fetchHello()).isError).toBe(true)
  })

  it.each(['get-policy', 'reset-permission'])(
    'and %s know no component that is not there',
    async (name) => {
      const answer = await agent.call(name, { component_id: 'no-such' })
      expect(errorOf(answer)).toEqual({ code: 'unknown-component' })
    },
  )
})

describe('a grant', () => {
  it('opens one path of one host, and what is below: others stay refused', async () => {
    await decide(person, await fetchHello(), 'allow')
    const below = { url: 'http://demo.test/hello/there?any=query' }
    expect((await agent.call('fetch', below)).isError).not.toBe(true)
    for (const [target, rule] of [
      ['http://demo.test:81/hello', 'GET http://demo.test:81/hello/'],
      ['https://demo.test/hello', 'GET https://demo.test/hello/'],
      ['http://demo.test/hello2', 'GET http://demo.test/hello2/'],
      ['http://demo.test/', 'GET http://demo.test/'],
      ['https://demo.test:80/hello', 'GET https://demo.test:80/hello/'],
      ['http://other.test/', 'GET http://other.test/'],
      ['http://sub.demo.test/', 'GET http://sub.demo.test/'],
      ['http://demo.test.evil.test/', 'GET http://demo.test.evil.test/'],
      ['http://xdemo.test/', 'GET http://xdemo.test/'],
    ] as const) {
      const refused = await agent.call('fetch', { url: target })
      expect(denialsOf(refused).denials, target).toMatchObject([{ reason: 'not-granted', rule }])
    }
  })

  it('means the host however it is spelled', async () => {
    await decide(person, await agent.call('fetch', { url: 'http://DEMO.test./hello' }), 'allow')
    expect(await rulesOf('fetch')).toEqual(onlyHosts(HELLO_RULE))
    expect((await fetchHello()).isError).not.toBe(true)
  })

  it('for a path prefix opens nothing beside it', async () => {
    const host = 'http://demo.test/status/'
    const args = { component_id: 'fetch', details: { host } }
    const asked = await agent.value('grant-network-permission', args)
    const page = await person.open(String(asked['approval_url']))
    expect(pageText(page.html)).toContain('http://demo.test/status/')
    await person.press(page, 'decision', 'allow', { life: 'always' })
    const get = (target: string) => agent.call('fetch', { url: target })
    expect((await get('http://demo.test/status/200')).isError).not.toBe(true)
    for (const other of ['/hello', '/statusX', '/status/../hello', '/status/%2e%2e/hello']) {
      expect((await get(`http://demo.test${other}`)).isError, other).toBe(true)
    }
    expect((await get('https://demo.test/status/200')).isError).toBe(true)
  })

  it('does not follow a redirect: the answer is handed back', async () => {
    await decideHost(person, await fetchHello())
    for (const to of ['http://other.test/secret', 'http://127.0.0.1/', '/hello']) {
      const target = `http://demo.test/redirect?to=${encodeURIComponent(to)}`
      const answered = await agent.call('fetch', { url: target })
      expect(answered.structuredContent).toMatchObject({
        result: { ok: { status: 302, location: to, text: '' } },
      })
    }
  })

  it('belongs to one component: another one asks for itself', async () => {
    await decide(person, await fetchHello(), 'allow')
    const ignored = await agent.call('fetch-and-ignore', HELLO)
    expect(denialsOf(ignored).denials).toMatchObject([{ host: 'demo.test' }])
  })

  it('goes along to other bytes that look the same; a question about the ones before opens nothing', async () => {
    const other = withCustomSection(PROBE, 'another version')
    const get = () => agent.call('fetch-and-ignore', HELLO)
    const asked = await agent.call('fetch-and-ignore', { url: 'http://other.test/' })
    await decide(person, await get(), 'allow')
    expect(await agent.result('fetch-and-ignore', HELLO)).toBe('status: 200')

    expect((await agent.upload('probe', other)).status).toBe(200)
    const [probe] = (await agent.components()).filter(({ id }) => id === 'probe')
    expect(probe?.digest).toBe(`sha256:${sha256(other)}`)
    expect(await agent.result('fetch-and-ignore', HELLO)).toBe('status: 200')
    const page = await person.open(linkOf(asked))
    expect((await person.press(page, 'decision', 'allow')).status).toBe(409)
    expect(
      denialsOf(await agent.call('fetch-and-ignore', { url: 'http://other.test/' })),
    ).toMatchObject({ denials: [{ reason: 'not-granted' }] })
    await agent.upload('probe', PROBE)
    expect(await agent.result('fetch-and-ignore', HELLO)).toBe('status: 200')
  })

  it('is not given to a component that is gone: loaded again, it starts from nothing', async () => {
    const page = await person.open(linkOf(await fetchHello()))
    await agent.value('unload-component', { id: 'fetch' })
    expect((await person.press(page, 'decision', 'allow')).status).toBe(409)
    await agent.load('fetch')
    expect(await rulesOf('fetch')).toEqual(NOTHING)
    expect((await fetchHello()).isError).toBe(true)
  })

  it('holds through another client of the same person', async () => {
    await decide(person, await fetchHello(), 'allow')
    const second = await Agent.of(url, 'alice', { mode: 'legacy', clientName: 'second' })
    expect((await second.call('fetch', HELLO)).isError).not.toBe(true)
    await second.close()
  })
})

describe('out of reach', () => {
  const addresses = [
    ['http://127.0.0.1:8787/', 'address'],
    ['http://127.1/', 'address'],
    ['http://2130706433/', 'address'],
    ['http://0x7f.0.0.1/', 'address'],
    ['http://[::1]/', 'address'],
    ['http://[::ffff:127.0.0.1]/', 'address'],
    ['http://10.0.0.1/', 'address'],
    ['http://169.254.169.254/latest/meta-data', 'address'],
    ['http://localhost/', 'private-name'],
    ['http://LOCALHOST./', 'private-name'],
    ['http://a.localhost/', 'private-name'],
    ['http://router/', 'private-name'],
    ['http://printer.local/', 'private-name'],
    ['http://metadata.google.internal/', 'private-name'],
    ['http://wassette-edge.somebody.workers.dev/', 'own-host'],
  ] as const

  it.each(addresses)('is %s (%s), and no question is offered', async (target, why) => {
    const refused = await agent.call('fetch-and-ignore', { url: target })
    expect(refused.structuredContent).toEqual({ result: 'ignored: HTTP-request-denied' })
    const { denials, approvals } = denialsOf(refused)
    expect(denials).toMatchObject([{ reason: 'unreachable', why }])
    expect(approvals).toEqual([])
    expect(textOf(refused)).not.toContain('/approvals/')
  })

  it('is not a public address, which is asked for as a range of one', async () => {
    const refused = await agent.call('fetch-and-ignore', { url: 'http://1.1.1.1/' })
    const rule = 'GET cidr 1.1.1.1/32'
    expect(denialsOf(refused).denials).toEqual([
      { reason: 'not-granted', permission: 'network', host: '1.1.1.1', port: 80, rule },
    ])
    const page = await person.open(linkOf(refused))
    expect(pageText(page.html)).toContain('1.1.1.1')
  })

  it('is our own server, by the name it has', async () => {
    const refused = await agent.call('fetch', { url: `${url}/health` })
    expect(denialsOf(refused).denials).toMatchObject([{ reason: 'unreachable' }])
  })

  it.each(addresses)('stays %s (%s) when the agent asks for it', async (target, why) => {
    const args = { component_id: 'fetch', details: { host: new URL(target).origin } }
    const asked = await agent.call('grant-network-permission', args)
    expect(errorOf(asked)).toEqual({ code: 'unreachable-host', why })
    expect(textOf(asked)).not.toContain('/approvals/')
  })

  it('stays out of reach under a grant for everything', async () => {
    const args = { component_id: 'fetch', details: { host: '*' } }
    const asked = await agent.value('grant-network-permission', args)
    const page = await person.open(String(asked['approval_url']))
    expect(pageText(page.html)).toContain('This is broad')
    await person.press(page, 'decision', 'allow', { life: 'always' })
    expect((await fetchHello()).isError).not.toBe(true)
    for (const target of [`${url}/health`, 'http://localhost/', 'http://[::1]/']) {
      const refused = await agent.call('fetch', { url: target })
      expect(refused.isError, target).toBe(true)
    }
  })

  it.each(['', 'ftp://demo.test', 'a b', 'user@demo.test', 'demo.test/path', '*.*', 'demo.test:0'])(
    'is no host: %j is not even asked for',
    async (host) => {
      const args = { component_id: 'fetch', details: { host } }
      const asked = await agent.call('grant-network-permission', args)
      expect(asked.isError).toBe(true)
      expect(['bad-host', 'bad-arguments']).toContain(errorOf(asked)?.['code'])
      expect(textOf(asked)).not.toContain('/approvals/')
    },
  )
})

describe('what a guest sends', () => {
  const send = async (headers: [string, string][]) => {
    const args = { url: 'http://demo.test/headers', headers }
    const first = await agent.call('request-with-headers', args)
    if (first.isError === true) await decide(person, first, 'allow')
    const answered = await agent.result('request-with-headers', args)
    const { ok } = answered as { ok: [number, string] }
    return JSON.parse(ok[1]) as Record<string, string>
  }

  it('carries the headers that are the guest’s to set', async () => {
    expect(
      await send([
        ['x-mine', '1'],
        ['authorization', 'Bearer guest'],
      ]),
    ).toMatchObject({
      'x-mine': '1',
      authorization: 'Bearer guest',
    })
  })

  it('carries no header that would speak for us, the person or the platform', async () => {
    const theirs = await send([
      ['cookie', 'session=guest'],
      ['cf-connecting-ip', '9.9.9.9'],
      ['cf-worker', 'guest.example'],
      ['cf-access-jwt-assertion', 'guest'],
      ['x-forwarded-for', '9.9.9.9'],
      ['x-forwarded-host', 'evil.test'],
      ['x-real-ip', '9.9.9.9'],
      ['forwarded', 'for=9.9.9.9'],
      ['true-client-ip', '9.9.9.9'],
      ['via', 'guest'],
      ['x-kept', 'kept'],
    ])
    expect(theirs).toMatchObject({ 'x-kept': 'kept' })
    expect(JSON.stringify(theirs)).not.toMatch(/guest|9\.9\.9\.9|evil/)
    expect(theirs).not.toHaveProperty('cookie')
  })

  it('cannot name another host in a header', async () => {
    const headers = [['host', 'evil.test']]
    const args = { url: 'http://demo.test/headers', headers }
    const refused = await agent.call('request-with-headers', args)
    expect(refused.structuredContent).toEqual({ result: { err: 'forbidden' } })
  })
})
