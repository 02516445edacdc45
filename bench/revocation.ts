// How soon a revocation holds: for the very next call, made by another client, and for a call that runs. Both from
// the answer of `revoke-network-permission` to the answer of the call, whose component makes requests until one
// is refused. Throws when a next call was let out even once; says whether running ones kept within the second
// that is promised. Alone: `npm run bench:revocation`.

import { signInHeadless } from '../local/oauth.ts'
import { looper } from '../test/support/looper.ts'
import { caller, quantile, upload } from './client.ts'
import { BenchSession } from './session.ts'
import { withStack } from './stack.ts'

const NEXT_ROUNDS = 200
const RUNNING_ROUNDS = 100
/** Milliseconds within which a running call is refused, of 99 in 100. */
const PROMISED_MS = 1_000
const HOST = 'demo.test'
const NAME = 'looper'
const POLICY = `version: "1.0"\npermissions:\n  network:\n    allow:\n      - host: ${HOST}\n`
const REVOKE = 'revoke-network-permission'
const ABOUT = { component_id: NAME, details: { host: HOST } }

/** False: the 99th percentile of running calls was over what is promised. */
export async function measureRevocation(url: string): Promise<boolean> {
  const scope = 'tools:call components:manage'
  const signIn = (scopes: string) =>
    signInHeadless({ serverUrl: url, user: 'alice', scope: scopes })
  const { accessToken } = await signIn(scope)
  const own = (await signIn('console')).accessToken
  const modern = caller(url, accessToken)
  const session = await BenchSession.open(url, (await signIn(scope)).accessToken, '2025-11-25')
  await upload(url, accessToken, NAME, await looper())
  const clients = [
    (name: string, args: Record<string, unknown>) => modern(name, args),
    (name: string, args: Record<string, unknown>) => session.call(name, args),
  ] as const

  const next: number[] = []
  for (let round = 0; round < NEXT_ROUNDS; round += 1) {
    await grant(url, own)
    const [revoking, calling] = round % 2 === 0 ? clients : ([clients[1], clients[0]] as const)
    await revoking(REVOKE, ABOUT)
    const revokedAt = performance.now()
    const { result } = await calling('ask-until-refused', {})
    if (result !== 0) throw new Error(`the next call made ${String(result)} requests`)
    next.push(performance.now() - revokedAt)
  }

  const running: number[] = []
  for (let round = 0; round < RUNNING_ROUNDS; round += 1) {
    await grant(url, own)
    const call = modern('ask-until-refused', {})
    // At every phase of the lease that the call holds.
    await new Promise((resolve) => setTimeout(resolve, 300 + (round * 500) / RUNNING_ROUNDS))
    await session.call(REVOKE, ABOUT)
    const revokedAt = performance.now()
    // It would throw at the bound on requests.
    await call
    running.push(Math.max(0, performance.now() - revokedAt))
  }
  console.log('')
  tell(`revoked: the next call is refused, ${NEXT_ROUNDS}`, next)
  tell(`revoked: a running call is, ${RUNNING_ROUNDS}`, running)
  const isKept = quantile(running, 0.99) <= PROMISED_MS
  if (!isKept) console.log(`more than the ${PROMISED_MS} ms that are promised`)
  return isKept
}

function tell(what: string, times: readonly number[]): void {
  const ms = (q: number) => `${quantile(times, q).toFixed(1)} ms`
  console.log(`${what.padEnd(40)} p50 ${ms(0.5)}   p99 ${ms(0.99)}   longest ${ms(1)}`)
}

/** As the person. */
async function grant(url: string, own: string): Promise<void> {
  const headers = { authorization: `Bearer ${own}` }
  const at = `${url}/api/components/${NAME}/policy`
  const written = await fetch(at, { method: 'PUT', headers, body: POLICY })
  if (!written.ok) throw new Error(`policy: ${written.status} ${await written.text()}`)
  await written.body?.cancel()
}

if (import.meta.main) {
  let isKept = false
  await withStack({ withPlainCode: false }, async (url) => {
    isKept = await measureRevocation(url)
  })
  process.exit(isKept ? 0 : 1)
}
