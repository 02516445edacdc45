// A person at a real browser, signed in to the console.

import type { Browser, Page } from 'playwright-core'

export interface Visit {
  readonly page: Page
  /** What the browser complained about: errors, violations of a policy, requests that failed. */
  readonly complaints: readonly string[]
  /** What the page says, as it is seen. */
  text(): Promise<string>
}

/** `name`: as it stands on the button of the identity provider. */
export async function visit(browser: Browser, serverUrl: string, name: string): Promise<Visit> {
  const page = await (await browser.newContext()).newPage()
  const complaints: string[] = []
  await page.goto(`${serverUrl}/console`)
  await page.getByRole('button', { name }).click()
  await page.waitForURL(`${serverUrl}/console`)
  page.on('console', (said) => complaints.push(`${said.type()}: ${said.text()}`))
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on('requestfailed', (request) => {
    // Whoever goes on leaves what the page before was still loading.
    const why = request.failure()?.errorText ?? ''
    if (why !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()} ${why}`)
  })
  return { page, complaints, text: () => page.locator('body').innerText() }
}
