// npm run audit -- verify <export> [--key <jwk file>] [--checkpoint <file>]
// Checks an export of the audit without asking anybody: whatever was changed, dropped or reordered in it is named
// with its line, and the exit code is 1.
import { createReadStream, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PublicJwk, readSigningKey, readVerifyingKey, type VerifyingKey } from '../src/audit/key.ts'
import { Signed } from '../src/audit/statement.ts'
import { verifyExport, type Verified } from '../src/audit/verify.ts'
import { keptSecrets } from './secrets.ts'
import { stateDirectory } from './state.ts'
import { endWith, UsageError } from './usage-error.ts'

const USAGE = `npm run audit -- verify <export> [--key <jwk file>]... [--checkpoint <json file>]...
  --key         a public key that you trust, as https://<server>/audit/key gave it; several after a rotation.
                Without one, that of the local stack.
  --checkpoint  a signed checkpoint from elsewhere: the export has to agree with it and to reach as far.`

async function main(): Promise<void> {
  const { file, keyFiles, checkpointFiles } = readArguments()
  const keys = await (keyFiles.length === 0 ? localKey() : Promise.all(keyFiles.map(readKey)))
  const checkpoints = checkpointFiles.map((name) => parsed(name, Signed, 'a signed checkpoint'))
  const verdict = await verifyExport(linesOf(file), keys, checkpoints)
  if (!verdict.ok) {
    const { line, fault, sentence } = verdict
    throw new UsageError(`${file}:${line}: ${fault}. ${sentence}`)
  }
  for (const chain of verdict.chains) console.log(describe(chain))
}

function describe({ statement, withoutTexts }: Verified): string {
  const { chain, from, to, head, checkpoints, at } = statement
  const records = to === 0 ? 'no records' : `records ${from} to ${to} of ${head}`
  const when = new Date(at).toISOString()
  const rest = `${checkpoints} checkpoints, ${withoutTexts} records without texts`
  return `verified: chain ${chain.slice(0, 16)}, ${records}, as it was at ${when}; ${rest}`
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        key: { type: 'string', multiple: true, default: [] },
        checkpoint: { type: 'string', multiple: true, default: [] },
      },
    })
    const [verb, file, ...more] = positionals
    if (verb !== 'verify' || file === undefined || more.length > 0) throw new UsageError(USAGE)
    return { file, keyFiles: values.key, checkpointFiles: values.checkpoint }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

async function localKey(): Promise<VerifyingKey[]> {
  const secrets = keptSecrets(stateDirectory())
  if (secrets === undefined) throw new UsageError(`Which key is to be trusted? ${USAGE}`)
  const key = await readSigningKey(secrets.auditKey)
  if (!key.ok) throw new UsageError(key.error)
  return [await readVerifyingKey(key.value.jwk)]
}

async function readKey(file: string): Promise<VerifyingKey> {
  const jwk = parsed(file, PublicJwk, 'a public Ed25519 key as a JWK')
  return await readVerifyingKey(jwk).catch(() => {
    throw new UsageError(`${file} is not a public Ed25519 key as a JWK.`)
  })
}

function parsed<T>(file: string, schema: { parse(value: unknown): T }, what: string): T {
  const text = read(file)
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw new UsageError(`${file} is not ${what}.`)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Only a line feed ends a line: any other white space is part of it, and was not written by the server. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : ''}`)
  }
  if (rest !== '') yield rest
}

if (import.meta.main) await main().catch(endWith)
