// Secrets as a person, an agent and a server outside live with them: bound to a host, they arrive there and nowhere
// else, and the component and the agent never see one.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { pageText } from '../../local/forms.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { consoleOf, denialsOf, errorOf, textOf } from '../support/agent.ts'
import { constants, PROBE, read, withCustomSection } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  allowVariable,
  forget,
  INTRUDER,
  lastCall,
  lines,
  loaded,
  message,
  received,
  release,
  resident,
  send,
  withIntruder,
} from '../support/escape.ts'
import { switchTo } from '../support/labels.ts'
import { rows } from '../support/persisted.ts'
import { LEASE_MS } from '../../src/capabilities/lease.ts'
import { asPerson, BEARER, bind, unbind } from '../support/secrets.ts'

const { url, stateDir } = inject('server')
const VALUE = 'tok+en/9f3a=Zq&77x'
const HOST = 'https://watched.test'
const SECRETS = '/api/components/intruder/secrets'

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await permit()
})
beforeEach(async () => {
  const { secrets } = (await (await asPerson(alice, 'GET', SECRETS)).json()) as Listed
  for (const { name } of secrets) await unbind(alice, 'intruder', name)
  await forget()
})
afterAll(async () => {
  await alice.agent.startFresh()
  await alice.agent.close()
})

interface Listed {
  readonly secrets: readonly { readonly name: string }[]
}

async function permit(): Promise<void> {
  for (const host of ['watched.test', 'elsewhere.test']) await allowHost(alice, host)
}

const bound = (more: Partial<Parameters<typeof bind>[3]> = {}, name = 'token') =>
  bind(alice, 'intruder', name, {
    value: VALUE,
    hosts: ['watched.test'],
    placement: BEARER,
    ...more,
  })

/** What arrived: the first line and the fields of each request. */
async function heads(place: 'watched' | 'elsewhere' = 'watched'): Promise<string[]> {
  return (await received())[place].map((text) => text.split('\r\n\r\n', 1)[0] ?? '')
}

const authorizations = async (place: 'watched' | 'elsewhere' = 'watched') =>
  (await heads(place)).map((head) => /^authorization: (.*)$/im.exec(head)?.[1]?.trim())

