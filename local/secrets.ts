// What the local stack must keep secret and keep the same: made once, then read back, so that a restart invalidates
// neither the Worker's credentials nor an id token of the identity provider.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { createState, writeWhole, type StateDirectory } from './state.ts'
import { UsageError } from './usage-error.ts'

const Secrets = z.object({
  /** OIDC_CLIENT_SECRET: what the Worker shows to the identity provider. */
  clientSecret: z.string().min(32),
  /** What the identity provider signs its cookies with. */
  cookieKey: z.string().min(32),
  /** What the identity provider signs id tokens with: a private RSA key as a JWK. */
  signingKey: z.looseObject({ kty: z.literal('RSA'), kid: z.string(), d: z.string() }),
})
export type Secrets = z.infer<typeof Secrets>

export function loadSecrets(state: StateDirectory): Secrets {
  const kept = readIfThere(state.secrets)
  if (kept !== undefined) return parseSecrets(kept, state)
  const made = makeSecrets()
  createState(state)
  writeWhole(state.secrets, `${JSON.stringify(made, null, 2)}\n`)
  return made
}

function makeSecrets(): Secrets {
  const random = () => randomBytes(32).toString('base64url')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: random(), use: 'sig', alg: 'RS256' }
  return Secrets.parse({
    clientSecret: random(),
    cookieKey: random(),
    signingKey: jwk,
  })
}

function parseSecrets(text: string, state: StateDirectory): Secrets {
  try {
    return Secrets.parse(JSON.parse(text))
  } catch {
    throw new UsageError(
      `${state.secrets} is not readable as secrets; \`npm run reset\` starts anew`,
    )
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
