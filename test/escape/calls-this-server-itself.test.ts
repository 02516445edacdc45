// A component that can send requests to the server it runs on could speak MCP there, use the tools of
// whoever trusts its network, or read what the platform serves to neighbours only.

import { beforeAll, expect, inject, it } from 'vitest'
import type { Resident } from '../support/escape.ts'
import { allowHost, lastCall, message, send, withIntruder } from '../support/escape.ts'

const { url } = inject('server')
const { host, port } = new URL(url)
let alice: Resident
beforeAll(async () => {
  alice = await withIntruder()
  await allowHost(alice, '*')
  await allowHost(alice, `*:${port}`)
})

it('reaches neither the MCP endpoint, nor a console page, nor the platform behind it', async () => {
  const headers: [string, string][] = [['authorization', `Bearer ${alice.agent.token}`]]
  const body = '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
  const targets = [
    `http://${host}/mcp`,
    `http://${host}/console`,
    `http://${host}/cdn-cgi/local/r2/public/wassette-edge/x`,
    `http://localhost:${port}/mcp`,
    `http://[::1]:${port}/mcp`,
    'https://wassette-edge.someone.workers.dev/mcp',
    'https://WASSETTE-EDGE.someone.workers.dev./mcp',
    'https://workers.dev/',
  ]
  const told = await send(
    alice,
    targets.map((target) => message(target, { method: 'POST', headers, body })),
  )
  expect(told).toEqual(targets.map(() => 'HTTP-request-denied'))
  const { host_calls: rows } = await lastCall(alice)
  expect(rows.map(({ outcome }) => outcome)).toEqual(targets.map(() => 'denied'))
})
