// The page where a person decides: what it shows of the call, what it offers, for whom it exists, and how a
// person has enough of a component.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import {
  Agent,
  consoleCookie,
  consoleOf,
  decideAt,
  denialsOf,
  errorOf,
  linkOf,
  textOf,
} from '../support/agent.ts'
import { read, withCustomSection } from '../support/components.ts'
import { rows } from '../support/persisted.ts'
import { raw } from '../support/raw-http.ts'

const { url, stateDir } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.load('filesystem')
})
beforeEach(async () => {
  await agent.value('reset-permission', { component_id: 'fetch' })
  await agent.value('reset-permission', { component_id: 'filesystem' })
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

const hosts = async () => {
  const { permissions } = await agent.value('get-policy', { component_id: 'fetch' })
  return (permissions as { network: { allow: { host: string }[] } }).network.allow.map(
    (r) => r.host,
  )
}

/** The rules that a page has to choose from. */
const offered = (html: string) =>
  [...html.matchAll(/name="rule" value="([^"]*)"/g)].map(([, rule]) =>
    decodeURIComponent(rule ?? ''),
  )

describe('the page of a question', () => {
  it('shows the arguments of the call, and another question for other arguments', async () => {
    const one = linkOf(await agent.call('fetch', HELLO))
    const other = linkOf(await agent.call('fetch', { url: 'http://demo.test/other' }))
    expect(other).not.toBe(one)
    expect(linkOf(await agent.call('fetch', HELLO))).toBe(one)
    expect(pageText((await person.open(one)).html)).toContain(
      'Arguments of the call { "url": "http://demo.test/hello" }',
    )
    expect(pageText((await person.open(other)).html)).toContain('"http://demo.test/other"')
  })

  it('shows them to the end, however long, and asks nobody for what it could not show', async () => {
    const write = (content: string) => agent.call('write-file', { path: '/notes/long.md', content })
    const long = await write(`${'x '.repeat(20_000)}and the very end`)
    const text = pageText((await person.open(linkOf(long))).html)
    expect(text).toContain('and the very end"')
    expect(text).toMatch(/Arguments of the call, all 40,\d{3} characters: scroll to read them/)
    const tooLong = await write('x'.repeat(1_600_000))
    expect(errorOf(tooLong)).toEqual({ code: 'permission-denied' })
    expect(denialsOf(tooLong).approvals).toEqual([])
    expect(textOf(tooLong)).toContain('longer than a person can be shown whole')
  })

  it('says of a question that is over that it expired, and takes no answer to it', async () => {
    const link = linkOf(await agent.call('fetch', HELLO))
    const page = await person.open(link)
    await agent.value('unload-component', { id: 'fetch' })
    await agent.load('fetch')
    const expired = await person.open(link)
    expect(expired.status).toBe(410)
    expect(pageText(expired.html)).toContain('This question expired.')
    expect(pageText(expired.html)).not.toContain('"url"')
    const late = await person.press(page, 'decision', 'allow', { life: 'always' })
    expect([late.status, pageText(late.html)]).toEqual([
      409,
      expect.stringContaining('This question expired. When the agent calls again'),
    ])
    expect(await hosts()).toEqual([])
  })

  it('keeps them no longer than there is something to decide', async () => {
    const link = linkOf(await agent.call('fetch', { url: `${HELLO.url}?of=hers` }))
    const kept = () =>
      rows(stateDir, 'SELECT arguments FROM approvals WHERE id = ?1', link.split('/').at(-1) ?? '')
    expect(kept()).toEqual([{ arguments: expect.stringContaining('?of=hers') }])
    await decideAt(person, link, 'deny')
    expect(kept()).toEqual([{ arguments: null }])
    expect((await person.open(link)).html).not.toContain('of=hers')
  })

  it('offers what was asked for, and what is wider in steps: the host to read, the host', async () => {
    const page = await person.open(linkOf(await agent.call('fetch', HELLO)))
    expect(offered(page.html)).toEqual([
      'GET http://demo.test/hello/',
      'GET,HEAD http://demo.test/',
      'http://demo.test/',
    ])
    // What is sent when the person chooses nothing is what was asked for.
    expect(page.forms[1]?.fields).toContainEqual([
      'rule',
      encodeURIComponent('GET http://demo.test/hello/'),
    ])
    await person.press(page, 'decision', 'allow', { rule: 'http://demo.test/' })
    expect(await hosts()).toEqual(['http://demo.test/'])
  })

  it.each([
    '*',
    'other.test',
    'POST demo.test',
    'demo.test:81',
    '',
    'GET  http://demo.test/hello/',
    'demo.test',
    'https://demo.test/',
    'GET http://demo.test/',
    '%',
    '%ff',
  ])('takes no rule that it does not offer: %j', async (rule) => {
    const link = linkOf(await agent.call('fetch', HELLO))
    const body = new URLSearchParams({ decision: 'allow', life: 'always', rule })
    expect((await person.fetch(link, { method: 'POST', body })).status).toBe(400)
    expect(await hosts()).toEqual([])
    // It is still open.
    await decideAt(person, link, 'deny')
  })

  it('gives nothing without being told for how long', async () => {
    const link = linkOf(await agent.call('fetch', HELLO))
    const body = new URLSearchParams({ decision: 'allow' })
    expect((await person.fetch(link, { method: 'POST', body })).status).toBe(400)
    expect(await hosts()).toEqual([])
    await decideAt(person, link, 'deny')
  })

  it('warns of what is broad, and has one call chosen for it', async () => {
    const asked = await agent.value('grant-network-permission', {
      component_id: 'fetch',
      details: { host: '*.test' },
    })
    const page = await person.open(String(asked['approval_url']))
    expect(pageText(page.html)).toContain('This is broad')
    expect(page.forms[1]?.fields).toContainEqual(['life', 'once'])
    const narrow = await person.open(linkOf(await agent.call('fetch', HELLO)))
    expect(pageText(narrow.html)).not.toContain('This is broad')
    expect(narrow.forms[1]?.fields).toContainEqual(['life', 'always'])
  })

  it('offers the directory of a file, and writing beside reading', async () => {
    const refused = await agent.call('read-file', { path: '/notes/today.md' })
    const page = await person.open(linkOf(refused))
    expect(offered(page.html)).toEqual([
      'read fs://notes/today.md',
      'read,write fs://notes/today.md',
      'read fs://notes',
      'read,write fs://notes',
    ])
    expect(pageText(page.html)).toContain(
      'open, list and read: fs://notes/today.md , and everything below it if that is a directory',
    )
  })
})

describe('what is allowed for one call', () => {
  it('is allowed for that one: other arguments are refused, it is not, and then no more', async () => {
    const other = { url: 'http://demo.test/other' }
    await decideAt(person, linkOf(await agent.call('fetch', HELLO)), 'allow', { life: 'once' })
    expect((await agent.call('fetch', other)).isError).toBe(true)
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    expect((await agent.call('fetch', HELLO)).isError).toBe(true)
  })
})

describe('somebody else', () => {
  const UNKNOWN = '00000000-0000-4000-8000-000000000000'
  const form = { origin: url, 'content-type': 'application/x-www-form-urlencoded' }

  /** Everything of an answer but what differs from one answer to the next of the same thing. */
  async function answer(id: string, cookie: string, path: string, body: string | null) {
    const init = body === null ? { headers: { cookie } } : { method: 'POST', body }
    const headers = { cookie, ...(body === null ? {} : form) }
    const {
      status,
      headers: sent,
      text,
    } = await raw(`${url}/approvals/${id}${path}`, {
      ...init,
      headers,
    })
    const kept = [...sent].filter(([name]) => name !== 'date' && name !== 'cf-ray')
    return { status, headers: kept.toSorted(), text: text.replaceAll(id, 'ID') }
  }

  it.each([
    ['opens it', '', null],
    ['allows it', '', 'decision=allow&life=always'],
    ['denies it', '', 'decision=deny'],
    ['mutes it', '/mute', 'mute=hour'],
  ] as const)('who %s learns nothing: as if there were no such question', async (_, path, body) => {
    const id =
      linkOf(await agent.call('fetch', HELLO))
        .split('/')
        .at(-1) ?? ''
    const bobs = await consoleCookie(url, 'bob')
    const theirs = await answer(id, bobs, path, body)
    expect(theirs).toEqual(await answer(UNKNOWN, bobs, path, body))
    expect(theirs.status).toBe(404)
    expect((await agent.call('fetch', HELLO)).isError).toBe(true)
    const open = rows(stateDir, 'SELECT decision FROM approvals WHERE id = ?1', id)
    expect(open).toEqual([{ decision: null }])
  })

  it.each([
    ['opens it', null],
    ['answers it', 'decision=allow&life=always'],
  ] as const)('who is not signed in and %s learns as little', async (_, body) => {
    const id =
      linkOf(await agent.call('fetch', HELLO))
        .split('/')
        .at(-1) ?? ''
    const mine = await answer(id, '', '', body)
    const none = await answer(UNKNOWN, '', '', body)
    expect(JSON.stringify(mine).replaceAll(id, 'ID')).toBe(
      JSON.stringify(none).replaceAll(UNKNOWN, 'ID'),
    )
  })
})

describe('a sign-in for a decision', () => {
  it('asks the issuer to have asked the person, and comes back to the question', async () => {
    const link = linkOf(await agent.call('fetch', HELLO))
    const browser = new Browser({ stopAt: ({ pathname }) => pathname.startsWith('/auth') })
    const at = (await browser.open(link)).url
    expect(at.searchParams.get('max_age')).toBe('300')
    const whole = new Browser()
    const who = await whole.open(link)
    const page = await whole.press(who, 'login', 'alice')
    expect(page.url.href).toBe(link)
    expect(page.status).toBe(200)
  })
})

describe('a component that keeps asking', () => {
  const muteAt = (link: string, fields: Record<string, string>) =>
    person.fetch(`${link}/mute`, { method: 'POST', body: new URLSearchParams(fields) })
  const mute = async (choice: string) =>
    await muteAt(linkOf(await agent.call('fetch', HELLO)), { mute: choice })
  const unmute = async () => {
    const home = await person.open(`${url}/console`)
    const form = home.forms.find(({ action }) => action === '/console/unmute')
    if (form === undefined) throw new Error('nothing is muted')
    const body = new URLSearchParams(form.fields)
    return await person.fetch(`${url}/console/unmute`, { method: 'POST', body })
  }

  it.each(['hour', 'day', 'ended'])(
    'is muted (%s): refused without a link, until the person ends it',
    async (choice) => {
      const open = linkOf(await agent.call('fetch', { url: 'http://demo.test/open' }))
      expect((await mute(choice)).status).toBe(200)
      const refused = await agent.call('fetch', HELLO)
      expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
      expect(denialsOf(refused).approvals).toEqual([])
      expect(textOf(refused)).toContain('The person muted this component')
      expect(textOf(refused)).not.toContain('/approvals/')
      // Its agent does not get through to the person for it either.
      const asked = await agent.call('grant-network-permission', {
        component_id: 'fetch',
        details: { host: 'demo.test' },
      })
      expect(errorOf(asked)).toEqual({ code: 'muted' })
      // What was open is denied.
      expect(pageText((await person.open(open)).html)).toContain('You answered: deny.')
      expect(pageText((await person.open(`${url}/console`)).html)).toContain('Muted fetch from')
      // Loaded anew it is the same component.
      await agent.value('unload-component', { id: 'fetch' })
      await agent.load('fetch')
      expect(denialsOf(await agent.call('fetch', HELLO)).approvals).toEqual([])
      expect((await unmute()).status).toBe(303)
      expect(linkOf(await agent.call('fetch', HELLO))).toContain('/approvals/')
    },
  )

  it('is muted under another name as well, and the client that asks under ever new ones', async () => {
    expect((await mute('hour')).status).toBe(200)
    // The same bytes, from elsewhere.
    await agent.upload('other', read('components/fetch/fetch.wasm'))
    const refused = await agent.call('other__fetch', HELLO)
    expect(textOf(refused)).toContain('The person muted this component')
    expect(denialsOf(refused).approvals).toEqual([])
    // Other bytes that do the same.
    await agent.upload('other', withCustomSection(read('components/fetch/fetch.wasm'), 'anew'))
    const link = linkOf(await agent.call('other__fetch', HELLO))
    expect((await unmute()).status).toBe(303)
    const elsewhere = linkOf(await agent.call('fetch', HELLO))
    expect((await muteAt(link, { mute: 'hour', of: 'everything' })).status).toBe(400)
    expect((await muteAt(link, { mute: 'hour', of: 'client' })).status).toBe(200)
    for (const name of ['other__fetch', 'fetch']) {
      // oxlint-disable-next-line no-await-in-loop
      const muted = await agent.call(name, HELLO)
      expect(textOf(muted)).toContain('The person muted this client')
      expect(denialsOf(muted).approvals).toEqual([])
    }
    const details = { host: 'demo.test' }
    const asked = await agent.call('grant-network-permission', { component_id: 'fetch', details })
    expect(errorOf(asked)).toEqual({ code: 'client-muted' })
    expect(pageText((await person.open(elsewhere)).html)).toContain('You answered: deny.')
    // Another client of the person gets through.
    const other = await Agent.of(url, 'alice')
    expect(linkOf(await other.call('fetch', HELLO))).toContain('/approvals/')
    await other.close()
    const home = pageText((await person.open(`${url}/console`)).html)
    const { clientId } = agent.signedIn
    expect(home).toContain(`Muted alice's agent (client ${clientId} ) until`)
    expect((await unmute()).status).toBe(303)
    expect(linkOf(await agent.call('fetch', HELLO))).toContain('/approvals/')
    await agent.value('unload-component', { id: 'other' })
  })

  it('is not muted by a form of another site, nor for a time that is not offered', async () => {
    const link = linkOf(await agent.call('fetch', HELLO))
    const body = new URLSearchParams({ mute: 'hour' })
    const forged = { method: 'POST', body, headers: { origin: 'https://evil.test' } }
    expect((await person.fetch(`${link}/mute`, forged)).status).toBe(403)
    expect((await mute('constructor')).status).toBe(400)
    expect(linkOf(await agent.call('fetch', HELLO))).toBe(link)
  })

  it('keeps what it was granted', async () => {
    await decideAt(person, linkOf(await agent.call('fetch', HELLO)), 'allow')
    const refused = await agent.call('fetch', { url: 'http://other.test/' })
    const body = new URLSearchParams({ mute: 'hour' })
    await person.fetch(`${linkOf(refused)}/mute`, { method: 'POST', body })
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    expect((await unmute()).status).toBe(303)
  })

  it('has a limited number of open questions', async () => {
    let asked = 0
    let last = await agent.call('fetch', { url: 'http://demo.test/0' })
    while (denialsOf(last).approvals.length > 0 && asked < 100) {
      asked += 1
      last = await agent.call('fetch', { url: `http://demo.test/${asked}` })
    }
    expect(asked).toBeLessThan(100)
    expect(textOf(last)).toContain('as many open questions as it may')
    // What was asked before them has its link still.
    const again = await agent.call('fetch', { url: 'http://demo.test/0' })
    expect(linkOf(again)).toContain('/approvals/')
    // The person finds them in the console, and has had enough.
    const home = await person.open(`${url}/console`)
    const first = /(\/approvals\/[0-9a-f-]+)"><span class="theirs">fetch/.exec(home.html)?.[1] ?? ''
    await person.fetch(`${url}${first}/mute`, {
      method: 'POST',
      body: new URLSearchParams({ mute: 'hour' }),
    })
    expect((await person.open(`${url}/console`)).html).not.toMatch(
      /\/approvals\/[0-9a-f-]+"><span class="theirs">fetch/,
    )
    await unmute()
  })
})
