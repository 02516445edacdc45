// Walks the pages between "I want in" and being in: the identity provider's (who are you?) and ours (may this client?).
import { describe, findButton, type Browser, type Page } from './browser.ts'
import { pageText } from './forms.ts'
import { UsageError } from './usage-error.ts'

const MAX_PAGES = 6

export type SignIn = {
  user: string
  /** What to answer on our consent page. */
  decision?: 'allow' | 'deny'
  /** Sees our consent page before its button is pressed. */
  onConsent?: (html: string) => void
}

/** Answers sign-in and consent pages until one comes up that is neither, and returns that. */
export async function passSignIn(browser: Browser, first: Page, signIn: SignIn): Promise<Page> {
  const { user, decision = 'allow' } = signIn
  let page = first
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    if (page.status >= 400) throw new UsageError(`${describe(page)} refuses`)
    const people = buttonValues(page, 'login')
    if (people.length > 0 && !people.includes(user)) {
      throw new UsageError(`There is no ${JSON.stringify(user)} here; people: ${people.join(', ')}`)
    }
    if (people.length > 0) page = await browser.press(page, 'login', user)
    else if (findButton(page, 'decision', decision)) {
      signIn.onConsent?.(page.html)
      page = await browser.press(page, 'decision', decision)
    } else return page
  }
  throw new UsageError(`${describe(page)} keeps asking: ${pageText(page.html).slice(0, 160)}`)
}

/** Signs in to the console in this browser, and returns the page that opens. */
export async function signInToConsole(
  browser: Browser,
  serverUrl: string,
  user: string,
): Promise<Page> {
  return passSignIn(browser, await browser.open(new URL('/console', serverUrl)), { user })
}

function buttonValues(page: Page, name: string): string[] {
  return page.forms.flatMap(({ buttons }) =>
    buttons.filter((button) => button.name === name).map(({ value }) => value),
  )
}
