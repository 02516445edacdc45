// The front door: under which name the server answers, to whom, and what it does with requests that no
// honest client sends.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, consoleCookie } from '../support/agent.ts'
import { raw } from '../support/raw-http.ts'

const { url } = inject('server')
const { port } = new URL(url)

let token: string
beforeAll(async () => {
  const agent = await Agent.of(url, 'alice')
  token = agent.token
  await agent.close()
})

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'by hand', version: '1.0.0' },
  },
}
const LIST = { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} }

/** POST /mcp with everything that is needed, but for what a test changes. */
async function post(body: unknown, headers: Record<string, string> = {}) {
  return await raw(`${url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function openSession(): Promise<Record<string, string>> {
  const opened = await post(INITIALIZE)
  expect(opened.status).toBe(200)
  const id = opened.headers.get('mcp-session-id') ?? ''
  return { 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' }
}

describe('the server', () => {
  it('says that it is healthy', async () => {
    const { status, text } = await raw(`${url}/health`)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toEqual({ status: 'ok' })
  })

  it('publishes the schema of policies to anybody: the one that is in the repository', async () => {
    const { status, text, headers } = await raw(`${url}/policy.schema.json`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('application/schema+json')
    expect(text).toBe(readFileSync('docs/policy.schema.json', 'utf8'))
  })

  it.each(['evil.test', `evil.test:${port}`, '10.0.0.1', `127.0.0.1.evil.test:${port}`])(
    'refuses a request to it under the name %s and says its own',
    async (host) => {
      for (const [method, path] of [
        ['POST', '/mcp'],
        ['GET', '/console'],
        ['GET', '/.well-known/oauth-authorization-server'],
        ['POST', '/token'],
      ] as const) {
        const headers = { host, authorization: `Bearer ${token}` }
        const refused = await raw(url + path, { method, headers })
        expect(refused.status, `${method} ${path}`).toBe(403)
        expect(refused.text).toContain(url)
        expect(refused.text).not.toContain('evil')
      }
    },
  )

  it('sends a person who wrote localhost to its own name, but no client', async () => {
    const headers = { host: `localhost:${port}` }
    const page = await raw(`${url}/console/calls?before=3`, { headers })
    expect([page.status, page.headers.get('location')]).toEqual([
      302,
      `${url}/console/calls?before=3`,
    ])
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect((await raw(`${url}/mcp`, { method, headers })).status).toBe(403)
    }
    expect((await raw(`${url}/sign-out`, { method: 'POST', headers })).status).toBe(403)
  })

  it.each(['https://evil.test', 'null', 'http://localhost', `http://localhost:${port}`])(
    'refuses a page of the origin %s that calls /mcp, whatever token it has',
    async (origin) => {
      expect((await post(INITIALIZE, { origin })).status).toBe(403)
      const { authorization } = { authorization: `Bearer ${token}` }
      for (const method of ['GET', 'DELETE', 'OPTIONS']) {
        const refused = await raw(`${url}/mcp`, { method, headers: { authorization, origin } })
        expect(refused.status, method).toBe(403)
        expect(refused.headers.get('access-control-allow-origin')).toBeNull()
        const below = await raw(`${url}/mcp/`, { method, headers: { authorization, origin } })
        expect(below.status, method).toBe(403)
        expect(below.headers.get('access-control-allow-origin')).toBeNull()
      }
    },
  )

  it.each(['/mcp/', '/mcp/anything', '/mcp//'])('does not serve MCP at %s', async (path) => {
    const authorization = `Bearer ${token}`
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, text } = await raw(url + path, { method, headers: { authorization } })
      expect(status, method).toBe(404)
      expect(JSON.parse(text)).toMatchObject({
        error: { message: expect.stringContaining(`${url}/mcp `) },
      })
    }
  })

  it('takes a request that says it comes from its own origin', async () => {
    expect((await post(INITIALIZE, { origin: url })).status).toBe(200)
  })

  it.each(['/console', '/approvals/x', '/nothing-here', '/sign-in/callback'])(
    'sends %s with a policy that loads nothing from elsewhere and cannot be framed',
    async (path) => {
      const { headers } = await raw(url + path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("base-uri 'none'")
      expect(policy).not.toMatch(/script-src|unsafe|\*/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('cache-control')).toBe('no-store')
    },
  )

  it('answers a path that it does not have with 404', async () => {
    expect((await raw(`${url}/nothing-here`)).status).toBe(404)
    expect((await raw(`${url}/api/nothing-here`)).status).toBe(404)
    expect((await raw(`${url}/.env`)).status).toBe(404)
  })
})

