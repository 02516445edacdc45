// An OAuth client for the MCP SDKs whose person sits at a `Browser`: each SDK runs its own flow, and
// where it would open a window, the browser walks the provider's page and our consent page.

import { Browser } from '../../local/browser.ts'
import { findFreePort } from '../../local/ports.ts'
import { passSignIn } from '../../local/sign-in.ts'

export interface TestClientOptions {
  readonly user: string
  readonly name: string
  readonly scope?: string
  readonly decision?: 'allow' | 'deny'
}

/** Fits `OAuthClientProvider` of both `@modelcontextprotocol/sdk` 1.x and `/client` 2.x. */
export class PersonAtBrowser {
  readonly browser: Browser
  readonly #redirectUri: string
  readonly #options: TestClientOptions
  #client: unknown
  #tokens: unknown
  #verifier = ''
  #discovery: unknown
  /** Where the browser ended: at the client's redirect address. */
  callback: URL | undefined
  /** The consent page as the person saw it. */
  consentHtml = ''

  static async create(options: TestClientOptions): Promise<PersonAtBrowser> {
    return new PersonAtBrowser(options, `http://127.0.0.1:${await findFreePort()}/callback`)
  }

  constructor(options: TestClientOptions, redirectUri: string) {
    this.#options = options
    this.#redirectUri = redirectUri
    this.browser = new Browser({ stopAt: (url) => url.origin === new URL(redirectUri).origin })
  }

  get redirectUrl(): string {
    return this.#redirectUri
  }
  get clientMetadata() {
    return {
      client_name: this.#options.name,
      redirect_uris: [this.#redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      ...(this.#options.scope === undefined ? {} : { scope: this.#options.scope }),
    }
  }
  state(): string {
    return crypto.randomUUID()
  }
  clientInformation(): never {
    return this.#client as never
  }
  saveClientInformation(client: unknown): void {
    this.#client = client
  }
  tokens(): never {
    return this.#tokens as never
  }
  saveTokens(tokens: unknown): void {
    this.#tokens = tokens
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }
  codeVerifier(): string {
    return this.#verifier
  }
  saveDiscoveryState(state: unknown): void {
    this.#discovery = state
  }
  discoveryState(): never {
    return this.#discovery as never
  }
  invalidateCredentials(): void {
    this.#tokens = undefined
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    const { user, decision = 'allow' } = this.#options
    const first = await this.browser.open(url)
    const page = await passSignIn(this.browser, first, {
      user,
      decision,
      onConsent: (html) => {
        this.consentHtml = html
      },
    })
    this.callback = page.url
  }

  /** The code that the browser was sent back with; throws what the server said instead. */
  code(): string {
    const code = this.callback?.searchParams.get('code')
    if (code === null || code === undefined) {
      throw new Error(`no code: ${this.callback?.searchParams.get('error')}`)
    }
    return code
  }
}