describe('a secret', () => {
  it('opens what is private: a session that has the other two labels stops before it is sent', async () => {
    await bound()
    await switchTo(alice, alice.agent, 'ask')
    try {
      const refused = await alice.agent.call('send', { messages: [message(`${HOST}/`)] })
      expect(denialsOf(refused).denials).toMatchObject([
        { permission: 'labels', reason: 'not-granted', brings: ['private'] },
      ])
      expect(await heads()).toEqual([])
    } finally {
      await switchTo(alice, alice.agent, 'off')
    }
    await send(alice, [message(`${HOST}/`)])
    expect(await authorizations()).toEqual([`Bearer ${VALUE}`])
  })

  it('stands in a header at the host it is bound to, whatever the component put there', async () => {
    await bound()
    const headers: [string, string][] = [
      ['Authorization', 'Bearer mine'],
      ['X-Other', 'stays'],
    ]
    await send(alice, [
      message(`${HOST}/a`, { headers }),
      message('https://elsewhere.test/b', { headers }),
      message('http://watched.test/c'),
    ])
    expect(await authorizations()).toEqual([`Bearer ${VALUE}`, undefined])
    expect((await heads())[0]).toContain('stays')
    expect(await authorizations('elsewhere')).toEqual(['Bearer mine'])
  })

  it('goes unencrypted only where the person says http, and only below the path they say', async () => {
    await bound({ hosts: ['http://watched.test/api/'] })
    const paths = ['/api/x', '/api', '/apiary', '/api/../other', '/']
    await send(
      alice,
      paths.map((path) => message(`http://watched.test${path}`)),
    )
    const seen = [`Bearer ${VALUE}`, `Bearer ${VALUE}`, undefined, undefined, undefined]
    expect(await authorizations()).toEqual(seen)
  })

  it('stands in a query parameter, in the place of the component’s own', async () => {
    await bound({ placement: { kind: 'query', name: 'api_key' } })
    await send(alice, [message(`${HOST}/s?q=a%20b&api%5Fkey=mine&api_key=again&z`)])
    const [line] = await heads()
    expect(line?.split(' ')[1]).toBe(`/s?q=a%20b&z&api_key=${encodeURIComponent(VALUE)}`)
  })

  it('is the password of basic authentication', async () => {
    await bound({ placement: { kind: 'basic', user: 'ann' } })
    await send(alice, [message(`${HOST}/`)])
    const credentials = Buffer.from(`ann:${VALUE}`).toString('base64')
    expect(await authorizations()).toEqual([`Basic ${credentials}`])
  })

  it('does not follow a redirect, nor come back in one', async () => {
    await bound({ placement: { kind: 'query', name: 'to' } })
    // The server sends the component on to what the parameter says: the value itself.
    const [told] = await send(alice, [message(`${HOST}/redirect?to=https://elsewhere.test/`)])
    expect(told).toBe('302 [redacted]seen')
    await bound({ placement: BEARER })
    const to = 'https://elsewhere.test/next'
    await send(alice, [message(`${HOST}/redirect?to=${to}`), message(to)])
    expect(await authorizations('elsewhere')).toEqual([undefined])
  })

  it('is the narrowest one where two would stand in one place', async () => {
    await bound({ hosts: ['https://watched.test/one/'], value: 'the-narrow-one' }, 'narrow')
    await bound({ hosts: ['watched.test'], value: 'the-wide-one' }, 'a-wide-one')
    await send(alice, [message(`${HOST}/one/x`), message(`${HOST}/two`)])
    expect(await authorizations()).toEqual(['Bearer the-narrow-one', 'Bearer the-wide-one'])
  })

  it('grants no host, and a refused request takes nothing along', async () => {
    await alice.agent.value('reset-permission', { component_id: 'intruder' })
    await bound()
    expect(await send(alice, [message(`${HOST}/`)])).toEqual(['HTTP-request-denied'])
    expect(await heads()).toEqual([])
    const { host_calls: calls } = await lastCall(alice)
    expect(calls).toMatchObject([{ outcome: 'denied' }])
    expect(calls[0]).not.toHaveProperty('secrets')
    await permit()
  })

  it('is on the record of each use by its name, and nowhere by its value', async () => {
    await bound()
    await send(alice, [message(`${HOST}/`), message('https://elsewhere.test/')])
    const { host_calls: calls } = await lastCall(alice)
    expect(calls.map(({ host, ...rest }) => [host, rest['secrets']])).toEqual([
      ['watched.test', ['token']],
      ['elsewhere.test', undefined],
    ])
    const audit = await (await alice.agent.api('/api/audit')).text()
    expect(audit).toContain('"secret-set"')
    expect(audit).toContain('"secrets":["token"]')
    const person = await consoleOf(url, 'alice')
    const page = await person.open(`${url}/console/calls`)
    expect(pageText(page.html)).toMatch(/watched\.test:443 answered 200, 0 out, 4 in, with token/)
    for (const told of [
      audit,
      page.html,
      JSON.stringify(rows(stateDir, 'SELECT * FROM secrets')),
    ]) {
      expect(told).not.toContain(VALUE)
    }
  })

  it('goes into requests of WASI 0.3 as well, and the component cannot tell what it was', async () => {
    await loaded(alice, 'wasi3', read('test/fixtures/wasi3/wasi3.wasm'))
    for (const host of ['watched.test', 'elsewhere.test']) await allowHost(alice, host, 'wasi3')
    await bind(alice, 'wasi3', 'token', {
      value: VALUE,
      hosts: ['watched.test'],
      placement: BEARER,
    })
    const forms = ['plain', 'base64', 'base64url', 'hex', 'url', 'every-byte', 'json', 'plain-gzip']
    // What the first server answers is sent on unread: the second one receives what the component received.
    for (const form of forms) {
      const source = `${HOST}/echo/${form}?${form}`
      await alice.agent.result('relay', { source, target: 'https://elsewhere.test/' })
    }
    expect(await authorizations()).toEqual(forms.map(() => `Bearer ${VALUE}`))
    const got = (await received()).elsewhere
    expect(got).toHaveLength(forms.length)
    for (const [at, form] of forms.entries()) expect(got[at], form).toContain('redacted')
    const all = got.join('\n')
    expect(all).not.toContain(VALUE)
    expect(all).not.toContain(encodeURIComponent(VALUE))
    expect(all).not.toContain(Buffer.from(VALUE).toString('hex'))
    await alice.agent.value('unload-component', { id: 'wasi3' })
  })

  it('is taken out of what the agent reads, in headers of answers too', async () => {
    await bound()
    const answers = await send(
      alice,
      ['plain', 'base64', 'hex', 'url'].map((form) => message(`${HOST}/echo/${form}?`)),
    )
    for (const answer of answers) expect(answer).toContain('redacted')
    expect(JSON.stringify(answers)).not.toContain(VALUE)
  })

  it('is in no request of a running call any more once it is deleted', async () => {
    await bound()
    const running = send(alice, [
      message(`${HOST}/`),
      message('https://elsewhere.test/held'),
      message(`${HOST}/`),
    ])
    await expect.poll(async () => (await heads('elsewhere')).length).toBe(1)
    await unbind(alice, 'intruder', 'token')
    // As long as a call may go by what it was told.
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS))
    await release()
    expect(await running).toEqual(['200 seen', '200 seen', '200 seen'])
    expect(await authorizations()).toEqual([`Bearer ${VALUE}`, undefined])
  })
})

