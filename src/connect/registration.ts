// This server registers itself as a client where a service lets anybody do so (RFC 7591), once, when the service
// is described without a client.

import * as oauth from 'oauth4webapi'
import * as z from 'zod'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Authentication, ParsedService } from '../policy/service.ts'
import { Authentication as AuthenticationMethod } from '../policy/service.ts'
import type { ServiceTrouble } from './fault.ts'
import { attempt } from './fault.ts'
import { metadataOf } from './metadata.ts'
import type { Reach } from './transport.ts'
import { requestsTo } from './transport.ts'

type Registered = NonNullable<ParsedService['client']>

/** `no-registration`: the service does not offer it. */
export async function registerAt(
  service: ParsedService['service'],
  redirectUri: string,
  reach: Reach,
): Promise<Result<Registered, ServiceTrouble | 'no-registration'>> {
  const known = await attempt(() => metadataOf(service, reach))
  if (!known.ok) return known
  if (known.value.registration_endpoint === undefined) return err('no-registration')
  const made = await attempt(async () => {
    const response = await oauth.dynamicClientRegistrationRequest(
      known.value,
      {
        client_name: 'wassette-edge',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: chosen(known.value),
        ...(service.scopes.length === 0 ? {} : { scope: service.scopes.join(' ') }),
      },
      { [oauth.customFetch]: requestsTo(reach) },
    )
    return await oauth.processDynamicClientRegistrationResponse(response)
  })
  if (!made.ok) return made
  const answer = Answer.safeParse(made.value)
  if (!answer.success) return err('bad-answer')
  const {
    client_id: id,
    client_secret: secret = null,
    client_secret_expires_at: ends,
  } = answer.data
  // A client that ends by itself would end every connection with it.
  if (secret !== null && ends !== 0) return err('bad-answer')
  const usual = secret === null ? 'none' : 'client_secret_basic'
  const { token_endpoint_auth_method: authentication = usual } = answer.data
  if (authentication === 'none') return ok({ id, secret: null, authentication })
  return secret === null ? err('bad-answer') : ok({ id, secret, authentication })
}

const credential = z.string().min(1).max(2_048)
/** What is read of the answer (RFC 7591 §3.2.1). */
const Answer = z.object({
  client_id: credential,
  client_secret: credential.optional(),
  /** Seconds; 0: never. */
  client_secret_expires_at: z.number().default(0),
  token_endpoint_auth_method: AuthenticationMethod.optional(),
})

/** A secret of its own where the service takes one: then a code alone is of no use to whoever gets hold of it. */
function chosen({
  token_endpoint_auth_methods_supported: supported,
}: oauth.AuthorizationServer): Authentication {
  const usual: readonly Authentication[] = ['client_secret_basic', 'client_secret_post', 'none']
  // Without a word of its own it is basic (RFC 8414 §2).
  return usual.find((one) => supported?.includes(one)) ?? 'client_secret_basic'
}
