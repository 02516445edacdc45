// Variables of a component as a person and an agent live with them, on a server of their own whose upstream
// stands for GitHub: asked for, allowed with a value, read by the component, taken back, and told to nobody else.

import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Browser, Page } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { stateIn } from '../../local/state.ts'
import { Agent, consoleOf, errorOf, textOf } from '../support/agent.ts'
import { PROBE, read, withCustomSection, constants } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'
import { LATER } from '../support/later.ts'
import { rows } from '../support/persisted.ts'
import { startBareWorker } from '../support/bare-worker.ts'
import { raw } from '../support/raw-http.ts'
import { preparedBundle } from '../support/prepared.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const EVERY_SCOPE = 'tools:call components:manage console'
const KEY = 'GITHUB_TOKEN'
const FROM_GITHUB = { url: 'https://api.github.com/user' }
const HELLO = { owner: 'octocat', repo: 'hello-world' }
/** Every value that this file sets: none of them may lie anywhere but in front of the component. */
const VALUES = {
  typed: 'ghp-typed-on-the-page-8c1f0d',
  sent: 'ghp-sent-to-the-api-b2a977',
  replaced: 'ghp-replaced-in-the-console-4e6d21',
  lines: 'first-line-73ab\nsecond-line-19fe\n',
  bound: 'ghp-bound-to-a-host-5ad177',
}
const SECRETS = '/api/components/github/secrets'

/** The `authorization` of each request that reached the stand-in for GitHub. */
const asked: (string | undefined)[] = []
let github: Server
let upstreams: string
let stack: Stack
let agent: Agent
let manager: Agent
let person: Browser

beforeAll(async () => {
  github = createServer((request: IncomingMessage, response) => {
    asked.push(request.headers.authorization)
    response.setHeader('content-type', 'application/json')
    response.end('[]')
  })
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve))
  upstreams = `api.github.com=http://127.0.0.1:${(github.address() as AddressInfo).port}`
  stack = await startStack({ upstreams })
  agent = await Agent.of(stack.url, 'alice')
  manager = await Agent.of(stack.url, 'alice', { scope: EVERY_SCOPE })
  person = await consoleOf(stack.url, 'alice')
  // A component with a token and a network does all three that labels are about; this is about its token.
  for (const mine of [agent, manager]) await switchTo(person, mine, 'off')
}, 180_000)
afterAll(async () => {
  await agent?.close()
  await manager?.close()
  await stack?.stop()
  github?.close()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
})
beforeEach(async () => {
  await agent.startFresh()
  await agent.load('github')
  await grant('network', { host: 'https://api.github.com' })
})

/** The agent asks; the answer's link. */
async function ask(key = KEY, component_id = 'github'): Promise<string> {
  const wanted = { component_id, details: { key } }
  const answer = await agent.value('grant-environment-variable-permission', wanted)
  return String(answer['approval_url'])
}

async function grant(
  kind: 'network',
  details: Record<string, string>,
  component_id = 'github',
): Promise<void> {
  const wanted = { component_id, details }
  const answer = await agent.value(`grant-${kind}-permission`, wanted)
  const page = await person.open(String(answer['approval_url']))
  await person.press(page, 'decision', 'allow')
}

async function allow(value?: string, key = KEY, component_id = 'github'): Promise<void> {
  const page = await person.open(await ask(key, component_id))
  const decided = await person.press(
    page,
    'decision',
    'allow',
    value === undefined ? {} : { value },
  )
  expect([decided.status, pageText(decided.html)]).toEqual([
    200,
    expect.stringContaining('Allowed'),
  ])
}

/** The `authorization` that GitHub gets of a call. */
async function authorization(
  tool = 'list-commits',
  args: Record<string, unknown> = HELLO,
): Promise<string | undefined> {
  const before = asked.length
  await agent.value(tool, args)
  expect(asked).toHaveLength(before + 1)
  return asked.at(-1)
}

