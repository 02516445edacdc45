// A call whose world fails once its guest has run: a scripted guest, an account that breaks at one verb, and what is
// then on the record and told.

import { env } from 'cloudflare:workers'
import type { CallToolResult } from '@modelcontextprotocol/server'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { callEvent } from '../../src/account/audit-events.ts'
import type { Receipt } from '../../src/account/record.ts'
import type { Aftermath } from '../../src/account/recording.ts'
import type { AdmittedTool } from '../../src/account/verbs/calls.ts'
import { AuditEvent } from '../../src/audit/event.ts'
import type { CallDeps, CallRequest } from '../../src/call.ts'
import { call } from '../../src/call.ts'
import type { DriveVerbs } from '../../src/capabilities/drive.ts'
import type { ChunkStore } from '../../src/capabilities/drive-file.ts'
import type { GuestCapabilities } from '../../src/capabilities/held.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import { toResult } from '../../src/mcp/results.ts'
import type { Outcome } from '../../src/outcome.ts'
import type { Environment } from '../../src/policy/authority.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { parseStorageRule } from '../../src/policy/storage-rule.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { chunksOf } from './support/io.ts'
import { authority } from './support/lease.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const OTHER = `sha256:${'b'.repeat(64)}` as Digest
const GRANTED = { method: 'POST', scheme: 'https', authority: 'granted.test', path: '/pay' }
const DENIED = { ...GRANTED, authority: 'denied.test' }
const FORM = { tag: 'form', val: { message: 'Which?', fields: [] } }

let model: ToolModel
beforeAll(async () => {
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  const analyze = compiled.value.tools.find(({ name }) => name === 'analyze')
  if (analyze === undefined) throw new Error('no such tool')
  model = analyze
})

let posted = 0
beforeEach(() => {
  posted = 0
  vi.spyOn(console, 'error').mockImplementation(() => {})
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => {
    posted += 1
    return new Response('done')
  })
})

const REPORT = { outcome: { tag: 'ok', value: null }, stdout: 'said', stderr: '', fuel: 7 }

/** In jco's shapes. */
const STATISTICS = {
  bytes: 1,
  characters: 1,
  words: 1,
  distinctWords: 1,
  lines: 1,
  sentences: 1,
  meanWordLength: 1,
  longestWord: 'x',
  topWords: [],
}

const ANSWERED = { ...REPORT, outcome: { tag: 'ok', value: STATISTICS } }
const WRITES = {
  create: true,
  exclusive: false,
  truncate: true,
  directory: false,
  read: false,
  write: true,
}

type Guest = (held: GuestCapabilities) => Promise<unknown>

async function send({ network }: GuestCapabilities, message: object): Promise<void> {
  await network?.send({ ...message, headers: [], body: null, timeoutMs: null })
}

/** `environment`: variables that it may be handed. */
function admitted(environment: Environment = [['KEY', 'value']]): AdmittedTool {
  const host = parseHostRule('granted.test')
  const path = parseStorageRule('fs:///', ['read', 'write'])
  if (!host.ok || !path.ok) throw new Error('no rules')
  const held = authority({
    network: { layers: [layerOf('grants', [host.value])], ownHosts: [] },
    storage: { layers: [layerOf('grants', [path.value])] },
  })
  const of = { component: 'payer', source: 'upload:payer', digest: DIGEST, artifact: DIGEST }
  return {
    tool: { name: 'pay', component: 'payer', export: 'pay', model },
    install: {
      ...of,
      person: 'p',
      wit: null,
      bytes: 1,
      compiler: 'c',
      imports: [],
      labels: [],
      skipped: [],
      loaded_at: 1,
    },
    authority: {
      ...held,
      client: true,
      environment,
      handed: environment.map(([key]) => ({ key, grants: [{ id: `g-${key}`, limited: false }] })),
    },
    secrets: [],
    labels: { has: [], declared: [], keyValue: [] },
    storeLife: 0,
  }
}

class BrokenDown extends Error {
  readonly code = 'store-late'
}

interface World {
  readonly guest: Guest
  /** Verbs of the account that fail. */
  readonly fails?: readonly string[]
  readonly store?: ChunkStore
  readonly before?: CallRequest['before']
  readonly drive?: string
  readonly state?: string
  /** Verbs of the account that answer otherwise. */
  readonly works?: Readonly<Record<string, () => unknown>>
}

interface Told {
  readonly outcome: Outcome
  readonly receipt: Receipt
  readonly aftermath: Aftermath
  readonly text: string
  readonly error: unknown
  /** What each run of the guest was handed. */
  readonly handed: readonly Environment[]
}

