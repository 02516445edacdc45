// What a person takes back of a component is taken back of each version that they said something of: the one that is
// loaded, the one that it waits in the place of, and those that were skipped.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AccountVerbs } from '../../src/compose.ts'
import type { Digest } from '../../src/component/digest.ts'
import { BindingInput } from '../../src/policy/secret.ts'
import type { GrantKind } from '../../src/store/grants.ts'
import { asked } from '../support/asked.ts'

const AT = 1_800_000_000_000
const HTTP = 'wasi:http/outgoing-handler@0.2.4'
const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
/** Each looks different. */
const VERSIONS = {
  first: { digest: digestOf('a'), imports: [HTTP] },
  second: { digest: digestOf('b'), imports: [HTTP, 'wasi:random/random@0.2.4'] },
  third: { digest: digestOf('c'), imports: [HTTP, 'wasi:clocks/wall-clock@0.2.4'] },
}
type Version = keyof typeof VERSIONS

let person = ''
let people = 0
beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS))
beforeEach(() => {
  people += 1
  person = `taken ${people}`
})

// What crosses is plain data, which the stub's mapped types obscure.
const account = () => env.ACCOUNT.getByName(person) as unknown as AccountVerbs

/** Whether it waits then. */
async function load(version: Version, wit: Digest | null = null): Promise<boolean> {
  const made = { wit, bytes: 1, labels: [], compiler: 'c', artifact: digestOf('a'), skipped: [] }
  const wanted = { wish: 'x', source: 'upload:x', ...VERSIONS[version], ...made, loaded_at: AT }
  const done = await account().install(wanted, [], [])
  if (!done.ok) throw new Error(done.error)
  return done.value.waits
}

/** To the version that is loaded. */
async function allow(rule: string, permission: GrantKind = 'network'): Promise<void> {
  const who = { client: 'c', clientName: 'C', owner: 'client c', tool: 't', component: 'x' }
  const question = asked(await account().ask({ ...who, permission, rule }, AT))
  expect((await account().decide(question.id, 'allow', AT)).ok).toBe(true)
}

async function write(network: string): Promise<void> {
  const text = `version: "1.0"\npermissions: { network: ${network} }\n`
  const written = await account().writePolicy('x', new TextEncoder().encode(text), AT)
  expect(written.ok).toBe(true)
}

async function decide(decision: 'keep' | 'nothing'): Promise<void> {
  const seen = (await account().version('x'))?.seen ?? ''
  expect(await account().decideVersion('x', seen, decision, AT)).toMatchObject({ ok: true })
}

const told = (grants: readonly { effect: string; rule: string }[]) =>
  grants.map(({ effect, rule }) => `${effect} ${rule}`).toSorted()
/** In force for the version that is loaded, once it does not wait. */
const rules = async () => told((await account().component('x'))?.grants ?? [])
/** On the page where the person decides. */
const onPage = async () => told((await account().version('x'))?.grants ?? [])

describe('while a new version waits', () => {
  beforeEach(async () => {
    await load('first')
    await allow('https://a.test/')
    expect(await load('second')).toBe(true)
  })

  it('no policy is none for the version before', async () => {
    expect(await account().removePolicy('x', AT)).toBe(true)
    expect(await load('first')).toBe(false)
    expect(await rules()).toEqual([])
  })

  it('a policy is in the place of what was said of the version before', async () => {
    await write('{ allow: [{ host: b.test }] }')
    expect(await onPage()).toEqual(['allow b.test'])
    expect(await load('first')).toBe(false)
    expect(await rules()).toEqual([])
  })

  it('what is taken back is taken back of the version before', async () => {
    await allow('*.test')
    expect(await account().revokeNetwork('x', 'a.test', AT)).toEqual({
      ended: true,
      stillAllowedBy: ['*.test'],
    })
    await load('first')
    expect(await rules()).toEqual([])
  })

  it('a rule that reaches farther is named, whichever version it is for', async () => {
    expect(await account().revokeNetwork('x', 'https://a.test/b', AT)).toEqual({
      ended: false,
      stillAllowedBy: ['https://a.test/'],
    })
  })

  it('the page has what stays, of both versions, and that stays', async () => {
    await allow('https://b.test/')
    const both = ['allow https://a.test/', 'allow https://b.test/']
    expect(await onPage()).toEqual(both)
    await decide('keep')
    expect(await rules()).toEqual(both)
  })

  it('to start from nothing ends what was said of it as well', async () => {
    await allow('https://b.test/')
    const binding = BindingInput.parse({
      hosts: ['b.test'],
      placement: { kind: 'header', name: 'authorization', prefix: '' },
    })
    const secret = { name: 's', value: 'a value of theirs', binding }
    expect(await account().setSecret('x', secret, AT)).toMatchObject({ ok: true })
    await decide('nothing')
    expect(await rules()).toEqual([])
    expect((await account().component('x'))?.secrets).toEqual([])
  })

  it('nothing lies in wait for a version that was skipped', async () => {
    await allow('https://b.test/')
    expect(await load('third')).toBe(true)
    expect(await onPage()).toEqual(['allow https://a.test/'])
    await decide('nothing')
    await load('second')
    expect(await rules()).toEqual([])
  })

  it.each(['first', 'third'] as const)('nor where the %s comes and is kept', async (comes) => {
    await allow('https://b.test/')
    if (await load(comes)) await decide('keep')
    expect(await load('second')).toBe(true)
    await decide('keep')
    expect(await rules()).toEqual(['allow https://a.test/'])
  })

  it('what was allowed to it alone waits with it when its words change', async () => {
    await allow('https://b.test/')
    await account().revokeNetwork('x', 'a.test', AT)
    expect(await load('second', digestOf('d'))).toBe(true)
    expect(await onPage()).toEqual(['allow https://b.test/'])
  })

  it('what is denied or limited holds for whatever is loaded next', async () => {
    await write('{ allow: [{ host: b.test }], deny: [{ host: c.test }] }')
    await allow('memory 67108864', 'limit')
    const narrowed = ['allow memory 67108864', 'deny c.test']
    await load('third')
    expect(await rules()).toEqual(narrowed)
    await load('first')
    expect(await onPage()).toEqual(narrowed)
    await decide('keep')
    expect(await rules()).toEqual(narrowed)
  })
})
