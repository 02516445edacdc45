// A component of WASI 0.3, uploaded and called as clients do: its async functions are tools like any other,
// under the same policy.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, decide, denialsOf, textOf } from '../support/agent.ts'
import { fromWit, read } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'

const { url } = inject('server')
const WASI3 = read('test/fixtures/wasi3/wasi3.wasm')
const DEMO = 'http://demo.test'

let agent: Agent
let person: Browser
beforeAll(async () => {
  agent = await Agent.of(url, 'bob')
  person = await consoleOf(url, 'bob')
  // One client does all there is: what is refused here is refused by a grant.
  await switchTo(person, agent, 'off')
  await agent.startFresh()
  const uploaded = await agent.upload('wasi3', WASI3)
  if (!uploaded.ok) throw new Error(await uploaded.text())
})
beforeEach(async () => {
  await agent.value('reset-permission', { component_id: 'wasi3' })
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

const ok = (value: unknown) => ({ ok: value })

/** Calls, is refused, has the person allow it, and calls again. */
async function allowed(name: string, args: Record<string, unknown>): Promise<unknown> {
  const refused = await agent.call(name, args)
  expect(refused.isError).toBe(true)
  await decide(person, refused, 'allow')
  return await agent.result(name, args)
}

describe('the tools', () => {
  it('are its functions, async ones too, but not those with streams or futures', async () => {
    const names = await agent.toolNames()
    expect(names).toEqual(expect.arrayContaining(['get', 'time', 'save']))
    expect(names).not.toContain('upload')
    expect(names).not.toContain('later')
  })

  it('answer with typed results and typed errors', async () => {
    const greet = 'test_wasi3_greeter_0_1_0_greet'
    expect(await agent.result(greet, { name: 'Ada' })).toEqual(ok('hello, Ada'))
    const failed = await agent.call(greet, { name: '' })
    expect(failed.isError).toBe(true)
    expect(failed.structuredContent).toEqual({ result: { err: 'nobody to greet' } })
  })

  it('are ended when they trap, and answer the next time', async () => {
    expect((await agent.call('panic-late')).isError).toBe(true)
    expect((await agent.call('deadlock')).isError).toBe(true)
    expect(await agent.result('leave-behind', { millis: 60_000 })).toBe(7)
    expect(Number(await agent.result('wait', { millis: 20 }))).toBeGreaterThanOrEqual(20_000_000)
  })
})

describe('the network', () => {
  it('is refused by default, by the interface’s own word to the guest and with a link', async () => {
    const refused = await agent.call('get', { url: `${DEMO}/hello` })
    expect(refused.isError).toBe(true)
    expect(denialsOf(refused).denials).toMatchObject([{ host: 'demo.test', port: 80 }])
    expect(textOf(refused)).toContain('ErrorCode::HttpRequestDenied')
    expect(textOf(refused)).toContain(`${url}/approvals/`)
  })

  it('is there once the person has said so, and for that host only', async () => {
    const answer = await allowed('get', { url: `${DEMO}/hello` })
    expect(answer).toEqual(ok([200, 'text/plain', 'hello from demo.test']))
    const other = await agent.call('get', { url: 'http://other.test/' })
    expect(denialsOf(other).denials).toMatchObject([{ host: 'other.test' }])
  })

  it('carries bodies both ways, and from one response to the next request', async () => {
    const text = 'a piece, '
    const post = { url: `${DEMO}/echo`, text, pieces: 3 }
    expect(await allowed('post', post)).toEqual(ok([200, text.repeat(3), 'Ok(())']))
    const relay = { source: `${DEMO}/large?bytes=300000`, target: `${DEMO}/echo` }
    // The permission was for POST: reading there is a question of its own.
    expect(await allowed('relay', relay)).toEqual(ok([200, 'x'.repeat(300_000), 'Ok(())']))
  })
})

describe('the drive', () => {
  it('is refused by default, and there once the person has said so', async () => {
    const details = { uri: 'fs:///', access: ['read', 'write'] }
    const save = { path: 'wasi3.txt', text: 'by 0.3' }
    expect((await agent.call('save', save)).isError).toBe(true)
    const asked = await agent.value('grant-storage-permission', { component_id: 'wasi3', details })
    const page = await person.open(String(asked['approval_url']))
    await person.press(page, 'decision', 'allow', { life: 'always' })
    expect(await agent.result('save', save)).toEqual(ok(null))
    expect(await agent.result('load', { path: 'wasi3.txt', offset: 3 })).toEqual(ok('0.3'))
    // Other tests look at this person's drive: nothing of this one stays there.
    const steps = await agent.result('reorganise', { file: 'wasi3.txt', directory: 'wasi3' })
    expect((steps as string[]).slice(4, 6)).toEqual(['Ok(())', 'Ok(())'])
  })
})

describe('a component that asks for what is not offered', () => {
  it.each([
    ['wasi:sockets/types@0.3.0', 'interface types { f: async func(); }'],
    ['wasi:http/handler@0.3.0', 'interface handler { handle: async func(); }'],
    ['wasi:cli/stdout@0.3.0-rc-2026-01-06', 'interface stdout { f: func(); }'],
  ])('is refused with the name %s', async (full, body) => {
    const [owner = '', rest = ''] = full.split('/')
    const version = rest.slice(rest.indexOf('@'))
    const wit = `package test:asks;
      world w { import ${full}; export run: async func(); }
      package ${owner}${version} { ${body} }`
    const refused = await agent.upload('asks', await fromWit(wit))
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ error: { code: 'unlinkable', imports: [full] } })
  })
})
