// What went wrong with a service, as a code of ours. The errors of `oauth4webapi` carry codes and tokens along:
// they are read here and go no further.

import * as oauth from 'oauth4webapi'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { Unreached } from './transport.ts'

/**
 * `unreachable`: it may be well in a moment. `denied-there`: the person, or the service for them, said no.
 * `grant-over`: what was given is over, or was used before. `client-refused`: it does not know this server as
 * its client. `bad-answer`: not what OAuth demands.
 */
export type ServiceTrouble =
  | 'refused-host'
  | 'unreachable'
  | 'denied-there'
  | 'grant-over'
  | 'client-refused'
  | 'bad-answer'

export async function attempt<T>(work: () => Promise<T>): Promise<Result<T, ServiceTrouble>> {
  try {
    return ok(await work())
  } catch (cause) {
    return err(troubleOf(cause))
  }
}

function troubleOf(cause: unknown): ServiceTrouble {
  if (cause instanceof Unreached) return cause.code
  if (cause instanceof oauth.AuthorizationResponseError) {
    return TEMPORARY.has(cause.error) ? 'unreachable' : 'denied-there'
  }
  if (cause instanceof oauth.ResponseBodyError) {
    if (TEMPORARY.has(cause.error)) return 'unreachable'
    if (cause.error === 'invalid_grant') return 'grant-over'
    return CLIENT.has(cause.error) ? 'client-refused' : 'bad-answer'
  }
  if (cause instanceof oauth.WWWAuthenticateChallengeError) return 'client-refused'
  return 'bad-answer'
}

const TEMPORARY = new Set(['temporarily_unavailable', 'server_error'])
const CLIENT = new Set(['invalid_client', 'unauthorized_client'])