async function made({
  guest,
  fails = [],
  store,
  before = null,
  drive = 'p',
  state,
  works: otherwise = {},
}: World): Promise<Told> {
  const handed: Environment[] = []
  const records: [Receipt, Aftermath][] = []
  const works: Record<string, (...args: never[]) => unknown> = {
    admit: () => admitted(),
    announce: () => undefined,
    ask: () => ({ ok: true, value: { id: 'asked' } }),
    bring: () => ({ ok: true, value: { has: [], permitted: false } }),
    keepRound: () => undefined,
    // The drive's bodies may take longer than its lease.
    renew: () => admitted().authority,
    record: (...args: [Receipt, Aftermath]) => void records.push(args),
    takeRound: () => null,
    ...otherwise,
  }
  const verb =
    (name: string) =>
    async (...args: never[]) => {
      if (fails.includes(name)) throw new BrokenDown('D1 did not answer in time')
      return works[name]?.(...args)
    }
  const verbs = Object.fromEntries(Object.keys(works).map((name) => [name, verb(name)]))
  const stub: GuestStub = {
    run: async ({ environment }, held) => {
      handed.push(environment)
      return (await guest(held)) ?? REPORT
    },
    stop: async () => {},
    loadFault: () => null,
  }
  const tree = env.DRIVE.getByName(drive) as unknown as DriveVerbs
  const deps: CallDeps = {
    account: verbs as unknown as CallDeps['account'],
    isolate: () => stub,
    refresh: async (tool) => tool,
    sources: { upstreams: new Map(), drive: () => ({ tree, store: store ?? chunksOf(drive) }) },
    now: Date.now,
    newId: () => crypto.randomUUID(),
    onReceipt: null,
  }
  const request: CallRequest = {
    principal: { person: 'p', client: 'c', clientName: 'C', since: 1, scopes: ['tools:call'] },
    session: null,
    tool: 'pay',
    arguments: { text: 'x' },
    exchange: {
      notify: null,
      shows: { forms: true, pages: false },
      abilities: ['forms'],
      push: null,
      isPatient: false,
      state: state ?? null,
      responses: {},
      cancelled: null,
    },
    before,
  }
  const outcome = await call(request, deps)
  const [record, ...more] = records
  if (record === undefined || more.length > 0) throw new Error('not recorded once')
  const [receipt, aftermath] = record
  if (outcome.tag === 'asks') throw new Error(outcome.tag)
  const result: CallToolResult =
    outcome.tag === 'unknown-tool' ? { content: [] } : toResult(outcome, 'https://server.test')
  const [first] = result.content
  const text = first?.type === 'text' ? first.text : ''
  const error = result._meta?.['wassette-edge/error']
  return { outcome, receipt, aftermath, text, error, handed }
}

