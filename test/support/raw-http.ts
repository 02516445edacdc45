// One HTTP request as it is written down here. `fetch` would put its own Host and refuse some headers.

import { request } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

export async function raw(
  url: string | URL,
  options: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array } = {},
): Promise<RawAnswer> {
  const { method = 'GET', headers = {}, body } = options
  return await new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const found = new Headers()
        for (const [name, values] of Object.entries(response.headersDistinct)) {
          for (const value of values ?? []) found.append(name, value)
        }
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: found, text })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
