// What tests of a guest isolate have in common: a call with the bounds of every call and nothing in its
// hands, and a component compiled and opened.

import { env } from 'cloudflare:workers'
import type { GuestCapabilities } from '../../../src/capabilities/held.ts'
import { createCompile } from '../../../src/compiler/compile.ts'
import { CALL_LIMITS } from '../../../src/policy/limits.ts'
import type { GuestCall } from '../../../src/sandbox/call.ts'
import { guestBounds } from '../../../src/sandbox/call.ts'
import type { GuestStub } from '../../../src/sandbox/isolate.ts'
import { openIsolate } from '../../../src/sandbox/isolate.ts'

export const NONE: GuestCapabilities = {
  network: null,
  sockets: null,
  drive: null,
  keyValue: null,
  client: null,
}

export const BOUNDS = guestBounds(CALL_LIMITS)

export function guestCall(
  path: readonly string[],
  args: readonly unknown[] = [],
  more: Partial<GuestCall> = {},
): GuestCall {
  const id = crypto.randomUUID()
  return {
    id,
    export: path,
    args,
    environment: [],
    argv: [],
    stdin: '',
    bounds: BOUNDS,
    slot: null,
    ...more,
  }
}

/** `name` is of the isolate: two of one name share it. */
export async function openGuest(name: string, bytes: Uint8Array, person = 'p'): Promise<GuestStub> {
  const compiled = await createCompile(env.LOADER)(bytes)
  if (!compiled.ok) throw new Error(`${name}: ${JSON.stringify(compiled.error)}`)
  const code = { artifactDigest: `test-${name}`, modules: async () => compiled.value.modules }
  return openIsolate(env.LOADER, code, person)
}
