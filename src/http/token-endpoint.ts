// `/token`: what the authorization server answers there, held against the person's account, which is not late. What a
// client gives back is over at once, and so is whatever came of a code or refresh token that two have.

import * as z from 'zod'
import { accountOf } from '../compose.ts'
import type { DocumentFault } from '../oauth/client-document.ts'
import { DOCUMENT_FAULTS, documentFault } from '../oauth/client-document.ts'
import type { TokenRequest } from '../oauth/token-request.ts'
import { digestOf, readTokenRequest } from '../oauth/token-request.ts'
import { OAuthGrants } from '../store/oauth-grants.ts'

/** `own`: the host of this server. `serve`: the authorization server. */
export async function serveToken(
  request: Request,
  env: Env,
  own: string,
  serve: (request: Request) => Promise<Response>,
): Promise<Response> {
  const read = await readTokenRequest(request)
  const unfit = await unfitClient(read, own)
  if (unfit !== null) return unfit
  const { presented } = read
  if (presented === null) return await serve(request)
  const { person, grant, kind, digest } = presented
  // An account is opened for what exists only. Read before a code is used up: D1 may fail.
  const found = await new OAuthGrants(env.DB).find(person, grant)
  const answer = await serve(request)
  // Of another's grant nothing ends: its name is in every code, and codes are seen.
  if (found === null || found.client !== presented.client) return answer
  const account = accountOf(env, person)
  if (kind === 'revocation') {
    if (answer.ok) await account.tokenGivenBack(grant, digest)
    return answer
  }
  // Who is no client here, or not the one it says, changes nothing.
  if (!answer.ok && !(await isRefusedGrant(answer))) return answer
  const issued = answer.ok ? await issuedBy(answer) : null
  const isSound = await account.credentialUsed({ kind, grant, digest }, issued)
  return isSound || !answer.ok ? answer : replayed()
}

/** Before the authorization server looks a client up: it would read a document wherever somebody says that it is. */
async function unfitClient(
  { clients, isObscure }: TokenRequest,
  own: string,
): Promise<Response | null> {
  if (isObscure) return refusal(400, 'invalid_request', 'It cannot be told which client this is.')
  for (const client of clients) {
    const fault = await documentFault(client, own)
    // Its server may be back in a moment: that is no reason for the client to begin again.
    if (fault === 'no-answer') return refusal(503, 'temporarily_unavailable', unusable(fault))
    if (fault !== null) return refusal(401, 'invalid_client', unusable(fault))
  }
  return null
}

const unusable = (fault: DocumentFault) =>
  `The metadata document of the client cannot be used: ${DOCUMENT_FAULTS[fault]}.`

const OAuthError = z.object({ error: z.string() })
const Issued = z.object({ access_token: z.string(), refresh_token: z.string().optional() })

/** The client is the one it says; what it presented is not good (RFC 6749 §5.2). */
async function isRefusedGrant(answer: Response): Promise<boolean> {
  if (answer.status !== 400) return false
  const told = OAuthError.safeParse(await answer.clone().json())
  return told.success && told.data.error === 'invalid_grant'
}

/** Digests of the tokens that it gives. */
async function issuedBy(answer: Response): Promise<string[]> {
  const { access_token, refresh_token } = Issued.parse(await answer.clone().json())
  const tokens = refresh_token === undefined ? [access_token] : [access_token, refresh_token]
  return await Promise.all(tokens.map(digestOf))
}

/** The authorization server had not heard yet that it was used (RFC 6749 §5.2). */
function replayed(): Response {
  return refusal(400, 'invalid_grant', 'It was used before. Everything that came of it is over.')
}

function refusal(status: number, error: string, error_description: string): Response {
  const headers = { 'cache-control': 'no-store', pragma: 'no-cache' }
  return Response.json({ error, error_description }, { status, headers })
}