describe('a placeholder', () => {
  const held = async () => {
    const found = (await lines(alice.agent, 'ambient')).find((line) =>
      line.startsWith('API_TOKEN='),
    )
    return found?.slice('API_TOKEN='.length) ?? ''
  }

  it('is all that the component holds, and means something at the bound host only', async () => {
    await bound({ placeholder: 'API_TOKEN' })
    const placeholder = await held()
    expect(placeholder).toMatch(/^wassette_[0-9a-f]{32}$/)
    expect(await held()).toBe(placeholder)
    const field = (text: string): [string, string][] => [['Authorization', text]]
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    await send(alice, [
      message(`${HOST}/`, { headers: field(`token ${placeholder}`) }),
      message(`${HOST}/`, { headers: field(basic(`ann:${placeholder}`)) }),
      message(`${HOST}/`, { headers: [['X-Other', placeholder]] }),
      message(`${HOST}/?q=${placeholder}`),
      message('https://elsewhere.test/', { headers: field(`token ${placeholder}`) }),
    ])
    expect(await authorizations()).toEqual([
      `token ${VALUE}`,
      basic(`ann:${VALUE}`),
      undefined,
      undefined,
    ])
    expect((await heads()).slice(2).join()).not.toContain(VALUE)
    expect(await authorizations('elsewhere')).toEqual([`token ${placeholder}`])
    expect((await lastCall(alice)).host_calls.map((call) => call['secrets'])).toEqual([
      ['token'],
      ['token'],
      undefined,
      undefined,
      undefined,
    ])
  })

  it('stands for the value in the one parameter, as the person chose it', async () => {
    await bound({ placement: { kind: 'query', name: 'key' }, placeholder: 'API_TOKEN' })
    const placeholder = await held()
    await send(alice, [message(`${HOST}/?a=${placeholder}&key=${placeholder}&b=1`)])
    const [line] = await heads()
    const value = encodeURIComponent(VALUE)
    expect(line?.split(' ')[1]).toBe(`/?a=${placeholder}&key=${value}&b=1`)
  })

  it('goes with the secret, which an agent may delete, and uncovers no variable that was granted', async () => {
    const headers = { cookie: alice.cookie, origin: url }
    const path = `${url}/api/components/intruder/environment/API_TOKEN`
    await fetch(path, { method: 'PUT', headers, body: VALUE })
    await allowVariable(alice, 'API_TOKEN')
    // As the agent reads it.
    expect(await held()).toBe('[redacted]')
    // Granted before there was a placeholder, and since.
    for (const isGranted of [false, true]) {
      await bound({ placeholder: 'API_TOKEN' })
      if (isGranted) await allowVariable(alice, 'API_TOKEN')
      expect(await held()).toMatch(/^wassette_/)
      const scope = 'tools:call console'
      const { accessToken } = await signInHeadless({ serverUrl: url, user: 'alice', scope })
      const authorization = `Bearer ${accessToken}`
      const init = { method: 'DELETE', headers: { authorization } }
      expect((await fetch(`${url}${SECRETS}/token`, init)).status).toBe(204)
      expect(await held(), String(isGranted)).toBe('')
    }
    await fetch(path, { method: 'DELETE', headers })
  })
})

