// Variables of a person's component, in the real object with real D1: who is handed what, until when, and
// what happens when something of it does not open.

import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NewInstall } from '../../src/account/components.ts'
import { PersonKeys } from '../../src/account/person-keys.ts'
import { Variables } from '../../src/account/variables.ts'
import type { AccountVerbs } from '../../src/compose.ts'
import { createCompile } from '../../src/compiler/compile.ts'
import type { Digest } from '../../src/component/digest.ts'
import type { ToolModel } from '../../src/component/tools.ts'
import { ENVIRONMENT_LIMITS } from '../../src/policy/environment.ts'
import { asked } from '../support/asked.ts'

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest
const OTHER = `sha256:${'b'.repeat(64)}` as Digest
const AT = 1_800_000_000_000
const VALUE = 'a-value-that-nobody-else-has'
const key = (fill: string) => btoa(fill.repeat(32))

let tools: readonly ToolModel[] = []
let people = 0
/** A new one for each test. */
let person = ''

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  const compiled = await createCompile(env.LOADER)(new Uint8Array(env.TEXT_STATS_WASM))
  if (!compiled.ok) throw new Error(compiled.error.reason)
  tools = compiled.value.tools
})
beforeEach(async () => {
  people += 1
  person = `person-${people}`
  await install('stats')
})

const stubOf = (who: string) => env.ACCOUNT.getByName(who)
// What crosses is plain data, which the stub's mapped types obscure.
const IMPORTS = ['wasi:config/store@0.2.0-rc.1']
const account = (who = person) => stubOf(who) as unknown as AccountVerbs

async function install(wish: string, more: Partial<NewInstall> = {}, who = person): Promise<void> {
  const wanted = {
    wish,
    source: `catalogue:${wish}`,
    digest: DIGEST,
    bytes: 1,
    compiler: 'c',
    artifact: DIGEST,
    imports: IMPORTS,
    skipped: [],
    labels: [],
    loaded_at: AT,
    wit: null,
    ...more,
  }
  await account(who).install(wanted, tools, [])
}

async function ask(rule: string, component = 'stats', who = person): Promise<string> {
  const wanted = {
    client: 'c',
    clientName: 'Client',
    owner: 'client c',
    tool: 'analyze',
    component,
    rule,
  }
  const approval = asked(await account(who).ask({ ...wanted, permission: 'environment' }, AT))
  return approval.id
}

async function allow(rule: string, value: string | null = null): Promise<void> {
  const decided = await account().decide(await ask(rule), 'allow', AT, value)
  if (!decided.ok) throw new Error(decided.error)
}

async function set(name: string, value = VALUE): Promise<void> {
  const done = await account().setVariable('stats', name, value, AT)
  if (!done.ok) throw new Error(done.error)
}

async function environment(tool = 'analyze', who = person) {
  const admitted = await account(who).admit(tool, crypto.randomUUID(), 'client c')
  if (admitted === 'too-many-calls') throw new Error('a call too many')
  const authority = admitted?.authority
  return typeof authority === 'string' ? authority : authority?.environment
}

const count = async (table: 'variables' | 'person_keys', who = person) =>
  await env.DB.prepare(`SELECT count(*) AS n FROM ${table} WHERE person = ?1`)
    .bind(who)
    .first<number>('n')

