// The page of a component's icon in a real browser: a person gives a picture, sees it beside the component, and takes
// it away again.

import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, consoleOf } from '../support/agent.ts'
import { launch, NO_BROWSER } from '../support/chromium.ts'
import { constants, sha256 } from '../support/components.ts'
import { squarePng } from '../support/png.ts'
import type { Visit } from '../support/visit.ts'
import { visit } from '../support/visit.ts'

const { url } = inject('server')
const inBrowser = it.skipIf(NO_BROWSER !== '')
const TEAL = squarePng(32, [0, 128, 128])
const ROSE = squarePng(48, [200, 40, 90])

/** What the browser draws; a picture that it cannot load or read throws. */
const drawn = async (image: Locator) =>
  await image.evaluate(async (element) => {
    const picture = element as HTMLImageElement
    await picture.decode()
    const canvas = document.createElement('canvas')
    canvas.getContext('2d')?.drawImage(picture, 0, 0)
    const pixel = canvas.getContext('2d')?.getImageData(1, 1, 1, 1).data ?? []
    return { side: picture.naturalWidth, colour: [...pixel].slice(0, 3) }
  })

describe(`the page of an icon${NO_BROWSER}`, () => {
  let agent: Agent
  let browser: Browser | undefined
  let alice: Visit
  beforeAll(async () => {
    agent = await Agent.of(url, 'alice')
    await agent.startFresh()
    await agent.upload('plain', await constants({ one: 1 }))
    if (NO_BROWSER !== '') return
    browser = await launch()
    alice = await visit(browser, url, 'Alice')
  })
  afterAll(async () => {
    await browser?.close()
    await agent.startFresh()
    await agent.close()
  })

  const plain = () => alice.page.locator('section').filter({ hasText: 'plain' })
  const shown = async () => {
    const { tools } = await agent.client.listTools(undefined, { cacheMode: 'bypass' })
    return tools.find(({ name }) => name === 'one')?.icons?.map(({ src }) => src) ?? []
  }

  async function give(picture: Uint8Array, name = 'picture.png', mimeType = 'image/png') {
    const file = { name, mimeType, buffer: Buffer.from(picture) }
    await alice.page.getByLabel(/PNG, JPEG or WebP/).setInputFiles(file)
    await alice.page.getByRole('button', { name: 'Set' }).click()
  }

  it('takes nothing away without being told to', async () => {
    const path = '/api/components/plain/icon'
    expect((await agent.api(path, { method: 'PUT', body: Uint8Array.from(TEAL) })).status).toBe(200)
    const before = await shown()
    expect(before).toHaveLength(1)
    const person = await consoleOf(url, 'alice')
    for (const fields of [{}, { action: 'remove' }] as Record<string, string>[]) {
      const body = new FormData()
      for (const [name, value] of Object.entries(fields)) body.set(name, value)
      const page = `${url}/console/components/plain/icon`
      const answer = await person.fetch(page, { method: 'POST', headers: { origin: url }, body })
      expect([answer.status, await shown()]).toEqual([400, before])
    }
    expect((await agent.api(path, { method: 'DELETE' })).status).toBe(204)
    expect(await shown()).toEqual([])
  })

  inBrowser(`takes a picture, which then stands beside the component${NO_BROWSER}`, async () => {
    const { page } = alice
    await page.goto(`${url}/console`)
    expect(await plain().locator('img').count()).toBe(0)
    await plain().getByRole('link', { name: 'Give it an icon' }).click()
    await page.getByRole('heading', { name: 'Icon of a component' }).waitFor()
    expect(await alice.text()).toMatch(/Component\s+plain\s+Source\s+upload\S*\s+Icon\s+none/)
    await give(TEAL)
    await page.locator('img').waitFor()
    expect(await drawn(page.locator('img'))).toEqual({ side: 32, colour: [0, 128, 128] })

    await page.getByRole('link', { name: 'Console', exact: true }).click()
    expect(await drawn(plain().locator('img'))).toEqual({ side: 32, colour: [0, 128, 128] })
    expect(await shown()).toEqual([`${url}/icons/${sha256(TEAL)}`])
    expect(alice.complaints).toEqual([])
  })

  inBrowser(`puts another in its place${NO_BROWSER}`, async () => {
    const { page } = alice
    await page.goto(`${url}/console/components/plain/icon`)
    await give(ROSE)
    await page.locator(`img[src$="${sha256(ROSE)}"]`).waitFor()
    expect(await drawn(page.locator('img'))).toEqual({ side: 48, colour: [200, 40, 90] })
    expect(await shown()).toEqual([`${url}/icons/${sha256(ROSE)}`])
  })

  inBrowser(`says why a picture is not taken, and keeps the one before${NO_BROWSER}`, async () => {
    const { page } = alice
    await page.goto(`${url}/console/components/plain/icon`)
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    await give(Buffer.from(svg), 'picture.svg', 'image/svg+xml')
    await page.getByRole('heading', { name: 'Nothing changed' }).waitFor()
    expect(await alice.text()).toContain('SVG')
    expect(await shown()).toEqual([`${url}/icons/${sha256(ROSE)}`])
  })

  inBrowser(`takes the person’s picture away${NO_BROWSER}`, async () => {
    const { page } = alice
    await page.goto(`${url}/console/components/plain/icon`)
    await give(TEAL)
    await page.locator(`img[src$="${sha256(TEAL)}"]`).waitFor()
    await page.getByRole('button', { name: 'Take mine away' }).click()
    await page.getByText('none', { exact: true }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    expect(await shown()).toEqual([])
  })
})
