// A component of WASI 0.3, with a standard library that asks 0.2, through the real compiler and sandbox.

import { env, RpcTarget } from 'cloudflare:workers'
import shell from '../../.build/shell.js.txt'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { DriveVerbs } from '../../src/capabilities/drive.ts'
import { DriveAccess } from '../../src/capabilities/drive.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Network } from '../../src/capabilities/network.ts'
import type { Compiled } from '../../src/compiler/artifact.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { parseStorageRule } from '../../src/policy/storage-rule.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { guestCall, NONE } from './support/guest.ts'
import { lasting } from './support/lease.ts'

const VARIABLES = [['CITY', 'Ulm']] as const
const DOCUMENT = 'https://client.example/mcp.json'

let compiled: Compiled
let guest: GuestStub

beforeAll(async () => {
  const result = await createCompile(env.LOADER)(new Uint8Array(env.WASI3_WASM))
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  compiled = result.value
  const code = { artifactDigest: 'test-wasi3', modules: async () => compiled.modules }
  guest = openIsolate(env.LOADER, code, 'p')
})

function run(name: string, args: unknown[] = [], held = {}, ms = 55_000): Promise<RunOutcome> {
  const call = guestCall(name.split('#'), args, { environment: VARIABLES })
  return runGuest(guest, call, { ...NONE, ...held }, ms)
}

/** Answers before it reads the body, and takes its time to begin. */
class SlowUpstream extends RpcTarget {
  received = 0

  async send({ body }: { body: ReadableStream<Uint8Array> }) {
    void this.#read(body)
    return { ok: true, value: { status: 202, headers: [], body: null } }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 500))
    for await (const chunk of body) this.received += chunk.byteLength
  }
}

const ok = (value: unknown) => ({ tag: 'ok', value })

let people = 0
let meter: CallMeter

const store = {
  async put(content: Uint8Array) {
    const blob = `drive/wasi3/${crypto.randomUUID()}`
    await env.STORE.put(blob, content)
    return blob
  },
  async get(blob: string) {
    const object = await env.STORE.get(blob)
    return new Uint8Array((await object?.arrayBuffer()) ?? [])
  },
}

/** An object of its own for every call: when one ends, so does what it held. */
function access(rules: [string, string[]][]): DriveAccess {
  const allow = rules.flatMap(([uri, kinds]) => {
    const rule = parseStorageRule(uri, kinds)
    return rule.ok ? [rule.value] : []
  })
  meter = new CallMeter(CALL_LIMITS)
  const tree = env.DRIVE.getByName(`wasi3-${people}`) as unknown as DriveVerbs
  return new DriveAccess({
    drive: tree,
    store,
    lease: lasting({ storage: { layers: [layerOf('grants', allow)] } }),
    meter,
  })
}

const requests = new CallMeter(CALL_LIMITS)

function network(rules: string[]): Network {
  const allow = rules.flatMap((rule) => {
    const parsed = parseHostRule(rule)
    return parsed.ok ? [parsed.value] : []
  })
  return new Network(
    lasting({ network: { layers: [layerOf('grants', allow)], ownHosts: [] } }),
    requests,
    new Map(),
  )
}

describe('compiling', () => {
  it('makes tools of async functions, and skips those whose types have no JSON form', () => {
    const names = compiled.tools.map((tool) => tool.name)
    expect(names).toContain('get')
    expect(names).toContain('test_wasi3_greeter_0_1_0_greet')
    expect(compiled.skipped).toEqual([
      { function: 'upload', reason: 'it takes or returns a stream' },
      { function: 'later', reason: 'it takes or returns a future' },
    ])
  })
})

describe('an async export', () => {
  it('answers with its value or with the error of its result', async () => {
    const greet = 'test:wasi3/greeter@0.1.0#greet'
    expect(await run(greet, ['Ada'])).toMatchObject(ok('hello, Ada'))
    expect(await run(greet, [''])).toMatchObject({ tag: 'err', value: 'nobody to greet' })
  })

  it('is ended with the words of its panic', async () => {
    const outcome = await run('panicLate')
    expect(outcome).toMatchObject({ tag: 'trap' })
    expect(outcome.log).toContain('after a while')
  })

  it('is ended when it waits for what never comes', async () => {
    expect(await run('deadlock')).toMatchObject({ tag: 'trap' })
  })

  it('answers when it says so, whatever it leaves behind, and so do the calls after it', async () => {
    expect(await run('leaveBehind', [60_000n], {}, 5_000)).toMatchObject(ok(7))
    const calls = Array.from({ length: 4 }, () => run('wait', [20n]))
    for (const outcome of await Promise.all(calls)) expect(outcome.tag).toBe('ok')
  })
})

