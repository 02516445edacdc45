import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Sockets } from '../../src/capabilities/sockets.ts'
import { isGrantable } from '../../src/policy/denial.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { authorityWith } from '../support/authority.ts'
import { guestCall, NONE, openGuest } from './support/guest.ts'
import { lasting } from './support/lease.ts'

const IMPORTS = ['wasi:sockets/tcp@0.2.3']

let guest: GuestStub

beforeAll(async () => {
  guest = await openGuest('sockets', new Uint8Array(env.SOCKETS_WASM))
})

function held(...rules: string[]) {
  const grants = rules.map((rule) => ({ permission: 'network' as const, rule }))
  const permission = authorityWith(IMPORTS, grants).sockets
  if (permission === null) throw new Error('not issued')
  const meter = new CallMeter(CALL_LIMITS)
  return { meter, sockets: new Sockets(lasting({ network: permission }), meter, new Map()) }
}

async function addressOf(sockets: Sockets, name: string) {
  const resolved = await sockets.resolve(name)
  if (!resolved.ok) throw new Error(resolved.error)
  return resolved.value
}

async function run(sockets: Sockets | null, name: string, ...args: unknown[]) {
  const outcome = await runGuest(guest, guestCall([name], args), { ...NONE, sockets }, 55_000)
  if (outcome.tag !== 'ok' && outcome.tag !== 'err') throw new Error(JSON.stringify(outcome))
  return outcome.value
}

describe('wasi:sockets', () => {
  it('refuses to serve', async () => {
    expect(await run(null, 'serve')).toEqual([
      'access-denied',
      'not-in-progress',
      'access-denied',
      'not-in-progress',
      'not-supported',
    ])
  })

  it('has no datagrams', async () => {
    expect(await run(null, 'udp', false)).toBe('not-supported')
    expect(await run(null, 'udp', true)).toBe('not-supported')
  })

  it('says of an unconnected socket what is so', async () => {
    expect(await run(null, 'unconnected')).toEqual([
      'listening false',
      'ipv4 true',
      'finish-connect not-in-progress',
      'local-address invalid-state',
      'remote-address invalid-state',
      'shutdown invalid-state',
      'keep-alive false',
      'set-keep-alive ok',
      'keep-alive true',
      'set-hop-limit invalid-argument',
      'set-idle-time ok',
      'idle-time 5',
      'set-send-buffer ok',
      'send-buffer 4096',
      'backlog not-supported',
    ])
  })

  it('knows no name and reaches nothing when the call holds no sockets', async () => {
    expect(await run(null, 'lookup', 'db.example')).toBe('name-unresolvable')
    expect(await run(null, 'connectTo', [198, 18, 1, 0], 80)).toBe('access-denied')
  })
})

describe('a lookup', () => {
  it('answers for a granted name with an address that is nobody’s', async () => {
    const { meter, sockets } = held('tcp://db.example:5432')
    expect(await run(sockets, 'lookup', 'DB.example')).toEqual([
      expect.stringMatching(/^198\.(18|19)\.\d+\.\d+$/),
    ])
    expect(meter.denials).toEqual([])
    expect(meter.hostCalls).toEqual([])
  })

  it('gives each name its own address, and always the same', async () => {
    const { sockets } = held('tcp://*.x.example:1')
    const first = await addressOf(sockets, 'a.x.example')
    expect(await addressOf(sockets, 'b.x.example')).not.toEqual(first)
    expect(await addressOf(sockets, 'A.x.example.')).toEqual(first)
  })

  it('denies any other name, on the record, without a question that has no port', async () => {
    const { meter, sockets } = held('tcp://db.example:5432', 'other.example')
    expect(await run(sockets, 'lookup', 'other.example')).toBe('name-unresolvable')
    expect(meter.denials).toMatchObject([{ reason: 'name-not-granted', host: 'other.example' }])
    expect(meter.denials.some(isGrantable)).toBe(false)
    expect(meter.hostCalls).toMatchObject([
      { method: 'RESOLVE', host: 'other.example', port: 0, outcome: 'denied' },
    ])
  })

  it.each(['edge.example', 'printer', 'db.internal', '192.0.2.1'])(
    'refuses %s whatever was granted',
    async (name) => {
      const { meter, sockets } = held('tcp://*:1', `tcp://${name}:1`)
      expect(await run(sockets, 'lookup', name)).toBe('name-unresolvable')
      expect(meter.denials).toMatchObject([{ reason: 'unreachable', host: name }])
    },
  )

  it('takes what is no name for malformed', async () => {
    const { meter, sockets } = held('tcp://*:1')
    expect(await run(sockets, 'lookup', 'a.example:80/x')).toBe('name-unresolvable')
    expect(meter.hostCalls).toMatchObject([{ method: 'RESOLVE', outcome: 'malformed' }])
  })

  it('ends at its names for one call', async () => {
    const { sockets } = held('tcp://*.x.example:1')
    for (let n = 0; n < 64; n += 1) {
      expect(await sockets.resolve(`n${n}.x.example`)).toMatchObject({ ok: true })
    }
    expect(await sockets.resolve('one-more.x.example')).toEqual({
      ok: false,
      error: 'temporary-resolver-failure',
    })
  })
})

