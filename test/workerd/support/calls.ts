// What a person finds of their calls in D1, newest first.

import { env } from 'cloudflare:workers'
import type { AccountVerbs } from '../../../src/compose.ts'
import { Activity } from '../../../src/store/activity.ts'
import { EVERY_CALL } from '../../../src/store/call-filter.ts'
import type { CallRow } from '../../../src/store/calls.ts'

export async function callsOf(person: string): Promise<CallRow[]> {
  // What crosses is plain data, which the stub's mapped types obscure.
  await (env.ACCOUNT.getByName(person) as unknown as AccountVerbs).callsCopied()
  const page = { limit: 10, after: null, hostCalls: 256 }
  return (await new Activity(env.DB).page(person, EVERY_CALL, page)).calls
}
