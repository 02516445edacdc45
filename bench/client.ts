// What every part of `npm run bench` needs: a client of 2026-07-28, uploads, and times.

const VERSION = '2026-07-28'

/** Calls a tool as a client of 2026-07-28 does; throws when the answer is not a result. */
export function caller(url: string, token: string) {
  let id = 0
  const meta = {
    'io.modelcontextprotocol/protocolVersion': VERSION,
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  return async (name: string, args: unknown, plain = false): Promise<Record<string, unknown>> => {
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
    const text = await response.text()
    // A slow answer comes as the one event of a stream.
    const json = text.startsWith('{') ? text : (/^data: (.*)$/m.exec(text)?.[1] ?? 'null')
    const answer = JSON.parse(json) as {
      result?: { isError?: boolean; structuredContent?: Record<string, unknown> }
    } | null
    if (answer?.result === undefined || answer.result.isError === true) {
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

/** The same component with a custom section that says `n`: another digest, the same code. */
export function variant(module: Uint8Array, n: number): Uint8Array {
  const content = [5, ...Buffer.from('bench'), n, Math.floor(Math.random() * 256)]
  return Uint8Array.from([...module, 0, content.length, ...content])
}

export async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

export function quantile(times: readonly number[], q: number): number {
  const sorted = times.toSorted((x, y) => x - y)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN
}

export function print(what: string, times: readonly number[]): void {
  const ms = (q: number) => quantile(times, q).toFixed(1).padStart(7)
  console.log(`${what.padEnd(40)} median ${ms(0.5)} ms   p99 ${ms(0.99)} ms`)
}
