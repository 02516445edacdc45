// People whose stores can fail: their account, their desk, and components that are loaded over stores that work.

import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { CallToolResult } from '@modelcontextprotocol/server'
import type { AccountVerbs } from '../../../src/compose.ts'
import { accountOf, composeDesk, composeLoad } from '../../../src/compose.ts'
import type { LoadDeps } from '../../../src/load.ts'
import { loadUpload } from '../../../src/load.ts'
import type { Desk } from '../../../src/mcp/desk.ts'
import { patient } from '../../../src/patience.ts'
import { ALWAYS } from '../../../src/policy/life.ts'
import { faulty } from './faulty.ts'

const EXCHANGE = {
  notify: null,
  shows: { forms: false, pages: false },
  abilities: [],
  push: null,
  isPatient: false,
  state: null,
  responses: {},
  cancelled: null,
}

export const account = (person: string): AccountVerbs => accountOf(env, person)

export function desk(person: string): Desk {
  const principal = {
    person,
    client: 'c',
    clientName: 'C',
    since: 1,
    scopes: ['tools:call', 'components:manage'] as const,
  }
  const origin = { id: 1, protocol: null, traceparent: { message: null, http: null } }
  return composeDesk(patient(faulty(env, person)), principal, null, origin)
}

export async function call(person: string, tool: string, args: object): Promise<CallToolResult> {
  const answer = await desk(person).call(tool, args, EXCHANGE)
  if (answer === 'unknown-tool' || 'inputRequests' in answer) throw new Error('not a result')
  return answer as CallToolResult
}

export const isWell = (answer: CallToolResult): boolean => answer.isError !== true

const compiled = new Map<number, ReturnType<LoadDeps['compile']>>()

/** The same for everybody, over stores that work: compiled once. */
export function soundly(person: string): LoadDeps {
  const load = composeLoad(env, person)
  const compile: LoadDeps['compile'] = (bytes, wit) => {
    const known = compiled.get(bytes.length) ?? load.compile(bytes, wit)
    compiled.set(bytes.length, known)
    return known
  }
  return { ...load, compile }
}

export async function load(person: string, name: string, bytes: ArrayBuffer): Promise<void> {
  const loaded = await loadUpload(name, new Uint8Array(bytes), soundly(person))
  if (!loaded.ok) throw new Error(loaded.error.reason)
}

export async function grant(
  person: string,
  component: string,
  permission: 'storage' | 'network',
  rule: string,
): Promise<void> {
  const view = await account(person).component(component)
  if (view === null) throw new Error('no such component')
  const question = await account(person).propose(view.install, permission, rule, Date.now())
  if (question === null) throw new Error('no such version')
  const decided = await account(person).decide(question.id, 'allow', Date.now(), null, ALWAYS)
  if (!decided.ok) throw new Error(decided.error)
}

/** What the account knows by heart hides no step. */
export async function forgetful(person: string): Promise<void> {
  await evictDurableObject(env.ACCOUNT.getByName(person))
}
