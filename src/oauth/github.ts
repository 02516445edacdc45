// Sign-in at GitHub, which speaks OAuth 2.0 and no OpenID Connect: who somebody is comes from its API, by the
// token that is dropped right after.

import * as oauth from 'oauth4webapi'
import * as z from 'zod'
import type { SignInProvider } from './sign-in-provider.ts'
import type { Identity, SignInSecrets } from './identity.ts'
import { UpstreamFailed } from './identity.ts'
import { askProvider } from './upstream-fetch.ts'

const User = z.object({
  id: z.number().int().positive(),
  login: z.string(),
  name: z.string().nullish(),
})
const Emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }))

export function gitHubServer({ issuer }: SignInProvider): oauth.AuthorizationServer {
  const at = (path: string) => new URL(path, issuer).href
  return {
    // What it calls itself in its answers (RFC 9207), if it does: older Enterprise servers do not.
    issuer: at('/login/oauth'),
    authorization_endpoint: at('/login/oauth/authorize'),
    token_endpoint: at('/login/oauth/access_token'),
  }
}

/** A sign-in that has to be fresh makes people choose their account: more, GitHub does not offer. */
export function gitHubParameters({ maxAge }: SignInSecrets): Record<string, string> {
  const scope = 'read:user user:email'
  return maxAge === null ? { scope } : { scope, prompt: 'select_account' }
}

/** `response`: to the token request. GitHub answers failures with 200 and `error`. */
export async function finishGitHub(
  provider: SignInProvider,
  server: oauth.AuthorizationServer,
  response: Response,
): Promise<Identity> {
  const client = { client_id: provider.clientId }
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response)
  const user = User.parse(await ask(provider, 'user', tokens.access_token))
  const emails = Emails.parse(await ask(provider, 'user/emails', tokens.access_token))
  const email = emails.find(({ primary, verified }) => primary && verified)?.email ?? null
  const name = user.name ?? user.login
  return {
    // Whose people they are, which does not change with what its authorization server is called.
    issuer: provider.issuer.href,
    // The login can be changed, and then be somebody else's.
    subject: String(user.id),
    name: name.slice(0, 200),
    email,
    // It does not say when it asked: that the person came back from it just now has to do.
    authenticatedAt: Date.now(),
  }
}

async function ask({ api }: SignInProvider, path: string, token: string): Promise<unknown> {
  if (api === null) throw new UpstreamFailed('refused', 'no api')
  const response = await askProvider(`${api.href.replace(/\/$/, '')}/${path}`, {
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'user-agent': 'wassette-edge',
      'x-github-api-version': '2022-11-28',
    },
  })
  if (response.ok) return await response.json()
  throw new UpstreamFailed('refused', `the API answered /${path} with ${response.status}`)
}
