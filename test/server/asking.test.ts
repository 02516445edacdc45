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

/** Calls of the tool on the record since some time, newest first: how each ended. */
async function outcomes(since: number): Promise<string[]> {
  const response = await plain.api('/api/calls?limit=50')
  const { calls } = (await response.json()) as {
    calls: { tool: string; outcome: string; started_at: number }[]
  }
  return calls.filter((c) => c.tool === 'fetch' && c.started_at >= since).map((c) => c.outcome)
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
    })
    const since = Date.now()
    const answered = await agent.call('fetch', HELLO)
    expect(answered.isError).not.toBe(true)
    expect(textOf(answered)).toContain('hello')
    expect(asked).toHaveLength(1)
    const [page] = asked
    expect(page?.url).toMatch(new RegExp(`^${url}/approvals/[0-9a-f-]{36}$`))
    expect(page?.message).toContain(
      'The component fetch was refused:\nGET http://demo.test/hello/\n',
    )
    // Both runs are on the record, each with how it ended.
    expect(await outcomes(since)).toEqual(['answered', 'denied'])
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
