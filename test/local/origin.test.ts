import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LoopbackServer } from '../../local/loopback.ts'
import { startOrigin } from '../../local/origin.ts'

const components = mkdtempSync(path.join(tmpdir(), 'wassette-edge-components-'))
let origin: LoopbackServer

beforeAll(async () => {
  mkdirSync(path.join(components, 'greeter'))
  writeFileSync(path.join(components, 'greeter', 'greeter.wasm'), 'wasm')
  writeFileSync(path.join(components, 'secret.wasm'), 'secret')
  origin = await startOrigin({ port: 0, components })
})
afterAll(async () => {
  await origin.close()
  rmSync(components, { recursive: true })
})

const ask = (where: string, init?: RequestInit) =>
  fetch(`${origin.url}${where}`, { redirect: 'manual', ...init })

describe('the demo origin', () => {
  it('says hello', async () => {
    expect(await (await ask('/hello')).text()).toBe('hello from demo.test')
    expect(await (await ask('/json')).json()).toMatchObject({ hello: 'from demo.test' })
  })

  it('redirects where it is told', async () => {
    const response = await ask('/redirect?to=http://other.test/x')
    expect([response.status, response.headers.get('location')]).toEqual([
      302,
      'http://other.test/x',
    ])
  })

  it.each([204, 304, 404, 503])('answers %i', async (status) => {
    expect((await ask(`/status/${status}`)).status).toBe(status)
  })

  it('is slow when asked to be', async () => {
    const before = Date.now()
    await (await ask('/slow?ms=150')).text()
    expect(Date.now() - before).toBeGreaterThanOrEqual(145)
  })

  it('sends exactly as many bytes as asked for', async () => {
    const body = await (await ask('/large?bytes=100001')).arrayBuffer()
    expect(body.byteLength).toBe(100_001)
  })

  it('sends a body in pieces, with a pause behind each', async () => {
    expect(await (await ask('/drip?pieces=3&ms=5')).text()).toBe('piece 1\npiece 2\npiece 3\n')
  })

  it('shows the headers it received', async () => {
    const response = await ask('/headers', { headers: { 'x-hello': 'there' } })
    expect(await response.json()).toMatchObject({ 'x-hello': 'there' })
  })

  it('echoes a body with its type', async () => {
    const headers = { 'content-type': 'text/x-test' }
    const response = await ask('/echo', { method: 'POST', body: 'said', headers })
    expect([response.headers.get('content-type'), await response.text()]).toEqual([
      'text/x-test',
      'said',
    ])
  })

  it('serves built components by name, and no other file', async () => {
    const response = await ask('/components/greeter.wasm')
    expect(response.headers.get('content-type')).toBe('application/wasm')
    expect(await response.text()).toBe('wasm')
    for (const name of ['nothing', '..%2Fsecret', '.', 'greeter/greeter']) {
      expect((await ask(`/components/${name}.wasm`)).status).toBe(404)
    }
  })
})
