// One call's way to the network. The permission comes with the lease of the call: the guest has nothing to
// present and nothing to forge. It decides (policy), acts, and lists what it did.

import { RpcTarget } from 'cloudflare:workers'
import type { LabelsDenial, NetworkDenial } from '../policy/denial.ts'
import { askedOf } from '../policy/asked.ts'
import type { Target } from '../policy/host-rule.ts'
import { isMethod } from '../policy/host-rule.ts'
import type { Outgoing } from '../policy/injection.ts'
import type { Authority } from '../policy/authority.ts'
import type { LabelSet } from '../policy/labels.ts'
import { authorizeRequest, readTarget, RequestMessage } from '../policy/network.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { Deadline } from './deadline.ts'
import { headFailure } from './fetch-failure.ts'
import type { HttpErrorCode, NetworkFace, Reply } from './held.ts'
import { injectAll } from './injection.ts'
import type { Gate } from './http-bodies.ts'
import { ReplyBody, RequestBody } from './http-bodies.ts'
import {
  headBytes,
  lengthOf,
  MAX_HEADER_BYTES,
  replyHeaders,
  requestHeaders,
  wrongHeaders,
} from './http-head.ts'
import type { Lease } from './lease.ts'
import type { CallMeter, HostCall } from './meter.ts'
import type { NetworkPassage } from './passage.ts'
import { openNetworkPassage } from './passage.ts'
import type { Reach } from './reach.ts'
import { reachBySocket } from './reach.ts'
import type { ValueFault } from '../policy/secret.ts'
import { injectionsFor } from '../policy/secret.ts'
import type { CallSecrets } from './secrets.ts'
import { noSecrets } from './secrets.ts'
import type { Upstreams } from './upstreams.ts'
import { connectTo } from './upstreams.ts'

/** Codings that we would not read, and ranges. */
const CODED = /^accept-encoding$/i
const PARTIAL = /^(range|if-range)$/i

const BODYLESS = new Set(['GET', 'HEAD'])
/** Milliseconds for a connection that only tells whether one can be opened. */
const REACH_MS = 1_000

export class Network extends RpcTarget implements NetworkFace {
  readonly #lease: Lease
  readonly #meter: CallMeter
  readonly #upstreams: Upstreams
  readonly #reach: Reach
  readonly #secrets: CallSecrets
  /** Bodies of the answers of this call, by position. */
  readonly #replies: (ReplyBody | null)[] = []
  /** Bodies on their way out, by the guest's number for them. */
  readonly #ends = new Map<number, (isWhole: boolean) => void>()
  /** Bodies of requests that are still judged, which may take a look at the person's account: `null` until they end. */
  readonly #judging = new Map<number, boolean | null>()
  #open = true

  constructor(
    lease: Lease,
    meter: CallMeter,
    upstreams: Upstreams,
    secrets: CallSecrets = noSecrets(),
    reach: Reach = reachBySocket,
  ) {
    super()
    this.#lease = lease
    this.#meter = meter
    this.#upstreams = upstreams
    this.#reach = reach
    this.#secrets = secrets
  }