/** Binds a secret to GitHub, as the console sends it. */
async function bind(component: string, placement: Record<string, string>): Promise<Response> {
  const secret = { value: VALUES.bound, hosts: ['api.github.com'], placement }
  return await person.fetch(`${stack.url}/api/components/${component}/secrets/token`, {
    method: 'PUT',
    headers: { origin: stack.url },
    body: JSON.stringify(secret),
  })
}

const policy = async (component_id = 'github') => await agent.value('get-policy', { component_id })
const api = (key = '', init: RequestInit = {}, as = manager) =>
  as.api(`/api/components/github/environment${key === '' ? '' : `/${key}`}`, init)
const put = (value: string | Uint8Array<ArrayBuffer>, key = KEY, as = manager) =>
  as.give(`/api/components/github/environment/${key}`, { method: 'PUT', body: value })
const hasField = (page: Page) =>
  page.forms.some(({ fields }) => fields.some(([name]) => name === 'value'))

describe('the variables that a publisher wishes for', () => {
  it('are named to the agent, and granted to nobody', async () => {
    expect(await agent.load('github')).toMatchObject({ wished_variables: [KEY] })
    expect(await agent.load('fetch')).not.toHaveProperty('wished_variables')
    expect(await policy()).toMatchObject({
      permissions: { environment: { allow: [] } },
      wished_variables: [KEY],
    })
    await agent.upload('mine', read('components/github/github.wasm'))
    expect(await policy('mine')).toMatchObject({ wished_variables: [] })
  })
})

describe('grant-environment-variable-permission', () => {
  it('asks, in Wassette’s words, and grants nothing', async () => {
    const details = { key: KEY }
    const wanted = { component_id: 'github', details }
    expect(await agent.value('grant-environment-variable-permission', wanted)).toMatchObject({
      status: 'permission requested: the person decides',
      component_id: 'github',
      permission_type: 'environment variable',
      details,
      approval_url: expect.stringMatching(new RegExp(`^${stack.url}/approvals/[0-9a-f-]{36}$`)),
    })
    expect(await policy()).toMatchObject({ permissions: { environment: { allow: [] } } })
  })

  it.each(['*', 'GITHUB_*', 'A=b', 'A\0', ' ', '1A', '../A'])('refuses the key %j', async (key) => {
    const wanted = { component_id: 'github', details: { key } }
    const refused = await agent.call('grant-environment-variable-permission', wanted)
    expect(errorOf(refused)).toEqual({ code: 'bad-key' })
  })

  it.each([
    { component_id: 'github', details: { key: '' } },
    { component_id: 'github', details: { key: 'x'.repeat(129) } },
    { component_id: 'github', details: { key: KEY, value: 'from the agent' } },
    { component_id: 'github', details: {} },
  ])('refuses the arguments %j: no tool takes a value', async (args) => {
    const refused = await agent.call('grant-environment-variable-permission', args)
    expect(errorOf(refused)).toMatchObject({ code: 'bad-arguments' })
  })

  it('knows no component that is not there', async () => {
    const wanted = { component_id: 'nothing', details: { key: KEY } }
    for (const verb of ['grant', 'revoke']) {
      const refused = await agent.call(`${verb}-environment-variable-permission`, wanted)
      expect(errorOf(refused)).toEqual({ code: 'unknown-component' })
    }
  })
})

