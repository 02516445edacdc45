// Builds what the Worker and the objects run on from their bindings. With `index.ts` the only place that
// knows bindings; everything else receives built objects.

import type { AuthInfo } from '@modelcontextprotocol/server'
import type { DurableObject } from 'cloudflare:workers'
import { waitUntil } from 'cloudflare:workers'
import type { Account } from './account/account.ts'
import { readSeed } from './audit/key.ts'
import type { DriveVerbs } from './capabilities/drive.ts'
import type { ChunkStore } from './capabilities/drive-file.ts'
import { parseUpstreams } from './capabilities/upstreams.ts'
import { COMPILER_VERSION, createCompile } from './compiler/compile.ts'
import { newBlob } from './drive/blobs.ts'
import type { LoadDeps } from './load.ts'
import { fewAtOnce, reload } from './load.ts'
import { BUILTINS, RESERVED_NAMES } from './mcp/builtins.ts'
import type { Desk } from './mcp/desk.ts'
import { createDesk } from './mcp/desk.ts'
import type { RequestStates } from './mcp/request-state.ts'
import { createRequestStates } from './mcp/request-state.ts'
import type { RequestOrigin } from './mcp/origin.ts'
import { SERVER_INFO } from './mcp/server-info.ts'
import { POLICY_SCHEMA } from './policy/document-schema.ts'
import type { Principal } from './principal.ts'
import { openIsolate } from './sandbox/isolate.ts'
import { Artifacts } from './store/artifacts.ts'
import { Catalogue } from './store/catalogue.ts'
import { Outlines } from './store/outlines.ts'
import { Exporter } from './telemetry/exporter.ts'
import { RequestTrace } from './telemetry/request-trace.ts'
import { readTelemetry } from './telemetry/settings.ts'

/** Seals what clients carry from a question to its answer, under a key derived from the host's. */
export function composeStates(
  env: Env,
  whoOf: (auth: AuthInfo | undefined) => string,
): RequestStates {
  const seed = readSeed(env.AUDIT_KEY)
  if (!seed.ok) throw new Error(seed.error)
  return createRequestStates(seed.value, whoOf)
}

/** What `/policy.schema.json` answers. */
export const policySchema: string = JSON.stringify(POLICY_SCHEMA, null, 2)

/** The verbs of a person's account. What crosses is plain data, which the stub's mapped types obscure. */
export type AccountVerbs = Omit<Account, keyof DurableObject | 'alarm'>

export function accountOf(env: Env, person: string): AccountVerbs {
  return env.ACCOUNT.getByName(person) as unknown as AccountVerbs
}

/** The drive of a person: its tree, and R2 for the bodies of chunks. */
function driveOf(env: Env, person: string): { tree: DriveVerbs; store: ChunkStore } {
  const store: ChunkStore = {
    async put(bytes) {
      const blob = newBlob(person)
      await env.STORE.put(blob, bytes)
      return blob
    },
    async get(blob) {
      const object = await env.STORE.get(blob)
      if (object === null) throw new Error('a chunk of a file is missing from the store')
      return new Uint8Array(await object.arrayBuffer())
    },
  }
  return { tree: env.DRIVE.getByName(person) as unknown as DriveVerbs, store }
}

export function composeLoad(env: Env, person: string): LoadDeps {
  const account = accountOf(env, person)
  return {
    account,
    catalogue: new Catalogue(env.DB),
    artifacts: new Artifacts(env.STORE),
    outlines: new Outlines(env.DB),
    compile: fewAtOnce(account, createCompile(env.LOADER)),
    upstreams: parseUpstreams(env.EGRESS_UPSTREAMS),
    ownHosts: [new URL(env.PUBLIC_URL).hostname],
    reserved: RESERVED_NAMES,
    now: Date.now,
  }
}

/** Of the isolate: what it counts belongs to nobody. */
const exporter = new Exporter({
  fetch: (url, init) => fetch(url, init),
  now: Date.now,
  log: (line) => console.warn(line),
})

/** `null` without a collector; `config.ts` refuses settings that cannot be read. */
function traceOf(env: Env, request: Parameters<typeof RequestTrace.open>[0]): RequestTrace | null {
  const settings = readTelemetry(env)
  if (!settings.ok || settings.value === null) return null
  return RequestTrace.open(request, {
    exporter,
    settings: settings.value,
    serviceVersion: SERVER_INFO.version,
    isBuiltin: (tool) => BUILTINS.has(tool),
    now: Date.now,
    later: waitUntil,
  })
}

export function composeDesk(
  env: Env,
  principal: Principal,
  session: string | null,
  origin: RequestOrigin,
): Desk {
  const trace = traceOf(env, { principal, session, origin })
  const account = accountOf(env, principal.person)
  const load = composeLoad(env, principal.person)
  const { artifacts, catalogue, upstreams } = load
  const desk = createDesk({
    principal,
    session,
    account,
    catalogue,
    load,
    sources: { upstreams, drive: () => driveOf(env, principal.person) },
    publicUrl: env.PUBLIC_URL,
    now: Date.now,
    newId: () => crypto.randomUUID(),
    isolate: ({ install }, person) => {
      const { compiler, digest, artifact } = install
      const modules = () => artifacts.modules(compiler, digest, artifact)
      return openIsolate(env.LOADER, { artifactDigest: artifact, modules }, person)
    },
    refresh: async (tool, again) => {
      if (tool.install.compiler === COMPILER_VERSION) return tool
      // It was compiled before: after an update many calls may need it at once.
      const made = await reload(tool.install, { ...load, compile: createCompile(env.LOADER) })
      const admitted = await again()
      if (admitted === null || admitted === 'too-many-calls') return admitted
      if (admitted.install.compiler === COMPILER_VERSION) return admitted
      return { tag: 'outdated', why: made.ok ? 'component-changed' : made.error.reason }
    },
    onReceipt: trace === null ? null : (receipt) => trace.note(receipt),
  })
  return trace === null ? desk : trace.around(desk)
}
