// A person's activity: their calls narrowed down and over time, as pages in a real browser, as JSON and as files.

import type { Browser as Chromium, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import type { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import { Agent, consoleOf, linkOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import { PROBE, read } from '../support/components.ts'
import { raw } from '../support/raw-http.ts'

const why = NO_BROWSER
const inBrowser = it.skipIf(why !== '')
const { url } = inject('server')

/** What this file calls, so that it finds nothing of the others. */
const MARK = crypto.randomUUID().slice(0, 8)
/** Marks a text to be read from right to left, as a name of a tool. */
const HOSTILE = `=${MARK}\u202e<script>alert(1)</script>"'`

const Call = z.looseObject({ id: z.string(), seq: z.number(), tool: z.string() })
const Answer = z.strictObject({ calls: z.array(Call), next: z.string().nullable() })
const Activity = z.strictObject({
  step_ms: z.number().nullable(),
  steps: z.array(
    z.strictObject({ at: z.number(), calls: z.number(), refused: z.number(), failed: z.number() }),
  ),
})

let agent: Agent
let person: Browser
/** The time before the first call of this file. */
let since: string
/** Where the refused call is decided. */
let question: string
let chromium: Chromium | undefined
beforeAll(async () => {
  const scope = 'tools:call components:manage console'
  agent = await Agent.of(url, 'bob', { scope, clientName: `Watcher ${MARK}` })
  person = await consoleOf(url, 'bob')
  await agent.startFresh()
  await agent.load('fetch')
  await agent.upload(`probe-${MARK}`, PROBE)
  since = new Date().toISOString()
  question = linkOf(await agent.call('fetch', { url: `http://${MARK}.test/hello` }))
  await agent.call('fetch-and-ignore', { url: 'ftp://demo.test/' })
  await agent.call('count-calls')
  await agent.call('trap')
  await agent.call(HOSTILE).catch(() => {})
  if (why === '') chromium = await launch()
})
afterAll(async () => {
  await chromium?.close()
  await agent.startFresh()
  await agent.close()
})

async function answer(query: Record<string, string>): Promise<z.infer<typeof Answer>> {
  const response = await agent.api(`/api/calls?${new URLSearchParams(query)}`)
  expect(response.status).toBe(200)
  return Answer.parse(await response.json())
}

/** The one call of a tool since then, by its id. */
async function newest(tool: string, from: string): Promise<{ id: string; log: string }> {
  const [found] = (await answer({ tool, from })).calls
  const body: unknown = await (await agent.api(`/api/calls/${found?.id}`)).json()
  return z.object({ call: z.object({ id: z.string(), log: z.string() }) }).parse(body).call
}

const toolsOf = async (query: Record<string, string>) =>
  (await answer({ from: since, ...query })).calls.map(({ tool }) => tool)

describe('GET /api/calls', () => {
  it('narrows down by component, tool, outcome, host and time, alone and together', async () => {
    const all = [HOSTILE, 'trap', 'count-calls', 'fetch-and-ignore', 'fetch']
    expect(await toolsOf({})).toEqual(all)
    expect(await toolsOf({ component: `probe-${MARK}` })).toEqual(all.slice(1, 4))
    expect(await toolsOf({ tool: HOSTILE })).toEqual([HOSTILE])
    expect(await toolsOf({ outcome: 'trapped' })).toEqual(['trap'])
    expect(await toolsOf({ outcome: 'with-refusals' })).toEqual(['fetch'])
    expect(await toolsOf({ host: `${MARK}.TEST` })).toEqual(['fetch'])
    expect(await toolsOf({ host: `${MARK}.test`, outcome: 'trapped' })).toEqual([])
    expect(await toolsOf({ component: '', tool: '', outcome: '', host: '', to: '' })).toEqual(all)
    const { calls } = await answer({ tool: 'count-calls', from: since })
    const startedAt = Number(calls[0]?.['started_at'])
    expect(await toolsOf({ to: new Date(startedAt).toISOString() })).not.toContain('count-calls')
    expect(await toolsOf({ to: new Date(startedAt + 1).toISOString() })).toContain('count-calls')
  })

  it('says where the next answer begins, with the same filters', async () => {
    const first = await answer({ from: since, limit: '3' })
    const second = await answer({ from: since, limit: '3', cursor: first.next ?? '' })
    expect([...first.calls, ...second.calls].map(({ tool }) => tool)).toEqual(await toolsOf({}))
    expect([second.calls.length, second.next]).toEqual([2, null])
  })

  it.each([
    ['outcome=fine', 'bad-outcome', 'outcome is one of answered, '],
    ['from=yesterday', 'bad-from', 'from is a date as '],
    ['from=2026-02-31', 'bad-from', 'from is a date as '],
    ['to=2026-02-01T25:00', 'bad-to', 'to is a date as '],
    ['from=2026-02-02&to=2026-02-01', 'bad-from', 'from is not before to.'],
    ['cursor=17', 'bad-cursor', 'cursor is not what next was.'],
    [`tool=${'x'.repeat(513)}`, 'bad-tool', 'tool is too long.'],
  ])('refuses ?%s by name', async (query, code, told) => {
    for (const path of ['/api/calls', '/api/activity', '/api/calls/export']) {
      const refused = await agent.api(`${path}?format=csv&${query}`)
      expect(refused.status).toBe(400)
      const { error } = (await refused.json()) as { error: { code: string; message: string } }
      expect(error.code).toBe(code)
      expect(error.message).toContain(told)
    }
  })

  it('has one call by its id, with what was refused and the question that it opened', async () => {
    const [found] = (await answer({ from: since, tool: 'fetch' })).calls
    const response = await agent.api(`/api/calls/${found?.id}`)
    const { call } = (await response.json()) as { call: Record<string, unknown> }
    expect(call).toEqual({ ...found, log: '' })
    expect(call).toMatchObject({
      outcome: 'denied',
      policy_digest: expect.stringMatching(/^sha256:/),
      variables: [],
      refusals: [
        {
          permission: 'network',
          reason: 'not-granted',
          subject: `${MARK}.test:80`,
          rule: `GET http://${MARK}.test/hello/`,
          approval: new URL(question).pathname.split('/').at(-1),
        },
      ],
    })
    const other = await Agent.of(url, 'alice', { scope: 'tools:call console' })
    for (const [by, id] of [
      [other, found?.id],
      [agent, 'nothing'],
    ] as const) {
      const missing = await by.api(`/api/calls/${id}`)
      expect([missing.status, await missing.json()]).toMatchObject([
        404,
        { error: { code: 'unknown-call' } },
      ])
    }
    await other.close()
  })
})

describe('GET /api/activity', () => {
  it('counts the calls of the same selection over time', async () => {
    const to = new Date(Date.now() + 60_000).toISOString()
    const response = await agent.api(`/api/activity?${new URLSearchParams({ from: since, to })}`)
    const { step_ms: width, steps } = Activity.parse(await response.json())
    const sum = (key: 'calls' | 'refused' | 'failed') =>
      steps.reduce((total, step) => total + step[key], 0)
    expect([sum('calls'), sum('refused'), sum('failed')]).toEqual([5, 1, 2])
    for (const [n, { at }] of steps.entries())
      expect(at).toBe((steps[0]?.at ?? 0) + n * (width ?? 0))
    const none = await agent.api(`/api/activity?tool=none-${MARK}`)
    expect(await none.json()).toEqual({ step_ms: null, steps: [] })
  })

  it('is read by the person and a token for it alone', async () => {
    const caller = await Agent.of(url, 'bob', { scope: 'tools:call components:manage' })
    for (const path of ['/api/activity', '/api/calls/export?format=csv', '/api/calls/x']) {
      expect((await caller.api(path)).status).toBe(403)
      expect((await raw(url + path)).status).toBe(401)
    }
    await caller.close()
    expect((await person.fetch(`${url}/api/activity`)).status).toBe(200)
    expect((await raw(`${url}/console/calls/x`)).status).toBe(302)
  })
})

describe('GET /api/calls/export', () => {
  const exported = async (query: Record<string, string>) => {
    const response = await agent.api(`/api/calls/export?${new URLSearchParams(query)}`)
    expect(response.status).toBe(200)
    return { type: response.headers.get('content-type'), text: await response.text() }
  }

  it('has the selection as JSON Lines, as the API has each', async () => {
    const { type, text } = await exported({ format: 'jsonl', from: since })
    expect(type).toBe('application/jsonl')
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toEqual((await answer({ from: since })).calls)
  })

  it('has it as CSV in which no name is taken for a formula', async () => {
    const { type, text } = await exported({ format: 'csv', from: since })
    expect(type).toBe('text/csv; charset=utf-8')
    const [head, first, ...rest] = text.trimEnd().split('\r\n')
    expect(head).toMatch(/^"seq","id","started_at","ms","tool",/)
    expect(first).toContain(`,"'=${MARK}<script>alert(1)</script>""'",`)
    expect(rest).toHaveLength(4)
    expect(text).not.toContain('\u202e')
  })

  it('knows two formats', async () => {
    const refused = await agent.api('/api/calls/export?format=xlsx')
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { code: 'bad-format', message: 'format is one of csv, jsonl.' } },
    ])
  })
})