describe('a token that the person allows', () => {
  it('is typed on the page, reaches the component, and no tool tells it', async () => {
    expect(await authorization()).toBeUndefined()
    const page = await person.open(await ask())
    const text = pageText(page.html)
    expect(text).toContain(`to be handed the value of the variable ${KEY}`)
    expect(text).toContain('put it into its answers, which your agent reads')
    expect(page.html).toContain('<input type="password" name="value" autocomplete="off"/>')
    await person.press(page, 'decision', 'allow', { value: VALUES.typed })

    expect(await authorization()).toBe(`Bearer ${VALUES.typed}`)
    expect(await policy()).toMatchObject({
      status: 'policy found',
      permissions: { environment: { allow: [{ key: KEY }] } },
      variables_without_value: [],
    })
  })

  it('may be allowed before it has a value: then the component does not see it', async () => {
    await allow()
    expect(await authorization()).toBeUndefined()
    expect(await policy()).toMatchObject({
      permissions: { environment: { allow: [{ key: KEY }] } },
      variables_without_value: [KEY],
    })
    expect((await put(VALUES.sent)).status).toBe(201)
    expect(await authorization()).toBe(`Bearer ${VALUES.sent}`)
  })

  it('is denied with whatever was typed: nothing is kept', async () => {
    const page = await person.open(await ask())
    await person.press(page, 'decision', 'deny', { value: VALUES.typed })
    expect(await authorization()).toBeUndefined()
    expect(await (await api()).json()).toEqual({ variables: [] })
  })

  it('is taken back for the next call, and handed over again without typing it', async () => {
    await allow(VALUES.typed)
    const revoke = { component_id: 'github', details: { key: KEY } }
    const revoked = await agent.value('revoke-environment-variable-permission', revoke)
    expect(revoked).toEqual({
      status: 'permission revoked',
      component_id: 'github',
      permission_type: 'environment variable',
      details: { key: KEY },
      was_granted: true,
    })
    expect(await authorization()).toBeUndefined()
    expect(await agent.value('revoke-environment-variable-permission', revoke)).toMatchObject({
      was_granted: false,
    })

    const page = await person.open(await ask())
    expect(pageText(page.html)).toContain('You set a value on')
    expect([hasField(page), page.html.includes(VALUES.typed)]).toEqual([false, false])
    await person.press(page, 'decision', 'allow')
    expect(await authorization()).toBe(`Bearer ${VALUES.typed}`)
    await agent.value('reset-permission', { component_id: 'github' })
    expect(await policy()).toMatchObject({ permissions: { environment: { allow: [] } } })
  })

  it('ends with the component: loaded again, it has no value', async () => {
    await allow(VALUES.typed)
    await agent.value('unload-component', { id: 'github' })
    await agent.load('github')
    await grant('network', { host: 'https://api.github.com' })
    expect(await authorization()).toBeUndefined()
    expect(hasField(await person.open(await ask()))).toBe(true)
    await allow()
    expect(await authorization()).toBeUndefined()
  })

  it('stays with its source: an upload of the same bytes has none', async () => {
    await allow(VALUES.typed)
    await agent.upload('github-mine', read('components/github/github.wasm'))
    const page = await person.open(await ask(KEY, 'github-mine'))
    expect(hasField(page)).toBe(true)
  })

  it('is not taken when it is too long: the question stays open', async () => {
    const page = await person.open(await ask())
    const long = { value: 'x'.repeat(32 * 1024 + 1) }
    const refused = await person.press(page, 'decision', 'allow', long)
    expect([refused.status, pageText(refused.html)]).toEqual([
      413,
      expect.stringContaining('A value is 32 KiB at most.'),
    ])
    expect(await policy()).toMatchObject({ permissions: { environment: { allow: [] } } })
    const decided = await person.press(page, 'decision', 'allow', { value: VALUES.typed })
    expect(decided.status).toBe(200)
    expect(await authorization()).toBe(`Bearer ${VALUES.typed}`)
  })
})

