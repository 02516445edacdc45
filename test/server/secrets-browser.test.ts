// The page of a component's secrets in a real browser: a person binds one, sees what it is bound to and no value,
// replaces it, and deletes it.

import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import type { Resident } from '../support/escape.ts'
import {
  allowHost,
  forget,
  INTRUDER,
  loaded,
  message,
  received,
  send,
  withIntruder,
} from '../support/escape.ts'

const { url } = inject('server')
const inBrowser = it.skipIf(NO_BROWSER !== '')
const VALUE = 'typed-into-the-browser-0a1b'
const OTHER = 'typed-a-second-time-2c3d'

describe(`the page of secrets${NO_BROWSER}`, () => {
  let alice: Resident
  let browser: Browser | undefined
  let context: BrowserContext | undefined
  beforeAll(async () => {
    alice = await withIntruder()
    await allowHost(alice, 'watched.test')
    if (NO_BROWSER === '') browser = await launch()
    context = await browser?.newContext()
  })
  afterAll(async () => {
    await browser?.close()
    await loaded(alice, 'intruder', INTRUDER)
    await alice.agent.close()
  })

  const sent = async () => {
    await forget()
    await send(alice, [message('https://watched.test/x?a=1')])
    return (await received()).watched[0] ?? ''
  }

  async function open(): Promise<Page> {
    if (context === undefined) throw new Error('no browser')
    const page = await context.newPage()
    await page.goto(`${url}/console`)
    await page.getByRole('button', { name: 'Alice' }).click()
    await page.waitForURL(`${url}/console`)
    const intruder = page.locator('section').filter({ hasText: 'intruder' })
    await intruder.getByRole('link', { name: 'Bind secrets to hosts' }).click()
    await page.getByRole('heading', { name: 'Secrets of a component' }).waitFor()
    return page
  }

  inBrowser(`binds, shows, replaces and deletes${NO_BROWSER}`, async () => {
    const page = await open()
    const complaints: string[] = []
    page.on('console', (said) => complaints.push(said.text()))
    expect(await page.locator('body').innerText()).toContain('the component never sees it')
    await page.getByLabel('Name', { exact: true }).first().fill('watched')
    await page.getByLabel('Value').fill(VALUE)
    await page.getByLabel('Hosts, one a line').fill('watched.test\nhttps://other.test/api')
    // A bearer token is what most are.
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByRole('heading', { name: 'watched' }).waitFor()
    const text = await page.locator('body').innerText()
    expect(text).toContain('watched.test https://other.test/api/')
    expect(text).toContain('the header authorization: Bearer …')
    expect(text).toContain('in every request there')
    expect(await page.content()).not.toContain(VALUE)
    expect(await sent()).toContain(`Bearer ${VALUE}`)

    await page.getByText('Replace', { exact: true }).first().click()
    const replace = page.locator('details')
    await replace.getByLabel('In a query parameter').check()
    await replace.getByLabel('Name', { exact: true }).last().fill('key')
    await replace.getByLabel('Value').fill(OTHER)
    await replace.getByRole('button', { name: 'Replace' }).click()
    await page.getByText('the query parameter').waitFor()
    expect(await sent()).toContain(`/x?a=1&key=${OTHER}`)

    await page.getByRole('button', { name: 'Delete' }).click()
    await page.waitForFunction(() => !document.body.innerText.includes('Goes to'))
    expect(await sent()).not.toContain(OTHER)
    expect(complaints).toEqual([])
  })

  inBrowser(`says what is wrong with a short value, and keeps nothing${NO_BROWSER}`, async () => {
    const page = await context?.newPage()
    if (page === undefined) throw new Error('no browser')
    await page.goto(`${url}/console/components/intruder/secrets`)
    await page.getByLabel('Name', { exact: true }).first().fill('short')
    const value = page.getByLabel('Value')
    // Past the browser's own check.
    await value.evaluate((field) => field.removeAttribute('minlength'))
    await value.fill('1234567')
    await page.getByLabel('Hosts, one a line').fill('watched.test')
    await page.getByRole('button', { name: 'Set' }).click()
    await page.getByRole('heading', { name: 'Nothing changed' }).waitFor()
    expect(await page.locator('body').innerText()).toContain('A value has 8 characters at least')
    await page.goto(`${url}/console/components/intruder/secrets`)
    expect(await page.locator('body').innerText()).not.toContain('Goes to')
  })
})
