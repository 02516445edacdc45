import { describe, expect, it, vi } from 'vitest'
import { Deadline } from '../../src/capabilities/deadline.ts'
import { bodyFailure, headFailure } from '../../src/capabilities/fetch-failure.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Network } from '../../src/capabilities/network.ts'
import { CallSecrets, noSecrets } from '../../src/capabilities/secrets.ts'
import type { Authority } from '../../src/policy/authority.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { Injection } from '../../src/policy/secret.ts'
import { LATER } from '../support/later.ts'
import { authority, lasting } from './support/lease.ts'

const lost = Object.assign(new Error('Network connection lost.'), { retryable: true })
const opaque = new Error('internal error; reference = abc')

describe('headFailure', () => {
  it.each([
    ['http', lost, true, 'connection-terminated'],
    ['http', lost, false, 'connection-refused'],
    ['http', opaque, false, 'DNS-error'],
    ['http', opaque, true, 'internal-error'],
    ['https', lost, true, 'connection-terminated'],
    ['https', opaque, true, 'TLS-protocol-error'],
    ['https', opaque, false, 'DNS-error'],
    ['http', new Error('anything else'), true, 'internal-error'],
    ['http', 'no error at all', true, 'internal-error'],
  ] as const)('over %s takes %s, reachable: %s, for %s', async (scheme, cause, reachable, tag) => {
    expect(await headFailure(cause, scheme, async () => reachable)).toEqual({ tag })
  })

  it('opens no connection for what the table does not know', async () => {
    const reachable = vi.fn(async () => true)
    await headFailure(new Error('anything else'), 'https', reachable)
    expect(reachable).not.toHaveBeenCalled()
  })
})

describe('bodyFailure', () => {
  it.each([
    [lost, 'HTTP-response-incomplete'],
    [new TypeError('Gzip decompression failed.'), 'HTTP-response-content-coding'],
    [new TypeError('Brotli decompression failed.'), 'HTTP-response-content-coding'],
    [new Error('anything else'), 'internal-error'],
  ])('takes %s for %s', async (cause, tag) => {
    expect(await bodyFailure(cause)).toEqual({ tag })
  })
})

describe('Deadline', () => {
  const ended = (deadline: Deadline) =>
    new Promise<void>((resolve) => {
      deadline.signal.addEventListener('abort', () => resolve())
    })

  it('ends a request that cannot connect in time', async () => {
    const deadline = new Deadline({ timeoutMs: null, connectMs: 5 }, 60_000, async () => false)
    await ended(deadline)
    expect(deadline.met).toEqual({ tag: 'connection-timeout' })
  })

  it('asks for a connection within what the guest allows for one, and a second at most', async () => {
    const asked: number[] = []
    const reach = async (withinMs: number) => asked.push(withinMs) === 0
    await ended(new Deadline({ timeoutMs: null, connectMs: 5 }, 60_000, reach))
    await ended(new Deadline({ timeoutMs: null, connectMs: 1_100 }, 60_000, reach))
    expect(asked).toEqual([5, 1_000])
  })

  it('lets a server that can be reached think until the timeout for its first byte', async () => {
    const reach = vi.fn(async () => true)
    const deadline = new Deadline({ timeoutMs: 60, connectMs: 5 }, 60_000, reach)
    await ended(deadline)
    expect(reach).toHaveBeenCalledOnce()
    expect(deadline.met).toEqual({ tag: 'HTTP-response-timeout' })
  })

  it('takes ours when it is the shorter one', async () => {
    const deadline = new Deadline({ timeoutMs: 60_000, connectMs: 30_000 }, 5, async () => true)
    await ended(deadline)
    expect(deadline.met).toEqual({ tag: 'HTTP-response-timeout' })
  })

  it('ends nothing once the head is there, also when a connection is still being tried', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const reach = vi.fn(() => promise)
    const deadline = new Deadline({ timeoutMs: 10_000, connectMs: 1 }, 60_000, reach)
    await vi.waitFor(() => expect(reach).toHaveBeenCalled(), LATER)
    deadline[Symbol.dispose]()
    resolve(false)
    await promise
    await Promise.resolve()
    expect([deadline.met, deadline.signal.aborted]).toEqual([null, false])
  })
})