describe('a component', () => {
  it('sees the granted set, the same in both places, and nothing else of the person’s', async () => {
    await agent.upload('probe', PROBE)
    await agent.upload('drafts', read('test/fixtures/drafts/drafts.wasm'))
    for (const name of ['probe', 'drafts']) {
      for (const [key, value] of [
        ['A', 'one'],
        ['HIDDEN', 'two'],
        ['b.c-d', 'a\nb\n'],
      ] as const) {
        const set = await manager.give(`/api/components/${name}/environment/${key}`, {
          method: 'PUT',
          body: value,
        })
        expect(set.status).toBe(201)
      }
    }
    expect(await agent.result('environment')).toEqual([])
    expect(await agent.result('config', { key: 'A' })).toEqual([null, null])
    for (const name of ['probe', 'drafts']) {
      await allow(undefined, 'A', name)
      await allow(undefined, 'b.c-d', name)
      await allow(undefined, 'UNSET', name)
    }
    const granted = [
      ['A', 'one'],
      ['b.c-d', 'a\nb\n'],
    ]
    expect(await agent.result('environment')).toEqual(granted)
    expect(await agent.result('configs')).toEqual([granted, granted])
    expect(await agent.result('config', { key: 'A' })).toEqual(['one', 'one'])
    for (const key of ['HIDDEN', 'UNSET', 'a', '*', '']) {
      expect(await agent.result('config', { key })).toEqual([null, null])
    }
  })

  it('that a client holds handles of is out of reach once its variables change', async () => {
    const tool = (name: string) => `test_probe_resources_0_1_0_${name}`
    const increment = (self: unknown) => agent.call(tool('_method_counter_increment'), { self })
    await agent.upload('probe', PROBE)
    await allow(VALUES.typed, 'A', 'probe')
    const before = await agent.result(tool('_constructor_counter'), { start: 1 })
    expect((await increment(before)).structuredContent).toEqual({ result: 2 })
    const revoke = { component_id: 'probe', details: { key: 'A' } }
    await agent.value('revoke-environment-variable-permission', revoke)
    expect(errorOf(await increment(before))).toEqual({ code: 'handle', why: 'gone' })
    const after = await agent.result(tool('_constructor_counter'), { start: 5 })
    expect((await increment(after)).structuredContent).toEqual({ result: 6 })
  })

  it('keeps the value in another version that looks the same, and waits for the person in any other', async () => {
    await agent.upload('probe', PROBE)
    await allow(VALUES.typed, 'A', 'probe')
    expect(await agent.result('environment')).toEqual([['A', '[redacted]']])
    await agent.upload('probe', withCustomSection(PROBE, 'next'))
    expect(await agent.result('environment')).toEqual([['A', '[redacted]']])
    await agent.upload('probe', await constants({ environment: 1 }))
    expect(errorOf(await agent.call('environment'))?.['code']).toBe('new-version')
  })
})

describe('the JSON API', () => {
  it('sets, replaces, lists and deletes, and never shows a value', async () => {
    expect(await (await api()).json()).toEqual({ variables: [] })
    expect((await put(VALUES.typed)).status).toBe(201)
    const replaced = await put(VALUES.sent)
    expect([replaced.status, await replaced.json()]).toEqual([200, { key: KEY }])
    await allow()
    const variable = { key: KEY, set_at: expect.any(Number), granted: true }
    expect(await (await api()).json()).toEqual({ variables: [variable] })
    expect(await (await api(KEY)).json()).toEqual(variable)
    expect(await authorization()).toBe(`Bearer ${VALUES.sent}`)
    expect((await api(KEY, { method: 'DELETE' })).status).toBe(204)
    expect(await authorization()).toBeUndefined()
    expect((await api(KEY, { method: 'DELETE' })).status).toBe(404)
    expect(await (await api()).json()).toEqual({ variables: [{ ...variable, set_at: null }] })
  })

  it.each([
    ['a wildcard', '*', 'x', 400, 'bad-key'],
    ['an assignment', 'A%3Db', 'x', 400, 'bad-key'],
    ['a name that is too long', 'x'.repeat(129), 'x', 400, 'bad-key'],
    ['no value', KEY, '', 400, 'empty'],
    ['NUL', KEY, 'a\0b', 400, 'characters'],
    ['a value that is too long', KEY, 'x'.repeat(32 * 1024 + 1), 413, 'too-long'],
    ['a value that is far too long', KEY, 'x'.repeat(1024 * 1024), 413, 'too-long'],
  ])('refuses %s', async (_, key, value, status, code) => {
    const refused = await put(value, key)
    expect([refused.status, await refused.json()]).toMatchObject([status, { error: { code } }])
    expect(await (await api()).json()).toEqual({ variables: [] })
  })

  it('refuses bytes that are not text, and the 65th variable', async () => {
    const bytes = Uint8Array.of(0xc3, 0x28)
    const refused = await put(bytes)
    expect(await refused.json()).toMatchObject({ error: { code: 'characters' } })
    for (let n = 0; n < 64; n += 1) expect((await put('x', `V${n}`)).status).toBe(201)
    const more = await put('x', 'V64')
    expect([more.status, await more.json()]).toMatchObject([409, { error: { code: 'too-many' } }])
    expect((await put('y', 'V0')).status).toBe(200)
  })

  it('is open to the scope `console` and to nobody else', async () => {
    await put(VALUES.typed)
    const methods = ['GET', 'PUT', 'DELETE'] as const
    for (const method of methods) {
      const body = method === 'PUT' ? { body: 'x' } : {}
      expect((await api(KEY, { method, ...body }, agent)).status).toBe(403)
      const bare = await raw(`${stack.url}/api/components/github/environment/${KEY}`, { method })
      expect(bare.status).toBe(401)
    }
    // The person's own browser, but a form of another site.
    const headers = { origin: 'https://evil.test' }
    const forged = await person.fetch(`${stack.url}/api/components/github/environment/${KEY}`, {
      method: 'DELETE',
      headers,
    })
    expect(forged.status).toBe(403)
    const bob = await Agent.of(stack.url, 'bob', { scope: EVERY_SCOPE })
    expect((await api('', {}, bob)).status).toBe(404)
    expect((await put('x', KEY, bob)).status).toBe(404)
    expect((await api(KEY, { method: 'DELETE' }, bob)).status).toBe(404)
    await bob.load('github')
    expect(await (await api('', {}, bob)).json()).toEqual({ variables: [] })
    await bob.startFresh()
    await bob.close()
    await allow()
    expect(await authorization()).toBe(`Bearer ${VALUES.typed}`)
  })
})

