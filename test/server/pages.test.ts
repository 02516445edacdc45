// The pages in a real browser: what a content security policy, cookies and redirects really do there.

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { findFreePort } from '../../local/ports.ts'
import { Agent, linkOf } from '../support/agent.ts'
import { authorizeUrl, redeem, register } from '../support/authorization.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'

const why = NO_BROWSER
const inBrowser = it.skipIf(why !== '')

const { url } = inject('server')
const HELLO = { url: 'http://demo.test/hello' }

let agent: Agent
let browser: Browser | undefined
let context: BrowserContext
let page: Page
/** What the browser complained about: errors, violations of a policy, requests that failed. */
let complaints: string[]
/** Another site on this machine: the client's redirect address, or a page that means harm. */
let other: Server
let otherUrl: string
/** What the other site answers with. */
let otherPage = 'You can close this window.'

beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  await agent.startFresh()
  await agent.load('fetch')
  const port = await findFreePort()
  otherUrl = `http://127.0.0.1:${port}`
  other = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><link rel="icon" href="data:,"><body>${otherPage}`)
  })
  await once(other.listen(port, '127.0.0.1'), 'listening')
  if (why === '') browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  other.close()
  await agent.startFresh()
  await agent.close()
})

beforeEach(async () => {
  complaints = []
  if (browser === undefined) return
  context = await browser.newContext()
  page = await context.newPage()
  page.on('console', (message) => {
    // Browsers look for an icon by themselves, at the identity provider too; there is none to miss.
    if (message.location().url.endsWith('/favicon.ico')) return
    complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on('requestfailed', (request) => {
    // A page that is left ends what it was still loading.
    if (request.failure()?.errorText === 'net::ERR_ABORTED') return
    complaints.push(`failed: ${request.url()}`)
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
})
afterEach(async () => {
  if (browser !== undefined) await context.close()
})

/** Opens a page of ours as alice, who has to sign in on the way. */
async function openAsAlice(target: string | URL): Promise<void> {
  await page.goto(String(target))
  await page.getByRole('button', { name: 'Alice' }).click()
  await page.waitForURL((at) => at.origin === url)
}

const text = () => page.locator('body').innerText()

describe(`the consent page${why}`, () => {
  const ask = async () => {
    const redirect_uri = `${otherUrl}/callback`
    const client = await register(url, { client_name: 'Visitor', redirect_uris: [redirect_uri] })
    await openAsAlice(authorizeUrl(client, { redirect_uri }))
    expect(await text()).toContain('Visitor')
    return { client, redirect_uri }
  }

  inBrowser(`leads to the client with a code, after a click on Allow${why}`, async () => {
    const { client, redirect_uri } = await ask()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.waitForURL((at) => at.origin === otherUrl)
    expect(await text()).toBe('You can close this window.')
    const { searchParams } = new URL(page.url())
    expect(searchParams.get('state')).toBe('a state')
    const code = searchParams.get('code') ?? ''
    expect(await redeem(client, code, { redirect_uri })).toMatchObject({ status: 200 })
    expect(complaints).toEqual([])
  })

  inBrowser(`leads to the client without one, after a click on Deny${why}`, async () => {
    await ask()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.waitForURL((at) => at.origin === otherUrl)
    const { searchParams } = new URL(page.url())
    expect(searchParams.get('error')).toBe('access_denied')
    expect(searchParams.has('code')).toBe(false)
    expect(complaints).toEqual([])
  })
})

describe(`signing in${why}`, () => {
  inBrowser(`gives the browser a cookie that no script reads${why}`, async () => {
    await openAsAlice(`${url}/console`)
    expect(await text()).toContain('Signed in as Alice')
    const cookies = await context.cookies(url)
    const session = cookies.find(({ name }) => name === '__Host-wassette-console')
    expect(session).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' })
    expect(await page.evaluate('document.cookie')).not.toContain('wassette')
    await page.reload()
    expect(await text()).toContain('Signed in as Alice')
    expect(complaints).toEqual([])
  })

  inBrowser(`ends with a click on Sign out${why}`, async () => {
    await openAsAlice(`${url}/console`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Signed out' }).waitFor()
    await page.goto(`${url}/console`)
    expect(new URL(page.url()).origin).not.toBe(url)
    expect(complaints).toEqual([])
  })
})

describe(`the page of a question${why}`, () => {
  inBrowser(`allows by a click: the next call succeeds${why}`, async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    await openAsAlice(linkOf(await agent.call('fetch', HELLO)))
    expect(await text()).toContain('demo.test')
    expect(await text()).toMatch(/sha256:[0-9a-f]{64}/)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'Allowed' }).waitFor()
    expect((await agent.call('fetch', HELLO)).isError).not.toBe(true)
    // Back, and once more: the question was answered.
    await page.goBack()
    const again = page.getByRole('button', { name: 'Allow' })
    if (await again.isVisible()) await again.click()
    expect(await text()).toMatch(/answered/)
    const refused = 'error: Failed to load resource: the server responded with a status of 409'
    expect(complaints.filter((complaint) => !complaint.startsWith(refused))).toEqual([])
  })

  inBrowser(`denies by a click: the call stays refused${why}`, async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    await openAsAlice(linkOf(await agent.call('fetch', HELLO)))
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('heading', { name: 'Denied' }).waitFor()
    expect((await agent.call('fetch', HELLO)).isError).toBe(true)
    expect(complaints).toEqual([])
  })

  inBrowser(`is not answered by a form of another site in the same browser${why}`, async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    const link = linkOf(await agent.call('fetch', HELLO))
    await openAsAlice(link)
    // Another port is the same site: the cookie is sent along, and only the Origin tells.
    otherPage = `<form method="post" action="${link}"><button name="decision" value="allow">Win</button></form>`
    await page.goto(otherUrl)
    const [sent] = await Promise.all([
      page.waitForRequest((request) => request.method() === 'POST'),
      page.waitForResponse((response) => response.status() === 403),
      page.getByRole('button', { name: 'Win' }).click(),
    ])
    expect((await sent.allHeaders())['cookie']).toContain('__Host-wassette-console=')
    expect((await agent.call('fetch', HELLO)).isError).toBe(true)
  })

  inBrowser(`is not shown in a frame of another site${why}`, async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    const link = linkOf(await agent.call('fetch', HELLO))
    await openAsAlice(link)
    otherPage = `<iframe src="${link}"></iframe>`
    await page.goto(otherUrl)
    await expect.poll(() => complaints.join('\n')).toContain('frame-ancestors')
    const framed = page.frameLocator('iframe').getByRole('button', { name: 'Allow' })
    expect(await framed.count()).toBe(0)
  })
})

describe(`the variables of a component${why}`, () => {
  inBrowser(`are typed on the page of the question, and never shown again${why}`, async () => {
    const value = 'typed into a real browser'
    const key = 'API_TOKEN'
    const wanted = { component_id: 'fetch', details: { key } }
    const asked = await agent.value('grant-environment-variable-permission', wanted)
    await openAsAlice(String(asked['approval_url']))
    expect(await text()).toContain(`to be handed the value of the variable ${key}`)
    const field = page.getByLabel('Value')
    expect(await field.getAttribute('type')).toBe('password')
    expect(await field.getAttribute('autocomplete')).toBe('off')
    await field.fill(value)
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'Allowed' }).waitFor()
    await page.goBack()
    expect(await page.content()).not.toContain(value)

    await page.goto(`${url}/console`)
    await page.getByRole('link', { name: 'Set variables' }).click()
    expect(await text()).toMatch(/API_TOKEN\s+Set since .*; handed to this version\./)
    expect(await page.content()).not.toContain(value)
    expect(await agent.value('get-policy', { component_id: 'fetch' })).toMatchObject({
      permissions: { environment: { allow: [{ key }] } },
      variables_without_value: [],
    })
    expect(complaints).toEqual([])
  })

  inBrowser(`are set, replaced and deleted in the console${why}`, async () => {
    await agent.value('reset-permission', { component_id: 'fetch' })
    await openAsAlice(`${url}/console/components/fetch/variables`)
    const another = page.locator('section', { hasText: 'Another variable' })
    const set = another.getByRole('button', { name: 'Set' })
    // The browser itself asks for both fields.
    await set.click()
    await another.getByLabel('Name').fill('SECOND')
    await another.getByLabel('Value').fill('one')
    await set.click()
    const second = page.locator('section', { hasText: 'SECOND' })
    await second.getByText('not handed to this version').waitFor()
    await second.getByLabel('New value').fill('two')
    await second.getByRole('button', { name: 'Replace' }).click()
    await second.getByText('Set since').waitFor()
    await second.getByRole('button', { name: 'Delete' }).click()
    await second.waitFor({ state: 'detached' })
    expect(complaints).toEqual([])
  })
})

describe(`the console${why}`, () => {
  inBrowser(
    `lists the components, and Take back closes the host for the next call${why}`,
    async () => {
      await agent.value('reset-permission', { component_id: 'fetch' })
      await openAsAlice(linkOf(await agent.call('fetch', HELLO)))
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByRole('link', { name: 'To the console' }).click()
      await page.waitForURL(`${url}/console`)
      expect(await text()).toContain('catalogue:fetch')
      expect(await text()).toContain(`${url}/mcp`)
      await page.getByRole('button', { name: 'Take back' }).click()
      await page.getByText('nothing').waitFor()
      expect(page.url()).toBe(`${url}/console`)
      const refused = await agent.call('fetch', HELLO)
      expect(refused.isError).toBe(true)
      // What the refused call asks is there to be opened.
      await page.reload()
      const question = page.locator(`a[href="${new URL(linkOf(refused)).pathname}"]`)
      expect(await question.innerText()).toBe('fetch asks for GET http://demo.test/hello/')
      await question.click()
      await page.getByRole('button', { name: 'Deny' }).waitFor()
      expect(complaints).toEqual([])
    },
  )

  inBrowser(`has its style, which it loads from itself${why}`, async () => {
    await openAsAlice(`${url}/console`)
    const sheets = `[...document.styleSheets].map((sheet) => [sheet.href, sheet.cssRules.length > 0])`
    expect(await page.evaluate(sheets)).toEqual([[`${url}/console.css`, true]])
    expect(complaints).toEqual([])
  })

  inBrowser(`shows the record, and what others wrote there stays text${why}`, async () => {
    await agent.call('<img src=x onerror=alert(1)><script>alert(2)</script>').catch(() => {})
    await openAsAlice(`${url}/console/calls`)
    expect(await text()).toContain('<img src=x onerror=alert(1)>')
    expect(await page.locator('img, script').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})