describe('POST /mcp', () => {
  it('answers a body of more than 4 MiB with 413 and goes on', async () => {
    const padding = 'x'.repeat(4 * 1024 * 1024)
    const refused = await post({ ...LIST, params: { padding } })
    expect(refused.status).toBe(413)
    expect(JSON.parse(refused.text)).toMatchObject({
      jsonrpc: '2.0',
      error: { message: expect.stringContaining('4194304') },
    })
    expect((await post(INITIALIZE)).status).toBe(200)
  })

  it('answers what is not JSON with a parse error, in both eras', async () => {
    for (const headers of [{}, await openSession(), { 'mcp-protocol-version': '2026-07-28' }]) {
      for (const body of ['{"jsonrpc":', 'hello', '']) {
        const refused = await post(body, headers)
        expect(refused.status, body).toBe(400)
        expect(JSON.parse(refused.text)).toMatchObject({ error: { code: -32700 } })
      }
    }
  })

  it.each([
    ['an empty batch', []],
    ['a batch of nonsense', [1, 'two', null]],
    ['null', null],
    ['a number', 7],
    ['no JSON-RPC message', { hello: 'world' }],
    ['a method that is no text', { jsonrpc: '2.0', id: 1, method: 7 }],
    ['a call without parameters', { jsonrpc: '2.0', id: 1, method: 'tools/call' }],
    ['a name that is no text', { ...LIST, method: 'tools/call', params: { name: { a: 1 } } }],
  ])('answers %s with a client error', async (_, body) => {
    for (const headers of [{}, await openSession()]) {
      const refused = await post(body, headers)
      const isRpcError = refused.status === 200 && refused.text.includes('"error"')
      expect(isRpcError || (refused.status >= 400 && refused.status < 500), refused.text).toBe(true)
    }
  })

  it('refuses and records a batch with a call beyond its scope, whatever else is in it', async () => {
    const agent = await Agent.of(url, 'alice', { scope: 'tools:call' })
    const person = await Agent.of(url, 'alice', { scope: 'console' })
    const recorded = async () => {
      const lines = (await (await person.api('/api/audit')).text()).split('\n')
      return lines.filter((line) => line.includes('"tools/call load-component"')).length
    }
    const before = await recorded()
    const call = { ...LIST, method: 'tools/call', params: { name: 'load-component' } }
    for (const other of [null, 7, 'two', [], {}]) {
      const refused = await post([other, call], { authorization: `Bearer ${agent.token}` })
      expect(refused.status, JSON.stringify(other)).toBe(403)
      expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope')
    }
    expect(await recorded()).toBe(before + 5)
    await agent.close()
    await person.close()
  })

  it('answers another content type than JSON with 415', async () => {
    const refused = await post(INITIALIZE, { 'content-type': 'text/plain' })
    expect(refused.status).toBe(415)
  })

  it('answers a client that takes no answer of ours with 406', async () => {
    expect((await post(INITIALIZE, { accept: 'text/html' })).status).toBe(406)
    const opened = await openSession()
    for (const accept of ['application/json', 'text/event-stream']) {
      const refused = await post(LIST, { ...opened, accept })
      expect(refused.status, accept).toBe(406)
      expect(JSON.parse(refused.text)).toMatchObject({ error: { code: -32000 } })
    }
    const session = { authorization: `Bearer ${token}`, ...opened }
    for (const accept of ['text/html', 'application/json']) {
      expect((await raw(`${url}/mcp`, { headers: { ...session, accept } })).status).toBe(406)
    }
  })

  it('wants a session id after initialize: 400 without, 404 for one it does not know', async () => {
    const version = { 'mcp-protocol-version': '2025-11-25' }
    expect((await post(LIST, version)).status).toBe(400)
    for (const id of ['0'.repeat(64), 'f'.repeat(64), 'short', '../../etc', '%00']) {
      const unknown = await post(LIST, { ...version, 'mcp-session-id': id })
      expect(unknown.status, id).toBe(404)
      expect(JSON.parse(unknown.text)).toMatchObject({ error: { message: 'Session not found' } })
    }
  })

  it('answers a protocol version that it does not speak with 400', async () => {
    const session = await openSession()
    const refused = await post(LIST, { ...session, 'mcp-protocol-version': '1999-01-01' })
    expect(refused.status).toBe(400)
  })

  it('answers a tool that does not exist as a mistake of protocol, in both eras', async () => {
    const unknown = { name: 'no-such-tool', arguments: {} }
    for (const mode of ['auto', 'legacy'] as const) {
      const agent = await Agent.of(url, 'alice', { mode })
      await expect(agent.client.callTool(unknown)).rejects.toMatchObject({ code: -32602 })
      await agent.close()
    }
  })
})