describe('Network', () => {
  const rule = parseHostRule('demo.test')
  const layers = [layerOf('grants', rule.ok ? [rule.value] : [])]
  const permission = { layers, ownHosts: [] }
  const message = {
    method: 'POST',
    scheme: 'http',
    authority: 'demo.test',
    path: '/',
    headers: [] as [string, Uint8Array][],
    body: null as unknown,
    timeoutMs: null,
  }
  const bytes = (text: string) => new TextEncoder().encode(text)

  it.each([
    [{ headers: [['x', bytes('y'.repeat(70_000))]] }, 'HTTP-request-header-section-size'],
    [
      { headers: Array.from({ length: 300 }, () => ['x', bytes('y')]) },
      'HTTP-request-header-section-size',
    ],
    [{ headers: [['x', Uint8Array.of(0xff)]] }, 'HTTP-protocol-error'],
    [
      {
        headers: [
          ['content-length', bytes('1')],
          ['Content-Length', bytes('2')],
        ],
      },
      'HTTP-protocol-error',
    ],
    [{ headers: [['content-length', bytes('-1')]] }, 'HTTP-protocol-error'],
    [{ headers: [['content-length', bytes('1')]] }, 'HTTP-request-body-size'],
    [{ path: `/${'x'.repeat(20_000)}` }, 'HTTP-request-URI-too-long'],
    [{ path: 'x' }, 'HTTP-request-URI-invalid'],
    [{ method: 'GE T' }, 'HTTP-request-method-invalid'],
    [{ method: 'TRACE' }, 'HTTP-request-method-invalid'],
    [{ surplus: 1 }, 'HTTP-request-URI-invalid'],
  ])('refuses case %# without sending it', async (wrong, tag) => {
    const sent = vi.spyOn(globalThis, 'fetch')
    const meter = new CallMeter(CALL_LIMITS)
    const network = new Network(
      lasting({ network: permission }),
      meter,
      new Map(),
      noSecrets(),
      async () => true,
    )
    expect(await network.send({ ...message, ...wrong })).toEqual({ ok: false, error: { tag } })
    expect(sent).not.toHaveBeenCalled()
    expect(meter.hostCalls).toMatchObject([{ outcome: 'malformed' }])
    sent.mockRestore()
  })

  it.each([true, false])(
    'knows that a body ended (whole: %s) while its request was still judged',
    async (isWhole) => {
      const judged = Promise.withResolvers<void>()
      const lease = {
        ...lasting({ network: permission }),
        use: async () => {
          await judged.promise
          return { grants: [], take: () => true }
        },
      }
      const sent = vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
        const aborted = new Promise<never>((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')))
        })
        const text = new Response(init?.body as ReadableStream).text()
        return new Response(await Promise.race([text, aborted]))
      })
      const network = new Network(
        lease,
        new CallMeter(CALL_LIMITS),
        new Map(),
        noSecrets(),
        async () => true,
      )
      const body = new Blob(['hello']).stream()
      const sending = network.send({ ...message, method: 'POST', body, bodyId: 3 })
      await network.bodyEnded(3, isWhole)
      judged.resolve()
      const answer = await sending
      expect(answer.ok).toBe(isWhole)
      if (answer.ok) expect(await new Response(answer.value.body).text()).toBe('hello')
      sent.mockRestore()
    },
  )

  it('knows that a body ended early also after requests that were refused', async () => {
    const judged = Promise.withResolvers<void>()
    const lease = {
      ...lasting({ network: permission }),
      use: async () => {
        await judged.promise
        return { grants: [], take: () => true }
      },
    }
    const sent = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation(async (_, init) => new Response(init?.body as ReadableStream))
    const meter = new CallMeter({ ...CALL_LIMITS, requests: 2 })
    const network = new Network(lease, meter, new Map(), noSecrets(), async () => true)
    for (const bodyId of [0, 1]) {
      const body = new Blob(['refused']).stream()
      const refused = await network.send({ ...message, authority: 'denied.test', body, bodyId })
      expect(refused.ok).toBe(false)
      await network.bodyEnded(bodyId, true)
    }
    const body = new Blob(['hello']).stream()
    const sending = network.send({ ...message, body, bodyId: 2 })
    await network.bodyEnded(2, true)
    judged.resolve()
    const answer = await sending
    const text = answer.ok ? await new Response(answer.value.body).text() : answer.error
    expect(text).toBe('hello')
    sent.mockRestore()
  })

  describe('that waits for a secret', () => {
    const bound = parseHostRule('http://demo.test')
    const hosts = bound.ok ? [bound.value] : []
    const token: Injection = {
      name: 'token',
      revision: 1,
      source: { kind: 'connection', id: 'c' },
      hosts,
      placement: { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
      placeholder: null,
    }
    const given = { ...authority({ network: permission }), injections: [token] }

    /** A request whose token is a while in coming; `meanwhile` happens before it is there. */
    async function sending(
      meanwhile: (held: { current: Authority | null }, network: Network) => void,
    ) {
      const held: { current: Authority | null } = { current: given }
      const lease = { ...lasting({ network: permission }), current: async () => held.current }
      const meter = new CallMeter(CALL_LIMITS)
      const secrets = new CallSecrets([], async () => {
        meanwhile(held, network)
        return { ok: true, value: 'a-token-of-hers' }
      })
      const network: Network = new Network(lease, meter, new Map(), secrets, async () => true)
      const sent = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('yes'))
      const answer = await network.send(message)
      const requests = sent.mock.calls.length
      sent.mockRestore()
      return { answer, requests, meter }
    }

    it('leaves with it', async () => {
      const meanwhile = vi.fn()
      const { answer, requests, meter } = await sending(meanwhile)
      expect([answer.ok, requests]).toEqual([true, 1])
      expect(meanwhile).toHaveBeenCalledOnce()
      expect(meter.hostCalls).toMatchObject([{ outcome: 'answered', secrets: ['token'] }])
    })

    it.each<[string, Authority | null, object]>([
      ['is gone', null, { reason: 'gone' }],
      [
        'no longer allows it',
        { ...given, network: { layers: [layerOf('grants', [])], ownHosts: [] } },
        { reason: 'not-granted' },
      ],
      [
        'no longer binds the secret',
        { ...given, injections: [] },
        { reason: 'secret-unavailable', secret: 'token', why: 'gone' },
      ],
    ])('does not leave when what allowed it %s meanwhile', async (_, next, denial) => {
      const { answer, requests, meter } = await sending((held) => {
        held.current = next
      })
      expect(answer).toEqual({ ok: false, error: { tag: 'HTTP-request-denied' } })
      expect(requests).toBe(0)
      expect(meter.denials).toMatchObject([denial])
      expect(meter.hostCalls).toMatchObject([{ outcome: 'denied', status: null }])
    })

    it('does not leave when its call has ended meanwhile', async () => {
      const { answer, requests } = await sending((_, network) => network[Symbol.dispose]())
      expect(answer).toEqual({ ok: false, error: { tag: 'HTTP-request-denied' } })
      expect(requests).toBe(0)
    })
  })

  it('knows nothing of exchanges that it did not have, nor of bodies', async () => {
    const network = new Network(
      lasting({ network: permission }),
      new CallMeter(CALL_LIMITS),
      new Map(),
    )
    for (const odd of [0, -1, 5, 'x', null, Number.NaN]) {
      expect(await network.whyBroken(odd)).toEqual({ tag: 'internal-error' })
      await network.bodyEnded(odd, true)
    }
  })
})
