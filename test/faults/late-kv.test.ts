// A KV that is late: nobody sees yet what was written to it. What a person ended is over all the same.

import { applyD1Migrations } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  askTokens,
  codeIn,
  INITIALIZE,
  Person,
  post,
  redeem,
  register,
  tokensOf,
} from '../workerd/support/oauth.ts'
import { catchUp, lag } from './support/faulty.ts'
import { account } from './support/people.ts'

beforeAll(async () => {
  await applyD1Migrations(env.DB, env.MIGRATIONS)
})

describe('kv that is late', () => {
  let person: Person
  beforeAll(async () => {
    person = await Person.signedIn()
  })

  const opens = async (token: string): Promise<number> => {
    const answer = await post(token, INITIALIZE)
    await answer.text()
    return answer.status
  }
  const endIt = async (client: string) => {
    expect((await person.send('/console/clients/end', { client })).status).toBe(303)
  }

  it.each([
    ['the person ends the client', (client: string) => endIt(client)],
    [
      'the client gives its token back',
      async (client: string, token: string) => {
        expect((await askTokens({ client_id: client, token })).status).toBe(200)
      },
    ],
    [
      'the host suspends the person',
      async () => {
        await account(person.id).suspend(Date.now())
      },
    ],
  ])('keeps nobody in when %s', async (_, ends) => {
    const client = await register()
    const { access_token: token, refresh_token } = await tokensOf(person, client)
    expect(await opens(token)).toBe(200)
    lag('worker')
    await ends(client, token)
    expect(await opens(token)).toBe(401)
    const form = { grant_type: 'refresh_token', client_id: client, refresh_token }
    const refreshed = await askTokens(form)
    expect(refreshed.status).toBe(400)
    expect(await refreshed.json()).toMatchObject({ error: 'invalid_grant' })
    await catchUp('worker')
    expect(await opens(token)).toBe(401)
    await account(person.id).suspend(null)
  })

  it('hides no client that was let in a moment ago elsewhere: it is shown, and ends', async () => {
    const client = await register()
    const page = await (await person.asked(client)).text()
    lag('worker')
    const code = codeIn(await person.allow(page))
    expect(await (await person.send('/console/clients')).text()).toContain(client)
    await endIt(client)
    await catchUp('worker')
    const answer = await redeem(client, code)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' })
  })

  it('keeps no token good that is given back before it is known', async () => {
    const client = await register()
    const code = codeIn(await person.allow(await (await person.asked(client)).text()))
    lag('worker')
    const answer = await redeem(client, code)
    const { access_token: token } = (await answer.json()) as { access_token: string }
    expect((await askTokens({ client_id: client, token })).status).toBe(200)
    await catchUp('worker')
    expect(await opens(token)).toBe(401)
  })

  it('gives nothing for a code or refresh token that it does not know to be used', async () => {
    const client = await register()
    const code = codeIn(await person.allow(await (await person.asked(client)).text()))
    const refresh = async (refresh_token: string) =>
      await askTokens({ grant_type: 'refresh_token', client_id: client, refresh_token })
    const tokens = async (answer: Response) =>
      (await answer.json()) as { access_token: string; refresh_token: string }
    lag('worker')
    const first = await redeem(client, code)
    expect(first.status).toBe(200)
    const again = await redeem(client, code)
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' })
    await catchUp('worker')
    expect(await opens((await tokens(first)).access_token)).toBe(401)

    const old = (await tokensOf(person, client)).refresh_token
    const next = await tokens(await refresh(old))
    lag('worker')
    const last = await tokens(await refresh(next.refresh_token))
    expect((await refresh(old)).status).toBe(400)
    await catchUp('worker')
    expect(await opens(last.access_token)).toBe(401)
  })

  it('keeps nobody signed in to the console', async () => {
    lag('worker')
    expect((await person.send('/console')).status).toBe(200)
    expect((await person.send('/console/sign-out-everywhere', {})).status).toBe(200)
    expect((await person.send('/console')).status).toBe(302)
    await catchUp('worker')
  })
})
