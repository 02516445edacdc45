// Sessions and requests as they are written down here, byte by byte: for what no client of an SDK sends or shows.

import { expect } from 'vitest'

export interface Event {
  readonly id: string
  readonly retry: string | undefined
  /** `null`: the event only says that the stream is there. */
  readonly message: Record<string, unknown> | null
}

const BOTH = 'application/json, text/event-stream'
/** Of a client to whom an answer that takes its time is JSON as well, and no stream. */
export const JSON_ONLY = { accept: 'application/json' }

/** One session, opened by hand. */
export class Wire {
  /** What `initialize` was answered with. */
  opened: Record<string, unknown> = {}
  readonly #url: string
  readonly #headers: Record<string, string>

  static async open(
    url: string,
    token: string,
    { version = '2025-11-25', capabilities = { elicitation: {} } as object } = {},
  ): Promise<Wire> {
    const wire = new Wire(url, { authorization: `Bearer ${token}` })
    const opened = await wire.send({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: version,
        capabilities,
        clientInfo: { name: 'by hand', version: '1.0.0' },
      },
    })
    const session = opened.headers.get('mcp-session-id') ?? ''
    wire.opened = await answerIn(opened)
    wire.#headers['mcp-session-id'] = session
    // Sent since 2025-06-18.
    if (version !== '2025-03-26') wire.#headers['mcp-protocol-version'] = version
    await (await wire.send({ method: 'notifications/initialized' })).body?.cancel()
    return wire
  }

  private constructor(url: string, headers: Record<string, string>) {
    this.#url = url
    this.#headers = headers
  }

  async send(message: Record<string, unknown> | readonly Record<string, unknown>[]) {
    const whole = (one: Record<string, unknown>) => ({ jsonrpc: '2.0', ...one })
    return await fetch(`${this.#url}/mcp`, {
      method: 'POST',
      headers: { ...this.#headers, 'content-type': 'application/json', accept: BOTH },
      body: JSON.stringify(
        Array.isArray(message) ? message.map(whole) : whole(message as Record<string, unknown>),
      ),
    })
  }

  /** One request and its answer. */
  async ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return await answerIn(await this.send({ id: crypto.randomUUID(), method, params }))
  }

  /** The stream for notifications, or what came behind an event of a stream that broke. */
  async stream(lastEventId?: string): Promise<Response> {
    return await fetch(`${this.#url}/mcp`, {
      headers: {
        ...this.#headers,
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    })
  }

  async end(): Promise<void> {
    await fetch(`${this.#url}/mcp`, { method: 'DELETE', headers: this.#headers })
  }
}

/** One request of 2026-07-28. `more` replaces headers. */
export async function modern(
  url: string,
  token: string,
  method: string,
  params: Record<string, unknown> = {},
  more: Record<string, string> = {},
): Promise<Response> {
  const name = params['name'] ?? params['uri']
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: BOTH,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      ...more,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: meta, ...params } }),
  })
}

/** Events as they come. Leaving the loop breaks the connection. */
export async function* events(response: Response): AsyncGenerator<Event> {
  expect(response.status).toBe(200)
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk as Uint8Array)
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => {
          const colon = line.indexOf(': ')
          return [line.slice(0, colon), line.slice(colon + 2)]
        }),
      ) as Record<string, string>
      if (!('data' in fields)) continue
      const { id = '', retry, data = '' } = fields
      yield { id, retry, message: data === '' ? null : JSON.parse(data) }
    }
  }
}

export async function first(response: Response): Promise<Event> {
  for await (const event of events(response)) return event
  throw new Error('the stream ended without an event')
}

/** The answer on the stream of one request; what came before it is passed over. */
export async function answerIn(response: Response): Promise<Record<string, unknown>> {
  for await (const { message } of events(response)) {
    if (message !== null && !('method' in message)) return message
  }
  throw new Error('the stream ended without an answer')
}