describe('a component', () => {
  beforeEach(async () => {
    await loaded(alice, 'intruder', INTRUDER)
    await permit()
  })
  afterAll(async () => {
    await loaded(alice, 'intruder', INTRUDER)
    await permit()
  })

  it('loses its secrets when it is unloaded, and has none under another source', async () => {
    await bound()
    await loaded(alice, 'again', INTRUDER)
    await allowHost(alice, 'watched.test', 'again')
    expect(await (await asPerson(alice, 'GET', '/api/components/again/secrets')).json()).toEqual({
      secrets: [],
    })
    await alice.agent.value('unload-component', { id: 'again' })
    await loaded(alice, 'intruder', INTRUDER)
    await allowHost(alice, 'watched.test')
    await send(alice, [message(`${HOST}/`)])
    expect(await authorizations()).toEqual([undefined])
    expect(rows(stateDir, "SELECT * FROM secrets WHERE source LIKE '%intruder%'")).toEqual([])
  })

  it('waits for its person in another version, even one that looks the same', async () => {
    await bound()
    const person = await consoleOf(url, 'alice')
    const say = async (decision: string) => {
      const page = await person.open(`${url}/console/components/intruder/version`)
      expect(pageText(page.html)).toContain(
        'Secrets that went into its requests token to watched.test',
      )
      await person.press(page, 'decision', decision)
    }
    await alice.agent.upload('intruder', withCustomSection(INTRUDER, 'two'))
    const refused = await alice.agent.call('send', { messages: [message(`${HOST}/`)] })
    expect(errorOf(refused)).toMatchObject({ code: 'new-version' })
    await say('keep')
    await send(alice, [message(`${HOST}/`)])
    await alice.agent.upload('intruder', withCustomSection(INTRUDER, 'three'))
    await say('nothing')
    await allowHost(alice, 'watched.test')
    await send(alice, [message(`${HOST}/`)])
    expect(await authorizations()).toEqual([`Bearer ${VALUE}`, undefined])
    expect(await (await asPerson(alice, 'GET', SECRETS)).json()).toEqual({ secrets: [] })
  })

  it('is not given what the person set for a version that has gone again', async () => {
    await bound()
    await alice.agent.upload('intruder', withCustomSection(INTRUDER, 'two'))
    await bound({ value: 'set-for-the-second' })
    await alice.agent.upload('intruder', INTRUDER)
    await send(alice, [message(`${HOST}/`)])
    expect(await authorizations()).toEqual([undefined])
    expect(await (await asPerson(alice, 'GET', SECRETS)).json()).toMatchObject({
      secrets: [{ name: 'token', in_use: false }],
    })
  })
})

