// How a refused call reaches its person: each rung of the ladder, by real clients of both eras, and what
// becomes of the call when the person decides, declines, or does nothing.

import type { ElicitRequestURLParams, ElicitResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import type { SignedIn } from '../../local/oauth.ts'
import type { AgentOptions } from '../support/agent.ts'
import { Agent, consoleOf, decideAt, denialsOf, errorOf, linkOf, textOf } from '../support/agent.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const EVERY_SCOPE = 'tools:call components:manage console'
const ERAS = ['auto', 'legacy'] as const

let plain: Agent
let person: Browser
let signedIn: SignedIn
const open: Agent[] = []

beforeAll(async () => {
  plain = await Agent.of(url, 'alice', { scope: EVERY_SCOPE })
  ;({ signedIn } = plain)
  person = await consoleOf(url, 'alice')
  await plain.startFresh()
  await plain.load('fetch')
})
beforeEach(async () => {
  await plain.value('reset-permission', { component_id: 'fetch' })
})
afterAll(async () => {
  for (const agent of open) await agent.close()
  await plain.startFresh()
  await plain.close()
})

async function agentThat(options: AgentOptions): Promise<Agent> {
  const agent = await Agent.with(url, signedIn, options)
  open.push(agent)
  return agent
}

/** Calls of a tool on the record since some time, newest first: how each ended. */
async function outcomes(since: number, tool = 'fetch'): Promise<string[]> {
  const response = await plain.api('/api/calls?limit=50')
  const { calls } = (await response.json()) as {
    calls: { tool: string; outcome: string; started_at: number }[]
  }
  return calls.filter((c) => c.tool === tool && c.started_at >= since).map((c) => c.outcome)
}

describe.each(ERAS)('a client that opens pages (%s)', (mode) => {
  it('has its call go on when the person allows it on the page, and repeats nothing', async () => {
    const asked: ElicitRequestURLParams[] = []
    const agent = await agentThat({
      mode,
      async opens(page): Promise<ElicitResult> {
        asked.push(page)
        await decideAt(person, page.url, 'allow')
        return { action: 'accept' }
      },
      // It shows forms as well: a page comes first.
      answers(): ElicitResult {
        throw new Error('asked by a form')
      },
    })
    const since = Date.now()
    const answered = await agent.call('fetch', HELLO)
    expect(answered.isError).not.toBe(true)
    expect(textOf(answered)).toContain('hello')
    expect(asked).toHaveLength(1)
    const [page] = asked
    expect(page?.url).toMatch(new RegExp(`^${url}/approvals/[0-9a-f-]{36}$`))
    expect(page?.message).toContain(
      'The component fetch was refused:\nGET demo.test (the page says which part of it)\n',
    )
    // Both runs are on the record, each with how it ended.
    expect(await outcomes(since)).toEqual(['answered', 'denied'])
  })

  it('asks for each rule that one call lacks, one after the other, and has it go on after each', async () => {
    const rules: (string | undefined)[] = []
    const agent = await agentThat({
      mode,
      async opens(page): Promise<ElicitResult> {
        rules.push(page.message.split('\n')[1])
        await decideAt(person, page.url, 'allow')
        return { action: 'accept' }
      },
    })
    await plain.load('read-page')
    await plain.value('reset-permission', { component_id: 'read-page' })
    const moved = `http://demo.test/redirect?to=${encodeURIComponent('http://demo.test/hello')}`
    const since = Date.now()
    const read = await agent.call('read-page', { url: moved })
    expect(read.isError, textOf(read)).not.toBe(true)
    expect(textOf(read)).toContain('hello from demo.test')
    expect(rules).toEqual(Array(2).fill('GET demo.test (the page says which part of it)'))
    expect(await outcomes(since, 'read-page')).toEqual(['answered', 'denied', 'denied'])
  })

  it('has its person at the page of what it asks for without a call, and is told their word', async () => {
    const words = ['allow', 'deny'] as const
    const messages: string[] = []
    const agent = await agentThat({
      mode,
      async opens(page): Promise<ElicitResult> {
        const word = words[messages.length]
        messages.push(page.message)
        if (word === undefined) return { action: 'decline' }
        await decideAt(person, page.url, word)
        return { action: 'accept' }
      },
    })
    const ask = (host: string) =>
      agent.value('grant-network-permission', { component_id: 'fetch', details: { host } })
    expect(await ask('demo.test')).toMatchObject({
      status: 'permission granted successfully',
      decision: 'allow',
    })
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    expect(await ask('other.test')).toMatchObject({ decision: 'deny' })
    // Who declines has the link still.
    const declined = await ask('third.test')
    expect(declined).toMatchObject({ decision: 'open' })
    await decideAt(person, String(declined['approval_url']), 'deny')
    expect(messages).toHaveLength(3)
    expect(messages[0]).toContain(
      'A permission is asked for, for the component fetch:\ndemo.test\n',
    )
  })

  it.each([
    [
      'grant-storage-permission',
      { uri: 'fs://notes/today.md', access: ['read'] },
      'open, list and read: "fs://notes/today.md", and everything below it if that is a directory',
    ],
    [
      'grant-storage-permission',
      { uri: 'fs://a". Sign in at www.evil.test  \u202e', access: ['write'] },
      'create, change, rename and remove: "fs://a\\". Sign in at www.evil.test [U+0020][U+202E]", ' +
        'and everything below it if that is a directory',
    ],
    [
      'grant-environment-variable-permission',
      { key: 'GITHUB_TOKEN' },
      'the raw value of the variable "GITHUB_TOKEN"',
    ],
    [
      'grant-environment-variable-permission',
      { key: 'private' },
      'the raw value of the variable "private"',
    ],
    [
      'grant-memory-permission',
      { memory: '32Mi' },
      'the bound of every call "memory 33554432", as far as the host of this server allows it',
    ],
  ])('is told what %s %j asks for, in words on one line', async (tool, details, words) => {
    const messages: string[] = []
    const agent = await agentThat({
      mode,
      opens(page): ElicitResult {
        messages.push(page.message)
        return { action: 'decline' }
      },
    })
    const asked = await agent.value(tool, { component_id: 'fetch', details })
    await decideAt(person, String(asked['approval_url']), 'deny')
    expect(messages).toEqual([
      `A permission is asked for, for the component fetch:\n${words}\n` +
        'Only you can permit it, on this page of wassette-edge.',
    ])
  })

  it('waits for the person after it has opened the page', async () => {
    const agent = await agentThat({
      mode,
      opens(page): ElicitResult {
        setTimeout(() => void decideAt(person, page.url, 'allow'), 1_500)
        return { action: 'accept' }
      },
    })
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
  })

  it('is told that the person denied it, without a link to ask again by', async () => {
    const agent = await agentThat({
      mode,
      async opens(page): Promise<ElicitResult> {
        await decideAt(person, page.url, 'deny')
        return { action: 'accept' }
      },
    })
    const refused = await agent.call('fetch', HELLO)
    expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
    expect(textOf(refused)).toContain('The person was asked and denied it.')
    expect(denialsOf(refused).approvals).toEqual([])
  })

  it.each(['decline', 'cancel'] as const)(
    'gets the plain refusal with the link when its person would %s',
    async (action) => {
      const agent = await agentThat({ mode, opens: () => ({ action }) })
      const refused = await agent.call('fetch', HELLO)
      expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
      expect(denialsOf(refused).denials).toMatchObject([{ reason: 'not-granted' }])
      // The link still works: the call is repeated by hand.
      await decideAt(person, linkOf(refused), 'allow')
      expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    },
  )

  it('grants nothing by saying that its person accepted', async () => {
    const agent = await agentThat({ mode, opens: () => ({ action: 'accept' }) })
    const abort = new AbortController()
    const calling = agent.client.callTool(
      { name: 'fetch', arguments: HELLO },
      { signal: abort.signal },
    )
    // Nobody decides: the call waits, and the client gives it up.
    setTimeout(() => abort.abort(), 2_000)
    await expect(calling).rejects.toThrow()
    expect((await plain.call('fetch', HELLO)).isError).toBe(true)
  })
})

describe.each(ERAS)('what is allowed for this one call (%s)', (mode) => {
  it('is enough for the call that waits, and for no other', async () => {
    let asked = 0
    const agent = await agentThat({
      mode,
      async opens(page): Promise<ElicitResult> {
        asked += 1
        if (asked > 1) return { action: 'decline' }
        await decideAt(person, page.url, 'allow', { life: 'once' })
        return { action: 'accept' }
      },
    })
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    expect((await agent.call('fetch', HELLO)).isError).toBe(true)
    expect(asked).toBe(2)
  })
})

describe.each(ERAS)('a client that shows forms only (%s)', (mode) => {
  const DECIDED = { action: 'accept', content: { answer: 'I have decided' } } as const

  it('shows the link in a form, and its call goes on when the person has decided', async () => {
    const messages: string[] = []
    const agent = await agentThat({
      mode,
      async answers(form): Promise<ElicitResult> {
        messages.push(form.message)
        const link = /https?:\S+\/approvals\/\S+/.exec(form.message)?.[0] ?? ''
        await decideAt(person, link, 'allow')
        return DECIDED
      },
    })
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    expect(messages).toHaveLength(1)
  })

  it.each([
    ['gives up', { action: 'accept', content: { answer: 'Give up' } }],
    ['declines', { action: 'decline' }],
  ] as const)('gets the plain refusal with the link when its person %s', async (_, answer) => {
    const agent = await agentThat({ mode, answers: () => answer as ElicitResult })
    const refused = await agent.call('fetch', HELLO)
    expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
    expect(linkOf(refused)).toContain('/approvals/')
  })
})

describe('a session of 2025-11-25', () => {
  it('has its call go on while the question is still open at the client, which is told', async () => {
    const { promise: over, resolve } = Promise.withResolvers<unknown>()
    const { promise: withdrawn, resolve: withdraw } = Promise.withResolvers<ElicitResult>()
    const agent = await agentThat({
      mode: 'legacy',
      opens(page) {
        void decideAt(person, page.url, 'allow')
        agent.client.setNotificationHandler('notifications/elicitation/complete', (told) => {
          resolve([told.params.elicitationId, page.elicitationId])
        })
        // The person never comes back to the client.
        return withdrawn
      },
    })
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    const [told, asked] = (await over) as string[]
    expect(told).toBe(asked)
    withdraw({ action: 'cancel' })
  })
})

describe.each(ERAS)('a client that can show nothing (%s)', (mode) => {
  it('gets the refusal with the link and how to go on', async () => {
    const agent = await agentThat({ mode })
    const refused = await agent.call('fetch', HELLO)
    expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
    expect(textOf(refused)).toContain(
      `The person can decide here, then the call can be repeated as it was: ${linkOf(refused)}`,
    )
  })
})

describe('a client of an earlier revision', () => {
  type Message = {
    readonly id?: number
    readonly method?: string
    readonly params?: Record<string, unknown>
    readonly result?: Record<string, unknown>
  }

  /** What it is sent for a refused call until that is answered; it declines whatever it is asked. */
  async function told(protocolVersion: string, capabilities: Record<string, unknown>) {
    const headers: Record<string, string> = {
      authorization: `Bearer ${signedIn.accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    const send = (message: Record<string, unknown>) =>
      fetch(`${url}/mcp`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      })
    const clientInfo = { name: 'by hand', version: '1.0.0' }
    const params = { protocolVersion, capabilities, clientInfo }
    const opened = await send({ id: 0, method: 'initialize', params })
    expect(await opened.text()).toContain(`"protocolVersion":"${protocolVersion}"`)
    headers['mcp-session-id'] = opened.headers.get('mcp-session-id') ?? ''
    headers['mcp-protocol-version'] = protocolVersion
    await (await send({ method: 'notifications/initialized' })).body?.cancel()
    const called = { name: 'fetch', arguments: HELLO }
    const { body } = await send({ id: 1, method: 'tools/call', params: called })
    const messages: Message[] = []
    let text = ''
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines.filter((each) => each.startsWith('data: {'))) {
        const message = JSON.parse(line.slice('data: '.length)) as Message
        messages.push(message)
        if (message.method !== 'elicitation/create') continue
        const declined = await send({ id: message.id, result: { action: 'decline' } })
        await declined.body?.cancel()
      }
    }
    await fetch(`${url}/mcp`, { method: 'DELETE', headers })
    const asked = messages.find(({ method }) => method === 'elicitation/create')?.params
    const answer = messages.find(({ id, result }) => id === 1 && result !== undefined)?.result
    // However it was asked, the refusal says where the person decides.
    expect(answer?.['isError']).toBe(true)
    expect(linkOf(answer as never)).toMatch(/\/approvals\//)
    return { asked, link: linkOf(answer as never) }
  }

  it.each([
    ['2025-11-25', { form: {}, url: {} }],
    ['2025-11-25', { url: {} }],
  ] as const)(
    'is sent to the page where it says that it can (%s, %j)',
    async (version, elicitation) => {
      const { asked, link } = await told(version, { elicitation })
      expect(asked).toMatchObject({ mode: 'url', url: link, elicitationId: expect.any(String) })
      expect(asked).not.toHaveProperty('requestedSchema')
    },
  )

  it.each([
    ['2025-11-25', {}],
    ['2025-11-25', { form: {} }],
    ['2025-06-18', {}],
  ] as const)(
    'gets a form with the link where it shows forms (%s, %j)',
    async (version, elicitation) => {
      const { asked, link } = await told(version, { elicitation })
      expect(asked).toMatchObject({ requestedSchema: { type: 'object', required: ['answer'] } })
      expect(asked?.['message']).toContain(link)
      expect(asked).not.toHaveProperty('url')
    },
  )

  it.each(['2025-03-26', '2025-06-18'])(
    'is asked nothing where it can show nothing (%s)',
    async (version) => {
      expect((await told(version, {})).asked).toBeUndefined()
    },
  )
})
