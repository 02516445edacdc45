// One request to a provider that people sign in at: it ends in time, its answer is whole and of some size, and what
// is the provider's outage is told from what it says.

import { readBounded } from '../bounded-body.ts'
import { UpstreamFailed } from './identity.ts'

/** Milliseconds that a provider has for one answer, and bytes of one. */
const ANSWER_MS = 10_000
const MAX_BYTES = 256 * 1024

/** Headers that say how to read an answer; the others are of its transport, which is over. */
const KEPT = ['content-type', 'www-authenticate']

export interface ProviderRequest {
  readonly method?: string
  readonly headers: Record<string, string>
  readonly body?: URLSearchParams | undefined
}

export async function askProvider(url: string, init: ProviderRequest): Promise<Response> {
  const path = new URL(url).pathname
  const { response, bytes } = await whole(url, init).catch((cause: unknown) => {
    throw new UpstreamFailed('unavailable', `no answer to ${path}`, { cause })
  })
  const { status } = response
  if (status >= 500 || status === 429) {
    throw new UpstreamFailed('unavailable', `${path} answered with ${status}`)
  }
  if (bytes === null) throw new UpstreamFailed('refused', `the answer to ${path} is too large`)
  const headers = KEPT.flatMap((name): [string, string][] => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return new Response(bytes.length === 0 ? null : bytes, { status, headers })
}

async function whole(
  url: string,
  { method = 'GET', headers, body }: ProviderRequest,
): Promise<{ readonly response: Response; readonly bytes: Uint8Array<ArrayBuffer> | null }> {
  const signal = AbortSignal.timeout(ANSWER_MS)
  const response = await fetch(url, {
    method,
    headers,
    body: body ?? null,
    redirect: 'manual',
    cache: 'no-store',
    signal,
  })
  const bytes = await readBounded(response, MAX_BYTES)
  return { response, bytes: bytes === null ? null : Uint8Array.from(bytes) }
}
