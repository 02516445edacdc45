// One client of MCP, as thin as a client can be: what is measured is the server. In 2025-11-25 it has a session, in
// 2026-07-28 each of its requests stands alone.

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof REVISIONS)[number]

interface Message {
  readonly id?: number
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
}

interface Answer {
  readonly result?: {
    readonly isError?: boolean
    readonly content?: readonly { readonly text?: string }[]
    readonly tools?: readonly { readonly name: string }[]
    readonly structuredContent?: Record<string, unknown>
    readonly _meta?: { readonly 'wassette-edge/error'?: { readonly bound?: string } }
  }
  readonly error?: { readonly message: string }
}

export class BenchSession {
  readonly #url: string
  readonly #token: string
  readonly #revision: Revision
  #id: string | null = null
  #requests = 0

  static async open(url: string, token: string, revision: Revision): Promise<BenchSession> {
    const session = new BenchSession(url, token, revision)
    if (revision === '2026-07-28') {
      await session.#ask('server/discover', {})
      return session
    }
    const clientInfo = { name: 'bench', version: '1.0.0' }
    await session.#ask('initialize', { protocolVersion: revision, capabilities: {}, clientInfo })
    await session.#post({ method: 'notifications/initialized' })
    return session
  }

  private constructor(url: string, token: string, revision: Revision) {
    this.#url = url
    this.#token = token
    this.#revision = revision
  }

  /** Throws when the answer is an error, or a result that is one. */
  async call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
    const result = await this.#ask('tools/call', { name, arguments: args })
    if (result.isError === true) throw new Error(`isError: ${result.content?.[0]?.text}`)
    return result.structuredContent ?? {}
  }

  /** The bound that ends a call; a call that ends otherwise throws. */
  async boundOf(name: string): Promise<string> {
    const { isError, content, _meta } = await this.#ask('tools/call', {
      name,
      arguments: {},
    })
    const error = _meta?.['wassette-edge/error']
    if (isError === true && error?.bound !== undefined) return error.bound
    throw new Error(`met no bound: ${content?.[0]?.text}`)
  }

  async listTools(): Promise<readonly string[]> {
    return ((await this.#ask('tools/list', {})).tools ?? []).map(({ name }) => name)
  }

  async #ask(
    method: string,
    params: Record<string, unknown>,
  ): Promise<NonNullable<Answer['result']>> {
    this.#requests += 1
    const text = await this.#post({ id: this.#requests, method, params })
    // A slow answer comes as an event of a stream.
    const json = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? '{}')
    const { result, error } = JSON.parse(json) as Answer
    if (result === undefined) throw new Error(`no result: ${error?.message ?? text.slice(0, 200)}`)
    return result
  }

  async #post(message: Message): Promise<string> {
    const { headers, params } =
      this.#revision === '2026-07-28' ? standing(message) : this.#within(message)
    const response = await fetch(`${this.#url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': this.#revision,
        ...headers,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        ...message,
        ...(params === undefined ? {} : { params }),
      }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`)
    this.#id ??= response.headers.get('mcp-session-id')
    return text
  }

  #within({ params }: Message): Sent {
    return { headers: this.#id === null ? {} : { 'mcp-session-id': this.#id }, params }
  }
}

interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, unknown>> | undefined
}

/** A request that says all about itself. */
function standing({ method, params }: Message): Sent {
  const { name } = params ?? {}
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return {
    headers: { 'mcp-method': method, ...(typeof name === 'string' ? { 'mcp-name': name } : {}) },
    params: { ...params, _meta },
  }
}
