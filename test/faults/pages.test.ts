// D1 that fails or hangs under a page of the console or a route of the API: a page or JSON that says so, nothing
// half-written, and the same request goes right after.

import { applyD1Migrations, evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { parseForms } from '../../local/forms.ts'
import { accountOf, composeLoad } from '../../src/compose.ts'
import { digestOf } from '../../src/component/digest.ts'
import { loadReference, loadUpload } from '../../src/load.ts'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import { People } from '../../src/store/people.ts'
import { codeIn, ORIGIN, Person, redeem, register } from '../workerd/support/oauth.ts'
import type { Steps } from './support/steps.ts'
import { everyStep, isApiFault, isPageFault } from './support/steps.ts'

let person: Person
let token: string
/** The person's own: of the console alone. */
let hand: string

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  person = await Person.signedIn()
  const loaded = await loadUpload(
    'files',
    new Uint8Array(env.FILESYSTEM_WASM),
    composeLoad(env, person.id),
  )
  expect(loaded.ok).toBe(true)
  token = await tokenFor('tools:call components:manage')
  hand = await tokenFor('console')
  // What is compiled is kept.
  expect((await upload('stats')).status).toBe(201)
  const policed = new Uint8Array(env.FILESYSTEM_WASM)
  expect((await loadUpload('policed', policed, composeLoad(env, person.id))).ok).toBe(true)
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

const mine = () => accountOf(env, person.id)

const api = async (path: string, init: RequestInit = {}, by = token) =>
  await exports.default.fetch(`${ORIGIN}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${by}` },
  })

async function tokenFor(scope: string): Promise<string> {
  const client = await register()
  const page = await (await person.asked(client, { scope })).text()
  const answer = await redeem(client, codeIn(await person.allow(page)))
  return z.looseObject({ access_token: z.string() }).parse(await answer.json()).access_token
}

const upload = async (name: string) =>
  await api(`/api/components/${name}`, { method: 'PUT', body: env.TEXT_STATS_WASM })

/** What the account knows by heart hides no step. */
async function forgetful(): Promise<void> {
  await mine().oauthGrants(Date.now())
  await evictDurableObject(env.ACCOUNT.getByName(person.id))
}

const RULES = new Set<string>()

/** A rule that nobody has asked for before. */
function newRule(): string {
  const rule = `read fs:///${RULES.size}`
  RULES.add(rule)
  return rule
}

async function asked(rule: string): Promise<string> {
  const view = await mine().component('files')
  if (view === null) throw new Error('no such component')
  const question = await mine().propose(view.install, 'storage', rule, Date.now())
  return question?.id ?? 'none'
}

const granted = async (rule: string, component = 'files'): Promise<number> =>
  ((await mine().component(component))?.grants ?? []).filter((grant) => grant.rule === rule).length

/** A component from the catalogue, whose bytes are stored already. */
async function publishProposing(): Promise<void> {
  const load = composeLoad(env, person.id)
  const bytes = new Uint8Array(env.FILESYSTEM_WASM)
  const published_at = Date.now()
  const about = { description: '', policy: null, bytes: bytes.byteLength, published_at }
  await load.catalogue.publish({ name: 'proposing', digest: await digestOf(bytes), ...about })
  expect((await loadReference('proposing', load)).ok).toBe(true)
}

/** What the publisher of `proposing` proposes from now on. */
async function proposed(rules: readonly string[]): Promise<void> {
  const text = JSON.stringify({
    version: '1.0',
    permissions: {},
    'x-wassette-edge': { storage: { allow: rules } },
  })
  const { catalogue } = composeLoad(env, person.id)
  const entry = await catalogue.find('proposing')
  if (entry === null) throw new Error('no such entry')
  const done = await catalogue.propose(entry, new TextEncoder().encode(text))
  expect(done).toEqual({ ok: true, value: true })
}

/** As the page has it, allowed. */
async function formOf(approval: string): Promise<Record<string, string>> {
  const page = await (await person.send(`/approvals/${approval}`)).text()
  const form = parseForms(page).find(({ action }) => action === `/approvals/${approval}`)
  return { ...Object.fromEntries(form?.fields ?? []), decision: 'allow' }
}

const isLoaded = async (name: string): Promise<boolean> =>
  (await mine().components()).some(({ install }) => install.component === name)

const HOWS = ['fail', 'hang'] as const
const STORES = ['worker', 'account'] as const
/** By requests with a token that change something: what they are asked about is in KV and in the account. */
const UNASKED: (typeof STORES)[number] = 'worker'
const WAYS = HOWS.flatMap((how) => STORES.map((store) => [how, store] as const))

const PAGES = [
  '/console',
  '/console/catalogue',
  '/console/calls',
  '/console/clients',
  '/console/labels',
  '/console/narrowing',
  '/console/services',
  '/console/components/files/variables',
  '/console/components/files/secrets',
  '/console/components/files/connections',
  '/console/components/files/narrowing',
  '/console/components/files/version',
  '/approvals/:id',
]
const ROUTES = [
  '/api/components',
  '/api/calls',
  '/api/activity',
  '/api/clients',
  '/api/services',
  '/api/narrowing',
  '/api/components/files/environment',
  '/api/components/files/narrowing',
  '/api/components/files/policy',
]
/** What hangs is met by a few of them, one at a time: it takes its time. */
const READ = {
  fail: { pages: PAGES, routes: ROUTES },
  hang: { pages: ['/console', '/approvals/:id'], routes: ['/api/components', '/api/calls'] },
}