  /** After the call nothing is sent any more, whoever still holds a stub. */
  [Symbol.dispose](): void {
    this.#open = false
    for (const end of this.#ends.values()) end(false)
    this.#ends.clear()
  }

  /** Sends what was approved, not what was asked. A redirect is handed back: following it is a new decision. */
  async send(message: unknown): Promise<Result<Reply, HttpErrorCode>> {
    const bodyId = bodyIdOf(message)
    if (bodyId !== null) this.#judging.set(bodyId, null)
    try {
      const answer = await this.#answer(message)
      if (!answer.ok) abandonBody(message)
      return answer
    } finally {
      if (bodyId !== null) this.#judging.delete(bodyId)
    }
  }

  async bodyEnded(bodyId: unknown, isWhole: unknown): Promise<void> {
    if (typeof bodyId !== 'number') return
    const end = this.#ends.get(bodyId)
    if (end !== undefined) end(isWhole === true)
    else if (this.#judging.has(bodyId)) this.#judging.set(bodyId, isWhole === true)
    this.#ends.delete(bodyId)
  }

  async whyBroken(exchange: unknown): Promise<HttpErrorCode> {
    const reply = typeof exchange === 'number' ? this.#replies[exchange] : undefined
    return reply?.broken ?? { tag: 'internal-error' }
  }

  async #answer(message: unknown): Promise<Result<Reply, HttpErrorCode>> {
    if (!this.#open) return err({ tag: 'HTTP-request-denied' })
    const parsed = RequestMessage.safeParse(message)
    if (!parsed.success) {
      const { path, code } = parsed.error.issues[0] ?? { path: [], code: '' }
      return this.#refused('malformed', '', 0, '', malformation(path[0], code))
    }
    const method = parsed.data.method.toUpperCase()
    const permission = (await this.#lease.current())?.network ?? null
    if (permission === null) {
      const nowhere = { host: '', port: 0 }
      return this.#denied({ reason: 'gone', permission: 'network', ...nowhere }, method, nowhere)
    }
    const verdict = authorizeRequest(permission, parsed.data)
    if (!verdict.ok) {
      const refusal = verdict.error
      const read = readTarget(parsed.data)
      if (refusal.reason !== 'malformed' && read.ok) {
        this.#meter.ledger.note(askedOf(read.value.target)).refused(refusal.reason)
      }
      if (refusal.reason === 'malformed') {
        const tag = isMethod(method) ? 'HTTP-request-URI-invalid' : 'HTTP-request-method-invalid'
        return this.#refused('malformed', '', 0, method, tag)
      }
      return this.#denied(refusal, method, refusal)
    }
    const { url, target } = verdict.value
    if (!this.#meter.admit('requests')) {
      return this.#refused('bound', target.host, target.port, method, 'HTTP-request-denied')
    }
    const wrong = wrongHeaders(parsed.data)
    if (wrong !== null) {
      return this.#refused('malformed', target.host, target.port, method, wrong)
    }
    const noted = this.#meter.ledger.note(askedOf({ ...target, method }))
    const passage = await openNetworkPassage(target, this.#lease, noted)
    if (!passage.ok) return this.#denied(passage.error, method, target)
    const hostCall = this.#list('failed', target.host, target.port, method)
    try {
      const gate = this.#gate(passage.value, hostCall)
      const headers = [...requestHeaders(parsed.data.headers)]
      const bytes = headBytes(method, url, headers)
      const mayLeave = this.#meter.admit('egressBytes', bytes)
      if (!mayLeave) hostCall.outcome = 'bound'
      if (!mayLeave || !(await gate(bytes))) return err({ tag: 'HTTP-request-denied' })
      const asked = { url: new URL(url), headers }
      const head = await this.#withSecrets(asked, target, passage.value.authority, hostCall)
      // A value may have taken seconds to come: what holds now decides, and nothing may be awaited after this.
      if (head === null || !(await gate(0))) return err({ tag: 'HTTP-request-denied' })
      if (!this.#isBound(target, passage.value.authority, hostCall)) {
        return err({ tag: 'HTTP-request-denied' })
      }
      if (!LOOKS.has(method)) this.#meter.leaveTrace()
      return await this.#carry(head, method, parsed.data, hostCall, gate)
    } finally {
      hostCall.ms = Date.now() - hostCall.at
    }
  }

  /** What the person has bound to the target, put in last: the guest has no hand in it. `null`: it is not to be had. */
  async #withSecrets(
    asked: Outgoing,
    target: Target,
    { injections }: Authority,
    hostCall: HostCall,
  ): Promise<Outgoing | null> {
    if (injections.length === 0 && this.#secrets.unseen.isEmpty) return asked
    const injected = await injectAll(asked, target, injections, this.#secrets)
    if (!injected.ok) {
      this.#withheld(target, injected.error, hostCall)
      return null
    }
    const { outgoing, secrets } = injected.value
    const crossing = secrets.length === 0 ? null : await this.#lease.bring(OPENED_BY_SECRETS)
    if (crossing !== null) {
      this.#meter.deny(crossing)
      hostCall.outcome = 'denied'
      return null
    }
    if (secrets.length > 0) hostCall.secrets = secrets
    // An answer is read for values: not in a coding that only the guest undoes, nor in parts that it chooses.
    const kept = outgoing.headers.filter(
      ([name]) => !CODED.test(name) && !(secrets.length > 0 && PARTIAL.test(name)),
    )
    return { url: outgoing.url, headers: kept }
  }

  /** What was put in is bound to the target still. */
  #isBound(target: Target, { injections }: Authority, hostCall: HostCall): boolean {
    const bound = new Set(injectionsFor(injections, target).map(({ name }) => name))
    const gone = (hostCall.secrets ?? []).find((name) => !bound.has(name))
    if (gone !== undefined) this.#withheld(target, { secret: gone, why: 'gone' }, hostCall)
    return gone === undefined
  }

  #withheld(
    { host, port }: Target,
    fault: { readonly secret: string; readonly why: ValueFault },
    hostCall: HostCall,
  ): void {
    const about = { permission: 'network', host, port, ...fault } as const
    this.#meter.deny({ reason: 'secret-unavailable', ...about })
    hostCall.outcome = 'denied'
  }

  async #carry(
    head: Outgoing,
    method: string,
    message: RequestMessage,
    hostCall: HostCall,
    gate: Gate,
  ): Promise<Result<Reply, HttpErrorCode>> {
    const url = connectTo(this.#upstreams, head.url)
    const reachable = (withinMs: number) => this.#reach(placeOf(url), withinMs)
    const deadline = new Deadline(message, this.#meter.limits.responseMs, reachable)
    const body = this.#body(method, message, hostCall, gate, () => deadline.abort())
    try {
      const response = await fetch(url, {
        method,
        headers: new Headers(head.headers.map(([name, value]) => [name, value])),
        body: body === null ? null : sized(body.stream, lengthOf(message.headers)),
        redirect: 'manual',
        // The platform's cache is one for all people, and knows a request by its URL alone.
        cache: 'no-store',
        signal: deadline.signal,
      })
      // The next request has another token then. This one is not sent again: who knows what it has done.
      if (response.status === 401) await this.#secrets.refused(hostCall.secrets ?? [])
      if (await gate(0)) return this.#reply(response, message, hostCall, gate)
      response.body?.cancel().catch(() => {})
      return err({ tag: 'HTTP-request-denied' })
    } catch (cause) {
      const scheme = url.protocol === 'https:' ? 'https' : 'http'
      const known = deadline.met ?? body?.broken
      return err(known ?? (await headFailure(cause, scheme, () => reachable(REACH_MS))))
    } finally {
      deadline[Symbol.dispose]()
    }
  }

  #reply(
    response: Response,
    message: RequestMessage,
    hostCall: HostCall,
    gate: Gate,
  ): Result<Reply, HttpErrorCode> {
    const { unseen: redactor } = this.#secrets
    const headers = replyHeaders(response.headers, redactor)
    const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    // 101 answers an upgrade, and none can have been asked for.
    const isUpgrade = response.status === 101
    if (isUpgrade || bytes > MAX_HEADER_BYTES) {
      response.body?.cancel().catch(() => {})
      return err({ tag: isUpgrade ? 'HTTP-protocol-error' : 'HTTP-response-header-section-size' })
    }
    hostCall.outcome = 'answered'
    hostCall.status = response.status
    const { responseMs } = this.#meter.limits
    const betweenMs = Math.min(message.betweenBytesMs ?? responseMs, responseMs)
    const body =
      response.body === null
        ? null
        : new ReplyBody(response.body, { betweenMs, redactor }, gate, this.#meter, hostCall)
    const exchange = this.#replies.push(body) - 1
    return ok({ status: response.status, headers, body: body?.stream ?? null, exchange })
  }

  #body(
    method: string,
    message: RequestMessage,
    hostCall: HostCall,
    gate: Gate,
    abort: () => void,
  ): RequestBody | null {
    const { body } = message
    if (!(body instanceof ReadableStream)) return null
    if (BODYLESS.has(method)) {
      // A guest that writes all the same must not wait for a reader.
      body.cancel().catch(() => {})
      return null
    }
    const source = body as ReadableStream<Uint8Array>
    const { promise: whole, resolve } = Promise.withResolvers<boolean>()
    const { bodyId } = message
    const ended = bodyId === undefined ? true : (this.#judging.get(bodyId) ?? null)
    if (ended !== null) resolve(ended)
    else if (bodyId !== undefined) this.#ends.set(bodyId, resolve)
    if (bodyId !== undefined) this.#judging.delete(bodyId)
    const length = lengthOf(message.headers)
    return new RequestBody(source, { length, whole, abort }, gate, this.#meter, hostCall)
  }

  /** A refusal on the way is told and recorded once, however often it is met. Nothing passes after the call. */
  #gate(passage: NetworkPassage, hostCall: HostCall): Gate {
    return async (bytes) => {
      const denial = await passage.refusal(bytes)
      if (denial === null) return this.#open
      if (hostCall.outcome !== 'denied') this.#meter.deny(denial)
      hostCall.outcome = 'denied'
      return false
    }
  }

  #denied(
    denial: NetworkDenial | LabelsDenial,
    method: string,
    { host, port }: { readonly host: string; readonly port: number },
  ) {
    this.#meter.deny(denial)
    return this.#refused('denied', host, port, method, 'HTTP-request-denied')
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

/** What a secret opens is its person's. */
const OPENED_BY_SECRETS: LabelSet = ['private']

/** Methods that ask and do nothing (RFC 9110 §9.2.1, safe methods). */
const LOOKS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A request that was not sent has no reader: a guest that still writes its body must not wait for one. */
function abandonBody(message: unknown): void {
  const body = (message as { readonly body?: unknown } | null)?.body
  if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => {})
}

/** As the guest numbers it, before the message is read. */
function bodyIdOf(message: unknown): number | null {
  const bodyId = (message as { readonly bodyId?: unknown } | null)?.bodyId
  return typeof bodyId === 'number' ? bodyId : null
}

function malformation(field: PropertyKey | undefined, code: string): HttpErrorCode['tag'] {
  if (field === 'method') return 'HTTP-request-method-invalid'
  if (field === 'headers') return 'HTTP-request-header-section-size'
  if (field === 'path' && code === 'too_big') return 'HTTP-request-URI-too-long'
  return 'HTTP-request-URI-invalid'
}

/** With a length the platform says it to the server, which else gets a body of unknown length. */
function sized(stream: ReadableStream<Uint8Array>, length: number | null) {
  return length === null ? stream : stream.pipeThrough(new FixedLengthStream(length))
}

function placeOf(url: URL): { hostname: string; port: number } {
  const standard = url.protocol === 'https:' ? 443 : 80
  return { hostname: url.hostname, port: url.port === '' ? standard : Number(url.port) }
}