describe('the console', () => {
  const page = () => person.open(`${stack.url}/console/components/github/variables`)

  it('sets, replaces and deletes a value, shows names, and Take back ends the grant', async () => {
    await allow()
    const [empty, set] = [await page(), VALUES.typed]
    expect(pageText(empty.html)).toContain(`${KEY} No value; handed to this version.`)
    const after = await person.press(empty, 'action', 'set', { key: KEY, value: set })
    expect(after.url.pathname).toBe('/console/components/github/variables')
    expect(pageText(after.html)).toContain('Set since')
    expect(await authorization()).toBe(`Bearer ${set}`)

    const replaced = { key: KEY, value: VALUES.replaced }
    await person.press(after, 'action', 'set', replaced)
    expect(await authorization()).toBe(`Bearer ${VALUES.replaced}`)
    const home = await person.open(`${stack.url}/console`)
    expect(pageText(home.html)).toContain(`the variable ${KEY} since`)
    expect(`${home.html}${(await page()).html}`).not.toMatch(/ghp-/)

    const revoke = home.forms.find(({ fields }) => fields.some(([, value]) => value === KEY))
    const body = new URLSearchParams(revoke?.fields)
    const taken = await person.fetch(`${stack.url}/console/revoke`, { method: 'POST', body })
    expect([taken.status, await authorization()]).toEqual([303, undefined])

    await person.press(await page(), 'action', 'delete')
    expect(await (await api()).json()).toEqual({ variables: [] })
  })

  it('takes no form of another page, and shows nothing of what is not there', async () => {
    const target = `${stack.url}/console/components/github/variables`
    const post = (fields: Record<string, string>, headers = {}) =>
      person.fetch(target, { method: 'POST', headers, body: new URLSearchParams(fields) })
    const seen = new Map((await page()).forms.at(-1)?.fields).get('seen') ?? ''
    const good = { action: 'set', key: KEY, value: VALUES.typed, seen }
    expect((await post(good, { origin: 'https://evil.test' })).status).toBe(403)
    expect((await post({ ...good, action: 'show' })).status).toBe(400)
    expect((await post({ action: 'set', key: KEY })).status).toBe(400)
    expect((await post({ ...good, key: '*' })).status).toBe(400)
    expect((await post({ ...good, value: 'x'.repeat(200_000) })).status).toBe(400)
    expect(await (await api()).json()).toEqual({ variables: [] })
    const token = { authorization: `Bearer ${manager.token}` }
    expect((await raw(target, { headers: token })).status).toBe(302)
    const nothing = `${stack.url}/console/components/nothing/variables`
    expect((await person.open(nothing)).status).toBe(404)
    const bob = await consoleOf(stack.url, 'bob')
    expect((await bob.open(target)).status).toBe(404)
  })
})

