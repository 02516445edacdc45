// Arguments are JSON of an agent's choice. A key such as `__proto__`, copied carelessly, changes every object
// of whoever copies it; `constructor` and `then` are found on objects that do not have them.

import { beforeAll, expect, it } from 'vitest'
import { PROBE } from '../support/components.ts'
import type { Resident } from '../support/escape.ts'
import { loaded, resident } from '../support/escape.ts'
import { raw } from '../support/raw-http.ts'

let alice: Resident
beforeAll(async () => {
  alice = await resident('alice')
  await loaded(alice, 'probe', PROBE)
})

/** As text, so that no client takes the keys out. */
async function call(params: string): Promise<string> {
  const meta =
    '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",' +
    '"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},' +
    '"io.modelcontextprotocol/clientCapabilities":{}}'
  const name = /"name":"([^"]+)"/.exec(params)?.[1] ?? ''
  const { text } = await raw(`${alice.agent.serverUrl}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${alice.agent.token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': name,
    },
    body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${meta},${params}}}`,
  })
  return text
}

it.each(['__proto__', 'constructor', 'prototype', 'toString', 'then', 'hasOwnProperty'])(
  'refuses a surplus %s, in the arguments and in a record',
  async (key) => {
    const direct = await call(
      `"name":"echo-string","arguments":{"value":"x","${key}":{"polluted":1}}`,
    )
    // Reading JSON may drop `__proto__` before anybody looks; whoever sees it refuses it.
    if (key === '__proto__') expect(direct).not.toContain('polluted')
    else expect(direct).toContain('bad-arguments')
    const inside = await call(
      `"name":"echo-tuple","arguments":{"value":[1,"x",{"x":1,"y":2,"${key}":{"polluted":1}}]}`,
    )
    expect(inside).toContain('bad-arguments')
  },
)

it('takes no key of a prototype for one that is there', async () => {
  const missing = await call(
    '"name":"echo-tuple","arguments":{"value":[1,"x",{"__proto__":{"x":1,"y":2}}]}',
  )
  expect(missing).toContain('bad-arguments')
  const variant = await call('"name":"echo-variant","arguments":{"value":{"tag":"constructor"}}')
  expect(variant).toContain('bad-arguments')
  const tool = await call('"name":"__proto__","arguments":{}')
  expect(tool).toContain('-32602')
  expect(await alice.agent.result('echo-string', { value: 'as ever' })).toBe('as ever')
})