const stepsOf = (store: (typeof STORES)[number], how: Steps['how'], ok: number): Steps => ({
  key: store === 'worker' ? store : person.id,
  target: 'd1',
  how,
  ok,
})

describe.each(WAYS)('d1 that %ss (%s)', (how, store) => {
  it.each(READ[how].pages)('is told on the page %s, which is there the next time', async (path) => {
    const at = path.includes(':id') ? path.replace(':id', await asked(newRule())) : path
    const { status: ok } = await person.send(at)
    const struck = await everyStep(
      { ...stepsOf(store, how, ok), isRead: true },
      isPageFault,
      async () => {
        await forgetful()
        const run = () => person.send(at)
        return { run, after: async (_, said) => expect((await run()).status, said).toBe(ok) }
      },
    )
    expect(struck).toBeGreaterThan(0)
  })

  it.each(READ[how].routes)(
    'is told in JSON by GET %s, which answers the next time',
    async (path) => {
      const struck = await everyStep(
        { ...stepsOf(store, how, 200), isRead: true },
        isApiFault,
        async () => {
          await forgetful()
          const run = () => person.send(path)
          return { run, after: async (_, said) => expect((await run()).status, said).toBe(200) }
        },
      )
      expect(struck).toBeGreaterThan(0)
    },
  )

  it('grants what the person allows, or leaves the question open', async () => {
    const struck = await everyStep(stepsOf(store, how, 200), isPageFault, async () => {
      const rule = newRule()
      const approval = await asked(rule)
      const form = await formOf(approval)
      const allow = () => person.send(`/approvals/${approval}`, form)
      await forgetful()
      return {
        run: allow,
        after: async (answer, said) => {
          const isDecided = (await mine().approval(approval))?.decision === 'allow'
          expect(await granted(rule), said).toBe(isDecided ? 1 : 0)
          if (answer.status !== 200)
            expect((await allow()).status, said).toBe(isDecided ? 409 : 200)
          expect(await granted(rule), said).toBe(1)
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
  })

  it('revokes, or says that it did not', async () => {
    const struck = await everyStep(stepsOf(store, how, 303), isPageFault, async () => {
      const rule = newRule()
      const approval = await asked(rule)
      await person.send(`/approvals/${approval}`, await formOf(approval))
      expect(await granted(rule)).toBe(1)
      const form = { component: 'files', permission: 'storage', rule }
      const revoke = () => person.send('/console/revoke', form)
      await forgetful()
      return {
        run: revoke,
        after: async (answer, said) => {
          if (answer.status !== 303) expect((await revoke()).status, said).toBe(303)
          expect(await granted(rule), said).toBe(0)
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
  })

  it('keeps a value, or says that it did not', async () => {
    let nth = 0
    const page = '/console/components/files/variables'
    const struck = await everyStep(stepsOf(store, how, 303), isPageFault, async () => {
      const key = `KEY_${how}_${store}_${nth++}`.toUpperCase()
      const { seen = '' } = (await mine().component('files')) ?? {}
      const set = () => person.send(page, { action: 'set', key, value: 'a value', seen })
      const isSet = async () =>
        ((await mine().component('files'))?.variables ?? []).some((one) => one.key === key)
      await forgetful()
      return {
        run: set,
        after: async (answer, said) => {
          if (answer.status !== 303) expect((await set()).status, said).toBe(303)
          expect(await isSet(), said).toBe(true)
          const gone = await person.send(page, { action: 'delete', key })
          expect([gone.status, await isSet()], said).toEqual([303, false])
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
  })

  it('takes a policy in the place of another whole or not at all', async () => {
    const policy = (...paths: string[]) =>
      `version: "1.0"\npermissions:\n  storage:\n    allow:\n` +
      paths.map((path) => `      - { uri: "fs:///${path}", access: ["read"] }\n`).join('')
    const write = async (text: string) =>
      await api('/api/components/policed/policy', { method: 'PUT', body: text }, hand)
    const granted = async () =>
      ((await mine().component('policed'))?.grants ?? []).map(({ rule }) => rule).toSorted()
    const before = ['read fs://a', 'read fs://b']
    const next = ['read fs://b', 'read fs://c']
    const struck = await everyStep(stepsOf(store, how, 200), isApiFault, async () => {
      expect((await write(policy('a', 'b'))).status).toBe(200)
      expect(await granted()).toEqual(before)
      const replace = () => write(policy('b', 'c'))
      await forgetful()
      return {
        run: replace,
        after: async (answer, said) => {
          const found = await granted()
          if (answer.status !== 200) {
            expect([before, next], said).toContainEqual(found)
            expect((await replace()).status, said).toBe(200)
          }
          expect(await granted(), said).toEqual(next)
        },
      }
    })
    expect(struck > 0).toBe(store !== UNASKED)
  })

  it('loads a component that is sent whole or not at all', async () => {
    let nth = 0
    const struck = await everyStep(stepsOf(store, how, 201), isApiFault, async () => {
      const name = `${how}-${store}-${nth++}`
      await forgetful()
      return {
        run: () => upload(name),
        after: async (answer, said) => {
          const isThere = await isLoaded(name)
          if (answer.status === 201) expect(isThere, said).toBe(true)
          else expect((await upload(name)).status, said).toBe(isThere ? 200 : 201)
          expect(await isLoaded(name), said).toBe(true)
          const gone = await api(`/api/components/${name}`, { method: 'DELETE' })
          expect(gone.status, said).toBe(204)
        },
      }
    })
    expect(struck > 0).toBe(store !== UNASKED)
  })

  it('unloads a component, or says that it did not', async () => {
    const struck = await everyStep(stepsOf(store, how, 204), isApiFault, async () => {
      await upload('going')
      const remove = () => api('/api/components/going', { method: 'DELETE' })
      await forgetful()
      return {
        run: remove,
        after: async (answer, said) => {
          if (answer.status !== 204) expect([204, 404], said).toContain((await remove()).status)
          expect(await isLoaded('going'), said).toBe(false)
        },
      }
    })
    expect(struck > 0).toBe(store !== UNASKED)
  })
})

describe('d1 that fails on the way', () => {
  it.each(STORES)(
    'allows all that a publisher proposes, or says what became of it (%s)',
    async (store) => {
      const page = '/console/components/proposing/proposal'
      await publishProposing()
      const struck = await everyStep(stepsOf(store, 'fail', 303), isPageFault, async () => {
        const rules = [newRule(), newRule()].map((rule) => rule.replace('fs:///', 'fs://'))
        await proposed(rules)
        const form = async () => {
          const shown = parseForms(await (await person.send(page)).text())
          const fields = shown.flatMap(({ fields: all }) => all)
          const seen = fields.find(([name]) => name === 'seen')?.[1] ?? ''
          return { seen, life: 'always', action: 'all' }
        }
        const isGranted = (rule: string) => granted(rule, 'proposing')
        const first = await form()
        return {
          run: () => person.send(page, first),
          after: async (answer, said) => {
            const found = await Promise.all(rules.map(isGranted))
            if (answer.status === 303) return expect(found, said).toEqual([1, 1])
            const text = await answer.text()
            if (found.includes(1)) expect(text, said).not.toContain('Nothing was half-done')
            // Once a rule is allowed, the page is another one.
            const again = await person.send(page, first)
            expect([303, 409], said).toContain(again.status)
            if (again.status === 409) expect(found, said).toContain(1)
            else expect(await Promise.all(rules.map(isGranted)), said).toEqual([1, 1])
          },
        }
      })
      expect(struck).toBeGreaterThan(0)
    },
  )
})

const kept = '/kept' as DrivePath

describe.each(HOWS)('a store that %ss', (how) => {
  it.each([
    ['kv', 'worker'],
    ['d1', 'worker'],
    ['d1', 'account'],
    ['r2', 'drive'],
  ] as const)(
    'deletes a person, or lets them say it again (%s of the %s)',
    async (target, store) => {
      const struck = await everyStep(
        { key: 'worker', target, how, ok: 200 },
        isPageFault,
        async () => {
          const leaving = await Person.signedIn()
          const client = await register()
          await (await leaving.asked(client)).text()
          codeIn(await leaving.allow(await (await leaving.asked(client)).text()))
          const drive = env.DRIVE.getByName(leaving.id)
          expect((await drive.create(kept, true, Date.now())).ok).toBe(true)
          await env.STORE.put(`drive/${leaving.id}/chunk`, 'what they wrote')
          const page = await (await leaving.send('/console/forget')).text()
          const form = parseForms(page).find(({ action }) => action === '/console/forget')
          const fields = { ...Object.fromEntries(form?.fields ?? []), confirmation: 'forget me' }
          const forget = () => leaving.send('/console/forget', fields)
          return {
            key: store === 'worker' ? store : leaving.id,
            run: forget,
            after: async (answer, said) => {
              const isGone = async () => {
                expect((await drive.stat(kept)).ok, said).toBe(false)
                const bodies = await env.STORE.list({ prefix: `drive/${leaving.id}/` })
                expect(bodies.objects, said).toEqual([])
                expect(await new People(env.DB).find(leaving.id), said).toBe(null)
                const prefix = `grant:${leaving.id}:`
                expect((await env.OAUTH_KV.list({ prefix })).keys, said).toEqual([])
              }
              const again = answer.status === 200 ? answer : await forget()
              if (again.status === 401) {
                // Nobody is there any more who could say it again: what is left goes by itself, by an alarm that
                // may have rung already.
                await runDurableObjectAlarm(env.ACCOUNT.getByName(leaving.id))
                await vi.waitFor(isGone, 20_000)
              } else {
                expect(again.status, said).toBe(200)
                await isGone()
              }
            },
          }
        },
      )
      expect(struck).toBeGreaterThan(0)
    },
  )
})
