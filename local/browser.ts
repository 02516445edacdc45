// A browser without a screen: cookies, redirects, forms. It lets scripts and tests walk the same pages as a person, and
// sends what a browser sends with them (Origin, Sec-Fetch-Site). It runs no JavaScript.
import { CookieJar } from './cookies.ts'
import { pageText, parseForms, type Button, type Form } from './forms.ts'

const MAX_STEPS = 25
/** oidc-provider, and OAuth's form_post mode, hand a page over that only submits itself. */
const SUBMITS_ITSELF = /document\.forms\[0\]\.submit\(\)/

export type Page = {
  url: URL
  /** 0 when the browser stopped before it asked for this address. */
  status: number
  headers: Headers
  html: string
  forms: Form[]
}

export type BrowserOptions = {
  /** Redirects to such an address are not followed: somebody else listens there, or nobody. */
  stopAt?: (url: URL) => boolean
}

/** Where a request comes from, as Sec-Fetch-Site puts it, from the nearest to the farthest. */
const SITES = ['none', 'same-origin', 'same-site', 'cross-site'] as const
type Site = (typeof SITES)[number]

type Step = {
  url: URL
  method: string
  body: URLSearchParams | FormData | undefined
  /** The page whose form this is. Nothing for an address that was typed. */
  from: URL | undefined
  site: Site
}

export class Browser {
  readonly #jar = new CookieJar()
  readonly #stopAt: (url: URL) => boolean

  constructor({ stopAt = () => false }: BrowserOptions = {}) {
    this.#stopAt = stopAt
  }

  /** Opens an address, as typed into the address bar, and follows redirects to a page. */
  open(url: string | URL): Promise<Page> {
    const typed = { method: 'GET', body: undefined, from: undefined, site: 'none' } as const
    return this.#walk({ url: new URL(url), ...typed })
  }

  /** Presses the button `name=value` and sends its form. `fields` overrides what the person would have typed. */
  press(
    page: Page,
    name: string,
    value: string,
    fields: Record<string, string> = {},
  ): Promise<Page> {
    const found = findButton(page, name, value)
    if (!found) throw new Error(`${describe(page)} has no button ${name}=${value}`)
    return this.#walk(submission(page, found.form, found.button, fields))
  }

  /** One request with this browser's cookies, as a page's own script would make it. Redirects are handed back. */
  async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url)
    const headers = new Headers(init.headers)
    const cookie = this.#jar.header(target)
    if (cookie) headers.set('cookie', cookie)
    if (!headers.has('origin') && !['GET', 'HEAD'].includes(init.method ?? 'GET')) {
      headers.set('origin', target.origin)
    }
    if (!headers.has('sec-fetch-site')) headers.set('sec-fetch-site', 'same-origin')
    const response = await fetch(target, { ...init, headers, redirect: 'manual' })
    this.#jar.store(target, response.headers.getSetCookie())
    return response
  }

  async #walk(first: Step): Promise<Page> {
    let step = first
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      const { url, method, body, from, site } = step
      if (this.#stopAt(url)) return { url, status: 0, headers: new Headers(), html: '', forms: [] }
      const headers: Record<string, string> = {
        accept: 'text/html,*/*;q=0.8',
        'sec-fetch-site': site,
        ...(from && method !== 'GET' ? { origin: from.origin } : {}),
      }
      const response = await this.fetch(url, { method, headers, ...(body ? { body } : {}) })
      const next = redirection(step, response)
      if (next) {
        await response.body?.cancel()
        step = next
        continue
      }
      const html = await response.text()
      const { status } = response
      const page: Page = { url, status, headers: response.headers, html, forms: parseForms(html) }
      const [form] = page.forms
      if (!form || !SUBMITS_ITSELF.test(html)) return page
      step = submission(page, form, undefined, {})
    }
    throw new Error(`${first.url.href} leads through more than ${MAX_STEPS} redirects`)
  }
}

export function findButton(page: Page, name: string, value: string) {
  for (const form of page.forms) {
    const button = form.buttons.find((each) => each.name === name && each.value === value)
    if (button) return { form, button }
  }
  return undefined
}

/** A page in a message: where it is and the beginning of what it says. */
export function describe({ url, status, html }: Page): string {
  return `The page ${url.origin}${url.pathname} (${status}: "${pageText(html).slice(0, 160)}")`
}

function submission(
  page: Page,
  form: Form,
  button: Button | undefined,
  typed: Record<string, string>,
): Step {
  const kept = form.fields.filter(([name]) => !(name in typed))
  const pressed: [string, string][] = button?.name ? [[button.name, button.value]] : []
  const sent = [...kept, ...Object.entries(typed), ...pressed]
  const url = new URL(button?.action ?? (form.action || page.url.href), page.url)
  const from = page.url
  const site = siteOf(from, url)
  if (form.method === 'get') {
    url.search = new URLSearchParams(sent).toString()
    return { url, method: 'GET', body: undefined, from, site }
  }
  const body = form.multipart ? new FormData() : new URLSearchParams()
  for (const [name, value] of sent) body.append(name, value)
  return { url, method: 'POST', body, from, site }
}

function redirection(step: Step, response: Response): Step | undefined {
  const location = response.headers.get('location')
  if (!location || ![301, 302, 303, 307, 308].includes(response.status)) return undefined
  const url = new URL(location, step.url)
  const { from } = step
  // A chain that once left the origin never counts as same-origin again (Fetch Metadata, §2.3).
  const site = from ? farther(step.site, siteOf(from, url)) : 'none'
  if (response.status >= 307) return { ...step, url, site }
  return { url, method: 'GET', body: undefined, from, site }
}

function siteOf(from: URL, to: URL): Site {
  if (from.origin === to.origin) return 'same-origin'
  const sameSite = from.protocol === to.protocol && from.hostname === to.hostname
  return sameSite ? 'same-site' : 'cross-site'
}

function farther(a: Site, b: Site): Site {
  return SITES.indexOf(a) > SITES.indexOf(b) ? a : b
}
