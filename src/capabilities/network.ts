// One call's way to the network. The permission lives in here: the guest has nothing to present and
// nothing to forge. It decides (policy), acts, and lists what it did.

import { RpcTarget } from 'cloudflare:workers'
import type { NetworkPermission } from '../policy/network.ts'
import { authorizeRequest, RequestMessage } from '../policy/network.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { HttpErrorCode, NetworkFace, Reply } from './held.ts'
import type { CallMeter, HostCall } from './meter.ts'
import type { Upstreams } from './upstreams.ts'
import { connectTo } from './upstreams.ts'

/** Names that would speak for us or for the platform, whatever the guest put into them. */
const STRIPPED_FROM_REQUEST =
  /^(host|cookie2?|cf-.*|x-forwarded-.*|x-real-ip|true-client-ip|forwarded|via|content-length|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i
/** Hop-by-hop, and what no longer describes the body after the platform has decoded it. */
const STRIPPED_FROM_REPLY =
  /^(connection|keep-alive|transfer-encoding|upgrade|trailer|proxy-.*|content-encoding|content-length|cf-.*)$/i

const BODYLESS = new Set(['GET', 'HEAD'])

export class Network extends RpcTarget implements NetworkFace {
  readonly #permission: NetworkPermission
  readonly #meter: CallMeter
  readonly #upstreams: Upstreams
  #open = true

  constructor(permission: NetworkPermission, meter: CallMeter, upstreams: Upstreams) {
    super()
    this.#permission = permission
    this.#meter = meter
    this.#upstreams = upstreams
  }

  /** After the call nothing is sent any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#open = false
  }

  /** Sends what was approved, not what was asked. A redirect is handed back: following it is a new decision. */
  async send(message: unknown): Promise<Result<Reply, HttpErrorCode>> {
    const answer = await this.#answer(message)
    if (!answer.ok) abandonBody(message)
    return answer
  }

  async #answer(message: unknown): Promise<Result<Reply, HttpErrorCode>> {
    if (!this.#open) return err({ tag: 'HTTP-request-denied' })
    const parsed = RequestMessage.safeParse(message)
    if (!parsed.success) return this.#refused('malformed', '', 0, '', 'HTTP-request-URI-invalid')
    const method = parsed.data.method.toUpperCase()
    const verdict = authorizeRequest(this.#permission, parsed.data)
    if (!verdict.ok) {
      const refusal = verdict.error
      if (refusal.reason === 'malformed') {
        return this.#refused('malformed', '', 0, method, 'HTTP-request-URI-invalid')
      }
      this.#meter.deny(refusal)
      const { host, port } = refusal
      return this.#refused('denied', host, port, method, 'HTTP-request-denied')
    }
    const { url, target } = verdict.value
    if (!this.#meter.admitRequest()) {
      return this.#refused('bound', target.host, target.port, method, 'HTTP-request-denied')
    }
    const hostCall = this.#list('failed', target.host, target.port, method)
    return await this.#carry(new URL(url), method, parsed.data, hostCall)
  }

  async #carry(
    url: URL,
    method: string,
    message: RequestMessage,
    hostCall: HostCall,
  ): Promise<Result<Reply, HttpErrorCode>> {
    const { responseMs } = this.#meter.limits
    const controller = new AbortController()
    const timer = setTimeout(
      () => controller.abort(),
      Math.min(message.timeoutMs ?? responseMs, responseMs),
    )
    try {
      const response = await fetch(connectTo(this.#upstreams, url), {
        method,
        headers: requestHeaders(message.headers),
        body: this.#body(method, message.body, hostCall),
        redirect: 'manual',
        signal: controller.signal,
      })
      hostCall.outcome = 'answered'
      hostCall.status = response.status
      const body = response.body?.pipeThrough(this.#meter.count(hostCall, 'in')) ?? null
      return ok({ status: response.status, headers: replyHeaders(response.headers), body })
    } catch {
      const late = controller.signal.aborted
      return err({ tag: late ? 'HTTP-response-timeout' : 'connection-refused' })
    } finally {
      clearTimeout(timer)
      hostCall.ms = Date.now() - hostCall.at
    }
  }

  #body(method: string, body: unknown, hostCall: HostCall): ReadableStream<Uint8Array> | null {
    if (!(body instanceof ReadableStream)) return null
    if (BODYLESS.has(method)) {
      // A guest that writes all the same must not wait for a reader.
      body.cancel().catch(() => {})
      return null
    }
    return (body as ReadableStream<Uint8Array>).pipeThrough(this.#meter.count(hostCall, 'out'))
  }

  #list(outcome: HostCall['outcome'], host: string, port: number, method: string): HostCall {
    const at = Date.now()
    const counts = { status: null, ms: 0, bytesOut: 0, bytesIn: 0 }
    return this.#meter.list({ kind: 'network', host, port, method, at, outcome, ...counts })
  }

  #refused(
    outcome: HostCall['outcome'],
    host: string,
    port: number,
    method: string,
    tag: HttpErrorCode['tag'],
  ): { readonly ok: false; readonly error: HttpErrorCode } {
    this.#list(outcome, host, port, method)
    return err({ tag })
  }
}

/** A request that was not sent has no reader: a guest that still writes its body must not wait for one. */
function abandonBody(message: unknown): void {
  const body = (message as { readonly body?: unknown } | null)?.body
  if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => {})
}

function requestHeaders(entries: RequestMessage['headers']): Headers {
  const headers = new Headers()
  const decoder = new TextDecoder('latin1')
  for (const [name, value] of entries) {
    if (STRIPPED_FROM_REQUEST.test(name)) continue
    headers.append(name, decoder.decode(value))
  }
  return headers
}

function replyHeaders(headers: Headers): [string, string][] {
  return [...headers].filter(([name]) => !STRIPPED_FROM_REPLY.test(name))
}
