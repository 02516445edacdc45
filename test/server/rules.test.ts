// Rules that say more than a host: methods, and the argument that a rule binds to. Driven as an agent and a
// person drive them.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf, decide, denialsOf, errorOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const ECHO = { url: 'http://demo.test/echo', body: 'x' }

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  person = await consoleOf(url, 'alice')
  // One client does all there is: what is refused here is refused by a grant.
  await switchTo(person, agent, 'off')
  await agent.startFresh()
  await agent.load('filesystem')
  await agent.upload('probe', PROBE)
})
beforeEach(async () => {
  for (const component_id of ['filesystem', 'probe']) {
    await agent.value('reset-permission', { component_id })
  }
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

/** Asks as an agent, allows as the person; what the page said. */
async function grant(component_id: string, kind: 'network' | 'storage', details: object) {
  const asked = await agent.value(`grant-${kind}-permission`, { component_id, details })
  const page = await person.open(String(asked['approval_url']))
  expect((await person.press(page, 'decision', 'allow', { life: 'always' })).status).toBe(200)
  return pageText(page.html)
}

const get = async (target: string) => await agent.call('fetch-and-ignore', { url: target })

describe('a rule for methods', () => {
  it('is what a refusal offers, with scheme and path: this, and nothing else', async () => {
    const refused = await get(HELLO.url)
    expect(denialsOf(refused).denials).toMatchObject([{ rule: 'GET http://demo.test/hello/' }])
    await decide(person, refused, 'allow')
    expect((await get(HELLO.url)).structuredContent).toEqual({ result: 'status: 200' })
    const posted = await agent.call('post', ECHO)
    expect(denialsOf(posted).denials).toMatchObject([
      { reason: 'not-granted', rule: 'POST http://demo.test/echo/' },
    ])
    await decide(person, posted, 'allow')
    expect(await agent.result('post', ECHO)).toEqual({ ok: [200, 'x'] })
  })

  it('is granted by name, and shown as what it reaches', async () => {
    const page = await grant('probe', 'network', { host: 'POST http://demo.test/echo' })
    expect(page).toContain('to send requests over the network to POST http://demo.test/echo/')
    expect(page).toContain('POST only, /echo/ and below on demo.test')
    expect(await agent.result('post', ECHO)).toEqual({ ok: [200, 'x'] })
    const elsewhere = await agent.call('post', { ...ECHO, url: HELLO.url })
    expect(denialsOf(elsewhere).denials).toMatchObject([{ reason: 'not-granted' }])
    expect(denialsOf(await get(ECHO.url)).denials).toMatchObject([{ reason: 'not-granted' }])
  })

  it('is taken back by the name of its host', async () => {
    await grant('probe', 'network', { host: 'GET demo.test' })
    await grant('probe', 'network', { host: 'POST demo.test' })
    await grant('probe', 'network', { host: 'demo.test:81' })
    const revoke = { component_id: 'probe', details: { host: 'demo.test' } }
    expect(await agent.value('revoke-network-permission', revoke)).toMatchObject({
      was_granted: true,
    })
    expect(await agent.value('get-policy', { component_id: 'probe' })).toMatchObject({
      permissions: { network: { allow: [{ host: 'demo.test:81' }] } },
    })
  })

  it.each(['CONNECT demo.test', 'GET tcp://demo.test:80', 'cidr demo.test', '{a b}'])(
    'is not %j',
    async (host) => {
      const ask = { component_id: 'probe', details: { host } }
      const asked = await agent.call('grant-network-permission', ask)
      expect(errorOf(asked)).toMatchObject({ code: 'bad-host' })
    },
  )

  it('opens no private range', async () => {
    const ask = { component_id: 'probe', details: { host: 'cidr 10.0.0.0/8' } }
    const asked = await agent.call('grant-network-permission', ask)
    expect(errorOf(asked)).toMatchObject({ code: 'unreachable-host', why: 'address' })
  })
})

describe('a rule that binds to an argument', () => {
  it('opens the host that the call names, and in each call no other', async () => {
    const page = await grant('probe', 'network', { host: '{url}' })
    expect(page).toContain('the host that the argument url names in each call')
    expect((await get(HELLO.url)).structuredContent).toEqual({ result: 'status: 200' })
    expect(await agent.result('post', ECHO)).toEqual({ ok: [200, 'x'] })
    // Another argument of the same call is not the one that was granted.
    await agent.value('reset-permission', { component_id: 'probe' })
    await grant('probe', 'network', { host: '{body}' })
    expect(denialsOf(await get(HELLO.url)).denials).toMatchObject([{ reason: 'not-granted' }])
    const misled = await agent.call('post', { ...ECHO, body: 'http://other.test/' })
    expect(denialsOf(misled).denials).toMatchObject([{ host: 'demo.test', reason: 'not-granted' }])
    expect(await agent.result('post', { ...ECHO, body: 'demo.test' })).toEqual({
      ok: [200, 'demo.test'],
    })
  })

  it('opens nothing for what no rule opens', async () => {
    await grant('probe', 'network', { host: '{url}' })
    for (const target of ['http://127.0.0.1:8787/', 'http://localhost/', `${url}/health`]) {
      expect(denialsOf(await get(target)).denials).toMatchObject([{ reason: 'unreachable' }])
    }
  })

  it('opens the path that the call names, and no other', async () => {
    await grant('filesystem', 'storage', { uri: '{path}', access: ['read', 'write'] })
    const file = { path: 'rules-a.txt', content: 'a' }
    expect((await agent.call('write-file', file)).isError).not.toBe(true)
    expect(await agent.result('read-file', { path: file.path })).toEqual({ ok: 'a' })
    const moved = await agent.call('move-path', { source: file.path, destination: 'rules-b.txt' })
    expect(moved._meta?.['wassette-edge/denials']).toMatchObject({
      denials: [{ reason: 'not-granted', permission: 'storage' }],
    })
    expect((await agent.call('delete-file', { path: file.path })).isError).not.toBe(true)
  })
})
