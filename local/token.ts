// npm run token -- --user alice --scope "tools:call components:manage"
// Signs a person of the local stack in through the real flow and prints the access token, alone, on stdout.
import { parseArgs } from 'node:util'
import { AuthorizationResponseError, ResponseBodyError } from 'oauth4webapi'
import { scopes, signInHeadless } from './oauth.ts'
import { readPorts } from './ports.ts'
import { endWith, UsageError } from './usage-error.ts'

const USAGE =
  'npm run token -- --user <alice|bob|host> [--scope "tools:call components:manage"] [--url <server>] [--json]'

async function main(): Promise<void> {
  const { user, scope, url, json } = readArguments()
  const signedIn = await signInHeadless({ serverUrl: url, user, scope }).catch(explain)
  const missing = scopes(scope).filter((each) => !scopes(signedIn.scope).includes(each))
  if (missing.length > 0) throw new UsageError(`Not granted to ${user}: ${missing.join(', ')}`)
  const { accessToken, expiresInSeconds, resource } = signedIn
  console.error(
    `${user}, ${signedIn.scope}, for ${resource}, valid for ${expiresInSeconds ?? '?'} s`,
  )
  console.log(json ? JSON.stringify(signedIn, null, 2) : accessToken)
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        user: { type: 'string' },
        scope: { type: 'string', default: 'tools:call components:manage' },
        url: { type: 'string', default: `http://127.0.0.1:${readPorts(process.env).PORT}` },
        json: { type: 'boolean', default: false },
      },
    })
    if (!values.user) throw new UsageError(`Whose token? ${USAGE}`)
    if (!URL.canParse(values.url)) throw new UsageError(`${values.url} is not a URL. ${USAGE}`)
    return { ...values, user: values.user }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

/** OAuth's own refusals are news for the person; anything else is a fault. */
function explain(error: unknown): never {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const { error: code, error_description: description = '' } = error
    throw new UsageError(`The server refused: ${code} ${description}`.trim())
  }
  throw error
}

if (import.meta.main) await main().catch(endWith)