describe('the raw value of a variable', () => {
  it('is taken out of answers and errors in every form, and a short one is not', async () => {
    await loaded(alice, 'probe', PROBE)
    const put = async (key: string, body: string) => {
      const path = `/api/components/probe/environment/${key}`
      const headers = { cookie: alice.cookie, origin: url }
      await fetch(new URL(path, url), { method: 'PUT', headers, body })
      const { approval_url: page } = await alice.agent.value(
        'grant-environment-variable-permission',
        { component_id: 'probe', details: { key } },
      )
      const person = await consoleOf(url, 'alice')
      const shown = await person.open(String(page))
      expect(pageText(shown.html)).toContain('The component reads the value itself.')
      expect(pageText(shown.html)).toContain('bind it to a host instead')
      await person.press(shown, 'decision', 'allow', { life: 'always' })
    }
    await put('LONG', VALUE)
    await put('SHORT', 'short')
    expect(await alice.agent.result('environment')).toEqual([
      ['LONG', '[redacted]'],
      ['SHORT', 'short'],
    ])
    const bytes = Buffer.from(VALUE)
    const forms = [
      VALUE,
      bytes.toString('base64'),
      bytes.toString('hex'),
      encodeURIComponent(VALUE),
      VALUE.toUpperCase(),
    ]
    for (const value of forms) {
      const echoed = await alice.agent.call('echo-string', { value: `<${value}>` })
      expect(textOf(echoed)).toBe('<[redacted]>')
      expect(echoed.structuredContent).toEqual({ result: '<[redacted]>' })
      const panicked = await alice.agent.call('panic-message', { message: `a ${value} b` })
      expect(textOf(panicked)).toContain('a [redacted] b')
      const failed = await alice.agent.call('fail', { text: `<${value}>` })
      expect(textOf(failed)).toBe('{"err":"<[redacted]>"}')
    }
    const inBytes = await alice.agent.result('echo-list-u8', {
      value: Buffer.from(`<${bytes.toString('hex')}>`).toString('base64'),
    })
    expect(Buffer.from(String(inBytes), 'base64').toString()).toBe('<[redacted]>')
    // A host that is not granted: what it asked for is on no record, and nobody is asked for it.
    const denied = await alice.agent.call('post', { url: `http://${forms[2]}.test/`, body: '' })
    expect(JSON.stringify(denied)).not.toContain(forms[2])
    expect((await lastCall(alice)).host_calls[0]?.host).toBe('[redacted].test')
    await alice.agent.value('unload-component', { id: 'probe' })
  })
})

