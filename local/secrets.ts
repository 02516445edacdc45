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
  /** SECRETS_KEY: what the Worker seals the keys of persons with. */
  masterKey: z.base64().length(44),
  /** AUDIT_KEY: what the Worker signs checkpoints of the audit with. */
  auditKey: z.base64().length(44),
  /** What the identity provider signs its cookies with. */
  cookieKey: z.string().min(32),
  /** What the identity provider signs id tokens with: a private RSA key as a JWK. */
  signingKey: z.looseObject({ kty: z.literal('RSA'), kid: z.string(), d: z.string() }),
})
export type Secrets = z.infer<typeof Secrets>

export function loadSecrets(state: StateDirectory): Secrets {
  const kept = readIfThere(state.secrets)
  const secrets = kept === undefined ? makeSecrets() : parseSecrets(kept, state)
  const text = `${JSON.stringify(secrets, null, 2)}\n`
  if (text !== kept) {
    createState(state)
    writeWhole(state.secrets, text)
  }
  return secrets
}

/** What is there, without making anything. */
export function keptSecrets(state: StateDirectory): Secrets | undefined {
  const kept = readIfThere(state.secrets)
  return kept === undefined ? undefined : parseSecrets(kept, state)
}

function makeSecrets(): Secrets {
  const random = () => randomBytes(32).toString('base64url')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: random(), use: 'sig', alg: 'RS256' }
  return Secrets.parse({
    clientSecret: random(),
    masterKey: makeKey(),
    auditKey: makeKey(),
    cookieKey: random(),
    signingKey: jwk,
  })
}

const makeKey = () => randomBytes(32).toString('base64')

/** A state from before there was one of these keys has nothing made with it: it gets one. */
function parseSecrets(text: string, state: StateDirectory): Secrets {
  try {
    const kept = z.record(z.string(), z.unknown()).parse(JSON.parse(text))
    return Secrets.parse({ masterKey: makeKey(), auditKey: makeKey(), ...kept })
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