describe('a call that met a fault', () => {
  it('is denied with all that it did when the person could not be asked', async () => {
    const { outcome, receipt, text } = await made({
      fails: ['ask'],
      guest: async (held) => {
        await send(held, GRANTED)
        await send(held, DENIED)
        return { ...REPORT, outcome: { tag: 'trap', message: 'denied' } }
      },
    })
    expect(posted).toBe(1)
    expect(outcome).toMatchObject({ tag: 'denied', denied: { approvals: [], unasked: 'fault' } })
    expect(receipt.host_calls.map(({ host, outcome }) => [host, outcome])).toEqual([
      ['granted.test', 'answered'],
      ['denied.test', 'denied'],
    ])
    expect(text).toContain('The person could not be asked')
    expect(text).not.toContain('Nothing was changed')
  })

  it('keeps on the record what its guest did, and does not say that nothing was changed', async () => {
    const { outcome, receipt, aftermath, text, error } = await made({
      fails: ['keepRound'],
      before: { answers: [], claimant: 'first' },
      guest: async (held) => {
        await send(held, GRANTED)
        await held.client?.ask([['which', FORM]])
        await held.client?.updated('note://changed')
        return { ...REPORT, outcome: { tag: 'asks' } }
      },
    })
    expect(posted).toBe(1)
    expect(outcome).toEqual({ tag: 'fault', isLate: true, ran: true })
    expect(receipt).toMatchObject({
      outcome: 'fault',
      reason: 'store-late',
      component: 'payer',
      source: 'upload:payer',
      digest: DIGEST,
      variables: ['KEY'],
      fuel: 7,
      log: 'said',
      host_calls: [{ host: 'granted.test', method: 'POST', outcome: 'answered' }],
      usage: { ran: true },
    })
    expect(aftermath).toMatchObject({ claimant: 'first', goesOn: false, moved: {} })
    expect(error).toEqual({ code: 'store-late', ran: true })
    expect(text).toContain('what it did is done')
    expect(text).not.toContain('Nothing was changed')
  })

  it('ends what an earlier round of it has claimed, though it was not even admitted', async () => {
    const { outcome, aftermath, text, error } = await made({
      fails: ['admit'],
      before: { answers: [], claimant: 'first' },
      guest: async () => REPORT,
    })
    expect(outcome).toEqual({ tag: 'fault', isLate: true, ran: false })
    expect(aftermath).toMatchObject({ claimant: 'first', goesOn: false, moved: {} })
    expect(error).toEqual({ code: 'store-late', ran: false })
    expect(text).toContain('Nothing was changed')
  })

  it('is answered when only nobody could be told what has changed', async () => {
    const { outcome } = await made({
      fails: ['announce'],
      guest: async (held) => {
        await held.client?.updated('note://changed')
        return ANSWERED
      },
    })
    expect(outcome.tag).toBe('answered')
  })

  it('withholds its answer when a file that was left open cannot be saved', async () => {
    const store = chunksOf('two-files')
    let puts = 0
    const failing: ChunkStore = {
      ...store,
      put: async (bytes) => {
        puts += 1
        if (puts > 2) throw new Error('R2 is broken')
        return await store.put(bytes)
      },
    }
    const { outcome, receipt, text } = await made({
      store: failing,
      drive: 'two-files',
      guest: async ({ drive }) => {
        for (const path of ['first', 'second']) {
          const opened = await drive?.open(path, WRITES)
          if (opened?.ok !== true) throw new Error('not opened')
          await drive?.write(opened.value.handle ?? 0, 0, new Uint8Array(200_000))
          await drive?.write(opened.value.handle ?? 0, 200_000, new Uint8Array(200_000))
        }
        return ANSWERED
      },
    })
    expect(outcome).toEqual({ tag: 'unsaved', why: 'io' })
    expect(receipt).toMatchObject({ outcome: 'unsaved', reason: 'io', component: 'payer' })
    expect(receipt.host_calls).toHaveLength(2)
    expect(text).toContain('could not be saved')
    const tree = env.DRIVE.getByName('two-files') as unknown as DriveVerbs
    const sizes = await Promise.all(
      ['/first', '/second'].map(async (path) => await tree.stat(path as never)),
    )
    expect(sizes).toMatchObject([{ value: { size: 400_000 } }, { value: { size: 0 } }])
  })
})

describe('a file that was left open', () => {
  const MANY = { ...STATISTICS, longestWord: 'x'.repeat(CALL_LIMITS.outputBytes) }

  it.each<[string, unknown, boolean, object, number]>([
    ['that is answered', STATISTICS, false, { tag: 'answered' }, 200_000],
    ['that says too much', STATISTICS, true, { tag: 'bound', bound: 'client-messages' }, 0],
    ['whose answer is too long', MANY, false, { tag: 'bound', bound: 'output-bytes' }, 0],
    ['whose answer is none', null, false, { tag: 'bad-result' }, 0],
  ])('is saved as its call ends: %s', async (how, value, isLoud, expected, size) => {
    const person = `left open: ${how}`
    const { outcome } = await made({
      drive: person,
      guest: async ({ drive, client }) => {
        const opened = await drive?.open('file', WRITES)
        if (opened?.ok !== true) throw new Error('not opened')
        await drive?.write(opened.value.handle ?? 0, 0, new Uint8Array(200_000))
        const most = isLoud ? CALL_LIMITS.clientMessages + 1 : 0
        const entry = { level: 'info', logger: null, message: 'x' } as const
        for (let n = 0; n < most; n += 1) await client?.log(entry)
        return { ...REPORT, outcome: { tag: 'ok', value } }
      },
    })
    expect(outcome).toMatchObject(expected)
    const tree = env.DRIVE.getByName(person) as unknown as DriveVerbs
    expect(await tree.stat('/file' as never)).toMatchObject({ value: { size } })
  })
})

it('has its files before anybody is asked about what was refused to it', async () => {
  const person = 'saved first'
  const tree = env.DRIVE.getByName(person) as unknown as DriveVerbs
  const sizes: unknown[] = []
  const { outcome } = await made({
    drive: person,
    works: {
      ask: async () => {
        sizes.push(await tree.stat('/file' as never))
        return { ok: true, value: { id: 'asked' } }
      },
    },
    guest: async (held) => {
      const opened = await held.drive?.open('file', WRITES)
      if (opened?.ok !== true) throw new Error('not opened')
      await held.drive?.write(opened.value.handle ?? 0, 0, new Uint8Array(200_000))
      await send(held, DENIED)
      return { ...REPORT, outcome: { tag: 'ok', value: STATISTICS } }
    },
  })
  expect(outcome.tag).toBe('answered')
  expect(sizes).toMatchObject([{ value: { size: 200_000 } }])
})

