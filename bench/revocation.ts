// How soon a revocation reaches a call that runs: from the answer of `revoke-network-permission` to the answer
// of a call whose component makes requests until one is refused. Prints medians and 99th percentiles; it
// asserts only that each call was refused.

import { Browser } from '../local/browser.ts'
import { signInHeadless } from '../local/oauth.ts'
import { signInToConsole } from '../local/sign-in.ts'
import { looper } from '../test/support/looper.ts'
import { caller, print, quantile, upload } from './client.ts'

const ROUNDS = 40
const HOST = 'demo.test'
const NAME = 'looper'

export async function measureRevocation(url: string): Promise<void> {
  const scope = 'tools:call components:manage'
  const { accessToken } = await signInHeadless({ serverUrl: url, user: 'alice', scope })
  const call = caller(url, accessToken)
  await upload(url, accessToken, NAME, await looper())
  const browser = new Browser()
  await signInToConsole(browser, url, 'alice')
  const about = { component_id: NAME, details: { host: HOST } }
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = await call('grant-network-permission', about, false)
    const page = await browser.open(String(asked['approval_url']))
    await browser.press(page, 'decision', 'allow', { life: 'always' })
    const running = call('ask-until-refused', {}, false)
    // At every phase of the lease that the call holds.
    await new Promise((resolve) => setTimeout(resolve, 300 + (round * 500) / ROUNDS))
    await call('revoke-network-permission', about, false)
    const revokedAt = performance.now()
    // It would throw at the bound on requests.
    await running
    times.push(Math.max(0, performance.now() - revokedAt))
  }
  console.log('')
  print('revoked: until a running call is refused', times)
  console.log(`longest ${quantile(times, 1).toFixed(1)} ms, of ${ROUNDS} revocations`)
}