describe('a variable', () => {
  it('is handed to nobody without a grant, and not without a value', async () => {
    await set('TOKEN')
    expect(await environment()).toEqual([])
    await allow('OTHER')
    expect(await environment()).toEqual([])
    await set('OTHER', 'other')
    expect(await environment()).toEqual([['OTHER', 'other']])
  })

  it('is set by the word that allows it, in one step', async () => {
    await allow('TOKEN', VALUE)
    expect(await environment()).toEqual([['TOKEN', VALUE]])
  })

  it('is not set by a word that denies, nor by a grant of another kind', async () => {
    await account().decide(await ask('TOKEN'), 'deny', AT, VALUE)
    const wanted = {
      client: 'c',
      clientName: 'C',
      owner: 'client c',
      tool: 't',
      component: 'stats',
    }
    const host = asked(
      await account().ask({ ...wanted, permission: 'network', rule: 'a.test' }, AT),
    )
    expect((await account().decide(host.id, 'allow', AT, VALUE)).ok).toBe(true)
    expect(await count('variables')).toBe(0)
  })

  it('leaves the question open when the value cannot be taken', async () => {
    const id = await ask('TOKEN')
    const long = 'x'.repeat(ENVIRONMENT_LIMITS.VALUE_BYTES + 1)
    expect(await account().decide(id, 'allow', AT, long)).toEqual({ ok: false, error: 'too-long' })
    expect((await account().component('stats'))?.grants).toEqual([])
    expect((await account().decide(id, 'allow', AT, VALUE)).ok).toBe(true)
    expect(await environment()).toEqual([['TOKEN', VALUE]])
  })

  it('is replaced and deleted for the very next call', async () => {
    await allow('TOKEN', VALUE)
    expect(await account().setVariable('stats', 'TOKEN', 'new', AT)).toEqual({
      ok: true,
      value: 'replaced',
    })
    expect(await environment()).toEqual([['TOKEN', 'new']])
    expect(await account().deleteVariable('stats', 'TOKEN')).toBe(true)
    expect(await environment()).toEqual([])
    expect(await account().deleteVariable('stats', 'TOKEN')).toBe(false)
  })

  it('is taken back for the very next call, and stays set', async () => {
    await allow('TOKEN', VALUE)
    expect(await environment()).toHaveLength(1)
    expect(await account().revokeEnvironment('stats', 'token', AT)).toBe(false)
    expect(await environment()).toHaveLength(1)
    expect(await account().revokeEnvironment('stats', 'TOKEN', AT)).toBe(true)
    expect(await environment()).toEqual([])
    expect((await account().component('stats'))?.variables).toMatchObject([{ key: 'TOKEN' }])
    await allow('TOKEN')
    expect(await environment()).toEqual([['TOKEN', VALUE]])
    await account().reset('stats', AT)
    expect(await environment()).toEqual([])
  })

  it('is of its source: a version that looks different needs a word of its own', async () => {
    await allow('TOKEN', VALUE)
    await install('stats', { digest: OTHER, imports: [...IMPORTS, 'wasi:http/types@0.2.4'] })
    expect(await environment()).toBe('waits')
    expect((await account().decideVersion('stats', OTHER, 'nothing', AT)).ok).toBe(true)
    expect(await environment()).toEqual([])
    await allow('TOKEN')
    expect(await environment()).toEqual([['TOKEN', VALUE]])
  })

  it('is of its source: a component of the same name from elsewhere has none', async () => {
    await allow('TOKEN', VALUE)
    await account().uninstall('stats', AT)
    await install('stats', { source: 'upload:stats' })
    await allow('TOKEN')
    expect(await environment()).toEqual([])
    expect((await account().component('stats'))?.variables).toEqual([])
  })

  it('ends with the component, and the last one with the key of the person', async () => {
    await allow('TOKEN', VALUE)
    await set('SECOND')
    expect([await count('variables'), await count('person_keys')]).toEqual([2, 1])
    await account().uninstall('stats', AT)
    expect([await count('variables'), await count('person_keys')]).toEqual([0, 0])
    await install('stats')
    await allow('TOKEN')
    expect(await environment()).toEqual([])
  })

  it('is one person’s: another with the same component has none', async () => {
    await allow('TOKEN', VALUE)
    const other = `${person}-other`
    await install('stats', {}, other)
    await account(other).decide(await ask('TOKEN', 'stats', other), 'allow', AT)
    expect(await environment('analyze', other)).toEqual([])
    expect((await account(other).component('stats'))?.variables).toEqual([])
  })

  it('is handed to no component that cannot read it', async () => {
    await install('stats', { imports: ['wasi:http/outgoing-handler@0.2.4'] })
    await allow('TOKEN', VALUE)
    expect(await environment()).toEqual([])
  })

  it('is there after an eviction', async () => {
    await allow('TOKEN', VALUE)
    await evictDurableObject(stubOf(person))
    expect(await environment()).toEqual([['TOKEN', VALUE]])
  })

  it.each([
    ['A*', VALUE, 'bad-key'],
    ['A=B', VALUE, 'bad-key'],
    ['', VALUE, 'bad-key'],
    ['A', '', 'empty'],
    ['A', 'x\0y', 'characters'],
  ])('of the name %j with %j is refused', async (name, value, error) => {
    expect(await account().setVariable('stats', name, value, AT)).toEqual({ ok: false, error })
    expect([await count('variables'), await count('person_keys')]).toEqual([0, 0])
  })

  it('is one of 64: one more is refused, the old ones can be replaced', async () => {
    for (let n = 0; n < ENVIRONMENT_LIMITS.VARIABLES; n += 1) await set(`V${n}`)
    const more = await account().setVariable('stats', 'V64', VALUE, AT)
    expect(more).toEqual({ ok: false, error: 'too-many' })
    await set('V63', 'new')
    expect(await count('variables')).toBe(ENVIRONMENT_LIMITS.VARIABLES)
  })

  it('of a component that is not there is nobody’s', async () => {
    expect(await account().setVariable('nothing', 'A', VALUE, AT)).toEqual({
      ok: false,
      error: 'unknown-component',
    })
    expect(await account().deleteVariable('nothing', 'A')).toBeNull()
  })

  it('is kept whole when many are set at the same time, the first key of a person too', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `N${n}`)
    await Promise.all(names.map((name) => set(name, `value of ${name}`)))
    for (const name of names) await allow(name)
    const found = new Map((await environment()) as [string, string][])
    expect(found).toEqual(new Map(names.map((name) => [name, `value of ${name}`])))
    expect(await count('person_keys')).toBe(1)
  })
})

