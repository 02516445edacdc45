// A server whose stores and loader fail, or do not answer, from any of their operations on, while a person's agent and
// the person themselves use it: each time there is a typed answer, nothing is left half-done, and once the store is
// back the same server serves as before. The issuer, too.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { createBenchProject } from '../../bench/project.ts'
import { Browser } from '../../local/browser.ts'
import { pageText } from '../../local/forms.ts'
import type { Guarded } from '../../local/guarded.ts'
import type { IdentityProvider } from '../../local/identity.ts'
import { startIdentityProvider } from '../../local/identity.ts'
import { listenOnLoopback } from '../../local/loopback.ts'
import { signInHeadless } from '../../local/oauth.ts'
import { findFreePort } from '../../local/ports.ts'
import { loadSecrets } from '../../local/secrets.ts'
import { createState, stateIn } from '../../local/state.ts'
import { isHealthy, startWorker, workerVariables, writeWorkerEnv } from '../../local/worker.ts'
import { PublicJwk, readVerifyingKey } from '../../src/audit/key.ts'
import { verifyExport } from '../../src/audit/verify.ts'
import type { Fault } from '../faults/fault.ts'
import { consoleOf } from '../support/agent.ts'

const VERSION = '2026-07-28'
const LEGACY = '2025-11-25'
/** Longer than whatever the Worker itself waits for a store that hangs. */
const NO_ANSWER_MS = 15_000
/** No operation here has as many steps; one more would mean that it never ends well. */
const MAX_STEPS = 40
const TEXT = { text: 'three small words' }
const FILE = '/kept.txt'
const NOW = 'wassette-edge_time_clock_0_1_0_now'

const folder = mkdtempSync(path.join(tmpdir(), 'wassette-edge-test-'))
const state = stateIn(path.join(folder, 'state'))
let url: string
let identity: IdentityProvider
let identityPort: number
let worker: Guarded
let agent = ''
let manager = ''
let session = ''

