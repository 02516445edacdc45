// Where the endpoints of a service are: as it was described, or as the metadata of its issuer say (OpenID Connect
// Discovery, or RFC 8414).

import * as oauth from 'oauth4webapi'
import type { Service } from '../policy/service.ts'
import type { Reach } from './transport.ts'
import { requestsTo } from './transport.ts'

type Described = Pick<Service, 'issuer' | 'endpoints'>

/** Throws what `fault.ts` reads. The issuer that answers is the issuer that was asked, to the letter. */
export async function metadataOf(
  { issuer, endpoints }: Described,
  reach: Reach,
): Promise<oauth.AuthorizationServer> {
  if (endpoints !== null) {
    const { authorization, token, revocation, jwks } = endpoints
    return {
      issuer,
      authorization_endpoint: authorization,
      token_endpoint: token,
      ...(revocation === null ? {} : { revocation_endpoint: revocation }),
      ...(jwks === null ? {} : { jwks_uri: jwks }),
    }
  }
  const asked = new URL(issuer)
  const options = { [oauth.customFetch]: requestsTo(reach) }
  const openId = await oauth.discoveryRequest(asked, { ...options, algorithm: 'oidc' })
  if (openId.status === 200) return await oauth.processDiscoveryResponse(asked, openId)
  const plain = await oauth.discoveryRequest(asked, { ...options, algorithm: 'oauth2' })
  return await oauth.processDiscoveryResponse(asked, plain)
}