describe('what lies in D1', () => {
  it('tells names, and nothing of a value', async () => {
    await allow('TOKEN', VALUE)
    const { results } = await env.DB.prepare('SELECT * FROM variables WHERE person = ?1')
      .bind(person)
      .all()
    expect(results).toMatchObject([{ person, source: 'catalogue:stats', key: 'TOKEN', set_at: AT }])
    const sealed = String(results[0]?.['sealed'])
    expect(`${sealed} ${atob(sealed)}`).not.toContain(VALUE)
  })

  /** What somebody does who can write D1; the object of that person has to read it again. */
  const alter = async (who: string, sql: string, ...values: string[]) => {
    const { meta } = await env.DB.prepare(sql)
      .bind(who, ...values)
      .run()
    expect(meta.changes).toBe(1)
    await evictDurableObject(stubOf(who))
  }
  const logged = async (work: () => Promise<void>): Promise<string> => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    await work()
    const lines = log.mock.calls.map((line) => line.join(' '))
    log.mockRestore()
    return lines.join('\n')
  }

  it('does not open in another row: not another person’s, not under another name', async () => {
    await allow('TOKEN', VALUE)
    await allow('OTHER', 'other')
    const other = `${person}-other`
    await install('stats', {}, other)
    await account(other).decide(await ask('TOKEN', 'stats', other), 'allow', AT, 'theirs')
    const moved = "SELECT sealed FROM variables WHERE person = ?2 AND key = 'TOKEN'"
    await alter(
      other,
      `UPDATE variables SET sealed = (${moved}) WHERE person = ?1 AND key = 'TOKEN'`,
      person,
    )
    expect(await environment('analyze', other)).toBe('sealed')
    // The key of the person along with it.
    await alter(
      other,
      `UPDATE person_keys SET (master, sealed) =
         (SELECT master, sealed FROM person_keys WHERE person = ?2) WHERE person = ?1`,
      person,
    )
    expect(await environment('analyze', other)).toBe('sealed')
    await alter(
      person,
      `UPDATE variables SET sealed = (${moved}) WHERE person = ?1 AND key = 'OTHER'`,
      person,
    )
    expect(await environment()).toBe('sealed')
  })

  it('stays as it is when the master key is another one; other calls go on', async () => {
    await allow('TOKEN', VALUE)
    await install('plain', { wish: 'plain', digest: OTHER })
    const before = await env.DB.prepare('SELECT * FROM person_keys WHERE person = ?1')
      .bind(person)
      .first<{ master: string; sealed: string }>()
    await alter(person, "UPDATE person_keys SET master = '0000000000000000' WHERE person = ?1")

    expect(await environment()).toBe('sealed')
    expect(await environment('plain__analyze')).toEqual([])
    const refused = { ok: false, error: 'sealed' }
    expect(await account().setVariable('stats', 'NEW', VALUE, AT)).toEqual(refused)
    const question = await ask('THIRD')
    expect(await account().decide(question, 'allow', AT, VALUE)).toEqual(refused)
    expect((await account().approval(question))?.decision).toBeNull()
    expect((await account().component('stats'))?.variables).toMatchObject([{ key: 'TOKEN' }])
    expect([await count('variables'), await count('person_keys')]).toEqual([1, 1])

    await alter(
      person,
      'UPDATE person_keys SET master = ?2 WHERE person = ?1',
      before?.master ?? '',
    )
    expect(await environment()).toEqual([['TOKEN', VALUE]])
  })

  it('can be deleted by the person when the master key is lost, and set anew', async () => {
    await allow('TOKEN', VALUE)
    await alter(person, "UPDATE person_keys SET master = '0000000000000000' WHERE person = ?1")
    expect(await account().deleteVariable('stats', 'TOKEN')).toBe(true)
    await set('TOKEN', 'new')
    expect(await environment()).toEqual([['TOKEN', 'new']])
  })

  it('opens through a rotation, sealed anew by the first call that reads it', async () => {
    const at = (SECRETS_KEY?: string, SECRETS_KEY_PREVIOUS?: string) =>
      new Variables(
        person,
        env.DB,
        new PersonKeys(person, env.DB, {
          ...(SECRETS_KEY === undefined ? {} : { SECRETS_KEY }),
          ...(SECRETS_KEY_PREVIOUS === undefined ? {} : { SECRETS_KEY_PREVIOUS }),
        }),
      )
    const open = async (variables: Variables) => await variables.open('catalogue:stats', ['TOKEN'])
    const variable = { source: 'catalogue:stats', key: 'TOKEN', value: VALUE, at: AT }
    const setting = await at(key('1')).setting(variable, [])
    if (!setting.ok) throw new Error(setting.error)
    await env.DB.batch(setting.value)
    const whole = { ok: true, value: new Map([['TOKEN', VALUE]]) }
    const sealed = { ok: false, error: 'sealed' }

    expect(await open(at(key('1')))).toEqual(whole)
    const log = await logged(async () => {
      expect(await open(at(key('2')))).toEqual(sealed)
      expect(await open(at())).toEqual(sealed)
      expect(await open(at('not a key'))).toEqual(sealed)
    })
    expect(log.split('\n')).toEqual([
      'what a person has set cannot be opened: a person key names a master key that is neither SECRETS_KEY nor SECRETS_KEY_PREVIOUS',
      'what a person has set cannot be opened: SECRETS_KEY is not set',
      'what a person has set cannot be opened: SECRETS_KEY is not base64 of 32 bytes',
    ])
    expect(log).not.toContain(VALUE)
    expect(await open(at(key('1')))).toEqual(whole)

    const both = await Promise.all([
      open(at(key('2'), key('1'))),
      open(at(key('2'), key('1'))),
      open(at(key('2'), key('1'))),
    ])
    expect(both).toEqual([whole, whole, whole])
    expect(await open(at(key('2')))).toEqual(whole)
    await logged(async () => expect(await open(at(key('1')))).toEqual(sealed))
  })
})