describe('wasi:cli', () => {
  it('captures what is written through streams', async () => {
    const outcome = await run('print', ['out\n', 'err\n'])
    expect(outcome).toMatchObject({ ...ok(['Ok(())', 'Ok(())']), log: 'out\nerr\n' })
  })

  it('captures what was written to a stream that never ends', async () => {
    expect(await run('unended', ['abc'], {}, 5_000)).toMatchObject({ ...ok(0), log: 'abc' })
  })

  it('ends a guest that writes more than it may', async () => {
    expect(await run('flood', [1_000_000])).toMatchObject({ tag: 'bound', bound: 'log-bytes' })
  })

  it('has nothing to read, no arguments, no directory and no terminal', async () => {
    expect(await run('input')).toMatchObject(ok([0, 'Ok(())']))
    expect(await run('surroundings')).toMatchObject(ok([false, false, false]))
  })

  it('answers the granted variables, in both versions of WASI', async () => {
    expect(await run('variables')).toMatchObject(ok([VARIABLES, VARIABLES]))
  })

  it('ends a guest that exits, and does not let it answer', async () => {
    expect(await run('leave', [true])).toMatchObject({ tag: 'exit', code: 0 })
    expect(await run('leave', [false])).toMatchObject({ tag: 'exit', code: 1 })
    expect(await run('leave', [true, 7])).toMatchObject({ tag: 'exit', code: 7 })
  })
})

describe('wasi:clocks and wasi:random', () => {
  it('waits as long as it was told to, twice at once', async () => {
    const outcome = await run('wait', [50n])
    const nanos = outcome.tag === 'ok' ? Number(outcome.value) : 0
    expect(nanos).toBeGreaterThanOrEqual(50_000_000)
  })

  it('tells one time in both versions of WASI, in UTC', async () => {
    const outcome = await run('time')
    expect(outcome.tag).toBe('ok')
    const [now, std, offset, zone] = (outcome as { value: unknown[] }).value
    expect(Number(now)).toBeGreaterThan(1_700_000_000)
    expect(Math.abs(Number(now) - Number(std))).toBeLessThan(2)
    expect([offset, zone]).toEqual([0n, 'UTC'])
  })

  it('answers random bytes, fewer than were asked for when that was absurd', async () => {
    const outcome = await run('randoms', [1_000n])
    const counts = (outcome as { value: [number, number] }).value
    for (const count of counts) expect(count).toBeGreaterThan(900)
    expect((await run('randoms', [0x7fff_ffff_ffff_ffffn])).tag).toBe('ok')
  })
})

describe('wasi:filesystem', () => {
  beforeEach(() => {
    people += 1
  })

  const ALL: [string, string[]][] = [['fs:///', ['read', 'write']]]
  const call = (name: string, ...args: unknown[]) => run(name, args, { drive: access(ALL) })

  it('has no directory without the capability', async () => {
    expect(await run('load', ['a', 0n])).toMatchObject({ tag: 'err', value: 'no directory' })
  })

  it('writes and reads through streams', async () => {
    expect(await call('save', 'a.txt', 'one')).toMatchObject({ tag: 'ok' })
    expect(await call('append', 'a.txt', ' two')).toMatchObject({ tag: 'ok' })
    expect(await call('load', 'a.txt', 0n)).toMatchObject(ok('one two'))
    expect(await call('load', 'a.txt', 4n)).toMatchObject(ok('two'))
    expect(await call('load', 'a.txt', 99n)).toMatchObject(ok(''))
    expect(await call('head', 'a.txt', 2)).toMatchObject(ok('on'))
  })

  it('shares its files with the calls of 0.2', async () => {
    expect(await call('mixed', 'a.txt', 'by 0.2')).toMatchObject(ok('by 0.2'))
  })

  it('writes what a guest did not wait for', async () => {
    expect(await call('hasty', 'a.txt', 'in haste')).toMatchObject({ tag: 'ok' })
    expect(await call('load', 'a.txt', 0n)).toMatchObject(ok('in haste'))
  })

  it('lets a stream of ours go where a stream of the guest’s goes', async () => {
    await call('save', 'a.txt', 'as it is')
    expect(await call('show', 'a.txt')).toMatchObject({ ...ok('Ok(())'), log: 'as it is' })
  })

  it('lists, and answers each step in its own error codes', async () => {
    await call('save', 'a.txt', 'abc')
    expect(await call('entries', '.')).toMatchObject(ok(['a.txt DescriptorType::RegularFile 3']))
    expect(await call('reorganise', 'a.txt', 'd')).toMatchObject(
      ok([
        'Ok(())',
        'Ok(())',
        'Err(ErrorCode::NoEntry)',
        'Err(ErrorCode::NotEmpty)',
        'Ok(())',
        'Ok(())',
        'Err(ErrorCode::Unsupported)',
        'Ok(DescriptorType::Directory)',
        'true',
      ]),
    )
  })

  it('says why a stream failed', async () => {
    expect(await call('load', '.', 0n)).toMatchObject({ value: 'ErrorCode::IsDirectory' })
    expect(await call('load', 'missing', 0n)).toMatchObject({ value: 'ErrorCode::NoEntry' })
    expect(await call('load', '../a', 0n)).toMatchObject({ value: 'ErrorCode::NotPermitted' })
  })

  it('is refused what was not granted, on the record', async () => {
    const drive = access([['fs://notes', ['read']]])
    const outcome = await run('save', ['a.txt', 'x'], { drive })
    expect(outcome).toMatchObject({ value: 'ErrorCode::Access' })
    expect(meter.denials).toMatchObject([{ rule: 'write fs://a.txt' }])
  })

  it('takes more through a stream than may be copied at one time', async () => {
    const text = 'x'.repeat(9 * 1024 * 1024)
    expect(await call('save', 'a.txt', text)).toMatchObject({ tag: 'ok' })
    expect(await access(ALL).stat('a.txt')).toMatchObject({ value: { size: text.length } })
  })
})

