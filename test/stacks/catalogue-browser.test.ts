// The catalogue in a real browser, with more in it than one page holds, on a server of its own: a person leafs through
// it, searches, and loads what they have found.

import { rmSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Agent, bytesBody } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import { constants } from '../support/components.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'
import type { Visit } from '../support/visit.ts'
import { visit } from '../support/visit.ts'

const inBrowser = it.skipIf(NO_BROWSER !== '')
/** Entries of one page, and some more of one kind. */
const PAGE_ENTRIES = 50
const GAUGES = Array.from({ length: PAGE_ENTRIES + 3 }, (_, i) => `gauge-${i + 10}`)

describe(`the catalogue in a browser${NO_BROWSER}`, () => {
  let stack: Stack
  let agent: Agent
  let browser: Browser | undefined
  let alice: Visit
  beforeAll(async () => {
    if (NO_BROWSER !== '') return
    stack = await startStack()
    agent = await Agent.of(stack.url, 'alice')
    const host = await Agent.of(stack.url, 'host', { scope: 'console' })
    const body = bytesBody(await constants({ gauge: 7 }))
    const publish = async (name: string) => {
      const path = `/api/catalogue/${name}?description=Reads%20a%20${name}.`
      expect((await host.api(path, { method: 'PUT', body })).status).toBe(200)
    }
    // The first compiles what the others share.
    const [first = '', ...others] = GAUGES
    await publish(first)
    // As many at once as one person may have compiled.
    for (let n = 0; n < others.length; n += 8) {
      // oxlint-disable-next-line no-await-in-loop -- the next come when these are there
      await Promise.all(others.slice(n, n + 8).map(publish))
    }
    await host.close()
    browser = await launch()
    alice = await visit(browser, stack.url, 'Alice')
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await agent?.close()
    await stack?.stop()
    if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
  })

  const entries = () => alice.page.locator('section')
  const names = async () => await alice.page.locator('section h2').allInnerTexts()
  const more = () => alice.page.getByRole('link', { name: 'More', exact: true })

  async function search(words: string): Promise<void> {
    await alice.page.getByRole('link', { name: 'Catalogue', exact: true }).click()
    await alice.page.getByRole('searchbox', { name: 'Words' }).fill(words)
    await alice.page.getByRole('button', { name: 'Search' }).click()
    await alice.page.waitForURL(/\?query=/)
  }

  inBrowser(`is leafed through, a page at a time, each entry once${NO_BROWSER}`, async () => {
    const { page } = alice
    await page.getByRole('link', { name: 'Catalogue', exact: true }).click()
    const total = Number(/(\d+) components/.exec(await alice.text())?.[1])
    const first = await names()
    expect(first).toHaveLength(PAGE_ENTRIES)
    await more().click()
    await page.waitForURL(/cursor=/)
    const second = await names()
    expect(second).toHaveLength(total - PAGE_ENTRIES)
    expect(new Set([...first, ...second]).size).toBe(total)
    expect([...first, ...second]).toEqual(expect.arrayContaining([...GAUGES, 'text-stats']))
    expect(await more().count()).toBe(0)
    expect(alice.complaints).toEqual([])
  })

  inBrowser(`keeps the words of a search from page to page${NO_BROWSER}`, async () => {
    const { page } = alice
    await search('gauge')
    expect(await alice.text()).toContain(`${GAUGES.length} components`)
    const first = await names()
    await more().click()
    await page.waitForURL(/cursor=/)
    expect(await page.getByRole('searchbox', { name: 'Words' }).inputValue()).toBe('gauge')
    expect([...first, ...(await names())].sort()).toEqual(GAUGES)
  })

  inBrowser(`loads what was found, and says that the person has it${NO_BROWSER}`, async () => {
    const { page } = alice
    await search('gauge-61')
    const found = entries().filter({ hasText: 'Reads a gauge-61.' })
    await found.getByRole('button', { name: 'Load', exact: true }).click()
    await page.getByRole('heading', { name: 'Your components' }).waitFor()
    const mine = entries().filter({ hasText: 'catalogue:gauge-61' })
    expect(await mine.innerText()).toMatch(/May use\s+nothing/)
    expect(await agent.result('gauge')).toBe(7)

    await search('gauge-61')
    expect(await found.innerText()).toContain('You have it.')
    expect(await found.getByRole('button').count()).toBe(0)
    const other = entries().filter({ hasText: 'Reads a gauge-60.' })
    await search('gauge-60')
    expect(await other.getByRole('button', { name: 'Load', exact: true }).count()).toBe(1)
  })

  inBrowser(`says that nothing is found${NO_BROWSER}`, async () => {
    await search('zzzz-no-such-thing')
    expect(await alice.text()).toContain('0 components')
    expect(await entries().count()).toBe(0)
  })
})
