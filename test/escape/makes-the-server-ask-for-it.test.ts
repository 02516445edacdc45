// A person describes services whose endpoints are addresses inside, or that send the server on to them: what no
// component may reach, the server would then ask by itself, with a client secret in its hands.

import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest'
import { parseForms } from '../../local/forms.ts'
import type { Resident } from '../support/escape.ts'
import { forget, received, withIntruder } from '../support/escape.ts'
import { asPerson } from '../support/secrets.ts'

const { url } = inject('server')
const { inside: port } = inject('watcher').ports
const DRAFT = {
  issuer: 'https://watched.test',
  authorization_endpoint: 'https://watched.test/auth',
  token_endpoint: 'https://watched.test/token',
  client_id: 'edge',
  client_secret: 'a-client-secret-3f81',
  hosts: ['https://watched.test'],
}

let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
})
beforeEach(forget)
afterAll(async () => {
  await asPerson(alice, 'DELETE', '/api/services/mine/inside')
  await alice.agent.value('unload-component', { id: 'intruder' })
  await alice.agent.close()
})

const describeIt = (change: Record<string, unknown>) =>
  asPerson(alice, 'PUT', '/api/services/mine/inside', { ...DRAFT, ...change })

it('is refused to describe endpoints that no component may reach', async () => {
  const inside = `127.0.0.1:${port}`
  const places = [
    `http://${inside}`,
    `https://${inside}`,
    `https://localhost:${port}`,
    `https://[::1]:${port}`,
    'https://2130706433',
    'https://169.254.169.254/latest',
    'https://10.0.0.1',
    'https://router.home.arpa',
    url,
    `https://${new URL(url).hostname}`,
  ]
  for (const place of places) {
    for (const endpoint of ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
      const answer = await describeIt({ [endpoint]: place })
      expect([answer.status, endpoint, place]).toEqual([422, endpoint, place])
    }
  }
  expect(Object.values(await received()).flat()).toEqual([])
})

it('does not follow a service that sends it there, nor take its client secret along', async () => {
  const to = encodeURIComponent(`http://127.0.0.1:${port}/token`)
  const token_endpoint = `https://watched.test/redirect?to=${to}`
  expect((await describeIt({ token_endpoint })).status).toBe(200)
  const headers = { cookie: alice.cookie, origin: url }
  const connections = `${url}/console/components/intruder/connections`
  const offers = parseForms(await (await fetch(connections, { headers })).text())
    .map(({ fields }) => new URLSearchParams(fields))
    .filter((fields) => fields.get('service') === 'mine/inside')
  const body = offers.find((fields) => fields.has('offer')) ?? new URLSearchParams()
  const page = await fetch(connections, { method: 'POST', headers, body })
  const state = /[?;]state=([\w-]+)/.exec(await page.text())?.[1]
  expect(state).toBeDefined()
  const callback = `${url}/console/connections/callback/mine/inside?code=a&state=${state}`
  const answer = await fetch(callback, { headers })
  expect([answer.status, await answer.text()]).toEqual([
    503,
    expect.stringContaining('does not answer'),
  ])
  const { watched, elsewhere, inside } = await received()
  expect(watched).toHaveLength(1)
  expect([...elsewhere, ...inside]).toEqual([])
})