describe('wasi:http', () => {
  const call = (name: string, ...args: unknown[]) =>
    run(name, args, { network: network(['client.example']) })

  const DENIED = { tag: 'err', value: 'ErrorCode::HttpRequestDenied' }

  it('denies every request when the call holds no network', async () => {
    expect(await run('get', [DOCUMENT])).toMatchObject(DENIED)
    expect(await run('post', [DOCUMENT, 'x', 3])).toMatchObject(DENIED)
  })

  it('sends to a granted host, and denies any other', async () => {
    const outcome = await call('get', DOCUMENT)
    expect(outcome).toMatchObject(ok([200, 'application/json', expect.any(String)]))
    expect(await call('get', 'https://other.example/')).toMatchObject(DENIED)
    expect(await call('post', 'https://other.example/', 'x', 3)).toMatchObject(DENIED)
    expect(requests.hostCalls.map(({ host, outcome }) => `${host} ${outcome}`)).toEqual([
      'client.example answered',
      'other.example denied',
      'other.example denied',
    ])
  })

  it('does not take a guest for stuck whose body is read long after the answer', async () => {
    const network = new SlowUpstream()
    const text = 'x'.repeat(64 * 1024)
    const outcome = await run('post', [DOCUMENT, text, 30], { network })
    expect(outcome).toMatchObject(ok([202, '', 'Ok(())']))
    expect(network.received).toBe(30 * text.length)
  })

  it('waits for many requests at once', async () => {
    const outcome = await call('getAll', [DOCUMENT, 'https://other.example/', DOCUMENT])
    expect(outcome).toMatchObject(
      ok([
        expect.stringMatching(/^200 /),
        'ErrorCode::HttpRequestDenied',
        expect.stringMatching(/^200 /),
      ]),
    )
  })
})

describe('suspended every few hundred instructions, in its allocator and wherever else', () => {
  /** As `sandbox/fuel.ts` has it, without what only reads better. */
  const SLICE = '20000000n'
  const usual = { guest: undefined as GuestStub | undefined }

  beforeAll(() => {
    expect(shell.split(SLICE)).toHaveLength(2)
    const modules = [...compiled.modules, { name: 'shell.js', js: shell.replace(SLICE, '300n') }]
    usual.guest = guest
    guest = openIsolate(
      env.LOADER,
      { artifactDigest: 'test-wasi3-slices', modules: async () => modules },
      'p',
    )
    people += 1
  })
  afterAll(() => {
    if (usual.guest !== undefined) guest = usual.guest
  })

  const drive = () => ({ drive: access([['fs:///', ['read', 'write']]]) })

  it('waits, and is woken', async () => {
    expect(await run('test:wasi3/greeter@0.1.0#greet', ['Ada'])).toMatchObject(ok('hello, Ada'))
    expect((await run('wait', [20n])).tag).toBe('ok')
    expect(await run('deadlock')).toMatchObject({ tag: 'trap' })
  })

  it('writes two streams at once', async () => {
    const [out, error] = ['o'.repeat(3_000), 'e'.repeat(3_000)]
    const outcome = await run('print', [out, error])
    expect(outcome).toMatchObject({ ...ok(['Ok(())', 'Ok(())']), log: expect.any(String) })
    expect([...outcome.log].toSorted().join('')).toBe(error + out)
  })

  it('has strings of the host put into its memory, by its own allocator', async () => {
    const names = Array.from({ length: 6 }, (_, i) => `file-${i}.txt`)
    for (const name of names) expect((await run('save', [name, name], drive())).tag).toBe('ok')
    const outcome = await run('entries', ['.'], drive())
    const listed = outcome.tag === 'ok' ? (outcome.value as string[]) : []
    const expected = names.map((name) => `${name} DescriptorType::RegularFile ${name.length}`)
    expect(listed.toSorted()).toEqual(expected.toSorted())
    expect(await run('mixed', ['a.txt', 'by 0.2'], drive())).toMatchObject(ok('by 0.2'))
  })

  it('waits for many requests at once', async () => {
    const urls = Array.from({ length: 4 }, () => DOCUMENT)
    const outcome = await run('getAll', [urls], { network: network(['client.example']) })
    const answers = outcome.tag === 'ok' ? (outcome.value as string[]) : []
    expect(answers).toHaveLength(4)
    expect(new Set(answers).size).toBe(1)
    // Suspended once for every slice of it, but for what a call of the host costs.
    expect(outcome.fuel).toBeGreaterThan(500_000)
  })
})
