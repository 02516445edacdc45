// A server that is killed at random moments while two people's agents work: whatever a client was answered is on the
// record afterwards, and so is every call that had begun, every chain verifies and goes on where it was, and no grant,
// file or component is lost or torn.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Browser } from '../../local/browser.ts'
import { findFreePort } from '../../local/ports.ts'
import { stateIn } from '../../local/state.ts'
import { PublicJwk, readVerifyingKey } from '../../src/audit/key.ts'
import type { VerifyingKey } from '../../src/audit/key.ts'
import { parseLine } from '../../src/audit/lines.ts'
import type { AuditRecord } from '../../src/audit/record.ts'
import type { Signed } from '../../src/audit/statement.ts'
import { verifyExport } from '../../src/audit/verify.ts'
import { Agent, consoleOf } from '../support/agent.ts'
import type { BareWorker } from '../support/bare-worker.ts'
import { constants, PROBE, read } from '../support/components.ts'
import { preparedBundle } from '../support/prepared.ts'
import type { RecordedRuntime } from '../support/recorded-runtime.ts'
import { recordRuntime } from '../support/recorded-runtime.ts'
import type { Stack } from '../support/stack.ts'
import { startStack } from '../support/stack.ts'

const ROUNDS = 50
/** Milliseconds of work until the kill, drawn anew for each round: some of it is always under way. */
const LONGEST_MS = 1_000
/** What was drawn is drawn again with the seed that a run has printed. */
const SEED = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const PEOPLE = ['alice', 'bob'] as const
const EVERY_SCOPE = 'tools:call components:manage console'
const SLOTS = 3
/** Three chunks, two of them in another store than the tree. */
const FILE_BYTES = 600_000
/** Milliseconds that the outside takes to answer, so that calls are under way when the server ends. */
const SLOW_MS = 400
/** Milliseconds after which a call that was cut off is on the record: its wall clock, some grace, and some more. */
const CUT_OFF_MS = 65_000

const random = mulberry32(SEED)
let stack: Stack
let runtime: RecordedRuntime
let worker: BareWorker
let key: VerifyingKey
let clients: Client[] = []
let outside: Server
beforeAll(async () => {
  const outsidePort = await findFreePort()
  outside = createServer((request, response) => {
    for (const client of clients) client.seen(request.url ?? '')
    setTimeout(() => response.end('seen'), SLOW_MS)
  })
  await once(outside.listen(outsidePort, '127.0.0.1'), 'listening')
  stack = await startStack({
    upstreams: `seen.test=http://127.0.0.1:${outsidePort}`,
    labels: 'off',
  })
  for (const user of PEOPLE) clients.push(await Client.of(stack.url, user))
  const jwk: unknown = await (await fetch(`${stack.url}/audit/key`)).json()
  key = await readVerifyingKey(PublicJwk.parse(jwk))
  await stack.stop()
  const state = stateIn(stack.stateDir)
  runtime = await recordRuntime(preparedBundle(), state, Number(stack.ports.PORT))
}, 300_000)
afterAll(async () => {
  await worker?.stop()
  runtime?.remove()
  outside?.closeAllConnections()
  outside?.close()
  if (stack !== undefined) rmSync(stack.stateDir, { recursive: true, force: true })
})

/** What may be in one place: the last state that was answered, and every one that was asked for since. */
class Slot<T> {
  possible: T[]

  constructor(first: T) {
    this.possible = [first]
  }

  asked(state: T): void {
    this.possible.push(state)
  }

  answered(state: T): void {
    this.possible = this.possible.slice(this.possible.lastIndexOf(state))
  }

  found(state: T): void {
    expect(this.possible, 'an answered state was lost').toContainEqual(state)
    this.possible = [state]
  }
}

/** A person with their agent and browser, and what the server has told them. */
class Client {
  readonly user: string
  readonly agent: Agent
  readonly browser: Browser
  readonly files = slots<number | null>(null)
  readonly components = slots<number | null>(null)
  readonly grants = slots(false)
  /** What was answered: digests of the arguments of calls, of components, and ids of approvals. */
  readonly answered = new Set<string>()
  /** Calls that reached the outside, answered or not: digests of their arguments, and when. */
  readonly begun = new Map<string, number>()
  checkpoint: Signed[] = []
  head = 1
  #n = 0
  /** Until the server is gone. */
  #round = new AbortController()
  #onAnswer = (): void => {}

  static async of(url: string, user: string): Promise<Client> {
    const agent = await Agent.of(url, user, { scope: EVERY_SCOPE })
    const client = new Client(user, agent, await consoleOf(url, user))
    await agent.upload('probe', PROBE)
    await agent.upload('io', read('test/fixtures/io/io.wasm'))
    await agent.load('fetch')
    const details = { uri: 'fs:///', access: ['read', 'write'] }
    await client.allow('grant-storage-permission', { component_id: 'io', details })
    const seen = { component_id: 'fetch', details: { host: 'seen.test' } }
    await client.allow('grant-network-permission', seen)
    return client
  }

