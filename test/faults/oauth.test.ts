// KV and D1 that fail or hang at each step of the authorization server: whoever asked gets an error that they can read,
// no code or token works half, and the same goes right after without a restart.

import { applyD1Migrations, evictDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { accountOf } from '../../src/compose.ts'
import {
  askTokens,
  codeIn,
  INITIALIZE,
  ORIGIN,
  Person,
  post,
  redeem,
  register,
  tokensOf,
} from '../workerd/support/oauth.ts'
import { heal, strike } from './support/faulty.ts'
import type { Steps } from './support/steps.ts'
import { everyStep, isApiFault, isOAuthFault, isPageFault, isRpcFault } from './support/steps.ts'

let person: Person

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
  person = await Person.signedIn()
})
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

const Tokens = z.looseObject({ access_token: z.string(), refresh_token: z.string() })
const tokensIn = async (answer: Response) => Tokens.parse(await answer.json())

const opens = async (token: string): Promise<number> => {
  const answer = await post(token, INITIALIZE)
  await answer.text()
  return answer.status
}

const registration = async () =>
  await exports.default.fetch(`${ORIGIN}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: ['http://127.0.0.1:9999/callback'],
      token_endpoint_auth_method: 'none',
    }),
  })

const refresh = async (client: string, refresh_token: string) =>
  await askTokens({ grant_type: 'refresh_token', client_id: client, refresh_token })

const pageFor = async (client: string) => await (await person.asked(client)).text()
const codeFor = async (client: string) => codeIn(await person.allow(await pageFor(client)))

/** What KV has of a code: of a grant, and of tokens that came of it. */
async function left(code: string): Promise<string[]> {
  const [of, grant] = code.split(':')
  const names = async (prefix: string) =>
    (await env.OAUTH_KV.list({ prefix })).keys.map(({ name }) => name)
  return [...(await names(`grant:${of}:${grant}`)), ...(await names(`token:${of}:${grant}`))]
}

/** It is refused now and for good, with everything that came of it, or it is good for tokens once. */
async function expectOnceOrNever(client: string, code: string, said: string): Promise<void> {
  const again = await redeem(client, code)
  if (again.status === 200) {
    const { access_token: token } = await tokensIn(again)
    expect(await opens(token), said).toBe(200)
    expect((await redeem(client, code)).status, said).toBe(400)
    expect(await opens(token), said).toBe(401)
    return
  }
  expect([again.status, await again.json()], said).toMatchObject([400, { error: 'invalid_grant' }])
  expect(await left(code), said).toEqual([])
}

/** The person begins again where the page leads them, or sends the same form, and the client gets in. */
async function expectGoesOn(client: string, page: string, answer: Response, said: string) {
  const same = await person.allow(page)
  const link = /href="(\/authorize\?[^"]*)"/.exec(await answer.text())?.[1] ?? ''
  const asked = () => person.send(link.replaceAll('&amp;', '&'))
  const code = codeIn(same.status === 302 ? same : await person.allow(await (await asked()).text()))
  const tokens = await tokensIn(await redeem(client, code))
  expect(await opens(tokens.access_token), said).toBe(200)
}

/** What the account knows by heart hides no step. */
async function forgetful(): Promise<void> {
  await accountOf(env, person.id).oauthGrants(Date.now())
  await evictDurableObject(env.ACCOUNT.getByName(person.id))
}

const STORES = ['kv', 'd1 of the Worker', 'd1 of the account'] as const

/** D1 that hangs is met in the two steps that write most. */
const FEW = { fail: STORES, hang: ['kv'] } as const

function stepsOf(store: (typeof STORES)[number], how: 'fail' | 'hang', ok: number): Steps {
  const key = store === 'd1 of the account' ? person.id : 'worker'
  return { key, target: store === 'kv' ? 'kv' : 'd1', how, ok }
}

describe.each(['fail', 'hang'] as const)('a store that %ss', (how) => {
  it('lets a client be registered a moment later (kv)', async () => {
    const struck = await everyStep(stepsOf('kv', how, 201), isOAuthFault, async () => ({
      run: registration,
      after: async () => expect((await registration()).status).toBe(201),
    }))
    expect(struck).toBeGreaterThan(0)
  })

  it.each(FEW[how])(
    'shows the person no consent page, and a moment later does (%s)',
    async (store) => {
      const client = await register()
      const struck = await everyStep(stepsOf(store, how, 200), isPageFault, async () => {
        await forgetful()
        return {
          run: () => person.asked(client),
          after: async (_, said) => {
            const { access_token: token } = await tokensOf(person, client)
            expect(await opens(token), said).toBe(200)
          },
        }
      })
      expect(struck).toBeGreaterThan(0)
    },
  )

  it.each(STORES)(
    'gives no code for a consent, takes nothing from the client, and leads back to the question (%s)',
    async (store) => {
      const struck = await everyStep(stepsOf(store, how, 302), isPageFault, async () => {
        const client = await register()
        const had = await tokensOf(person, client)
        const page = await pageFor(client)
        await forgetful()
        return {
          run: () => person.allow(page),
          after: async (answer, said) => {
            if (answer.status === 302) {
              const tokens = await tokensIn(await redeem(client, codeIn(answer)))
              expect(await opens(tokens.access_token), said).toBe(200)
              expect(await opens(had.access_token), said).toBe(401)
              return
            }
            // What was written, and its answer lost, has taken the place of what was before.
            const isReplaced = said.startsWith('account: d1 fail after')
            if (!isReplaced) expect(await opens(had.access_token), said).toBe(200)
            await expectGoesOn(client, page, answer, said)
          },
        }
      })
      expect(struck).toBeGreaterThan(0)
    },
  )

  it('keeps nothing good that a client had which listens at another port now (kv)', async () => {
    let unswept = 0
    const struck = await everyStep(stepsOf('kv', how, 302), isPageFault, async () => {
      const client = await register()
      const had = await tokensOf(person, client)
      const elsewhere = { redirect_uri: 'http://127.0.0.1:9998/callback' }
      const page = await (await person.asked(client, elsewhere)).text()
      return {
        run: () => person.allow(page),
        after: async (answer, said) => {
          if (answer.status !== 302) return
          expect(await opens(had.access_token), said).toBe(401)
          if ((await left(had.access_token)).length > 0) unswept += 1
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
    expect(unswept).toBeGreaterThan(0)
  })

  it('denies a client no less, and leads back to the question (kv)', async () => {
    const struck = await everyStep(stepsOf('kv', how, 302), isPageFault, async () => {
      const client = await register()
      const page = await pageFor(client)
      return {
        run: () => person.allow(page, { decision: 'deny' }),
        after: async (answer, said) => {
          if (answer.status !== 302) return await expectGoesOn(client, page, answer, said)
          expect(answer.headers.get('location'), said).toContain('error=access_denied')
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
  })

  it.each(STORES)('gives tokens for a code once or never (%s)', async (store) => {
    const client = await register()
    const struck = await everyStep(stepsOf(store, how, 200), isOAuthFault, async () => {
      const code = await codeFor(client)
      await forgetful()
      return {
        run: () => redeem(client, code),
        after: async (answer, said) => {
          if (answer.status !== 200) await expectOnceOrNever(client, code, said)
          const { access_token: token } = await tokensOf(person, client)
          expect(await opens(token), said).toBe(200)
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
  })

  it.each(FEW[how])(
    'lets a refresh token be used again that brought nothing (%s)',
    async (store) => {
      const client = await register()
      const struck = await everyStep(stepsOf(store, how, 200), isOAuthFault, async () => {
        const had = await tokensOf(person, client)
        await forgetful()
        return {
          run: () => refresh(client, had.refresh_token),
          after: async (answer, said) => {
            const got = answer.status === 200 ? answer : await refresh(client, had.refresh_token)
            expect(got.status, said).toBe(200)
            const next = await tokensIn(got)
            expect(await opens(next.access_token), said).toBe(200)
            const last = await tokensIn(await refresh(client, next.refresh_token))
            expect(await opens(last.access_token), said).toBe(200)
            // Behind that one, the first shows that two have it.
            expect((await refresh(client, had.refresh_token)).status, said).toBe(400)
            expect(await opens(last.access_token), said).toBe(401)
          },
        }
      })
      expect(struck).toBeGreaterThan(0)
    },
  )

  it.each(
    FEW[how].flatMap((store) =>
      (['access_token', 'refresh_token'] as const).map((kind) => [kind, store] as const),
    ),
  )('takes back an %s, or says that it did not (%s)', async (kind, store) => {
    const client = await register()
    const struck = await everyStep(stepsOf(store, how, 200), isOAuthFault, async () => {
      const had = await tokensOf(person, client)
      const giveBack = () => askTokens({ client_id: client, token: had[kind] })
      await forgetful()
      return {
        run: giveBack,
        after: async (answer, said) => {
          if (answer.status !== 200) expect((await giveBack()).status, said).toBe(200)
          expect(await opens(had.access_token), said).toBe(401)
          expect((await refresh(client, had.refresh_token)).status, said).toBe(400)
        },
      }
    })
    expect(struck).toBeGreaterThan(0)
  })

  it.each(['kv', 'd1 of the account'] as const)(
    'is no word against a token, at MCP and at the API (%s)',
    async (store) => {
      const client = await register()
      const { access_token: token } = await tokensOf(person, client)
      const ways = [
        [isRpcFault, () => post(token, INITIALIZE)],
        [
          isApiFault,
          () =>
            exports.default.fetch(`${ORIGIN}/api/components`, {
              headers: { authorization: `Bearer ${token}` },
            }),
        ],
      ] as const
      for (const [judge, run] of ways) {
        const struck = await everyStep(stepsOf(store, how, 200), judge, async () => {
          await forgetful()
          return { run, after: async (_, said) => expect((await run()).status, said).toBe(200) }
        })
        expect(struck).toBeGreaterThan(0)
      }
    },
  )

  it.each(FEW[how])(
    'ends a client that the person ends, or says that it did not (%s)',
    async (store) => {
      const struck = await everyStep(stepsOf(store, how, 303), isPageFault, async () => {
        const client = await register()
        const had = await tokensOf(person, client)
        const end = () => person.send('/console/clients/end', { client })
        await forgetful()
        return {
          run: end,
          after: async (answer, said) => {
            // Done, perhaps, and its answer lost: then there is no such client any more.
            if (answer.status !== 303) expect([303, 404], said).toContain((await end()).status)
            expect(await opens(had.access_token), said).toBe(401)
            expect((await refresh(client, had.refresh_token)).status, said).toBe(400)
            expect(await (await person.send('/console/clients')).text(), said).not.toContain(client)
          },
        }
      })
      expect(struck).toBeGreaterThan(0)
    },
  )
})

it('knows no client that a failed registration would have made', async () => {
  const before = (await env.OAUTH_KV.list({ prefix: 'client:' })).keys.length
  await everyStep(
    { key: 'worker', target: 'kv', how: 'hang', ok: 201 },
    isOAuthFault,
    async () => ({ run: registration, after: async () => {} }),
  )
  const after = (await env.OAUTH_KV.list({ prefix: 'client:' })).keys.length
  expect(after - before).toBe(1)
})

it('gives tokens for a code to one of two that present it at once, and takes them back', async () => {
  const client = await register()
  const code = await codeFor(client)
  const answers = await Promise.all([redeem(client, code), redeem(client, code)])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400])
  for (const answer of answers) {
    if (answer.status === 200) expect(await opens((await tokensIn(answer)).access_token)).toBe(401)
    else expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  }
})

it('tells clients in browser pages as well', async () => {
  const client = await register()
  const { refresh_token } = await tokensOf(person, client)
  const ask = async (body: URLSearchParams | string) => {
    const headers = { origin: 'https://page.example' }
    return await exports.default.fetch(`${ORIGIN}/token`, { method: 'POST', headers, body })
  }
  const form = { grant_type: 'refresh_token', client_id: client, refresh_token }
  strike('worker', { target: 'kv', step: 0, how: 'hang', when: 'before' })
  const late = await ask(new URLSearchParams(form))
  heal('worker')
  const large = await ask('x'.repeat(65 * 1024))
  const sound = await ask(new URLSearchParams(form))
  expect([late.status, large.status, sound.status]).toEqual([503, 413, 200])
  for (const { headers } of [late, large, sound]) {
    expect(headers.get('access-control-allow-origin')).toBe('https://page.example')
    expect(headers.get('access-control-expose-headers')).toContain('Retry-After')
  }
})

it('takes a name that KV would not take for the name of nothing', async () => {
  const long = 'x'.repeat(600)
  const token = `${long}:y:z`
  const headers = { authorization: `Bearer ${token}` }
  const api = await exports.default.fetch(`${ORIGIN}/api/components`, { headers })
  expect([api.status, await opens(token)]).toEqual([401, 401])
  expect((await person.asked(long)).status).toBe(400)
  const client = await register()
  for (const answer of [await redeem(client, token), await refresh(client, token)]) {
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_grant' }])
  }
  expect((await redeem(long, token)).status).toBe(401)
  expect((await askTokens({ client_id: client, token })).status).toBe(200)
})
