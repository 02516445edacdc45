// wasi:random: all three interfaces answer from the platform's cryptographic source.

/** `crypto.getRandomValues` takes at most 65,536 bytes; a longer request is a short loop, up to this. */
export const MAX_RANDOM_BYTES = 1024 * 1024
const PIECE_BYTES = 65_536

export function randomBytes(length: bigint): Uint8Array {
  if (length > MAX_RANDOM_BYTES) throw new Error('too many random bytes at once')
  const result = new Uint8Array(Number(length))
  for (let at = 0; at < result.length; at += PIECE_BYTES) {
    crypto.getRandomValues(result.subarray(at, at + PIECE_BYTES))
  }
  return result
}

export const randomU64 = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n

export function random(): Record<string, Record<string, unknown>> {
  return {
    'wasi:random/random': { getRandomBytes: randomBytes, getRandomU64: randomU64 },
    'wasi:random/insecure': {
      getInsecureRandomBytes: randomBytes,
      getInsecureRandomU64: randomU64,
    },
    'wasi:random/insecure-seed': { insecureSeed: () => [randomU64(), randomU64()] },
  }
}
