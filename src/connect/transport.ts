// How this server speaks to a service that somebody described: judged as the egress of guests is, with names
// that the host maps by `EGRESS_UPSTREAMS`; redirects refused; bounded in bytes and time.

import { readBounded } from '../bounded-body.ts'
import type { Upstreams } from '../capabilities/upstreams.ts'
import { connectTo, parseUpstreams } from '../capabilities/upstreams.ts'
import { mayBeAsked } from '../policy/host.ts'

export interface Reach {
  readonly upstreams: Upstreams
  /** Names that this server answers to. */
  readonly ownHosts: readonly string[]
  /** Ends whatever is asked, before its own time is over. */
  readonly signal?: AbortSignal
}

/** As guests reach the world. */
export function reachOf(env: { EGRESS_UPSTREAMS: string; PUBLIC_URL: string }): Reach {
  const { hostname } = new URL(env.PUBLIC_URL)
  return { upstreams: parseUpstreams(env.EGRESS_UPSTREAMS), ownHosts: [hostname] }
}

/** Milliseconds for one request with its answer: a person, or a call, waits for it. */
const REQUEST_MS = 10_000
/** Bytes of one answer: metadata and keys of large providers have a few dozen KiB. */
const MAX_ANSWER_BYTES = 256 * 1024

export class Unreached extends Error {
  readonly code: 'refused-host' | 'unreachable'
  constructor(code: Unreached['code']) {
    super(code)
    this.code = code
  }
}

interface Sent {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

/** For `oauth4webapi`. A service that has trouble of its own counts as unreachable: nothing was said of us. */
export function requestsTo({ upstreams, ownHosts, signal }: Reach) {
  return async (target: string, { method, headers, body }: Sent): Promise<Response> => {
    const url = new URL(target)
    if (!mayBeAsked(url, ownHosts)) throw new Unreached('refused-host')
    const response = await fetch(connectTo(upstreams, url), {
      method,
      headers,
      body: typeof body === 'string' || body instanceof URLSearchParams ? body : null,
      redirect: 'manual',
      cache: 'no-store',
      signal: AbortSignal.any([AbortSignal.timeout(REQUEST_MS), ...(signal ? [signal] : [])]),
    }).catch(() => {
      throw new Unreached('unreachable')
    })
    const { status } = response
    if ((status >= 300 && status < 400) || status === 429 || status >= 500) {
      await response.body?.cancel()
      throw new Unreached('unreachable')
    }
    const bytes = await readBounded(response, MAX_ANSWER_BYTES).catch(() => null)
    if (bytes === null) throw new Unreached('unreachable')
    const kept = new Headers(response.headers)
    for (const name of ['content-encoding', 'content-length']) kept.delete(name)
    const hasBody = status !== 204 && status !== 205 && status !== 304
    return new Response(hasBody ? Uint8Array.from(bytes) : null, { status, headers: kept })
  }
}