/** Every file of the state that holds this text, as it is or in an encoding. */
function filesWith(text: string): string[] {
  const bytes = Buffer.from(text)
  // Base64 of a text inside of another one, whatever its offset: the middle of it, three times.
  const inBase64 = [0, 1, 2].map((offset) =>
    Buffer.from(bytes.subarray(offset, offset + 3 * Math.floor((bytes.length - offset) / 3)))
      .toString('base64')
      .replace(/=*$/, ''),
  )
  const forms = [
    text,
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    bytes.toString('hex'),
    ...inBase64,
  ]
  return readdirSync(stack.stateDir, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const content = readWhole(path.join(stack.stateDir, name))
    return content !== null && forms.some((form) => content.includes(form))
  })
}

/** `null`: no file, or one that has gone since it was listed, as those beside a database do. */
function readWhole(file: string): Buffer | null {
  try {
    return statSync(file).isFile() ? readFileSync(file) : null
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null
    throw cause
  }
}

describe('a value', () => {
  it('lies nowhere: not in D1, R2, objects or logs, nor in what the person and the agent can read', async () => {
    await allow(VALUES.typed)
    await put(VALUES.sent, 'SECOND')
    await put(VALUES.lines, 'LINES')
    expect((await bind('github', { kind: 'query', name: 'token' })).status).toBe(201)
    expect(await authorization()).toBe(`Bearer ${VALUES.typed}`)
    const read = [
      textOf(await agent.call('get-policy', { component_id: 'github' })),
      textOf(await agent.call('list-components')),
      await (await manager.api('/api/components')).text(),
      await (await manager.api('/api/calls?limit=200')).text(),
      await (await api()).text(),
      (await person.open(`${stack.url}/console`)).html,
      (await person.open(`${stack.url}/console/calls`)).html,
      (await person.open(`${stack.url}/console/components/github/variables`)).html,
      (await person.open(`${stack.url}/console/components/github/secrets`)).html,
      await (await manager.api(SECRETS)).text(),
      (await person.open(await ask('SECOND'))).html,
    ].join('\n')
    expect(read).toContain('SECOND')
    // The names are found where the values would be: the search works.
    expect(filesWith('SECOND').join(' ')).toContain('d1')
    for (const value of [...Object.values(VALUES), ...VALUES.lines.trim().split('\n')]) {
      expect(read).not.toContain(value)
      expect(filesWith(value)).toEqual([])
    }
  })
})

