// Isolates as the outside has to expect them: a guest has broken everything inside and runs JavaScript of
// its own choice in place of our shell, or beside it.

import { env } from 'cloudflare:workers'
import type { GuestCapabilities } from '../../../../src/capabilities/held.ts'
import type { GuestStub } from '../../../../src/sandbox/isolate.ts'
import { openIsolate } from '../../../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../../../src/sandbox/sandbox.ts'
import { runGuest } from '../../../../src/sandbox/sandbox.ts'
import { guestCall, NONE } from '../../../workerd/support/guest.ts'

export { NONE }

let isolates = 0

/**
 * The whole isolate is the guest's: `body` is that of `run(call, held)`, and what it returns is the report.
 * `name` stands for the component: isolates of one name and one person are one.
 */
export function owned(
  body: string,
  { person = 'alice', name = `owned-${(isolates += 1)}`, before = '' } = {},
): GuestStub {
  const source = `import * as workers from 'cloudflare:workers'
    ${before}
    const answer = (value) => ({ outcome: { tag: 'ok', value }, stdout: '', stderr: '', fuel: 0 })
    export default class extends workers.WorkerEntrypoint { async run(call, held) { ${body} } }`
  return open(name, person, [{ name: 'shell.js', js: source }])
}

/** Our shell around a component's glue that is JavaScript of the guest's choice. */
export function besideTheShell(js: string, person = 'alice'): GuestStub {
  return open(`beside-${(isolates += 1)}`, person, [{ name: 'component.js', js }])
}

function open(name: string, person: string, modules: { name: string; js: string }[]): GuestStub {
  return openIsolate(env.LOADER, { artifactDigest: name, modules: async () => modules }, person)
}

export async function run(
  guest: GuestStub,
  held: GuestCapabilities = NONE,
  wallClockMs = 20_000,
): Promise<RunOutcome> {
  return await runGuest(guest, guestCall(['run']), held, wallClockMs)
}

/** The value that a guest answered with. */
export async function valueOf(guest: GuestStub, held: GuestCapabilities = NONE): Promise<unknown> {
  const outcome = await run(guest, held)
  if (outcome.tag !== 'ok') throw new Error(JSON.stringify(outcome))
  return outcome.value
}

export const later = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
