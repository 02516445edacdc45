// Secrets of a person in the real object with real D1: for whom and for what one opens, and what the capability of a
// call lets the guest see of it.

import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NewInstall } from '../../src/account/components.ts'
import { Holdings } from '../../src/account/holdings.ts'
import { PersonKeys } from '../../src/account/person-keys.ts'
import type { NewSecret } from '../../src/account/secrets.ts'
import { Secrets } from '../../src/account/secrets.ts'
import { Variables } from '../../src/account/variables.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Network } from '../../src/capabilities/network.ts'
import { CallSecrets } from '../../src/capabilities/secrets.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import { layerOf } from '../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import type { Injection } from '../../src/policy/secret.ts'
import { BindingInput, parseBinding } from '../../src/policy/secret.ts'
import { authority } from './support/lease.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const AT = 1_800_000_000_000
const VALUE = 'a-value-that-nobody-else-has'
const BINDING = BindingInput.parse({
  hosts: ['api.example.com'],
  placement: { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
})

let tools: readonly ToolModel[] = []
let people = 0
let person = ''
beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})
beforeEach(async () => {
  people += 1
  person = `keeper-${people}`
  await load()
})

const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs

async function load(digest = DIGEST): Promise<void> {
  const install: NewInstall = {
    wish: 'stats',
    source: 'catalogue:stats',
    digest,
    bytes: 1,
    compiler: 'c',
    artifact: digest,
    imports: ['wasi:http/outgoing-handler@0.2.4', 'wasi:cli/environment@0.2.4'],
    skipped: [],
    labels: [],
    loaded_at: AT,
    wit: null,
  }
  await account().install(install, tools, [])
}

async function set(more: Partial<NewSecret> = {}): Promise<void> {
  const done = await account().setSecret(
    'stats',
    { name: 'token', value: VALUE, binding: BINDING, ...more },
    AT,
  )
  if (!done.ok) throw new Error(done.error)
}

async function admitted() {
  const found = await account().admit('analyze', crypto.randomUUID(), 'client c')
  if (found === null || found === 'too-many-calls') throw new Error('not admitted')
  const { authority: what, secrets } = found
  return typeof what === 'string' ? what : { injections: what.injections, secrets }
}

/** Past the object, which reads D1 again. */
async function alter(sql: string): Promise<void> {
  await env.DB.prepare(sql).bind(person).run()
  await evictDurableObject(env.ACCOUNT.getByName(person))
}