describe('a server whose master key is another one', () => {
  const secrets = () => path.join(stack.stateDir, 'secrets.json')
  const startWith = async (masterKey: string) => {
    await stack.stop()
    const kept = JSON.parse(readFileSync(secrets(), 'utf8')) as Record<string, unknown>
    writeFileSync(secrets(), JSON.stringify({ ...kept, masterKey }))
    stack = await startStack({ stateDir: stack.stateDir, ports: stack.ports, upstreams })
    return String(kept['masterKey'])
  }
  const everything = () => [
    rows(stack.stateDir, 'SELECT * FROM person_keys ORDER BY person'),
    rows(stack.stateDir, 'SELECT * FROM variables ORDER BY person, source, key'),
    rows(stack.stateDir, "SELECT * FROM grants WHERE permission = 'environment' ORDER BY id"),
    rows(stack.stateDir, 'SELECT * FROM secrets ORDER BY person, source, name'),
  ]
  const bindToken = () => bind('fetch', { kind: 'header', name: 'authorization', prefix: 'token ' })

  it('says so, loses nothing, and serves everything else', async () => {
    await allow(VALUES.typed)
    await agent.load('text-stats')
    await agent.load('fetch')
    await grant('network', { host: 'https://api.github.com' }, 'fetch')
    expect((await bindToken()).status).toBe(201)
    const before = everything()
    const right = await startWith(Buffer.alloc(32, 7).toString('base64'))

    const refused = await agent.call('list-commits', HELLO)
    expect(errorOf(refused)).toEqual({ code: 'variables-sealed' })
    expect(textOf(refused)).toContain('The variables could not be opened')
    expect((await agent.call('analyze', { text: 'a' })).isError).not.toBe(true)
    const unsent = await agent.call('fetch', FROM_GITHUB)
    expect(errorOf(unsent)).toEqual({ code: 'secrets-sealed' })
    expect(textOf(unsent)).toContain('The secrets of the component could not be opened')
    const rebound = await bindToken()
    expect([rebound.status, await rebound.json()]).toMatchObject([
      503,
      { error: { code: 'sealed' } },
    ])
    const set = await put(VALUES.sent, 'SECOND')
    expect([set.status, await set.json()]).toMatchObject([503, { error: { code: 'sealed' } }])
    const page = await person.open(await ask('SECOND'))
    const decided = await person.press(page, 'decision', 'allow', { value: VALUES.sent })
    expect(decided.status).toBe(503)
    // The log of the Worker is written by another process, a little later.
    const log = () => readFileSync(path.join(stack.stateDir, 'worker.log'), 'utf8')
    await vi.waitFor(() => {
      expect(log()).toContain('a person key names a master key that is neither')
    }, LATER)
    expect(everything()).toEqual(before)
    const calls = (await (await manager.api('/api/calls?limit=10')).json()) as {
      calls: { tool: string; outcome: string }[]
    }
    expect(calls.calls).toContainEqual(
      expect.objectContaining({ tool: 'list-commits', outcome: 'sealed' }),
    )

    await startWith(right)
    expect(await authorization()).toBe(`Bearer ${VALUES.typed}`)
    expect(await authorization('fetch', FROM_GITHUB)).toBe(`token ${VALUES.bound}`)
    expect(everything()).toEqual(before)
  }, 180_000)

  it('opens with the old key while it is rotated, with the new one from then on, and with none at all nothing', async () => {
    await agent.load('fetch')
    await grant('network', { host: 'https://api.github.com' }, 'fetch')
    expect((await bindToken()).status).toBe(201)
    const before = everything()
    const state = stateIn(stack.stateDir)
    const kept = JSON.parse(readFileSync(secrets(), 'utf8')) as { masterKey: string }
    const next = Buffer.alloc(32, 9).toString('base64')
    await stack.stop()
    const env = readFileSync(state.workerEnv, 'utf8')
    const served = async (key: string, previous: string, work: () => Promise<void>) => {
      const keys = `SECRETS_KEY='${key}'\nSECRETS_KEY_PREVIOUS='${previous}'\n`
      writeFileSync(state.workerEnv, `${env.replace(/^SECRETS_KEY=.*\n/m, '')}${keys}`)
      const worker = await startBareWorker(preparedBundle(), state, Number(stack.ports.PORT))
      await work().finally(() => worker.stop())
    }
    const works = async () => {
      expect(await authorization('fetch', FROM_GITHUB)).toBe(`token ${VALUES.bound}`)
    }
    await served('', '', async () => {
      const refused = await agent.call('fetch', FROM_GITHUB)
      expect(errorOf(refused)).toEqual({ code: 'secrets-sealed' })
    })
    expect(everything()).toEqual(before)
    await served(next, kept.masterKey, works)
    const [keys, ...values] = everything()
    expect(keys).not.toEqual(before[0])
    expect(values).toEqual(before.slice(1))
    await served(next, '', works)
  }, 180_000)
})
