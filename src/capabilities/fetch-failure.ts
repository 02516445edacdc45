// What a failed fetch means in the words of wasi:http. The platform tells little: an `Error` is marked
// `retryable` when a connection could not be made or did not last, a failed handshake and a name that does
// not resolve both read "internal error; reference = …", and decoding names itself. Whether a connection
// can be opened to the same place tells the pairs apart. This is the only place that reads messages.

import type { HttpErrorCode } from './held.ts'

type Tag = HttpErrorCode['tag']

/** Whether a connection to where the request went can be opened now. */
export type Reachable = () => Promise<boolean>

interface Row {
  readonly when: (cause: Error) => boolean
  readonly reachable: Tag
  /** `null`: as when reachable, and not worth asking. */
  readonly unreachable: Tag | null
}

const isLost = (cause: Error): boolean =>
  (cause as { retryable?: unknown }).retryable === true ||
  cause.message === 'Network connection lost.'
const isOpaque = ({ message }: Error): boolean => message.startsWith('internal error')

/** Before the head of an answer. */
const HEAD: Readonly<Record<'http' | 'https', readonly Row[]>> = {
  http: [
    { when: isLost, reachable: 'connection-terminated', unreachable: 'connection-refused' },
    { when: isOpaque, reachable: 'internal-error', unreachable: 'DNS-error' },
  ],
  https: [
    { when: isLost, reachable: 'connection-terminated', unreachable: 'connection-refused' },
    // Certificate and protocol look the same: RFC 9209 has `tls_protocol_error` for any error of TLS.
    { when: isOpaque, reachable: 'TLS-protocol-error', unreachable: 'DNS-error' },
  ],
}

/** While its body comes. */
const BODY: readonly Row[] = [
  { when: isLost, reachable: 'HTTP-response-incomplete', unreachable: null },
  {
    when: ({ message }) => /^(gzip|brotli|zlib|deflate)\b/i.test(message),
    reachable: 'HTTP-response-content-coding',
    unreachable: null,
  },
]

/** What is not in the table is nothing that a guest could act on: `internal-error`. */
async function lookUp(
  rows: readonly Row[],
  cause: unknown,
  reachable: Reachable,
): Promise<HttpErrorCode> {
  const row = cause instanceof Error ? rows.find(({ when }) => when(cause)) : undefined
  if (row === undefined) return { tag: 'internal-error' }
  if (row.unreachable === null || (await reachable())) return { tag: row.reachable }
  return { tag: row.unreachable }
}

export function headFailure(
  cause: unknown,
  scheme: 'http' | 'https',
  reachable: Reachable,
): Promise<HttpErrorCode> {
  return lookUp(HEAD[scheme], cause, reachable)
}

export function bodyFailure(cause: unknown): Promise<HttpErrorCode> {
  return lookUp(BODY, cause, async () => true)
}
