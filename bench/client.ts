// The bench's client: as little as a call needs, so that it is not what is measured.

const VERSION = '2026-07-28'

/** Calls a tool as a client of 2026-07-28 does; throws when the answer is not a result. */
export function caller(url: string, token: string) {
  let id = 0
  const meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return async (name: string, args: unknown, plain: boolean): Promise<Record<string, unknown>> => {
    id += 1
    const params = { name, arguments: args, _meta: meta }
    const response = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': VERSION,
        'mcp-method': 'tools/call',
        'mcp-name': name,
        ...(plain ? { 'x-bench-plain': '1' } : {}),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params }),
    })
    const answer = JSON.parse(messageIn(await response.text())) as {
      result?: { isError?: boolean; structuredContent?: Record<string, unknown> }
    }
    if (answer.result === undefined || answer.result.isError === true) {
      throw new Error(`not a result: ${JSON.stringify(answer).slice(0, 300)}`)
    }
    return answer.result.structuredContent ?? {}
  }
}

export async function upload(
  url: string,
  token: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const response = await fetch(`${url}/api/components/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}` },
    body: bytes as BodyInit,
  })
  if (!response.ok) throw new Error(`upload: ${response.status} ${await response.text()}`)
  await response.body?.cancel()
}

/** A slow answer comes as a stream of events, its result last. */
function messageIn(text: string): string {
  const events = text.split('\n').filter((line) => line.startsWith('data: {'))
  return events.at(-1)?.slice('data: '.length) ?? text
}
