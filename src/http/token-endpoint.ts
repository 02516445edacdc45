// `/token`: what the authorization server answers there, held against the person's account, which is not late. What a
// client gives back is over at once, and so is whatever came of a code or refresh token that two have.

import { accountOf } from '../compose.ts'
import { readPresented } from '../oauth/token-request.ts'
import { OAuthGrants } from '../store/oauth-grants.ts'

/** `serve`: the authorization server. */
export async function serveToken(
  request: Request,
  env: Env,
  serve: (request: Request) => Promise<Response>,
): Promise<Response> {
  const presented = await readPresented(request)
  if (presented === null) return await serve(request)
  const { person, grant, kind } = presented
  // An account is opened for what exists only. Read before a code is used up: D1 may fail.
  const found = await new OAuthGrants(env.DB).find(person, grant)
  const answer = await serve(request)
  // Who is no client here, or not the one it says, changes nothing.
  if (found === null || (!answer.ok && answer.status !== 400)) return answer
  const account = accountOf(env, person)
  if (kind === 'revocation') {
    // That the client has the token, the name of the grant in it proves. Of another's grant nothing ends.
    const isOwn = answer.ok && found.client === presented.client
    if (isOwn) await account.endOAuthGrant(grant)
    return answer
  }
  const { digest } = presented
  const isSound = await account.credentialUsed({ kind, grant, digest }, answer.ok)
  return isSound || !answer.ok ? answer : replayed()
}

/** The authorization server had not heard yet that it was used (RFC 6749 §5.2). */
function replayed(): Response {
  const error_description = 'It was used before. Everything that came of it is over.'
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache' }
  return Response.json({ error: 'invalid_grant', error_description }, { status: 400, headers })
}
