// The state that a client carries from a question to its answer (MCP 2026-07-28, input-required results): an
// id of ours, sealed for the person and the client that were asked. What they keep behind it is `rounds.ts`.

import type { AuthInfo, RequestStateCodec, ServerContext } from '@modelcontextprotocol/server'
import { createRequestStateCodec } from '@modelcontextprotocol/server'

/** Seconds that a sealed state is good for: those that a person has for one answer. */
const LIFE_SECONDS = 15 * 60

/** Separates this use of the key from any other. */
const PURPOSE = 'wassette-edge request state'

export type RequestStates = RequestStateCodec<string>

/**
 * `secret`: 32 bytes of the host. `whoOf` names the person and the client of a request; a state that was made
 * for another, was changed or is too old is refused (`verify` throws, and the SDK answers -32602).
 */
export function createRequestStates(
  secret: Uint8Array,
  whoOf: (auth: AuthInfo | undefined) => string,
): RequestStates {
  const bind = (context: ServerContext): string => whoOf(context.http?.authInfo)
  const codec = async () =>
    createRequestStateCodec<string>({
      key: await derive(secret),
      ttlSeconds: LIFE_SECONDS,
      bind,
    })
  return {
    mint: async (state, context) => (await codec()).mint(state, context),
    verify: async (state, context) => (await codec()).verify(state, context),
  }
}

/** HKDF-SHA256 (RFC 5869). */
async function derive(secret: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(secret), 'HKDF', false, [
    'deriveBits',
  ])
  const info = new TextEncoder().encode(PURPOSE)
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info }
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256))
}