const count = async (table: 'secrets' | 'variables' | 'person_keys') =>
  await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE person = ?1`)
    .bind(person)
    .first<number>('n')

async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  return await work().finally(() => log.mockRestore())
}

describe('a secret in D1', () => {
  it('opens for calls of its component, and its value is in none of its columns', async () => {
    await set()
    expect(await admitted()).toMatchObject({
      injections: [{ name: 'token', placement: BINDING.placement, source: { kind: 'sealed' } }],
      secrets: [{ name: 'token', value: VALUE, revision: AT }],
    })
    const row = await env.DB.prepare('SELECT * FROM secrets WHERE person = ?1').bind(person).first()
    expect(JSON.stringify(row)).not.toContain(VALUE)
    expect(row?.['sealed']).toEqual(expect.any(String))
  })

  it.each([
    [
      'other hosts',
      `UPDATE secrets SET binding = replace(binding, 'api.example.com', 'evil.example.com') WHERE person = ?1`,
    ],
    [
      'another place',
      `UPDATE secrets SET binding = replace(binding, 'authorization', 'x-title') WHERE person = ?1`,
    ],
    ['another name', `UPDATE secrets SET name = 'other' WHERE person = ?1`],
    ['other bytes', `UPDATE secrets SET sealed = 'AAAA' || substr(sealed, 5) WHERE person = ?1`],
    ['another key', `UPDATE person_keys SET master = '0000000000000000' WHERE person = ?1`],
  ])('does not open with %s: the call is refused and told why', async (_, sql) => {
    await set()
    await alter(sql)
    expect(await quietly(admitted)).toBe('secrets-sealed')
    expect(await count('secrets')).toBe(1)
    // What cannot be opened any more can still be removed.
    const name = sql.includes("'other'") ? 'other' : 'token'
    expect(await account().deleteSecret('stats', name, AT)).toBe(true)
    expect(await admitted()).toEqual({ injections: [], secrets: [] })
  })

  it('keeps the key of its person, as a variable does, and the last of both takes it along', async () => {
    await set()
    await account().setVariable('stats', 'KEY', 'value', AT)
    await account().deleteVariable('stats', 'KEY')
    expect([await count('person_keys'), await count('variables')]).toEqual([1, 0])
    expect(await admitted()).toMatchObject({ secrets: [{ value: VALUE }] })
    await expect(alter('DELETE FROM person_keys WHERE person = ?1')).rejects.toThrow('FOREIGN KEY')
    await account().setVariable('stats', 'KEY', 'value', AT)
    await account().deleteSecret('stats', 'token', AT)
    expect(await count('person_keys')).toBe(1)
    await account().deleteVariable('stats', 'KEY')
    expect(await count('person_keys')).toBe(0)
  })

  it('ends with its component, and with its person', async () => {
    await set()
    await account().uninstall('stats', AT)
    expect([await count('secrets'), await count('person_keys')]).toEqual([0, 0])
    await load()
    await set()
    await account().forget()
    expect([await count('secrets'), await count('person_keys')]).toEqual([0, 0])
  })

  describe('under whose placeholder a variable was granted', () => {
    const placeholder = { binding: { ...BINDING, placeholder: 'KEY' } }

    const allow = async (key = 'KEY') => {
      const view = await account().component('stats')
      if (view === null) throw new Error('no such component')
      const asked = await account().propose(view.install, 'environment', key, AT)
      const decided = await account().decide(asked?.id ?? '', 'allow', AT)
      if (!decided.ok) throw new Error(decided.error)
    }

    const environment = async () => {
      const found = await account().admit('analyze', crypto.randomUUID(), 'client c')
      const what = found === null || found === 'too-many-calls' ? null : found.authority
      return what === null || typeof what === 'string' ? what : what.environment
    }

    beforeEach(async () => {
      await account().setVariable('stats', 'KEY', 'the raw value', AT)
      await account().setVariable('stats', 'OTHER', 'another value', AT)
      await allow('OTHER')
    })
    const OTHER = ['OTHER', 'another value']

    it('takes the place of it for good: its grant has ended when the secret is deleted', async () => {
      const text =
        'version: "1.0"\npermissions: { environment: { allow: [{ key: KEY }, { key: OTHER }] } }\n'
      await account().writePolicy('stats', new TextEncoder().encode(text), AT)
      expect(await environment()).toEqual([['KEY', 'the raw value'], OTHER])
      await set(placeholder)
      expect(await environment()).toEqual([OTHER])
      expect((await account().component('stats'))?.grants).toMatchObject([{ rule: 'OTHER' }])
      expect(await account().deleteSecret('stats', 'token', AT)).toBe(true)
      expect(await environment()).toEqual([OTHER])
      await allow()
      expect(await environment()).toEqual([['KEY', 'the raw value'], OTHER])
    })

    it.each([
      ['deleted', () => account().deleteSecret('stats', 'token', AT)],
      ['set anew without it', () => set()],
      ['set anew with it', () => set(placeholder)],
    ])('ends what was granted since as it is %s', async (_, work) => {
      await set(placeholder)
      await allow()
      expect(await environment()).toEqual([OTHER])
      await work()
      expect(await environment()).toEqual([OTHER])
      expect((await account().component('stats'))?.grants).toMatchObject([{ rule: 'OTHER' }])
      await account().deleteSecret('stats', 'token', AT)
      expect(await environment()).toEqual([OTHER])
    })

    it('leaves a denial', async () => {
      const text =
        'version: "1.0"\npermissions: {}\nx-wassette-edge: { environment: { deny: [KEY] } }\n'
      await account().writePolicy('stats', new TextEncoder().encode(text), AT)
      await set(placeholder)
      await account().deleteSecret('stats', 'token', AT)
      expect((await account().component('stats'))?.grants).toMatchObject([{ effect: 'deny' }])
    })

    it('hands it out in no other version either', async () => {
      await set(placeholder)
      await allow()
      await load(`sha256:${'b'.repeat(64)}` as Digest)
      // For the version that waits: the grant is for the one before.
      await set(placeholder)
      await load()
      expect(await environment()).toEqual([OTHER])
    })
  })
})

describe('a secret that is set anew while a call begins', () => {
  class SlowKeys extends PersonKeys {
    meanwhile: () => Promise<void> = async () => {}
    override async open() {
      const { meanwhile } = this
      this.meanwhile = async () => {}
      await meanwhile()
      return await super.open()
    }
  }

  /** As the object has them, with an own look at D1. */
  async function slowly() {
    const keys = new SlowKeys(person, env.DB, env)
    const holdings = new Holdings(person, env.DB, new Variables(person, env.DB, keys), () => {})
    const held = await holdings.held()
    const [install] = held.installs
    if (install === undefined) throw new Error('nothing is loaded')
    return { keys, held, install, secrets: new Secrets(holdings, keys) }
  }

  it('has no value for the binding that was read before', async () => {
    await set()
    const { keys, held, install, secrets } = await slowly()
    const other = { ...BINDING, hosts: ['other.example.com'] }
    keys.meanwhile = () => set({ value: 'for-another-host', binding: other })
    expect((await secrets.beside(held, install, authority({}))).secrets).toEqual([])
    const call = { source: install.source, digest: DIGEST }
    const wanted = { name: 'token', revision: AT }
    expect(await secrets.value(call, wanted)).toEqual({ ok: false, error: 'gone' })
  })

  it('keeps the values of those that were not', async () => {
    await set()
    await set({ name: 'second', value: 'of-the-second' })
    const { keys, held, install, secrets } = await slowly()
    keys.meanwhile = () => set({ value: 'another-value' })
    expect((await secrets.beside(held, install, authority({}))).secrets).toEqual([
      { name: 'second', value: 'of-the-second', revision: AT },
    ])
  })
})

describe('secretValue', () => {
  const call = {
    call: 'c',
    id: 'c',
    owner: null,
    request: null,
    source: 'catalogue:stats',
    digest: DIGEST,
  }

  it('says to a running call what was set anew, and nothing of what is gone or of another version', async () => {
    await set()
    const token = { name: 'token', revision: AT }
    expect(await account().secretValue(call, token)).toEqual({ ok: true, value: VALUE })
    await set({ value: 'another-value' })
    const anew = { name: 'token', revision: AT + 1 }
    expect(await account().secretValue(call, anew)).toEqual({ ok: true, value: 'another-value' })
    const gone = { ok: false, error: 'gone' }
    expect(await account().secretValue(call, { ...anew, name: 'other' })).toEqual(gone)
    const other = { ...call, digest: `sha256:${'b'.repeat(64)}` as Digest }
    expect(await account().secretValue(other, anew)).toEqual(gone)
    await account().deleteSecret('stats', 'token', AT)
    expect(await account().secretValue(call, anew)).toEqual(gone)
  })

  it('says no value to a call that knows an older binding: it would send it to the hosts of that', async () => {
    await set()
    await set({ value: 'for-another-host', binding: { ...BINDING, hosts: ['other.example.com'] } })
    const wanted = { name: 'token', revision: AT }
    expect(await account().secretValue(call, wanted)).toEqual({ ok: false, error: 'gone' })
  })
})

describe('the network of a call', () => {
  const rule = parseHostRule('https://api.example.com')
  if (!rule.ok) throw new Error(rule.error)
  const allow = [{ rule: rule.value, grant: { id: 'g', limited: false } }]
  const network = {
    layers: [
      { ...layerOf('ceiling', [rule.value], []) },
      { of: 'grants' as const, allow, deny: [] },
    ],
    ownHosts: [],
  }
  const binding = parseBinding(BINDING, '')
  if (!binding.ok) throw new Error(binding.error)
  const one: Injection = {
    name: 'token',
    ...binding.value,
    source: { kind: 'sealed' },
    revision: 1,
  }
  const message = {
    method: 'GET',
    scheme: 'https',
    authority: 'api.example.com',
    path: '/',
    headers: [],
    body: null,
    timeoutMs: null,
  }

  /** Sends one request; what the server gets, and what the guest gets. */
  async function exchange(injections: readonly Injection[], secrets: CallSecrets, body: string[]) {
    const utf8 = new TextEncoder()
    const answer = new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of body) controller.enqueue(utf8.encode(piece))
          controller.close()
        },
      }),
      { headers: { 'content-length': String(body.join('').length), 'x-echo': body.join('') } },
    )
    const sent = vi.spyOn(globalThis, 'fetch').mockResolvedValue(answer)
    const held = { ...authority({ network }), injections }
    const lease = {
      current: async () => held,
      use: async () => ({ grants: [], take: () => true }),
      completes: () => false,
      bring: async () => null,
    }
    const meter = new CallMeter(CALL_LIMITS)
    const reply = await new Network(lease, meter, new Map(), secrets).send(message)
    const [, init] = sent.mock.calls[0] ?? []
    sent.mockRestore()
    const headers = new Headers(init?.headers as Headers | undefined)
    const text = reply.ok ? await new Response(reply.value.body).text() : reply.error.tag
    const fields = reply.ok ? new Headers(reply.value.headers) : new Headers()
    return { authorization: headers.get('authorization'), text, fields, meter }
  }

  it('takes a value out of an answer that comes in pieces, with its length', async () => {
    const secrets = new CallSecrets([{ name: 'token', revision: 1, value: VALUE }], async () => ({
      ok: false,
      error: 'gone',
    }))
    const pieces = [`{"you sent": "${VALUE.slice(0, 7)}`, VALUE.slice(7, 9), `${VALUE.slice(9)}"}`]
    const { authorization, text, fields } = await exchange([one], secrets, pieces)
    expect(authorization).toBe(`Bearer ${VALUE}`)
    expect(text).toBe('{"you sent": "[redacted]"}')
    expect([fields.get('x-echo'), fields.get('content-length')]).toEqual([text, null])
  })

  it('leaves to the guest what it was handed itself', async () => {
    const secrets = new CallSecrets([], async () => ({ ok: false, error: 'gone' }))
    secrets.handed('https://api.example.com')
    const body = '{"next": "https://api.example.com/2"}'
    const { text, fields } = await exchange([], secrets, [body])
    expect([text, fields.get('content-length')]).toEqual([body, String(body.length)])
    expect(secrets.untold.text(text)).toBe('{"next": "[redacted]/2"}')
  })

  it('asks for what was set anew, and sends nothing when that is not to be had', async () => {
    const asked: string[] = []
    const secrets = new CallSecrets(
      [{ name: 'token', revision: 0, value: 'of-before' }],
      async ({ name, revision }) => {
        asked.push(`${name} ${revision}`)
        return { ok: true, value: VALUE }
      },
    )
    for (const _ of [1, 2]) {
      expect((await exchange([one], secrets, [VALUE])).authorization).toBe(`Bearer ${VALUE}`)
    }
    expect(asked).toEqual(['token 1'])

    const without = new CallSecrets([], async () => ({ ok: false, error: 'sealed' }))
    const { authorization, text, meter } = await exchange([one], without, ['x'])
    expect([authorization, text]).toEqual([null, 'HTTP-request-denied'])
    expect(meter.denials).toEqual([
      {
        reason: 'secret-unavailable',
        permission: 'network',
        host: 'api.example.com',
        port: 443,
        secret: 'token',
        why: 'sealed',
      },
    ])
    expect(meter.hostCalls).toMatchObject([{ outcome: 'denied' }])
  })

  it('holds back what another keeps and cannot stand in a header', async () => {
    const kept: Injection = { ...one, source: { kind: 'connection', id: 'c' } }
    const secrets = new CallSecrets([], async () => ({ ok: true, value: 'two\nlines-of-text' }))
    const { text, meter } = await exchange([kept], secrets, ['x'])
    expect(text).toBe('HTTP-request-denied')
    expect(meter.denials).toMatchObject([{ why: 'unavailable' }])
  })
})
