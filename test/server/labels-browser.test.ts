// The page of labels in a real browser: what a session has done, letting it begin anew, what happens for a
// client, and what a use brings; and the page of a question, which says what the session has.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import type { Browser as Script } from '../../local/browser.ts'
import { Agent, consoleOf, decideAt, denialsOf, linkOf, textOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'

const { url } = inject('server')
const inBrowser = it.skipIf(NO_BROWSER !== '')
const HELLO = { url: 'http://demo.test/hello' }
const LETTER = { path: '/letters/first.txt' }
/** What a client calls itself is quoted. */
const NAME = 'a <b>client</b>'

let agent: Agent
let browser: Browser | undefined
let page: Page
beforeAll(async () => {
  agent = await Agent.of(url, 'bob', { clientName: NAME })
  await agent.startFresh()
  await agent.load('fetch')
  await agent.load('filesystem')
  const person = await consoleOf(url, 'bob')
  await grant(person, 'fetch', 'network', { host: 'demo.test' })
  const details = { uri: 'fs://letters', access: ['read', 'write'] }
  await grant(person, 'filesystem', 'storage', details)
  await agent.call('create-directory', { path: '/letters' })
  await agent.call('write-file', { ...LETTER, content: 'my dear' })
  await agent.call('read-file', LETTER)
  if (NO_BROWSER !== '') return
  browser = await launch()
  page = await (await browser.newContext()).newPage()
  await page.goto(`${url}/console/labels`)
  await page.getByRole('button', { name: 'Bob' }).click()
  await page.waitForURL(`${url}/console/labels`)
})
afterAll(async () => {
  await browser?.close()
  await agent.startFresh()
  await agent.close()
})

async function grant(person: Script, component_id: string, kind: string, details: unknown) {
  const asked = await agent.value(`grant-${kind}-permission`, { component_id, details })
  await decideAt(person, String(asked['approval_url']), 'allow', { life: 'always' })
}

const body = () => page.locator('body').innerText()
const session = () => page.locator('section', { hasText: 'Begin anew' }).filter({ hasText: NAME })
const clientForm = () => page.locator('form', { hasText: NAME }).filter({ hasText: 'From' })

inBrowser(`says on the page of the question what the session has${NO_BROWSER}`, async () => {
  const refused = await agent.call('fetch', HELLO)
  await page.goto(linkOf(refused))
  const text = await body()
  expect(text).toContain('to take in what strangers may have written and send something out')
  expect(text).toMatch(/private: it has read what is yours, first on .* by read-file of filesystem/)
  expect(await page.getByLabel('For how long').inputValue()).toBe('once')
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('heading', { name: 'Allowed' }).waitFor()
  expect(textOf(await agent.call('fetch', HELLO))).toContain('hello')
})

inBrowser(`shows what a session has done, and lets it begin anew${NO_BROWSER}`, async () => {
  await page.goto(`${url}/console`)
  await page.getByRole('link', { name: 'Labels' }).click()
  await page.getByRole('heading', { name: 'What your sessions have done' }).waitFor()
  const text = await session().innerText()
  expect(text).toContain('This session has done all three.')
  expect(text).toMatch(/outward: it has sent something out, first on .* by fetch of fetch/)
  await session().getByRole('button', { name: 'Begin anew' }).click()
  await page.waitForLoadState()
  expect(await session().count()).toBe(0)
  expect((await agent.call('read-file', LETTER)).isError).not.toBe(true)
})

inBrowser(`sets what happens for a client${NO_BROWSER}`, async () => {
  await page.goto(`${url}/console/labels`)
  await clientForm().getByRole('combobox').selectOption('it is refused')
  await clientForm().getByRole('button', { name: 'Set' }).click()
  await page.waitForLoadState()
  expect(await clientForm().getByRole('combobox').inputValue()).toBe('refuse')
  const refused = await agent.call('fetch', HELLO)
  expect(denialsOf(refused)).toMatchObject({ denials: [{ reason: 'denied' }], approvals: [] })
})

inBrowser(`sets what a use brings, and as by default again${NO_BROWSER}`, async () => {
  const use = page.locator('form', { hasText: 'demo.test' })
  expect(await use.getByLabel('outward').isChecked()).toBe(true)
  await use.getByLabel('outward').uncheck()
  await use.getByLabel('untrusted').uncheck()
  await use.getByRole('button', { name: 'Set' }).click()
  await page.waitForLoadState()
  expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
  await use.getByRole('button', { name: 'As by default' }).click()
  await page.waitForLoadState()
  expect(await use.getByLabel('outward').isChecked()).toBe(true)
  expect((await agent.call('fetch', HELLO)).isError).toBe(true)
})
