// Requests to the endpoints of the authorization server, before the provider reads them: no larger than any
// honest one.

import { readBounded } from '../bounded-body.ts'

/** Bytes: a code, a verifier and an assertion; the metadata of a client. */
export const MAX_OAUTH_BODY_BYTES = 64 * 1024

const ENDPOINTS: ReadonlySet<string> = new Set(['/token', '/register'])

/** Where programs ask, and errors are JSON of OAuth. */
export function isOAuthEndpoint({ pathname }: URL): boolean {
  return ENDPOINTS.has(pathname)
}

/** The same request, read as far as it goes; an answer when it is too large. */
export async function boundOAuthBody(request: Request): Promise<Request | Response> {
  if (request.body === null || !isOAuthEndpoint(new URL(request.url))) return request
  const bytes = await readBounded(request, MAX_OAUTH_BODY_BYTES)
  if (bytes === null) {
    const error_description = `The request is larger than ${MAX_OAUTH_BODY_BYTES} bytes.`
    const headers = { 'cache-control': 'no-store' }
    const body = { error: 'invalid_request', error_description }
    return Response.json(body, { status: 413, headers })
  }
  const { method, headers } = request
  return new Request(request.url, { method, headers, body: Uint8Array.from(bytes) })
}
