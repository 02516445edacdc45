// wasi:random of 0.3: the same source as in 0.2, but fewer bytes than asked for are an answer.

import { MAX_RANDOM_BYTES, randomBytes, randomU64 } from '../wasi/random.ts'

const bytes = (length: bigint): Uint8Array =>
  randomBytes(length < MAX_RANDOM_BYTES ? length : BigInt(MAX_RANDOM_BYTES))

export function random3(): Record<string, Record<string, unknown>> {
  return {
    'wasi3:random/random': { getRandomBytes: bytes, getRandomU64: randomU64 },
    'wasi3:random/insecure': {
      getInsecureRandomBytes: bytes,
      getInsecureRandomU64: randomU64,
    },
    'wasi3:random/insecure-seed': { getInsecureSeed: () => [randomU64(), randomU64()] },
  }
}
