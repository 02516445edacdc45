// What the attacks have in common: a person with an agent and a console, signed in once for the whole
// folder, the intruder loaded without a single permission, and what the outside world received.

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { CallToolResult } from '@modelcontextprotocol/client'
import { expect, inject } from 'vitest'
import * as z from 'zod'
import type { SignedIn } from '../../local/oauth.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleCookie } from './agent.ts'
import { constants, read } from './components.ts'
import { switchTo } from './labels.ts'
import type { Received } from './watcher.ts'

export const INTRUDER = read('components/hostile/intruder/intruder.wasm')
/** Milliseconds (`src/http/guards.tsx`). */
const FRESH_MS = 15 * 60_000
const SCOPE = 'tools:call components:manage console'

export interface Resident {
  readonly agent: Agent
  /** Cookie header of the person's browser. */
  readonly cookie: string
}

/** A person and their agent; tokens are kept beside the server's state, so a file does not sign in again. */
export async function resident(user: 'alice' | 'bob'): Promise<Resident> {
  const { url, stateDir } = inject('server')
  const file = path.join(stateDir, `escape-${user}.json`)
  // A sign-in decides nothing when it is older than that.
  if (!existsSync(file) || Date.now() - statSync(file).mtimeMs > FRESH_MS / 2) {
    const signedIn = await signInHeadless({ serverUrl: url, user, scope: SCOPE, clientName: user })
    const cookie = await consoleCookie(url, user)
    writeFileSync(file, JSON.stringify({ signedIn, cookie }))
    // One client does whatever the attacks do: each is to be stopped by what it attacks.
    const agent = await Agent.with(url, signedIn)
    if ((await switchTo({ cookie }, agent, 'off')) !== 303) throw new Error('labels stay on')
    await agent.close()
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as { signedIn: SignedIn; cookie: string }
  return { agent: await Agent.with(url, kept.signedIn), cookie: kept.cookie }
}

/** Loads `bytes` as `name`: anew, so that nothing is granted or denied to it and nothing is asked any more. */
export async function loaded(who: Resident, name: string, bytes: Uint8Array): Promise<void> {
  const { agent } = who
  await agent.call('unload-component', { id: name })
  const answer = await agent.upload(name, bytes)
  if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
  await answer.body?.cancel()
  // Unloading leaves what the person denied and limited.
  await onPolicy(who, name, { method: 'DELETE' })
}

/** What the server says to an upload that it has to refuse; the person has no such component then. */
export async function refused({ agent }: Resident, bytes: Uint8Array): Promise<Refusal> {
  const answer = await agent.upload('refused', bytes)
  const text = await answer.text()
  if (answer.status < 400) await agent.value('unload-component', { id: 'refused' })
  const there = (await agent.components()).filter(({ id }) => id === 'refused')
  return { status: answer.status, text, there: there.length }
}

export interface Refusal {
  readonly status: number
  readonly text: string
  /** Components that are loaded all the same. */
  readonly there: number
}

/** Somebody else with a small tool, whose calls have to go on whatever a component does to the server. */
export async function neighbour(): Promise<Resident> {
  const bob = await resident('bob')
  await loaded(bob, 'neighbour', await constants({ 'his-number': 7 }))
  return bob
}

/**
 * What comes of `work`, and how many calls of the neighbour were answered until then. Whatever holds the
 * thread leaves a few of them, before it and behind it; what pauses every few milliseconds, some eighty.
 */
export async function beside<T>({ agent }: Resident, work: Promise<T>): Promise<[T, number]> {
  const state = { over: false }
  const result = work.finally(() => {
    state.over = true
  })
  let answers = 0
  while (!state.over) {
    if ((await agent.result('his-number')) !== 7)
      throw new Error('the neighbour got another answer')
    answers += 1
  }
  return [await result, answers]
}

/** A person whose agent has the intruder. */
export async function withIntruder(user: 'alice' | 'bob' = 'alice'): Promise<Resident> {
  const who = await resident(user)
  await loaded(who, 'intruder', INTRUDER)
  return who
}

/** The agent asks for a host and the person allows it. */
export async function allowHost(who: Resident, host: string, component = 'intruder') {
  const details = { host }
  await allow(who, 'grant-network-permission', { component_id: component, details })
}

/** The agent asks for a path of the drive and the person allows it. */
export async function allowPath(
  who: Resident,
  uri: string,
  access: readonly ('read' | 'write')[],
  component = 'intruder',
) {
  const details = { uri, access }
  await allow(who, 'grant-storage-permission', { component_id: component, details })
}

/** The agent asks for a variable and the person allows it. */
export async function allowVariable(who: Resident, key: string, component = 'intruder') {
  const details = { key }
  await allow(who, 'grant-environment-variable-permission', { component_id: component, details })
}

/** The person writes a policy, in the place of all that they said of the component. */
export async function putPolicy(who: Resident, component: string, document: string) {
  await onPolicy(who, component, { method: 'PUT', body: document })
}

async function onPolicy({ agent, cookie }: Resident, component: string, init: RequestInit) {
  const { origin } = new URL(agent.serverUrl)
  const response = await fetch(`${origin}/api/components/${component}/policy`, {
    ...init,
    headers: { cookie, origin, 'sec-fetch-site': 'same-origin' },
  })
  if (!response.ok) throw new Error(`the policy was answered ${response.status}`)
  await response.body?.cancel()
}

async function allow({ agent, cookie }: Resident, tool: string, args: Record<string, unknown>) {
  const { approval_url: page } = await agent.value(tool, args)
  const { origin } = new URL(agent.serverUrl)
  const response = await fetch(String(page), {
    method: 'POST',
    headers: { cookie, origin, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ decision: 'allow', life: 'always' }),
  })
  if (response.status !== 200) throw new Error(`the decision was answered ${response.status}`)
}

