// A store that fails under a page or under the API: whoever asked gets an answer of the kind that they asked for.

import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { serveMcp } from '../../src/http/mcp.ts'
import { createWorker } from '../../src/http/worker.ts'
import { StoreLate } from '../../src/patience.ts'

const BROKEN = new Error('s3cret words of a database')

async function ask(path: string, cause = BROKEN): Promise<Response> {
  const DB = new Proxy(env.DB, {
    get: () => () => {
      throw cause
    },
  })
  const cookie = '__Host-wassette-console=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
  const request = new Request(`${env.PUBLIC_URL}${path}`, { headers: { cookie } })
  const ctx = createExecutionContext()
  const response = await createWorker(serveMcp).fetch(request, { ...env, DB }, ctx)
  await waitOnExecutionContext(ctx)
  return response
}

it('says what of the configuration is wrong, and not what stands there', async () => {
  const wrong = { ...env, EGRESS_UPSTREAMS: 'a.test=http://10.0.0.7/x' }
  const ctx = createExecutionContext()
  const request = new Request(`${env.PUBLIC_URL}/api/calls`)
  const response = await createWorker(serveMcp).fetch(request, wrong, ctx)
  await waitOnExecutionContext(ctx)
  expect([response.status, await response.json()]).toEqual([
    500,
    {
      error: {
        code: 'configuration',
        message: 'Not configured: EGRESS_UPSTREAMS: entry 1 is not name=http(s)://host[:port]',
      },
    },
  ])
})

describe('a store that fails', () => {
  it('is an error in JSON under the API', async () => {
    const response = await ask('/api/calls')
    expect(response.status).toBe(500)
    expect(await response.json()).toEqual({
      error: { code: 'internal', message: expect.stringContaining('try again') },
    })
  })

  it('is 503 when it does not answer: whoever asked may ask again', async () => {
    for (const path of ['/api/calls', '/console']) {
      const response = await ask(path, new StoreLate('D1'))
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
      expect(await response.text()).toContain('does not answer')
    }
  })

  it('is a page under pages', async () => {
    const response = await ask('/console')
    expect([response.status, response.headers.get('content-type')]).toEqual([
      500,
      expect.stringContaining('text/html'),
    ])
    expect(await response.text()).not.toContain('s3cret')
  })
})
