// What a call answers, without the values of secrets: every way in which a guest's words leave it.

import { fromBase64, toBase64 } from './component/base64.ts'
import type { LiftedResult } from './component/results.ts'
import type { Json } from './component/schema.ts'
import type { Redactor } from './policy/redaction.ts'

/** Of the value of a run, once it is of its type; its words beside that are redacted as it ends (`sandbox.ts`). */
export function redactResult(result: LiftedResult, redactor: Redactor): LiftedResult {
  if (redactor.isEmpty) return result
  const { content, structured, blob } = result
  const json = redactJson(result.json, redactor)
  return {
    json,
    text: typeof json === 'string' ? json : redactor.text(JSON.stringify(json)),
    isError: result.isError,
    structured: structured && { result: redactJson(structured.result, redactor) },
    blob: blob === null ? null : redactText(blob, redactor),
    content: content && { kind: content.kind, json: redactJson(content.json, redactor) },
  }
}

/** What a component says while the call runs. */
export function redactConversation<M, C extends Speaking<M>>(
  conversation: C & Speaking<M>,
  redactor: Redactor,
): C {
  const { notify } = conversation
  if (notify === null) return conversation
  const clean = (said: M): M => redactJson(said, redactor, OURS.messages)
  return { ...conversation, notify: async (said: M) => await notify(clean(said)) }
}

interface Speaking<M> {
  readonly notify: ((said: M) => Promise<void>) | null
}

/**
 * By what holds them, the keys under which no guest chooses a text: what stands there are words and names of ours or of
 * the person's. A value may be such a word by chance, and a record without it could not be read, nor a call be recorded.
 */
export const OURS = {
  hostCalls: new Set(['kind', 'outcome', 'secrets']),
  usage: new Set(['kind', 'scheme', 'access', 'verdict', 'key', 'grants']),
  questions: new Set(['tag', 'role', 'format']),
  messages: new Set(['kind', 'level']),
} as const

const NOTHING_OF_OURS: ReadonlySet<string> = new Set()

/** Texts only; what they stand in keeps its shape, and what stands under the keys in `ours` stays. */
export function redactJson<T>(
  value: T,
  redactor: Redactor,
  ours: ReadonlySet<string> = NOTHING_OF_OURS,
): T {
  if (redactor.isEmpty) return value
  return cleaned(value as Json, redactor, ours) as T
}

function cleaned(value: Json, redactor: Redactor, ours: ReadonlySet<string>): Json {
  if (typeof value === 'string') return redactText(value, redactor)
  if (Array.isArray(value)) return value.map((one) => cleaned(one, redactor, ours))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      ours.has(key) ? one : cleaned(one, redactor, ours),
    ]),
  )
}

/**
 * Bytes are base64 in JSON: a value inside is found in any form, and what is left is base64 still. A text may be
 * base64 by chance: its own words are looked at as well.
 */
function redactText(text: string, redactor: Redactor): string {
  const bytes = text.length < 8 ? null : fromBase64(text)
  if (bytes === null) return redactor.text(text)
  const clean = redactor.bytes(bytes)
  return redactor.text(clean === bytes ? text : toBase64(clean))
}
