// Makes instances of a component that a person has loaded, as a call makes one, and calls nothing in them. For
// `npm run bench` only.

import { accountOf } from '../src/compose.ts'
import { CALL_LIMITS } from '../src/policy/limits.ts'
import { guestBounds } from '../src/sandbox/call.ts'
import { openIsolate } from '../src/sandbox/isolate.ts'
import { runGuest } from '../src/sandbox/sandbox.ts'
import { Artifacts } from '../src/store/artifacts.ts'

const NOTHING = { network: null, sockets: null, drive: null, keyValue: null, client: null }

/** How many were made, one after the other; `null` when `name` is not `instances`. */
export async function makeInstances(
  env: Env,
  person: string,
  name: string,
  args: unknown,
): Promise<number | null> {
  if (name !== 'instances') return null
  const { component, count } = args as { component: string; count: number }
  const view = await accountOf(env, person).component(component)
  if (view === null) throw new Error(`${component} is not loaded`)
  const { artifact, compiler, digest } = view.install
  const artifacts = new Artifacts(env.STORE)
  const code = {
    artifactDigest: artifact,
    modules: () => artifacts.modules(compiler, digest, artifact),
  }
  const guest = openIsolate(env.LOADER, code, person)
  for (let n = 0; n < count; n += 1) {
    const call = {
      id: crypto.randomUUID(),
      export: ['an export that no component has'],
      args: [],
      argv: [],
      stdin: '',
      environment: [],
      bounds: guestBounds(CALL_LIMITS),
      slot: null,
    }
    const outcome = await runGuest(guest, call, NOTHING, 60_000)
    // It is looked for in an instance that is there.
    if (outcome.tag !== 'trap' || !outcome.message.endsWith('the component lacks the export'))
      throw new Error(`no instance: ${JSON.stringify(outcome)}`)
  }
  return count
}
