import { describe, expect, it } from 'vitest'
import { connectTo, parseUpstreams } from '../../src/capabilities/upstreams.ts'

describe('connectTo', () => {
  const upstreams = parseUpstreams(
    'inner.test=http://127.0.0.1:9000,9.9.9.9=http://127.0.0.1:9001,[2620:fe::9]=http://127.0.0.1:9002',
  )

  it.each([
    ['http://inner.test/a/b?c=d', 'http://127.0.0.1:9000/a/b?c=d'],
    ['https://INNER.test./', 'http://127.0.0.1:9000/'],
    ['http://inner.test//10.0.0.1/x', 'http://127.0.0.1:9000//10.0.0.1/x'],
    ['http://inner.test/\\10.0.0.1/x', 'http://127.0.0.1:9000//10.0.0.1/x'],
    ['http://inner.test//user@10.0.0.1:1/?//b', 'http://127.0.0.1:9000//user@10.0.0.1:1/?//b'],
    ['http://other.test/x', 'http://other.test/x'],
    ['http://9.9.9.9:8080/x', 'http://127.0.0.1:9001/x'],
    ['http://[2620:FE:0::9]/x', 'http://127.0.0.1:9002/x'],
  ])('%s goes to %s', (url, expected) => {
    expect(connectTo(upstreams, new URL(url)).href).toBe(expected)
  })
})
