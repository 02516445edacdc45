// Two people ask one address, each with a key of their own. The platform answers `fetch` from a cache that is one for
// all of them and knows a request by its URL, so that one may get, or spoil, what the other is answered.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { requestsTo } from '../../../src/connect/transport.ts'
import { download } from '../../../src/download.ts'
import { documentFault } from '../../../src/oauth/client-document.ts'
import { askProvider } from '../../../src/oauth/upstream-fetch.ts'
import { world } from './support/world.ts'

const PLACE = 'https://demo.test/report.pdf'

/** As the platform's: an entry by its URL, whoever asks, but for requests that want none of it. */
const cache = new Map<string, string>()
const seen: RequestInit[] = []

/** A server that tells each caller the key that they came with. */
async function throughCache(url: unknown, init: RequestInit = {}): Promise<Response> {
  seen.push(init)
  const told = new Headers(init.headers).get('x-api-key') ?? 'nobody'
  if (init.cache === 'no-store') return new Response(told)
  const kept = cache.get(String(url)) ?? told
  cache.set(String(url), kept)
  return new Response(kept)
}

beforeEach(() => {
  cache.clear()
  seen.length = 0
  vi.spyOn(globalThis, 'fetch').mockImplementation(throughCache)
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** What a component of one person is answered. */
async function answerTo(key: string): Promise<string> {
  const { network } = world({ hosts: ['demo.test'] }).held
  const answer = await network.send({
    method: 'GET',
    scheme: 'https',
    authority: 'demo.test',
    path: '/report.pdf',
    headers: [['x-api-key', new TextEncoder().encode(key)]],
    body: null,
    timeoutMs: null,
  })
  if (!answer.ok) throw new Error(answer.error.tag)
  return await new Response(answer.value.body).text()
}

it('gets what its own person is answered', async () => {
  expect(await answerTo('of-alice')).toBe('of-alice')
  expect(await answerTo('of-bob')).toBe('of-bob')
  expect(cache.size).toBe(0)
})

const reach = { upstreams: new Map(), ownHosts: [] }

it.each<[string, () => Promise<unknown>]>([
  ['a service', () => requestsTo(reach)(PLACE, { method: 'GET', headers: {} })],
  ['a file to load', () => download(new URL(PLACE), reach)],
  ['the document of a client', () => documentFault('https://client.example/mcp.json', 'own.test')],
  ['who signs in', () => askProvider('https://id.example/userinfo', { headers: {} })],
])('finds nothing there of what this server asks for itself: %s', async (_, ask) => {
  await ask()
  expect(seen).toHaveLength(1)
  expect(cache.size).toBe(0)
})
