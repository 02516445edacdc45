// An OAuth client for the MCP SDKs whose person sits at a `Browser`: each SDK runs its own flow, and
// where it would open a window, the browser walks the provider's page and our consent page.

import type {
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'
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
export class PersonAtBrowser implements OAuthClientProvider {
  readonly browser: Browser
  readonly #redirectUri: string
  readonly #options: TestClientOptions
  readonly #state = crypto.randomUUID()
  #client: StoredOAuthClientInformation | undefined
  #tokens: StoredOAuthTokens | undefined
  #verifier = ''
  #discovery: OAuthDiscoveryState | undefined
  /** Where the client wanted the browser to begin. */
  asked: URL | undefined
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
    return this.#state
  }
  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.#client
  }
  saveClientInformation(client: StoredOAuthClientInformation): void {
    this.#client = client
  }
  tokens(): StoredOAuthTokens | undefined {
    return this.#tokens
  }
  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }
  codeVerifier(): string {
    return this.#verifier
  }
  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state
  }
  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery
  }
  invalidateCredentials(): void {
    this.#tokens = undefined
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.asked = url
    const { user, decision = 'allow' } = this.#options
    const page = await passSignIn(this.browser, await this.browser.open(url), {
      user,
      decision,
      onConsent: (html) => {
        this.consentHtml = html
      },
    })
    this.callback = page.url
  }

  /** The parameters that the browser was sent back with, checked as a client must check them. */
  answer(): URLSearchParams {
    const answer = this.callback?.searchParams
    if (answer === undefined || answer.get('state') !== this.#state) {
      throw new Error(`the browser came back with another state, or never: ${this.callback?.href}`)
    }
    return answer
  }
}
