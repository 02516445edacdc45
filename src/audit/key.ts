// The key that signs checkpoints and exports: Ed25519 (RFC 8032), made from 32 random bytes that the host keeps
// as a secret of the Worker. Whoever has the public half can check and cannot sign.

import * as z from 'zod'
import { fromBase64 } from '../component/base64.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { canonicalJson } from './canonical.ts'
import { fromHex, own, sha256, toHex } from './hash.ts'

const KEY_BYTES = 32
/** PKCS #8 around a seed (RFC 8410 §7): nothing in it depends on the key. */
const PKCS8 = Uint8Array.from([
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
])
const utf8 = new TextEncoder()

/** RFC 8037. Other members (`alg`, `use`, `kid`) change nothing. */
export const PublicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
})
export type PublicJwk = z.infer<typeof PublicJwk>

export interface SigningKey {
  readonly id: string
  readonly jwk: PublicJwk
  readonly sign: (text: string) => Promise<string>
}

export interface VerifyingKey {
  readonly id: string
  readonly verify: (text: string, signature: string) => Promise<boolean>
}

/** Faults of the host's configuration, named for its log. */
export type AuditKeyFault = 'AUDIT_KEY is not set' | 'AUDIT_KEY is not base64 of 32 bytes'

export function readSeed(text = ''): Result<Uint8Array, AuditKeyFault> {
  if (text === '') return err('AUDIT_KEY is not set')
  const seed = fromBase64(text.trim())
  if (seed?.byteLength !== KEY_BYTES) return err('AUDIT_KEY is not base64 of 32 bytes')
  return ok(seed)
}

export async function readSigningKey(text = ''): Promise<Result<SigningKey, AuditKeyFault>> {
  const seed = readSeed(text)
  if (!seed.ok) return seed
  const pkcs8 = Uint8Array.from([...PKCS8, ...seed.value])
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const jwk = PublicJwk.parse(await crypto.subtle.exportKey('jwk', key))
  return ok({
    id: await keyId(jwk),
    jwk,
    sign: async (text) => toHex(await crypto.subtle.sign('Ed25519', key, utf8.encode(text))),
  })
}

export async function readVerifyingKey(jwk: PublicJwk): Promise<VerifyingKey> {
  const key = await crypto.subtle.importKey('jwk', jwk, 'Ed25519', false, ['verify'])
  return {
    id: await keyId(jwk),
    async verify(text, signature) {
      const bytes = fromHex(signature)
      if (bytes === null) return false
      return await crypto.subtle.verify('Ed25519', key, own(bytes), utf8.encode(text))
    },
  }
}

/** The thumbprint of RFC 7638, in hex. */
async function keyId({ crv, kty, x }: PublicJwk): Promise<string> {
  return await sha256(canonicalJson({ crv, kty, x }))
}
