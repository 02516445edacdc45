// From a refused call to a finished one, in a real browser: the agent's client opens the page, the person signs
// in, reads, chooses and decides, and the call that waited answers.

import type { ElicitRequestURLParams } from '@modelcontextprotocol/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { Agent, errorOf, textOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }
const inBrowser = it.skipIf(NO_BROWSER !== '')

let browser: Browser | undefined
beforeAll(async () => {
  if (NO_BROWSER === '') browser = await launch()
})
afterAll(async () => {
  await browser?.close()
})

describe.each(['auto', 'legacy'] as const)(`a call that waits (%s)${NO_BROWSER}`, (mode) => {
  let agent: Agent
  let opened: PromiseWithResolvers<ElicitRequestURLParams>
  beforeAll(async () => {
    agent = await Agent.of(url, 'alice', {
      mode,
      opens(page) {
        opened.resolve(page)
        return { action: 'accept' }
      },
    })
    await agent.startFresh()
    await agent.load('fetch')
  })
  beforeEach(async () => {
    opened = Promise.withResolvers()
    await agent.value('reset-permission', { component_id: 'fetch' })
  })
  afterAll(async () => {
    await agent.startFresh()
    await agent.close()
  })

  /** Calls, and opens the page that the client was sent to in a browser that nobody is signed in to. */
  async function callAndOpen(): Promise<{ answer: ReturnType<Agent['call']>; page: Page }> {
    const answer = agent.call('fetch', HELLO)
    const asked = await opened.promise
    const context = await browser?.newContext()
    if (context === undefined) throw new Error('no browser')
    const page = await context.newPage()
    await page.goto(asked.url)
    expect(new URL(page.url()).origin).not.toBe(url)
    await page.getByRole('button', { name: 'Alice' }).click()
    await page.waitForURL(asked.url)
    return { answer, page }
  }

  inBrowser(`goes on when the person allows it, and answers${NO_BROWSER}`, async () => {
    const { answer, page } = await callAndOpen()
    const text = await page.locator('body').innerText()
    expect(text).toContain('"url": "http://demo.test/hello"')
    expect(text).toContain('GET only, /hello/ and below on demo.test')
    await page.getByLabel('any method, any path on demo.test').check()
    await page.getByLabel('For how long').selectOption('for an hour')
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'Allowed' }).waitFor()
    const answered = await answer
    expect(answered.isError, textOf(answered)).not.toBe(true)
    expect(textOf(answered)).toContain('hello from demo.test')
    // What was given is what was chosen.
    await page.goto(`${url}/console`)
    expect(await page.locator('body').innerText()).toMatch(
      /May use\s+http:\/\/demo\.test\/ since .* until /,
    )
    await page.context().close()
  })

  inBrowser(`ends refused when the person denies it${NO_BROWSER}`, async () => {
    const { answer, page } = await callAndOpen()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'Denied' }).waitFor()
    const refused = await answer
    expect(errorOf(refused)).toEqual({ code: 'permission-denied' })
    expect(textOf(refused)).toContain('The person was asked and denied it.')
    await page.context().close()
  })

  inBrowser(
    `ends refused when the person mutes the component, and may be heard again${NO_BROWSER}`,
    async () => {
      const { answer, page } = await callAndOpen()
      await page.getByRole('button', { name: 'Mute' }).click()
      await page.getByRole('heading', { name: 'Muted' }).waitFor()
      expect(errorOf(await answer)).toEqual({ code: 'permission-denied' })
      expect(textOf(await agent.call('fetch', HELLO))).toContain('The person muted this component')
      await page.getByRole('link', { name: 'To the console' }).click()
      await page.getByRole('button', { name: 'Hear it again' }).click()
      await page.waitForURL(`${url}/console`)
      expect(await page.getByRole('button', { name: 'Hear it again' }).count()).toBe(0)
      await page.context().close()
    },
  )
})