describe('the record of a call', () => {
  const answering = async () => ({ ...REPORT, outcome: { tag: 'ok', value: STATISTICS } })
  const waits: Partial<AdmittedTool> = { authority: 'waits' }
  const replaced = (by: Partial<AdmittedTool['install']>) => {
    const tool = admitted()
    return { ...tool, install: { ...tool.install, ...by } }
  }

  /** It goes on after an answer of the person, and `second` is what it may do then. */
  async function goesOn(second: AdmittedTool | 'too-many-calls' | null): Promise<Told> {
    const admissions = [admitted([]), second]
    const round = { kind: 'form', answers: [], asked: 'd', names: [], claimant: 'first', call: {} }
    return await made({
      state: 'round',
      works: { admit: () => admissions.shift(), takeRound: () => round },
      guest: answering,
    })
  }

  it.each(['variable', 'Variable', 'answered', 'not-granted', 'ordinary-value'])(
    'is whole when the guest was handed %s',
    async (value) => {
      const { outcome, receipt } = await made({
        works: { admit: () => admitted([['KEY', value]]) },
        guest: async (held) => {
          await send(held, DENIED)
          await send(held, GRANTED)
          return await answering()
        },
      })
      expect(outcome.tag).toBe('answered')
      const { texts } = AuditEvent.parse(callEvent(receipt))
      expect(texts).toMatchObject({
        variables: ['KEY'],
        asked: [
          { asked: { kind: 'variable', key: 'KEY' }, verdict: 'allowed', grants: ['g-KEY'] },
          { asked: { kind: 'request', host: 'denied.test' }, verdict: 'not-granted' },
          { asked: { kind: 'request', host: 'granted.test' }, verdict: 'allowed' },
        ],
      })
      expect(receipt.host_calls.map((one) => one.outcome)).toEqual(['denied', 'answered'])
    },
  )

  it('says what it ran with where it goes on with more than it began with', async () => {
    const more = [['KEY', 'ordinary-value']] as const
    const { outcome, receipt, handed } = await goesOn(admitted(more))
    expect(outcome.tag).toBe('answered')
    expect(handed).toEqual([more])
    expect(receipt.variables).toEqual(['KEY'])
    const alike = await made({ works: { admit: () => admitted(more) }, guest: answering })
    expect(receipt.policy_digest).toBe(alike.receipt.policy_digest)
    const begun = await made({ works: { admit: () => admitted([]) }, guest: answering })
    expect(receipt.policy_digest).not.toBe(begun.receipt.policy_digest)
  })

  it('names no variable that nothing was left of, or whose call was refused before it ran', async () => {
    const limited = admitted()
    if (typeof limited.authority === 'string') throw new Error('no authority')
    const spent = [{ key: 'KEY', grants: [{ id: 'g', limited: true }] }]
    const authority = { ...limited.authority, handed: spent }
    const unhanded = await made({
      works: { admit: () => ({ ...limited, authority }), claim: () => null },
      guest: answering,
    })
    expect([unhanded.outcome.tag, unhanded.handed]).toEqual(['answered', [[]]])
    expect(unhanded.receipt.variables).toEqual([])
    const denial = { permission: 'labels', reason: 'flow', brings: [], has: [], from: [] }
    const refused = await made({
      works: { bring: () => ({ ok: false, error: denial }) },
      guest: answering,
    })
    expect([refused.outcome.tag, refused.handed]).toEqual(['denied', []])
    expect(refused.receipt.variables).toEqual([])
  })

  it('has how it ended when it may not go on as it began', async () => {
    const waiting = await goesOn({ ...admitted(), ...waits })
    expect(waiting.outcome).toEqual({ tag: 'waits', component: 'payer' })
    const many = await goesOn('too-many-calls')
    expect(many.outcome).toMatchObject({ tag: 'bound', bound: 'concurrent-calls' })
    for (const { receipt, aftermath, handed } of [waiting, many]) {
      expect([handed, receipt.variables, aftermath.claimant]).toEqual([[], [], 'first'])
    }
  })

  it.each([
    { source: 'upload:other' },
    { digest: OTHER },
    { artifact: OTHER },
    { wit: OTHER },
  ] as const)('is of what it began with, which does not run as another version: %j', async (by) => {
    const { outcome, receipt, handed } = await goesOn(replaced(by))
    expect(outcome).toEqual({ tag: 'unknown-tool' })
    expect(handed).toEqual([])
    expect(receipt).toMatchObject({ source: 'upload:payer', digest: DIGEST, variables: [] })
  })
})