beforeAll(async () => {
  const PORT = await findFreePort()
  identityPort = await findFreePort()
  url = `http://127.0.0.1:${PORT}`
  createState(state)
  const secrets = loadSecrets(state)
  identity = await startIdentityProvider({ port: identityPort, publicUrl: url, state })
  const ports = { PORT, IDENTITY_PORT: identityPort, ORIGIN_PORT: await findFreePort() }
  const variables = workerVariables(ports, secrets, identity.issuer, undefined)
  writeWorkerEnv(state, variables)
  await promisify(execFile)(process.execPath, ['local/seed.ts', '--state', state.root])
  const project = createBenchProject(path.join(folder, 'project'), 'test/faults/worker.ts')
  worker = await startWorker({ project, state, port: PORT, variables }, () => {})
  const healthy = async () => expect(await isHealthy(PORT)).toBe(true)
  await vi.waitFor(healthy, { timeout: 90_000, interval: 200 })
  const scope = 'tools:call components:manage'
  agent = (await signInHeadless({ serverUrl: url, user: 'alice', scope })).accessToken
  manager = (await signInHeadless({ serverUrl: url, user: 'alice', scope: 'console' })).accessToken
  for (const name of ['text-stats', 'filesystem']) await loaded(name)
  expect(await putPolicy('read-write')).toMatchObject({ is: 'done' })
  session = await openSession()
}, 180_000)
afterEach(async () => {
  await setFault(null)
})
afterAll(async () => {
  await worker?.stop()
  await identity?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** How a request ended: as it should, or with an error that says which. */
type Ended =
  | { readonly is: 'done'; readonly value: unknown }
  | { readonly is: 'error'; readonly status: number; readonly code: string | number }

async function setFault(fault: Fault | null): Promise<number> {
  const answer = await fetch(`${url}/faults`, { method: 'POST', body: JSON.stringify(fault) })
  return z.object({ seen: z.number() }).parse(await answer.json()).seen
}

const Rpc = z.object({
  result: z
    .looseObject({
      isError: z.boolean().optional(),
      structuredContent: z.record(z.string(), z.unknown()).optional(),
      _meta: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  error: z.looseObject({ code: z.number().optional(), message: z.string() }).optional(),
})
const ToolError = z.looseObject({ code: z.string() })

/** Throws when there is no answer, or one of which nobody could say what it is. */
async function send(headers: Record<string, string>, message: object): Promise<Ended> {
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
    signal: AbortSignal.timeout(NO_ANSWER_MS),
  })
  const { status } = response
  const text = await response.text()
  const json = text.startsWith('{') ? text : (/^data: (\{.*)$/m.exec(text)?.[1] ?? text)
  const { result, error } = Rpc.parse(JSON.parse(json))
  if (result === undefined) {
    if (error === undefined) throw new Error(`neither result nor error: ${text}`)
    return { is: 'error', status, code: error.code ?? error.message }
  }
  if (result.isError !== true) return { is: 'done', value: result.structuredContent }
  return { is: 'error', status, code: ToolError.parse(result._meta?.['wassette-edge/error']).code }
}

const call = (name: string, args: object) =>
  send(
    { 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/call', 'mcp-name': name },
    {
      method: 'tools/call',
      params: {
        name,
        arguments: args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': VERSION,
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
  )

const callInSession = (name: string, args: object) =>
  send(
    { 'mcp-protocol-version': LEGACY, 'mcp-session-id': session },
    { method: 'tools/call', params: { name, arguments: args } },
  )

async function openSession(): Promise<string> {
  const clientInfo = { name: 'faults', version: '1.0.0' }
  const params = { protocolVersion: LEGACY, capabilities: {}, clientInfo }
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${agent}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  })
  await response.text()
  return response.headers.get('mcp-session-id') ?? ''
}

const ApiError = z.object({ error: z.looseObject({ message: z.string() }) })

async function api(method: string, at: string, body?: string): Promise<Ended> {
  const response = await fetch(`${url}${at}`, {
    method,
    headers: { authorization: `Bearer ${manager}` },
    signal: AbortSignal.timeout(NO_ANSWER_MS),
    ...(body === undefined ? {} : { body }),
  })
  const { status } = response
  const text = await response.text()
  if (response.ok) return { is: 'done', value: text }
  const { error } = ApiError.parse(JSON.parse(text))
  return { is: 'error', status, code: error.message }
}

async function value(ended: Promise<Ended>): Promise<unknown> {
  const end = await ended
  if (end.is !== 'done') throw new Error(`not done: ${JSON.stringify(end)}`)
  return end.value
}

const loaded = (name: string) => value(call('load-component', { path: name }))
const COUNTED = { result: { bytes: 17, words: 3 } }
const policyAt = '/api/components/filesystem/policy'
const POLICIES = {
  read: 'version: "1.0"\npermissions: {storage: {allow: [{uri: "fs:///", access: ["read"]}]}}\n',
  'read-write':
    'version: "1.0"\npermissions: {storage: {allow: [{uri: "fs:///", access: ["read", "write"]}]}}\n',
}
const putPolicy = (which: keyof typeof POLICIES) => api('PUT', policyAt, POLICIES[which])

/** What a person or an agent does, and what has to hold whatever came of it, once the store is back. */
interface Deed {
  readonly name: string
  readonly stores: readonly Fault['store'][]
  /** Both, where nothing is said. A guest that does not answer is the wall clock's, and has its tests there. */
  readonly modes?: Partial<Record<Fault['store'], readonly Fault['mode'][]>>
  readonly before?: () => Promise<unknown>
  readonly does: () => Promise<Ended>
  /** `ended` is how it ended. Does the same again, which succeeds. */
  readonly after: (ended: Ended) => Promise<void>
}

let written = 0
const content = (n: number) => `${n} `.repeat(100_000)
const kept = async () => {
  const { result } = z
    .object({ result: z.object({ ok: z.string() }) })
    .parse(await value(call('read-file', { path: FILE })))
  return result.ok
}

const DEEDS: readonly Deed[] = [
  {
    name: 'a call',
    stores: ['OAUTH_KV', 'DB', 'LOADER'],
    modes: { LOADER: ['fail'] },
    does: () => call('analyze', TEXT),
    after: async () => expect(await value(call('analyze', TEXT))).toMatchObject(COUNTED),
  },
  {
    name: 'a call in a session',
    stores: ['OAUTH_KV', 'LOADER'],
    modes: { LOADER: ['fail'] },
    does: () => callInSession('analyze', TEXT),
    after: async () => expect(await value(callInSession('analyze', TEXT))).toMatchObject(COUNTED),
  },
  {
    name: 'a file that is written',
    stores: ['STORE'],
    before: () => value(call('write-file', { path: FILE, content: content(written) })),
    does: () => call('write-file', { path: FILE, content: content((written += 1)) }),
    after: async (ended) => {
      const possible = [content(written), ...(ended.is === 'done' ? [] : [content(written - 1)])]
      expect(possible.includes(await kept()), 'the file is neither old nor new').toBe(true)
    },
  },
  {
    name: 'a component that is loaded',
    stores: ['DB', 'STORE'],
    modes: { STORE: ['fail'] },
    does: () => call('load-component', { path: 'time' }),
    after: async () => {
      const now = await call(NOW, {})
      // There or not there: what is listed can be called.
      if (now.is === 'error') expect(now.code).toBe(-32602)
      await loaded('time')
      await value(call(NOW, {}))
      await value(call('unload-component', { id: 'time' }))
      expect(await call(NOW, {})).toMatchObject({ is: 'error', code: -32602 })
    },
  },
  {
    name: 'a policy that the person writes',
    stores: ['DB'],
    before: () => value(putPolicy('read-write')),
    does: () => putPolicy('read'),
    after: async (ended) => {
      const text = String(await value(api('GET', policyAt)))
      const isNew = !text.includes('write')
      if (ended.is === 'done') expect(isNew).toBe(true)
      const wrote = await call('write-file', { path: FILE, content: 'x' })
      expect(wrote.is === 'done', 'the document and what is enforced differ').toBe(!isNew)
      await value(putPolicy('read-write'))
      await value(call('write-file', { path: FILE, content: 'x' }))
    },
  },
]

function faultsOf({ stores, modes }: Deed): (readonly [Fault['mode'], Fault['store']])[] {
  return stores.flatMap((store) =>
    (modes?.[store] ?? (['fail', 'hang'] as const)).map((mode) => [mode, store] as const),
  )
}

describe.each(DEEDS.map((deed) => [deed.name, deed] as const))('%s', (_, deed) => {
  it.each(faultsOf(deed))(
    'has a typed end, whichever operation is the first to %s: %s',
    async (mode, store) => {
      for (let from = 1; from <= MAX_STEPS; from += 1) {
        await deed.before?.()
        await setFault({ store, mode, from })
        const ended = await deed.does()
        const seen = await setFault(null)
        await deed.after(ended)
        if (seen < from) {
          expect(ended, 'it was not done although all was well').toMatchObject({ is: 'done' })
          return
        }
      }
      throw new Error('it never ended well')
    },
  )
})

describe('the audit', () => {
  it('of all that is whole', async () => {
    const key = await readVerifyingKey(
      PublicJwk.parse(await (await fetch(`${url}/audit/key`)).json()),
    )
    const exported = String(await value(api('GET', '/api/audit')))
    expect(await verifyExport(exported.trimEnd().split('\n'), [key], [])).toMatchObject({
      ok: true,
    })
  })
})

describe('the issuer', () => {
  const signIn = async () => {
    const response = await fetch(`${url}/sign-in`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(NO_ANSWER_MS),
    })
    return { status: response.status, text: pageText(await response.text()) }
  }

  it('may be away, or not answer: the person is told so, and is let in when it is back', async () => {
    await identity.close()
    expect(await signIn()).toMatchObject({
      status: 502,
      text: expect.stringContaining('The identity provider does not answer'),
    })
    let asked = 0
    const silent = await listenOnLoopback(identityPort, () => (asked += 1))
    expect([await signIn(), asked]).toMatchObject([{ status: 502 }, 1])
    await silent.close()
    identity = await startIdentityProvider({ port: identityPort, publicUrl: url, state })
    expect(await consoleOf(url, 'bob')).toBeInstanceOf(Browser)
  })
})