describe('a connection', () => {
  it('asks for exactly this host and port when another port is granted', async () => {
    const { meter, sockets } = held('tcp://db.example:5432')
    expect(await run(sockets, 'talk', 'db.example', 6379, 'hello')).toBe('access-denied')
    expect(meter.denials).toEqual([
      {
        reason: 'not-granted',
        permission: 'network',
        host: 'db.example',
        port: 6379,
        rule: 'tcp://db.example:6379',
      },
    ])
    expect(meter.hostCalls).toMatchObject([
      { method: 'CONNECT', host: 'db.example', port: 6379, outcome: 'denied' },
    ])
  })

  it.each([
    ['an address of a private network', 'connectTo', [10, 0, 0, 1], '10.0.0.1'],
    ['an address of the open net', 'connectTo', [93, 184, 216, 34], '93.184.216.34'],
    ['an address that no name was given', 'connectTo', [198, 18, 1, 0], '198.18.1.0'],
    ['an address of version 6', 'connectTo6', [0, 0, 0, 0, 0, 0, 0, 1], '[0:0:0:0:0:0:0:1]'],
  ])('denies %s, on the record', async (_, name, address, host) => {
    const { meter, sockets } = held('tcp://*:80')
    expect(await run(sockets, name, address, 80)).toBe('access-denied')
    expect(meter.denials).toMatchObject([{ reason: 'unreachable', why: 'address', host, port: 80 }])
    expect(meter.hostCalls).toMatchObject([{ method: 'CONNECT', host, outcome: 'denied' }])
  })

  it('refuses port zero and the address that is none, as the interface says', async () => {
    const { sockets } = held('tcp://*:80')
    expect(await run(sockets, 'connectTo', [198, 18, 1, 0], 0)).toBe('invalid-argument')
    expect(await run(sockets, 'connectTo', [0, 0, 0, 0], 80)).toBe('invalid-argument')
  })

  it('takes a message that is out of form for malformed', async () => {
    const { meter, sockets } = held('tcp://*:80')
    const message = { address: { ipv4: [198, 18, 1, 0] }, port: 80, host: 'x' }
    expect(await sockets.connect(message)).toEqual({ ok: false, error: 'invalid-argument' })
    expect(meter.hostCalls).toMatchObject([{ method: 'CONNECT', outcome: 'malformed' }])
  })

  it('is not made when its call ends while it is judged', async () => {
    const permission = authorityWith(IMPORTS, [
      { permission: 'network', rule: 'tcp://db.example:5432' },
    ]).sockets
    if (permission === null) throw new Error('not issued')
    const lease = lasting({ network: permission })
    const ending = {
      ...lease,
      use: async () => {
        sockets[Symbol.dispose]()
        return { grants: [], take: () => true }
      },
    }
    const sockets: Sockets = new Sockets(ending, new CallMeter(CALL_LIMITS), new Map())
    const message = { address: { ipv4: await addressOf(sockets, 'db.example') }, port: 5432 }
    expect(await sockets.connect(message)).toEqual({ ok: false, error: 'access-denied' })
  })

  it('is not made to what an address meant in an earlier call', async () => {
    const before = held('tcp://a.example:5432').sockets
    const ipv4 = await addressOf(before, 'a.example')
    const { meter, sockets } = held('tcp://b.example:5432')
    expect(await addressOf(sockets, 'b.example')).not.toEqual(ipv4)
    const connected = await sockets.connect({ address: { ipv4 }, port: 5432 })
    expect(connected).toEqual({ ok: false, error: 'access-denied' })
    expect(meter.denials).toMatchObject([{ reason: 'unreachable', why: 'address' }])
  })

  it('is not made any more once its call has ended', async () => {
    const { meter, sockets } = held('tcp://db.example:5432')
    const message = { address: { ipv4: await addressOf(sockets, 'db.example') }, port: 5432 }
    sockets[Symbol.dispose]()
    expect(await sockets.connect(message)).toEqual({ ok: false, error: 'access-denied' })
    expect(await sockets.resolve('db.example')).toEqual({ ok: false, error: 'name-unresolvable' })
    expect(meter.hostCalls).toEqual([])
  })
})
