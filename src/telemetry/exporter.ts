// Sends spans to the collector: one attempt, within a time, beside whatever else goes on. What fails or is too much
// is dropped, counted, and said in the log once in a while; no call notices any of it.

import * as z from 'zod'
import { readBounded } from '../bounded-body.ts'
import { LATE, within } from '../deadline.ts'
import type { Resource } from './otlp.ts'
import { encodeSpans } from './otlp.ts'
import type { TelemetrySettings } from './settings.ts'
import type { Span } from './span.ts'

/** Milliseconds of one export. */
export const EXPORT_MS = 5_000
/** Exports under way in one isolate: a collector that hangs holds no more memory than theirs. */
export const MAX_EXPORTS_AT_ONCE = 32
/** Milliseconds between two lines in the log about what was lost. */
export const LOSS_LOG_MS = 60_000
/** Bytes of the collector's answer. */
const MAX_ANSWER_BYTES = 16 * 1024

/** `ExportTraceServiceResponse`: what a collector that took the request did not take of it. */
const Answer = z.looseObject({
  partialSuccess: z
    .looseObject({ rejectedSpans: z.union([z.string().regex(/^\d{1,15}$/), z.int()]).optional() })
    .nullish(),
})

/** Why spans were lost: ours, never the collector's words. */
type Loss =
  | 'too many exports at once'
  | 'no answer in time'
  | 'no connection'
  | 'rejected'
  | `status ${number}`

export interface ExporterDeps {
  readonly fetch: (url: URL, init: RequestInit) => Promise<Response>
  readonly now: () => number
  readonly log: (line: string) => void
}

/** One for an isolate: it knows numbers of all requests, and nothing of any of them. */
export class Exporter {
  readonly #deps: ExporterDeps
  /** When each export under way began: one whose request was torn down does not come back to say so. */
  readonly #underWay = new Set<{ readonly at: number }>()
  #lost = new Map<Loss, number>()
  #loggedAt = -Infinity

  constructor(deps: ExporterDeps) {
    this.#deps = deps
  }

  /** Never rejects. */
  async send(
    spans: readonly Span[],
    settings: TelemetrySettings,
    serviceVersion: string,
  ): Promise<void> {
    const now = this.#deps.now()
    for (const begun of this.#underWay) {
      if (now - begun.at > 2 * EXPORT_MS) this.#underWay.delete(begun)
    }
    if (this.#underWay.size >= MAX_EXPORTS_AT_ONCE) {
      this.#lose(spans.length, 'too many exports at once')
      return
    }
    const ours = { at: now }
    this.#underWay.add(ours)
    try {
      const { serviceName } = settings
      await this.#post(spans, settings, { serviceName, serviceVersion })
    } catch {
      this.#lose(spans.length, 'no connection')
    } finally {
      this.#underWay.delete(ours)
    }
  }

  async #post(
    spans: readonly Span[],
    { url, headers }: TelemetrySettings,
    resource: Resource,
  ): Promise<void> {
    const abort = new AbortController()
    const answered = this.#deps
      .fetch(url, {
        method: 'POST',
        headers: { ...Object.fromEntries(headers), 'content-type': 'application/json' },
        body: encodeSpans(spans, resource),
        // Another address was not configured, and the headers are for this one.
        redirect: 'manual',
        signal: abort.signal,
      })
      .then(async (response) => ({
        status: response.status,
        body: await readBounded(response, MAX_ANSWER_BYTES),
      }))
    const answer = await within(answered, EXPORT_MS)
    if (answer === LATE) {
      abort.abort()
      this.#lose(spans.length, 'no answer in time')
    } else if (answer.status < 200 || answer.status > 299) {
      this.#lose(spans.length, `status ${answer.status}`)
    } else {
      const rejected = rejectedOf(answer.body)
      if (rejected > 0) this.#lose(Math.min(rejected, spans.length), 'rejected')
    }
  }

  #lose(spans: number, why: Loss): void {
    this.#lost.set(why, (this.#lost.get(why) ?? 0) + spans)
    const now = this.#deps.now()
    if (now - this.#loggedAt < LOSS_LOG_MS) return
    this.#loggedAt = now
    const told = [...this.#lost].map(([reason, count]) => `${count} (${reason})`)
    this.#deps.log(`telemetry: spans lost since the last such line: ${told.join(', ')}`)
    this.#lost = new Map()
  }
}

function rejectedOf(body: Uint8Array | null): number {
  if (body === null || body.byteLength === 0) return 0
  try {
    const answer = Answer.parse(JSON.parse(new TextDecoder().decode(body)))
    return Number(answer.partialSuccess?.rejectedSpans ?? 0)
  } catch {
    // Taken, and answered in a way of its own: nothing to count.
    return 0
  }
}