/** What the intruder sends. Text becomes bytes. */
export function message(
  url: string,
  more: { method?: string; headers?: [string, string][]; body?: string } = {},
) {
  const [, scheme = '', authority = '', rest = ''] = /^([^:]*):\/\/([^/]*)(.*)$/s.exec(url) ?? []
  const { method = 'GET', headers = [], body = '' } = more
  return {
    method,
    scheme,
    authority,
    path: rest === '' ? '/' : rest,
    headers: headers.map(([name, value]) => [name, bytes(value)]),
    body: bytes(body),
  }
}

const bytes = (text: string): string => Buffer.from(text, 'latin1').toString('base64')

/** What came of each message, told by the intruder. */
export async function send(
  { agent }: Resident,
  messages: readonly ReturnType<typeof message>[],
): Promise<string[]> {
  return await lines(agent, 'send', { messages })
}

/** What came of each use of the drive, told by the intruder. */
export async function roam(
  { agent }: Resident,
  deeds: readonly (readonly [tag: string, val: string | readonly [string, string]])[],
): Promise<string[]> {
  return await lines(agent, 'roam', { deeds: deeds.map(([tag, val]) => ({ tag, val })) })
}

/** The list that a tool answered with, whatever was refused beside it. */
export async function lines(
  agent: Agent,
  tool: string,
  args: Record<string, unknown> = {},
): Promise<string[]> {
  const { structuredContent, content } = await agent.call(tool, args)
  const told = z.object({ result: z.array(z.string()) }).safeParse(structuredContent)
  if (!told.success) throw new Error(`${tool}: ${JSON.stringify(content)}`)
  return told.data.result
}

const Denied = z.looseObject({
  denials: z.array(z.looseObject({ reason: z.string() })),
  approvals: z.array(z.looseObject({ rule: z.string() })),
})

/** The refusals of an answer, whatever they are about; empty when it has none. */
export function refusalsOf(answer: CallToolResult): z.infer<typeof Denied> {
  const meta = answer._meta?.['wassette-edge/denials']
  return meta === undefined ? { denials: [], approvals: [] } : Denied.parse(meta)
}

/** What arrived outside since the last `forget`. */
export async function received(): Promise<Received> {
  return (await (await fetch(inject('watcher').controlUrl)).json()) as Received
}

/** Starts a loop of `watchedLooper`, and goes on once that was answered and asks again. */
export async function looping<T>(start: () => Promise<T>): Promise<{ readonly ended: Promise<T> }> {
  const asked = async () => (await received()).watched.length
  const before = await asked()
  const ended = start()
  await expect.poll(asked).toBeGreaterThanOrEqual(before + 2)
  return { ended }
}

export async function forget(): Promise<void> {
  await fetch(inject('watcher').controlUrl, { method: 'DELETE' })
}

/** Answers whoever asked for `/held`. */
export async function release(): Promise<void> {
  await fetch(inject('watcher').controlUrl, { method: 'PUT' })
}

export const NOTHING: Received = { watched: [], elsewhere: [], inside: [] }

const Call = z.looseObject({
  tool: z.string(),
  outcome: z.string(),
  reason: z.string().nullable(),
  host_calls: z.array(
    z.looseObject({ kind: z.string(), host: z.string(), port: z.number(), outcome: z.string() }),
  ),
})

/** Those on the person's record that began last, the very last first. */
export async function lastCalls(
  { agent }: Resident,
  limit: number,
): Promise<z.infer<typeof Call>[]> {
  const answer = await (await agent.api(`/api/calls?limit=${limit}`)).json()
  return z.looseObject({ calls: z.array(Call) }).parse(answer).calls
}

export async function lastCall(of: Resident): Promise<z.infer<typeof Call>> {
  const [last] = await lastCalls(of, 1)
  if (last === undefined) throw new Error('no call is on the record')
  return last
}
