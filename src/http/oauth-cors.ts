// Clients in browser pages of other origins read what the authorization server answers; so they do what is answered in
// its place: a fault, a flood's end, a code that was used before.

import { isOAuthEndpoint } from './oauth-body.ts'

/** The same answer, for the page that asked. Its origin is reflected as the authorization server does it: no cookie counts. */
export function readableByPages(answer: Response, request: Request): Response {
  const origin = request.headers.get('origin')
  const isOpen = answer.headers.has('access-control-allow-origin')
  if (origin === null || isOpen || !isOAuthEndpoint(new URL(request.url))) return answer
  const open = new Response(answer.body, answer)
  open.headers.set('access-control-allow-origin', origin)
  open.headers.set('access-control-expose-headers', 'Retry-After')
  open.headers.append('vary', 'Origin')
  return open
}
