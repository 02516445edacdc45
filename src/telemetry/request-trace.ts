// Traces one MCP request: stands around the desk that serves it, notes what is recorded meanwhile, and hands the
// spans to the exporter when the request is answered. Without a collector, or unsampled, there is none of it.

import { digestOf } from '../component/digest.ts'
import type { Desk, Fetched } from '../mcp/desk.ts'
import type { RequestOrigin } from '../mcp/origin.ts'
import type { Principal } from '../principal.ts'
import type { Exporter } from './exporter.ts'
import type { RecordedCall } from './recorded.ts'
import { isSampled } from './sampler.ts'
import type { TelemetrySettings } from './settings.ts'
import type { FinishedRequest, Place } from './spans.ts'
import { spansOf } from './spans.ts'
import { parseTraceparent } from './trace-context.ts'

/** JSON-RPC 2.0 §5.1. */
const INVALID_PARAMS = -32602
const INTERNAL_ERROR = -32603
/** Hex digits of the digest, behind `sha256:`. */
const PSEUDONYM = [7, 39] as const
/** A resource that is not there, in the sessionful eras; since 2026-07-28 its parameter is invalid. */
const RESOURCE_NOT_FOUND = -32002

export interface TraceDeps {
  readonly exporter: Exporter
  readonly settings: TelemetrySettings
  readonly serviceVersion: string
  readonly isBuiltin: (tool: string) => boolean
  readonly now: () => number
  /** Goes on with work once the answer is out. */
  readonly later: (work: Promise<void>) => void
}

interface TracedRequest {
  readonly principal: Principal
  readonly session: string | null
  readonly origin: RequestOrigin
}

type Failure = FinishedRequest['failure']

export class RequestTrace {
  readonly #request: TracedRequest
  readonly #place: Place
  readonly #deps: TraceDeps
  readonly #receipts: RecordedCall[] = []

  /** `null`: this request leaves no spans. */
  static open(request: TracedRequest, deps: TraceDeps): RequestTrace | null {
    const { traceparent } = request.origin
    const message = parseTraceparent(traceparent.message)
    const http = parseTraceparent(traceparent.http)
    // The message says whose child it is; what carried it is linked (conventions for MCP, context propagation).
    const parent = message ?? http
    const links = message !== null && http !== null ? [http] : []
    const traceId = parent?.traceId ?? randomHex(16)
    if (!isSampled(deps.settings.sampler, traceId, parent)) return null
    return new RequestTrace(request, { traceId, parent, links }, deps)
  }

  private constructor(request: TracedRequest, place: Place, deps: TraceDeps) {
    this.#request = request
    this.#place = place
    this.#deps = deps
  }

  note(receipt: RecordedCall): void {
    this.#receipts.push(receipt)
  }

  around(desk: Desk): Desk {
    const never = (): Failure => null
    const notFound = this.#request.session === null ? INVALID_PARAMS : RESOURCE_NOT_FOUND
    return {
      list: () => this.#within('tools/list', null, () => desk.list(), never),
      call: (name, args, exchange) =>
        this.#within('tools/call', name, () => desk.call(name, args, exchange), failedCall),
      resources: () => this.#within('resources/list', null, () => desk.resources(), never),
      resourceTemplates: () =>
        this.#within('resources/templates/list', null, () => desk.resourceTemplates(), never),
      readResource: (uri, exchange) =>
        this.#within(
          'resources/read',
          null,
          () => desk.readResource(uri, exchange),
          (answer) => failedRead(answer, notFound),
        ),
      prompts: () => this.#within('prompts/list', null, () => desk.prompts(), never),
      getPrompt: (name, args, exchange) =>
        this.#within(
          'prompts/get',
          null,
          () => desk.getPrompt(name, args, exchange),
          (answer) => failedRead(answer, INVALID_PARAMS),
        ),
      complete: (subject, argument, others) =>
        this.#within(
          'completion/complete',
          null,
          () => desk.complete(subject, argument, others),
          (answer) => (answer === null ? INVALID_PARAMS : null),
        ),
      // Part of a subscription, whose answer is no answer to this.
      resolve: (uris) => desk.resolve(uris),
    }
  }

  async #within<T>(
    method: string,
    tool: string | null,
    work: () => Promise<T>,
    failureOf: (answer: T) => Failure,
  ): Promise<T> {
    const startedAt = this.#deps.now()
    let failure: Failure = INTERNAL_ERROR
    try {
      const answer = await work()
      failure = failureOf(answer)
      return answer
    } finally {
      const endedAt = this.#deps.now()
      this.#deps.later(this.#export({ method, tool, startedAt, endedAt, failure }))
    }
  }

  async #export(
    about: Pick<FinishedRequest, 'method' | 'tool' | 'startedAt' | 'endedAt' | 'failure'>,
  ): Promise<void> {
    // The answer goes first.
    await scheduler.wait(0)
    const { principal, session, origin } = this.#request
    const { exporter, settings, serviceVersion, isBuiltin } = this.#deps
    const finished = { ...about, origin, session, pseudonym: await pseudonymOf(principal.person) }
    const newSpanId = () => randomHex(8)
    const spans = spansOf(finished, this.#receipts, this.#place, { newSpanId, isBuiltin })
    await exporter.send(spans, settings, serviceVersion)
  }
}

function failedCall(answer: Awaited<ReturnType<Desk['call']>>): Failure {
  if (answer === 'unknown-tool') return INVALID_PARAMS
  return 'isError' in answer && answer.isError === true ? 'tool_error' : null
}

function failedRead({ tag }: Fetched<unknown>, notFound: number): Failure {
  if (tag === 'failed') return INTERNAL_ERROR
  return tag === 'unknown' ? notFound : null
}

/** Of an id that is random and on our database only: whoever has that can look it up, and nobody else. */
async function pseudonymOf(person: string): Promise<string> {
  return (await digestOf(`telemetry ${person}`)).slice(...PSEUDONYM)
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex()
}