describe(`the page of calls${why}`, () => {
  let context: BrowserContext
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    if (chromium === undefined) return
    context = await chromium.newContext()
    page = await context.newPage()
    page.on('console', (message) => {
      if (!message.location().url.endsWith('/favicon.ico')) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(`${url}/console/calls`)
    await page.getByRole('button', { name: 'Bob' }).click()
    await page.waitForURL((at) => at.origin === url)
  })
  afterAll(async () => {
    await context?.close()
  })

  const open = (query: Record<string, string>) =>
    page.goto(`${url}/console/calls?${new URLSearchParams({ from: since, ...query })}`)
  const rows = () => page.locator('tr.call')

  inBrowser(`narrows down by its form, and keeps what was chosen${why}`, async () => {
    await open({})
    expect(await rows().count()).toBe(5)
    expect(await page.getByLabel('From (UTC)').inputValue()).toBe(since.slice(0, 19))
    await page.getByLabel('Component').fill(`probe-${MARK}`)
    await page.getByLabel('Outcome').selectOption('trapped')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await rows().allInnerTexts()).toEqual([expect.stringContaining('trapped')])
    expect(await page.getByLabel('Component').inputValue()).toBe(`probe-${MARK}`)
    expect(await page.getByLabel('Outcome').inputValue()).toBe('trapped')
    await page.getByLabel('Host').fill('nowhere.test')
    await page.getByRole('button', { name: 'Show' }).click()
    expect(await page.locator('body').innerText()).toContain('No calls fit this.')
    expect(complaints).toEqual([])
  })

  inBrowser(`offers the names that occur${why}`, async () => {
    await open({})
    const known = page.locator('#known-component option')
    const names = await known.evaluateAll((all) => all.map((one) => one.getAttribute('value')))
    expect(names).toContain(`probe-${MARK}`)
  })

  inBrowser(`draws the calls over time, and each bar leads to its calls${why}`, async () => {
    await open({})
    const chart = page.getByRole('group', { name: /^Calls per minute, times in UTC$/ })
    await chart.waitFor()
    const bars = chart.getByRole('link', { name: /\d+ calls?, \d+ with a refusal, \d+ failed$/ })
    const counts = await bars.evaluateAll((all) =>
      all.map((bar) => Number(/: (\d+) call/.exec(bar.getAttribute('aria-label') ?? '')?.[1])),
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5)
    expect(await chart.locator('rect.bar.refused').count()).toBe(1)
    const fill = (kind: string) =>
      chart
        .locator(`rect.bar.${kind}`)
        .first()
        .evaluate((bar) => getComputedStyle(bar).fill)
    const colours = new Set([await fill('answered'), await fill('failed'), await fill('refused')])
    expect([...colours].every((colour) => colour !== 'rgb(0, 0, 0)')).toBe(true)
    expect(colours.size).toBe(3)
    await bars.first().click()
    await page.waitForURL(/to=/)
    expect(await rows().count()).toBe(counts[0])
    expect(complaints).toEqual([])
  })

  inBrowser(
    `unfolds a call to its host calls, and leads to all that is recorded${why}`,
    async () => {
      await open({ tool: 'fetch' })
      const line = rows().getByText(`GET ${MARK}.test:80 denied, 0 out, 0 in`)
      expect(await line.isVisible()).toBe(false)
      await rows().locator('summary').click()
      expect(await line.isVisible()).toBe(true)
      await rows().getByRole('link').first().click()
      await page.getByRole('heading', { name: 'A call' }).waitFor()
      const text = await page.locator('body').innerText()
      for (const part of [`Watcher ${MARK}`, 'denied: not-granted', 'Policy in force', 'Fuel']) {
        expect(text).toContain(part)
      }
      const asked = page.getByRole('link', { name: 'the question' })
      expect(await asked.getAttribute('href')).toBe(new URL(question).pathname)
      await asked.click()
      await page.getByRole('button', { name: 'Allow' }).waitFor()
      expect(complaints).toEqual([])
    },
  )

  inBrowser(
    `shows what strangers wrote as text that cannot hide, and finds it again${why}`,
    async () => {
      await open({})
      await rows().first().getByRole('link').nth(1).click()
      await page.waitForURL(/tool=/)
      expect(await rows().count()).toBe(1)
      const form = await page.locator('form.filter').innerText()
      expect(form).toContain(`=${MARK}[U+202E]<script>`)
      expect(await rows().innerText()).not.toContain('\u202e')
      // The name is kept when the form is sent again.
      await page.getByRole('button', { name: 'Show' }).click()
      expect(await rows().count()).toBe(1)
      expect(await page.locator('script').count()).toBe(0)
      expect(complaints).toEqual([])
    },
  )

  inBrowser(
    `says which filter cannot be read, and shows nothing instead of too much${why}`,
    async () => {
      const response = await open({ from: 'yesterday <b>' })
      expect(response?.status()).toBe(400)
      const told = page.getByRole('alert')
      expect(await told.innerText()).toContain('The filter from is a date as 2026-11-26')
      expect(await rows().count()).toBe(0)
      expect(await page.getByLabel('From (UTC)').inputValue()).toBe('yesterday <b>')
    },
  )

  inBrowser(`has a page for a call of this person alone${why}`, async () => {
    const response = await page.goto(`${url}/console/calls/${crypto.randomUUID()}`)
    expect(response?.status()).toBe(404)
    expect(await page.locator('body').innerText()).toContain('You have no call of that id')
  })
})

// Behind all others, which count the calls of this file.
describe('GET /api/calls/:id', () => {
  it('has what the component wrote and logged during a call, as far as it is kept', async () => {
    const before = new Date().toISOString()
    await agent.upload(`drafts-${MARK}`, read('test/fixtures/drafts/drafts.wasm'))
    await agent.call('log', { context: 'a part', message: '\u001b[31m<b>broken</b>\u202e' })
    await agent.call('flood-stdout', { bytes: 100_000 })
    const logged = await newest('log', before)
    expect(logged.log).toContain('a part')
    expect(logged.log.match(/<b>broken/g)).toHaveLength(6)
    const page = pageText((await person.open(`${url}/console/calls/${logged.id}`)).html)
    expect(page).toContain('Written by the component')
    expect(page).toContain('<b>broken</b>')
    for (const hidden of ['\u001b', '\u202e']) expect(page).not.toContain(hidden)
    const flooded = await newest('flood-stdout', before)
    expect(flooded.log).toMatch(/^x{8192}\n\[91808 more characters\]\n$/)
    await agent.value('unload-component', { id: `drafts-${MARK}` })
  })
})
