// What stands in the head of a request or an answer, as the guest and the platform have it: what may be sent, how long it
// is, and what of an answer a guest is given.

import { isSpokenFor } from '../policy/headers.ts'
import type { RequestMessage } from '../policy/network.ts'
import type { Redactor } from '../policy/redaction.ts'
import type { HttpErrorCode } from './held.ts'

/** Hop-by-hop. */
const STRIPPED_FROM_REPLY =
  /^(connection|keep-alive|transfer-encoding|upgrade|trailer|proxy-.*|cf-.*)$/i
/** What no longer describes a body that the platform has decoded. */
const STRIPPED_FROM_DECODED = /^content-(encoding|length)$/i

/** Bytes of all headers of a request or an answer: what `fields` of a guest hold. */
export const MAX_HEADER_BYTES = 64 * 1024

/** What is wrong with the headers of a request that may be sent, or `null`. */
export function wrongHeaders(message: RequestMessage): HttpErrorCode['tag'] | null {
  const { headers, body } = message
  const bytes = headers.reduce((sum, [name, value]) => sum + name.length + value.byteLength, 0)
  if (bytes > MAX_HEADER_BYTES) return 'HTTP-request-header-section-size'
  const length = lengthOf(headers)
  if (Number.isNaN(length) || headers.some(([, value]) => textOf(value) === null)) {
    return 'HTTP-protocol-error'
  }
  const hasBody = body instanceof ReadableStream
  return !hasBody && length !== null && length > 0 ? 'HTTP-request-body-size' : null
}

/** The length that a guest declares for its body; `null` without one, `NaN` when it means nothing. */
export function lengthOf(headers: RequestMessage['headers']): number | null {
  const declared = headers.filter(([name]) => name.toLowerCase() === 'content-length')
  if (declared.length === 0) return null
  const texts = new Set(declared.map(([, value]) => textOf(value) ?? ''))
  const [text = ''] = texts
  return texts.size === 1 && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The platform writes header values as UTF-8; `null`: it cannot write these bytes as they are. */
function textOf(value: Uint8Array): string | null {
  try {
    return utf8.decode(value)
  } catch {
    return null
  }
}

/** Without those that the platform, or this server, speaks for. */
export function requestHeaders(entries: RequestMessage['headers']): Headers {
  const headers = new Headers()
  for (const [name, value] of entries) {
    if (isSpokenFor(name)) continue
    headers.append(name, textOf(value) ?? '')
  }
  return headers
}

/** What the guest says in the head of a request, as it leaves: in its method, in its URL, in its headers. */
export function headBytes(
  method: string,
  url: string,
  headers: readonly (readonly [string, string])[],
): number {
  const fields = headers.reduce((sum, [name, value]) => sum + name.length + byteLength(value), 0)
  return method.length + url.length + fields
}

const encoder = new TextEncoder()

function byteLength(text: string): number {
  return encoder.encode(text).byteLength
}

/** What a server has repeated of a secret is taken out: also of a place to go on to. */
export function replyHeaders(headers: Headers, redactor: Redactor): [string, string][] {
  const isDecoded = headers.has('content-encoding')
  const kept = [...headers].filter(
    ([name]) => !STRIPPED_FROM_REPLY.test(name) && !(isDecoded && STRIPPED_FROM_DECODED.test(name)),
  )
  if (redactor.isEmpty) return kept
  // A body without its values has another length.
  return kept
    .filter(([name]) => redactor.text(name) === name && name !== 'content-length')
    .map(([name, value]) => [name, redactor.text(value)])
}