describe('the JSON API', () => {
  it('sets, lists, replaces and deletes, and never shows a value', async () => {
    const secret = { value: VALUE, hosts: ['HTTPS://Watched.test/v1'], placement: BEARER }
    const put = () => asPerson(alice, 'PUT', `${SECRETS}/token`, secret)
    const first = await put()
    expect([first.status, await first.json()]).toEqual([201, { name: 'token' }])
    expect((await put()).status).toBe(200)
    const listed = await (await asPerson(alice, 'GET', SECRETS)).text()
    expect(JSON.parse(listed)).toEqual({
      secrets: [
        {
          name: 'token',
          hosts: ['https://watched.test/v1/'],
          placement: { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
          placeholder: null,
          in_use: true,
          set_at: expect.any(Number),
        },
      ],
    })
    expect((await asPerson(alice, 'DELETE', `${SECRETS}/token`)).status).toBe(204)
    expect((await asPerson(alice, 'DELETE', `${SECRETS}/token`)).status).toBe(404)
  })

  it.each([
    ['a short value', { value: '1234567' }, 400, 'too-short'],
    ['no value', { value: '' }, 400, 'empty'],
    ['a long value', { value: 'x'.repeat(8 * 1024 + 1) }, 413, 'too-long'],
    ['a line break', { value: `${VALUE}\n` }, 400, 'characters'],
    ['no host', { hosts: [] }, 400, 'no-host'],
    ['every host', { hosts: ['*'] }, 400, 'host-too-broad'],
    ['a top-level domain', { hosts: ['*.test'] }, 400, 'host-too-broad'],
    ['an address', { hosts: ['cidr 93.184.216.34/32'] }, 400, 'host-too-broad'],
    ['an address as a host', { hosts: ['93.184.216.34'] }, 400, 'host-too-broad'],
    ['an argument', { hosts: ['{url}'] }, 400, 'host-too-broad'],
    ['a connection', { hosts: ['tcp://watched.test:1'] }, 400, 'bad-host'],
    ['user information', { hosts: ['evil.test@watched.test'] }, 400, 'bad-host'],
    ['the header Host', { placement: { kind: 'header', name: 'Host' } }, 400, 'reserved-header'],
    ['a cookie', { placement: { kind: 'header', name: 'cookie' } }, 400, 'reserved-header'],
    [
      'a header for the method',
      { placement: { kind: 'header', name: 'X-HTTP-Method-Override' } },
      400,
      'reserved-header',
    ],
    ['no header', { placement: { kind: 'header', name: 'a b' } }, 400, 'bad-header'],
    ['a bad prefix', { placement: { ...BEARER, prefix: 'a\r\nb' } }, 400, 'bad-prefix'],
    ['a bad parameter', { placement: { kind: 'query', name: 'a=b' } }, 400, 'bad-parameter'],
    ['a bad user', { placement: { kind: 'basic', user: 'a:b' } }, 400, 'bad-user'],
    ['a bad placeholder', { placeholder: '*' }, 400, 'bad-placeholder'],
    ['an unknown key', { host: 'watched.test' }, 400, 'bad-body'],
    ['an unknown placement', { placement: { kind: 'body' } }, 400, 'bad-body'],
  ])('refuses %s', async (_, wrong, status, code) => {
    const body = { value: VALUE, hosts: ['watched.test'], placement: BEARER, ...wrong }
    const refused = await asPerson(alice, 'PUT', `${SECRETS}/token`, body)
    const text = await refused.text()
    expect([refused.status, JSON.parse(text)]).toMatchObject([status, { error: { code } }])
    expect(text).not.toContain(VALUE)
  })

  it('says where a body is wrong, refuses bad names, and components that send nothing', async () => {
    const body = { value: VALUE, hosts: ['watched.test'], placement: BEARER }
    const typed = await asPerson(alice, 'PUT', `${SECRETS}/token`, { ...body, hosts: VALUE })
    expect(await typed.json()).toMatchObject({ error: { code: 'bad-body', paths: ['hosts'] } })
    const named = await asPerson(alice, 'PUT', `${SECRETS}/${encodeURIComponent(VALUE)}`, body)
    expect(await named.json()).toMatchObject({ error: { code: 'bad-name' } })
    await loaded(alice, 'silent', await constants({ seven: 7 }))
    const silent = await asPerson(alice, 'PUT', '/api/components/silent/secrets/token', body)
    expect(await silent.json()).toMatchObject({ error: { code: 'sends-nothing' } })
    await alice.agent.value('unload-component', { id: 'silent' })
    for (let n = 0; n < 32; n += 1) await bound({}, `token-${n}`)
    const more = await asPerson(alice, 'PUT', `${SECRETS}/one-more`, body)
    expect([more.status, await more.json()]).toMatchObject([409, { error: { code: 'too-many' } }])
  })

  it('is open to the console and to a token of that scope alone: an agent sets nothing', async () => {
    const put = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      const secret = { value: VALUE, hosts: ['watched.test'], placement: BEARER }
      const init = { method: 'PUT', headers, body: JSON.stringify(secret) }
      return (await fetch(`${url}${SECRETS}/token`, init)).status
    }
    expect(await put(alice.agent.token)).toBe(403)
    const agent = await signInHeadless({ serverUrl: url, user: 'alice', scope: 'tools:call' })
    expect(await put(agent.accessToken)).toBe(403)
    const own = await signInHeadless({ serverUrl: url, user: 'alice', scope: 'console' })
    expect(await put(own.accessToken)).toBe(201)
    const bob = await resident('bob')
    expect((await asPerson(bob, 'GET', SECRETS)).status).toBe(404)
    await bob.agent.close()
    const forged = await fetch(`${url}${SECRETS}/token`, {
      method: 'DELETE',
      headers: { cookie: alice.cookie, origin: 'https://evil.test' },
    })
    expect(forged.status).toBe(403)
  })
})

describe('no tool', () => {
  it('takes or tells the value of a secret', async () => {
    await bound()
    const { tools } = await alice.agent.client.listTools(undefined, { cacheMode: 'bypass' })
    expect(tools.filter(({ name }) => /secret/.test(name))).toEqual([])
    const policy = await alice.agent.call('get-policy', { component_id: 'intruder' })
    expect(JSON.stringify(policy)).not.toContain(VALUE)
    expect(policy.structuredContent).toMatchObject({
      secrets: [{ name: 'token', hosts: expect.any(Array) as string[], in_use: true }],
      connections: [],
    })
  })
})
