// One MCP session of 2025-11-25, as thin as a client can be: what is measured is the server.

const VERSION = '2025-11-25'

interface Answer {
  readonly result?: {
    readonly isError?: boolean
    readonly content?: readonly { readonly text?: string }[]
    readonly tools?: readonly unknown[]
    readonly structuredContent?: Record<string, unknown>
  }
  readonly error?: { readonly message: string }
}

export class BenchSession {
  readonly #url: string
  readonly #token: string
  #id: string | null = null
  #requests = 0

  static async open(url: string, token: string): Promise<BenchSession> {
    const session = new BenchSession(url, token)
    const clientInfo = { name: 'bench', version: '1.0.0' }
    await session.#ask('initialize', { protocolVersion: VERSION, capabilities: {}, clientInfo })
    await session.#post({ method: 'notifications/initialized' })
    return session
  }

  private constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** Throws when the answer is an error, or a result that is one. */
  async call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const result = await this.#ask('tools/call', { name, arguments: args })
    if (result.isError === true) throw new Error(`isError: ${result.content?.[0]?.text}`)
    return result.structuredContent ?? {}
  }

  async listTools(): Promise<number> {
    return (await this.#ask('tools/list', {})).tools?.length ?? 0
  }

  async #ask(method: string, params: object): Promise<NonNullable<Answer['result']>> {
    this.#requests += 1
    const text = await this.#post({ id: this.#requests, method, params })
    const json = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '{}')
    const { result, error } = JSON.parse(json) as Answer
    if (result === undefined) throw new Error(`no result: ${error?.message ?? text.slice(0, 200)}`)
    return result
  }

  async #post(message: object): Promise<string> {
    const response = await fetch(`${this.#url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': VERSION,
        ...(this.#id === null ? {} : { 'mcp-session-id': this.#id }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`)
    this.#id ??= response.headers.get('mcp-session-id')
    return text
  }
}
