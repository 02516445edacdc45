// Whether the document that a client names as its id may be read at all, and is one (draft-ietf-oauth-client-id-
// metadata-document §5). To be asked before every look-up of a client that a request names: the authorization server
// reads the document again, wherever it is, and would follow a redirect. What it says beyond that is judged there.

import { readBounded } from '../bounded-body.ts'
import { parseAddress, isPublic } from '../policy/address.ts'
import { canonicalHost, isAddress, unreachable } from '../policy/host.ts'

/** Milliseconds for the document; bytes of it, as the authorization server has it. */
const DOCUMENT_MS = 3_000
const MAX_DOCUMENT_BYTES = 5 * 1024

export type DocumentFault =
  | 'private-place'
  | 'no-answer'
  | 'redirect'
  | 'status'
  | 'type'
  | 'too-large'
  | 'not-json'
  | 'other-client'
  | 'private-keys'

/** For the person, who may tell the client's maker. */
export const DOCUMENT_FAULTS: { readonly [fault in DocumentFault]: string } = {
  'private-place': 'it is not on the public internet',
  'no-answer': 'its server did not answer in time',
  redirect: 'its address leads on to another one',
  status: 'its server answers with an error',
  type: 'it is not sent as JSON',
  'too-large': 'it is larger than 5 KiB',
  'not-json': 'it is not a JSON object',
  'other-client': 'it is about another client: its client_id is not its own address',
  'private-keys': 'the address of its keys is not on the public internet',
}

/** `null`: nothing is wrong with it, or the id is no address of a document. `own`: the host of this server. */
export async function documentFault(client: string, own: string): Promise<DocumentFault | null> {
  const url = URL.canParse(client) ? new URL(client) : null
  if (url?.protocol !== 'https:') return null
  if (!isPublicPlace(url, own)) return 'private-place'
  const read = await readDocument(url).catch(() => 'no-answer' as const)
  if (typeof read === 'string') return read
  const document = parse(read)
  if (document === null) return 'not-json'
  if (document['client_id'] !== client) return 'other-client'
  return isPublicAddress(document['jwks_uri'], own) ? null : 'private-keys'
}

/** Where the authorization server would read the keys of the client, if it has any. */
function isPublicAddress(uri: unknown, own: string): boolean {
  if (uri === undefined) return true
  if (typeof uri !== 'string' || !URL.canParse(uri)) return false
  const url = new URL(uri)
  return url.protocol === 'https:' && isPublicPlace(url, own)
}

function isPublicPlace(url: URL, own: string): boolean {
  const host = canonicalHost(url)
  if (host === null || host === own) return false
  if (!isAddress(host)) return unreachable(host, []) !== 'private-name'
  const address = parseAddress(host)
  return address !== null && isPublic(address)
}

async function readDocument(url: URL): Promise<Uint8Array | DocumentFault> {
  const response = await fetch(url, {
    headers: { accept: 'application/json', 'user-agent': 'wassette-edge' },
    redirect: 'manual',
    cache: 'no-store',
    signal: AbortSignal.timeout(DOCUMENT_MS),
  })
  const fault = answerFault(response)
  if (fault === null) return (await readBounded(response, MAX_DOCUMENT_BYTES)) ?? 'too-large'
  await response.body?.cancel()
  return fault
}

function answerFault({ status, headers }: Response): DocumentFault | null {
  if (status >= 300 && status < 400) return 'redirect'
  if (status !== 200) return 'status'
  const type = headers.get('content-type') ?? ''
  return /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type.trim()) ? null : 'type'
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