  private constructor(user: string, agent: Agent, browser: Browser) {
    this.user = user
    this.agent = agent
    this.browser = browser
  }

  async allow(tool: string, args: Record<string, unknown>): Promise<void> {
    const asked = await this.agent.value(tool, args, this.#round)
    const page = await this.browser.open(String(asked['approval_url']))
    const { status } = await this.browser.press(page, 'decision', 'allow', { life: 'always' })
    if (status !== 200) throw new Error(`the decision was answered with ${status}`)
    this.#saw(page.url.pathname.split('/').at(-1) ?? '')
  }

  /** Resolves when something was answered in this round, or nothing will be any more. */
  async busy(working: Promise<void>): Promise<void> {
    const first = new Promise<void>((resolve) => (this.#onAnswer = resolve))
    await Promise.race([first, working])
  }

  /** Each in its own loop, until the server is gone. */
  async work(): Promise<void> {
    this.#round = new AbortController()
    const loops = [
      () => this.#call(),
      () => this.#call(),
      () => this.#write(),
      () => this.#load(),
      () => this.#decide(),
      () => this.#visit(),
    ]
    await Promise.all(
      loops.map(async (step) => {
        for (;;) {
          const went = await step().catch(() => false)
          if (!went) return
        }
      }),
    )
  }

  async #call(): Promise<boolean> {
    const args = { value: `${this.user} ${(this.#n += 1)}` }
    const result = await this.agent.call('echo-string', args, this.#round)
    this.#saw(digestOf(JSON.stringify(args)))
    return result.isError !== true
  }

  async #write(): Promise<boolean> {
    const [n, slot] = this.#one(this.files)
    const seed = (this.#n += 1) * 2 + 1
    const args = { path: `f${n}`, bytes: FILE_BYTES, seed }
    slot.asked(seed)
    const result = await this.agent.call('fill', args, this.#round)
    this.#saw(digestOf(JSON.stringify(args)))
    if (result.isError === true) return false
    slot.answered(seed)
    return true
  }

  async #load(): Promise<boolean> {
    const [n, slot] = this.#one(this.components)
    const value = (this.#n += 1)
    const bytes = await constants({ [`constant-${n}`]: value })
    slot.asked(value)
    const { ok } = await this.agent.upload(`constant-${n}`, bytes)
    if (!ok) return false
    this.#saw(digestOf(bytes))
    slot.answered(value)
    return true
  }

  async #decide(): Promise<boolean> {
    const [n, slot] = this.#one(this.grants)
    const isGranted = slot.possible.at(-1) ?? false
    const args = { component_id: 'fetch', details: { host: `h${n}.test` } }
    slot.asked(!isGranted)
    if (isGranted) await this.agent.value('revoke-network-permission', args, this.#round)
    else await this.allow('grant-network-permission', args)
    slot.answered(!isGranted)
    return true
  }

  async #visit(): Promise<boolean> {
    const args = { url: `http://seen.test/${this.user}/${(this.#n += 1)}` }
    const result = await this.agent.call('fetch', args, this.#round)
    this.#saw(digestOf(JSON.stringify(args)))
    return result.isError !== true
  }

  /** A request came in outside: the call that made it has begun. */
  seen(path: string): void {
    if (!path.startsWith(`/${this.user}/`)) return
    this.begun.set(digestOf(JSON.stringify({ url: `http://seen.test${path}` })), Date.now())
  }

  #saw(what: string): void {
    this.answered.add(what)
    this.#onAnswer()
  }

  #one<T>(slots: readonly Slot<T>[]): [number, Slot<T>] {
    const n = (this.#n += 1) % slots.length
    const slot = slots[n]
    if (slot === undefined) throw new Error('no slot')
    return [n, slot]
  }

  /** The server is gone: no answer comes any more. */
  giveUp(): void {
    this.#round.abort()
  }

  /** What is there, against what was answered. */
  async check(): Promise<void> {
    await Promise.all([this.#checkFiles(), this.#checkComponents(), this.#checkGrants()])
    await this.checkAudit(this.head)
  }

  async #checkFiles(): Promise<void> {
    for (const [n, slot] of this.files.entries()) {
      let found: number | null = null
      for (const seed of slot.possible) {
        if (seed === null) continue
        const verified = await this.agent.call('verify', { path: `f${n}`, seed })
        const { result } = verified.structuredContent as { result: { ok?: number } }
        if (result.ok === FILE_BYTES) found = seed
      }
      if (found !== null) {
        slot.found(found)
        continue
      }
      // Opened and not yet saved: absent, or created and empty. Anything else is a torn file.
      const steps = [`stat-at|0|f${n}`]
      const [stat = ''] = (await this.agent.result('files', { steps })) as string[]
      expect(stat).toMatch(/^no-entry|^file size=0 /)
      slot.found(null)
    }
  }

  async #checkComponents(): Promise<void> {
    const names = await this.agent.toolNames()
    for (const [n, slot] of this.components.entries()) {
      const tool = `constant-${n}`
      const found = names.includes(tool) ? await this.agent.result(tool) : null
      slot.found(found as number | null)
    }
  }

  async #checkGrants(): Promise<void> {
    const policy = await this.agent.value('get-policy', { component_id: 'fetch' })
    const text = JSON.stringify(policy['permissions'])
    for (const [n, slot] of this.grants.entries()) slot.found(text.includes(`h${n}.test`))
  }

  /** Every call that had begun long enough ago is on the record; how many were cut off. */
  checkBegun(records: readonly AuditRecord[]): number {
    const calls = records.filter(({ body }) => body.kind === 'call')
    const outcomes = new Map(
      calls.map((record) => [subjectOf(record), record.body.facts['outcome']]),
    )
    const old = [...this.begun].filter(([, at]) => Date.now() - at > CUT_OFF_MS)
    const missing = old.filter(([digest]) => !outcomes.has(digest))
    expect(missing, 'a call that had begun has no record').toEqual([])
    return old.filter(([digest]) => outcomes.get(digest) === 'interrupted').length
  }

  /** From the last record that was seen on: the chain goes on from there. */
  async checkAudit(from: number): Promise<AuditRecord[]> {
    const answer = await this.agent.api(`/api/audit?from=${from}`)
    expect(answer.status).toBe(200)
    const lines = (await answer.text()).trimEnd().split('\n')
    expect(await verifyExport(lines, [key], this.checkpoint)).toMatchObject({ ok: true })
    const parsed = lines.flatMap((line) => parseLine(line) ?? [])
    const records = parsed.filter((line): line is AuditRecord => 'body' in line)
    const known = new Set(records.map(subjectOf))
    const missing = [...this.answered].filter((digest) => !known.has(digest))
    expect(missing, 'an answer has no record').toEqual([])
    const last = parsed.at(-1)
    if (last === undefined || !('statement' in last)) throw new Error('the head is not signed')
    this.checkpoint = [last]
    this.head = records.at(-1)?.body.seq ?? 1
    return records
  }
}

describe('a server that is killed under load', () => {
  it(`has lost nothing that it answered, ${ROUNDS} times over (CRASH_SEED=${SEED})`, async () => {
    const everything = new Map(clients.map((client) => [client, new Set<string>()]))
    const startedAt = Date.now()
    worker = await runtime.start()
    for (let round = 0; round < ROUNDS; round += 1) {
      const working = clients.map((client) => client.work())
      // A runtime that has just started answers slowly: the kill is to come among answers.
      await Promise.all(clients.map((client, n) => client.busy(working[n] ?? Promise.resolve())))
      await sleep(random() * LONGEST_MS)
      await worker.kill()
      for (const client of clients) client.giveUp()
      await Promise.all(working)
      worker = await runtime.start()
      await Promise.all(clients.map((client) => client.check()))
      for (const client of clients) {
        for (const digest of client.answered) everything.get(client)?.add(digest)
        client.answered.clear()
      }
    }
    let cutOff = 0
    for (const client of clients) {
      const all = everything.get(client) ?? new Set()
      expect(all.size).toBeGreaterThan(ROUNDS)
      for (const digest of all) client.answered.add(digest)
      cutOff += client.checkBegun(await client.checkAudit(1))
    }
    expect(cutOff, 'no kill has cut a call off').toBeGreaterThan(0)
    const answers = [...everything.values()].reduce((sum, some) => sum + some.size, 0)
    const seconds = Math.round((Date.now() - startedAt) / 1_000)
    console.log(
      `${ROUNDS} kills, ${answers} answers on the record, and ${cutOff} calls that were cut off, ${seconds} s, CRASH_SEED=${SEED}`,
    )
  }, 1_800_000)
})

function slots<T>(first: T): readonly Slot<T>[] {
  return Array.from({ length: SLOTS }, () => new Slot(first))
}

function digestOf(content: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

/** As a client knows what the record is about. */
function subjectOf({ body, private: kept }: AuditRecord): unknown {
  if (body.kind === 'decision') return body.facts['outcome'] === 'done' && body.facts['approval']
  return body.kind === 'install' ? body.facts['digest'] : kept?.texts['arguments_digest']
}

/** A small generator whose whole state is its seed. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
