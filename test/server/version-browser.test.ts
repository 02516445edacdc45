// The page of a version that waits, in a real browser: a person finds it from the console, sees what is new beside what
// was, and says what the component keeps.

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Browser as Script } from '../../local/browser.ts'
import { Agent, consoleOf, decideAt, errorOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import { fromWit } from '../support/components.ts'
import type { Visit } from '../support/visit.ts'
import { visit } from '../support/visit.ts'

const { url } = inject('server')
const inBrowser = it.skipIf(NO_BROWSER !== '')
const world = (said: string, more: string) => `package a:b; world w {
  /// Looks a word up ${said}.
  export ask: func(word: string) -> string;
  ${more}
}`
const BEFORE = world('in the book', 'export old: func() -> u8;')
const NOW = world('in all your letters', 'export young: func() -> u8;')

describe(`the page of a new version${NO_BROWSER}`, () => {
  let agent: Agent
  let script: Script
  let browser: Browser | undefined
  let alice: Visit
  beforeAll(async () => {
    agent = await Agent.of(url, 'alice')
    script = await consoleOf(url, 'alice')
    if (NO_BROWSER !== '') return
    browser = await launch()
    alice = await visit(browser, url, 'Alice')
  })
  afterAll(async () => {
    await browser?.close()
    await agent.startFresh()
    await agent.close()
  })
  // Something was granted to the first version, and another one is in its place.
  beforeEach(async () => {
    await agent.startFresh()
    await agent.upload('words', await fromWit(BEFORE))
    await agent.api('/api/components/words/wit', { method: 'PUT', body: BEFORE })
    const asked = await agent.value('grant-network-permission', {
      component_id: 'words',
      details: { host: 'words.example' },
    })
    await decideAt(script, String(asked['approval_url']), 'allow', { life: 'always' })
    await agent.upload('words', await fromWit(NOW))
    await agent.api('/api/components/words/wit', { method: 'PUT', body: NOW })
    expect(await waits()).toBe(true)
  })

  const waits = async () => errorOf(await agent.call('young'))?.['code'] === 'new-version'
  const rules = async () =>
    (await agent.value('get-policy', { component_id: 'words' }))['rules'] as unknown[]

  /** From the console, as a person finds it. */
  async function open(): Promise<void> {
    await alice.page.goto(`${url}/console`)
    const words = alice.page.locator('section').filter({ hasText: 'words' })
    await words.getByRole('link', { name: 'see what is new' }).click()
    await alice.page.getByRole('heading', { name: 'A new version of a component' }).waitFor()
  }

  inBrowser(`shows the difference, and keeps what was said${NO_BROWSER}`, async () => {
    const { page } = alice
    await open()
    const text = await alice.text()
    expect(text).toContain('words.example')
    expect(text).toMatch(/Tools that are gone\s+old/)
    expect(text).toMatch(/New tools\s+young/)
    expect(text).toMatch(/Changed: ask/)
    const gone = page.locator('del', { hasText: 'the book' })
    const now = page.locator('ins', { hasText: 'all your letters' })
    // As the page explains it, with the style sheet that the policy lets in.
    expect(await gone.evaluate((part) => getComputedStyle(part).textDecorationLine)).toBe(
      'line-through',
    )
    expect(await now.evaluate((part) => getComputedStyle(part).textDecorationLine)).toBe(
      'underline',
    )

    await page.getByRole('button', { name: 'Keep what I said' }).click()
    await page.getByRole('heading', { name: 'Decided' }).waitFor()
    expect(await alice.text()).toContain('keeps what you said')
    expect(await waits()).toBe(false)
    expect(await rules()).toMatchObject([{ rule: expect.stringContaining('words.example') }])
    await page.goto(`${url}/console`)
    expect(await page.getByRole('link', { name: 'see what is new' }).count()).toBe(0)
    expect(alice.complaints).toEqual([])
  })

  inBrowser(`lets the version start from nothing${NO_BROWSER}`, async () => {
    await open()
    await alice.page.getByRole('button', { name: 'Start from nothing' }).click()
    await alice.page.getByRole('heading', { name: 'Decided' }).waitFor()
    expect(await waits()).toBe(false)
    expect(await rules()).toEqual([])
  })

  inBrowser(`leaves it waiting, to be looked at again${NO_BROWSER}`, async () => {
    await open()
    await alice.page.getByRole('button', { name: 'Keep waiting' }).click()
    await alice.page.getByRole('heading', { name: 'Your components' }).waitFor()
    expect(await waits()).toBe(true)
    await open()
  })

  inBrowser(`does not take a word for a version that has changed since${NO_BROWSER}`, async () => {
    await open()
    const other = world('in what nobody saw', 'export young: func() -> u8;')
    await agent.api('/api/components/words/wit', { method: 'PUT', body: other })
    await alice.page.getByRole('button', { name: 'Keep what I said' }).click()
    await alice.page.getByRole('heading', { name: 'Too late' }).waitFor()
    expect(await waits()).toBe(true)
  })
})
