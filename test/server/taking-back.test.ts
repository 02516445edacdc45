// What an agent takes back of what a component may do, in the shapes that Wassette has: all that lies inside what is
// named, and never with the impression that nothing opens it any more while something does.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { Agent, consoleOf, decideAt } from '../support/agent.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const HELLO_RULE = 'GET http://demo.test/hello/'

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

async function grant(tool: string, component_id: string, details: object): Promise<void> {
  const asked = await agent.value(tool, { component_id, details })
  await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
}
const grantHost = (host: string) => grant('grant-network-permission', 'fetch', { host })
const grantPath = (uri: string, ...access: string[]) =>
  grant('grant-storage-permission', 'filesystem', { uri, access })
const revokeHost = (host: string) =>
  agent.value('revoke-network-permission', { component_id: 'fetch', details: { host } })
const revokePath = (uri: string) =>
  agent.value('revoke-storage-permission', { component_id: 'filesystem', details: { uri } })
const isReached = async () => (await agent.call('fetch', HELLO)).isError !== true
const rules = async (component_id: string) =>
  ((await agent.value('get-policy', { component_id }))['rules'] as { rule: string }[]).map(
    ({ rule }) => rule,
  )

describe('revoke-network-permission', () => {
  it.each(['http://demo.test/', 'demo.test:80', 'demo.test', '*.test', HELLO_RULE])(
    'ends what lies inside %s',
    async (host) => {
      await grantHost(HELLO_RULE)
      expect(await isReached()).toBe(true)
      expect(await revokeHost(host)).toEqual({
        status: 'permission revoked',
        component_id: 'fetch',
        permission_type: 'network',
        details: { host },
        was_granted: true,
        still_allowed_by: [],
      })
      expect(await isReached()).toBe(false)
    },
  )

  it('says which rules let the component through all the same', async () => {
    await grantHost('*')
    await grantHost(HELLO_RULE)
    await grantHost('other.test')
    expect(await revokeHost('demo.test')).toMatchObject({
      was_granted: true,
      still_allowed_by: ['*'],
    })
    expect(await isReached()).toBe(true)
    expect((await rules('fetch')).toSorted()).toEqual(['*', 'other.test'])
    expect(await revokeHost('demo.test')).toMatchObject({
      was_granted: false,
      still_allowed_by: ['*'],
    })
  })
})

describe('revoke-storage-permission', () => {
  it('has the shape of Wassette, and more', async () => {
    await grantPath('fs://notes/a.md', 'read')
    await grantPath('fs://notes', 'write')
    await grantPath('fs://**/*.md', 'read')
    expect(await revokePath('fs://notes')).toEqual({
      status: 'permission revoked successfully',
      component_id: 'filesystem',
      uri: 'fs://notes',
      message: 'the grant has ended',
      was_granted: true,
      still_allowed_by: ['read fs://**/*.md'],
    })
    expect(await rules('filesystem')).toEqual(['read fs://**/*.md'])
    expect(await revokePath('fs://other')).toEqual({
      status: 'permission revoked successfully',
      component_id: 'filesystem',
      uri: 'fs://other',
      message: 'there was no such grant',
      was_granted: false,
      still_allowed_by: ['read fs://**/*.md'],
    })
  })

  it('leaves the directory of a file, and says so', async () => {
    await grantPath('fs://notes', 'read')
    expect(await revokePath('fs://notes/a.md')).toMatchObject({
      was_granted: false,
      still_allowed_by: ['read fs://notes'],
    })
    expect(await rules('filesystem')).toEqual(['read fs://notes'])
  })

  it('takes a path as it was told, with what cannot be seen spelled out', async () => {
    await grantPath('fs://no\u200btes ', 'read')
    const { permissions } = await agent.value('get-policy', { component_id: 'filesystem' })
    const uri = 'fs://no[U+200B]tes[U+0020]'
    expect(permissions).toMatchObject({ storage: { allow: [{ uri, access: ['read'] }] } })
    expect(await rules('filesystem')).toEqual([`read ${uri}`])
    expect(await revokePath(uri)).toMatchObject({ was_granted: true })
    expect(await rules('filesystem')).toEqual([])
  })
})

describe('reset-permission', () => {
  it('has the shape of Wassette', async () => {
    await grantHost('demo.test')
    expect(await agent.value('reset-permission', { component_id: 'fetch' })).toEqual({
      status: 'permissions reset successfully',
      component_id: 'fetch',
    })
    expect(await rules('fetch')).toEqual([])
  })
})

describe('get-policy', () => {
  it('says where the rules come from in the shape of Wassette, once there are any', async () => {
    const before = await agent.value('get-policy', { component_id: 'fetch' })
    expect(before).toMatchObject({ status: 'no policy found', component_id: 'fetch' })
    expect(before).not.toHaveProperty('policy_info')
    await grantHost('demo.test')
    const { status, policy_info, rules } = await agent.value('get-policy', {
      component_id: 'fetch',
    })
    expect(status).toBe('policy found')
    expect(policy_info).toEqual({
      policy_id: 'fetch-policy',
      source_uri: 'grants:fetch',
      local_path: 'grants:fetch',
      created_at: (rules as { since: number }[])[0]?.since,
    })
  })

  it('says of a rule for a session whether it is for this one', async () => {
    const session = await Agent.with(url, agent.signedIn, { mode: 'legacy' })
    const asked = await session.value('grant-network-permission', {
      component_id: 'fetch',
      details: { host: 'demo.test' },
    })
    await decideAt(person, String(asked['approval_url']), 'allow', { life: 'session' })
    const mine = await session.value('get-policy', { component_id: 'fetch' })
    expect(mine['rules']).toMatchObject([{ rule: 'demo.test', life: 'session', session: 'this' }])
    const theirs = await agent.value('get-policy', { component_id: 'fetch' })
    expect(theirs['rules']).toMatchObject([{ life: 'session', session: 'another' }])
    await session.close()
  })
})

describe('the button of the console', () => {
  it('takes back the rule that it stands at, and no other', async () => {
    await grantHost('demo.test')
    await grantHost(HELLO_RULE)
    const press = async (rule: string) => {
      const { forms } = await person.open(`${url}/console`)
      const form = forms.find(
        ({ action, fields }) =>
          action === '/console/revoke' && fields.some(([, value]) => value === rule),
      )
      const body = new URLSearchParams(form?.fields)
      return (await person.fetch(`${url}/console/revoke`, { method: 'POST', body })).status
    }
    expect(await press('demo.test')).toBe(303)
    expect(await rules('fetch')).toEqual([HELLO_RULE])
    expect(await isReached()).toBe(true)
  })
})