describe.each(['/token', '/register'])('POST %s', (path) => {
  it('reads no more than any honest request has, said beforehand or not, and goes on', async () => {
    const size = 64 * 1024
    const send = async (body: string, headers: Record<string, string>) =>
      await raw(url + path, { method: 'POST', headers, body })
    for (const headers of [
      { 'content-length': `${size + 1}` },
      { 'transfer-encoding': 'chunked' },
    ]) {
      const refused = await send('x'.repeat(size + 1), headers)
      expect(refused.status).toBe(413)
      expect(JSON.parse(refused.text)).toMatchObject({ error: 'invalid_request' })
    }
    expect((await send('{}', { 'content-type': 'application/json' })).status).toBe(400)
  })
})

describe('who is refused before the body was read', () => {
  /** Ten pieces in half a second, and how many have gone. */
  function slowBody() {
    const sent = { pieces: 0 }
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        controller.enqueue(new Uint8Array(64 * 1024))
        sent.pieces++
        if (sent.pieces === 10) controller.close()
      },
    })
    return { body, sent }
  }

  it.each([
    ['/console/components/x/icon', { origin: 'https://evil.test' }, 403],
    ['/mcp', { origin: 'https://evil.test' }, 403],
    ['/mcp', {}, 401],
    ['/mcp/elsewhere', {}, 404],
    ['/api/components/x/icon', {}, 404],
    ['/api/catalogue/x', { authorization: 'Bearer nobody' }, 404],
  ] as const)('may send on to the end and hears it: %s %j %i', async (path, headers, status) => {
    const { body, sent } = slowBody()
    const init = { method: 'POST', headers, body, duplex: 'half' } as const
    const answer = await fetch(`${url}${path}`, init)
    expect([answer.status, sent.pieces]).toEqual([status, 10])
    await answer.arrayBuffer()
  })
})

describe('POST /authorize/decide', () => {
  it('takes no more than a form', async () => {
    const cookie = await consoleCookie(url, 'alice')
    const headers = {
      cookie,
      origin: url,
      'content-type': 'application/x-www-form-urlencoded',
    }
    const body = `decision=allow&handle=${'x'.repeat(128 * 1024)}`
    const refused = await raw(`${url}/authorize/decide`, { method: 'POST', headers, body })
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('far larger')
  })
})

describe('DELETE /mcp', () => {
  it('ends a session: it is unknown from then on, and ending it again changes nothing', async () => {
    const session = await openSession()
    expect((await post(LIST, session)).status).toBe(200)
    const headers = { authorization: `Bearer ${token}`, ...session }
    expect((await raw(`${url}/mcp`, { method: 'DELETE', headers })).status).toBe(200)
    expect((await post(LIST, session)).status).toBe(404)
    expect((await raw(`${url}/mcp`, { method: 'GET', headers })).status).toBe(404)
    expect((await raw(`${url}/mcp`, { method: 'DELETE', headers })).status).toBe(404)
  })

  it('ends no other session', async () => {
    const [first, second] = [await openSession(), await openSession()]
    const headers = { authorization: `Bearer ${token}`, ...first }
    await raw(`${url}/mcp`, { method: 'DELETE', headers })
    expect((await post(LIST, second)).status).toBe(200)
  })

  it('without a session id is a bad request', async () => {
    const headers = { authorization: `Bearer ${token}` }
    expect((await raw(`${url}/mcp`, { method: 'DELETE', headers })).status).toBe(400)
  })
})
