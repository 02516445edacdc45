import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Browser } from '../../local/browser.ts'
import { listenOnLoopback, type LoopbackServer } from '../../local/loopback.ts'

let here: LoopbackServer
let there: LoopbackServer
const FORM =
  '<form method=post action="ACTION"><input name=word value=kept><button name=go value=1></form>'

/** Answers with what it was sent, and with a form where one is asked for. */
function serve() {
  return listenOnLoopback(0, async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
    const to = searchParams.get('to') ?? ''
    if (pathname === '/redirect') {
      const status = Number(searchParams.get('status') ?? 302)
      return response
        .writeHead(status, { location: to || request.url, 'set-cookie': 'hop=1; Path=/' })
        .end()
    }
    if (pathname === '/form') return response.end(FORM.replace('ACTION', to))
    if (pathname === '/self') {
      return response.end(`<body onload="document.forms[0].submit()">${FORM.replace('ACTION', to)}`)
    }
    let body = ''
    for await (const chunk of request) body += String(chunk)
    response.end(JSON.stringify({ method: request.method, body, ...request.headers }))
  })
}

beforeAll(async () => {
  here = await serve()
  there = await serve()
})
afterAll(async () => {
  await here.close()
  await there.close()
})

async function seen(page: Promise<{ html: string }>): Promise<Record<string, string>> {
  return JSON.parse((await page).html)
}

describe('Browser', () => {
  it('carries cookies through redirects', async () => {
    const page = new Browser().open(`${here.url}/redirect?to=/see`)
    expect(await seen(page)).toMatchObject({ cookie: 'hop=1', 'sec-fetch-site': 'none' })
  })

  it('posts a form with the Origin of its page', async () => {
    const browser = new Browser()
    const page = await browser.open(`${here.url}/form?to=/see`)
    expect(await seen(browser.press(page, 'go', '1', { word: 'typed' }))).toMatchObject({
      method: 'POST',
      body: 'word=typed&go=1',
      origin: here.url,
      'sec-fetch-site': 'same-origin',
    })
  })

  it('owns up to a form that posts elsewhere, and to a chain that came back', async () => {
    const browser = new Browser()
    const across = await browser.open(`${here.url}/form?to=${there.url}/see`)
    expect(await seen(browser.press(across, 'go', '1'))).toMatchObject({
      origin: here.url,
      'sec-fetch-site': 'same-site',
    })
    const back = encodeURIComponent(`${there.url}/redirect?to=${here.url}/see`)
    const around = await browser.open(`${here.url}/form?to=${back}`)
    expect(await seen(browser.press(around, 'go', '1'))).toMatchObject({
      method: 'GET',
      'sec-fetch-site': 'same-site',
    })
  })

  it('repeats the post after 307', async () => {
    const browser = new Browser()
    const again = encodeURIComponent('/redirect?status=307&to=/see')
    const page = await browser.open(`${here.url}/form?to=${again}`)
    expect(await seen(browser.press(page, 'go', '1'))).toMatchObject({
      method: 'POST',
      body: 'word=kept&go=1',
    })
  })

  it('submits a page that submits itself', async () => {
    expect(await seen(new Browser().open(`${here.url}/self?to=/see`))).toMatchObject({
      method: 'POST',
      body: 'word=kept',
    })
  })

  it('stops before an address that is not its business', async () => {
    const browser = new Browser({ stopAt: ({ port }) => port === '1' })
    const page = await browser.open(`${here.url}/redirect?to=http://127.0.0.1:1/callback?code=c`)
    expect([page.status, page.url.searchParams.get('code')]).toEqual([0, 'c'])
  })

  it('gives up on redirects without end', async () => {
    const page = new Browser().open(`${here.url}/redirect`)
    await expect(page).rejects.toThrow('more than 25 redirects')
  })

  it('names the page that lacks a button', async () => {
    const browser = new Browser()
    const page = await browser.open(`${here.url}/form`)
    expect(() => browser.press(page, 'decision', 'allow')).toThrow(/\/form .* has no button/)
  })
})
