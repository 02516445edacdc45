// Policies of the network, each put in force as its person puts it, and a component that tries every edge of it:
// what the document allows happens, what it does not is refused, for the reason that it gives.

import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { denialsOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import type { Edges } from '../support/edges.ts'
import { ALLOWED, network, ours, Trial } from '../support/edges.ts'

const { url } = inject('server')

let trial: Trial
beforeAll(async () => {
  trial = await Trial.of(url, 'alice')
})
beforeEach(() => trial.begin())
afterAll(() => trial.end())

const NETWORK: readonly (readonly [name: string, document: string, edges: Edges])[] = [
  [
    'one host',
    network('allow:\n  - host: demo.test'),
    [
      ['GET http://demo.test/', ALLOWED],
      ['POST https://demo.test/any', ALLOWED],
      ['GET http://DEMO.test./', ALLOWED],
      ['GET http://demo.test:8080/', 'not-granted'],
      ['GET http://sub.demo.test/', 'not-granted'],
      ['GET http://demo.test.other.test/', 'not-granted'],
      ['GET http://127.0.0.1/', 'unreachable'],
    ],
  ],
  [
    'a wildcard and a denial',
    network('allow:\n  - host: "*.test"\ndeny:\n  - host: elsewhere.test'),
    [
      ['GET http://demo.test/', ALLOWED],
      ['GET http://watched.test/', ALLOWED],
      ['GET http://elsewhere.test/', 'denied'],
      ['GET https://elsewhere.test/path', 'denied'],
      ['GET http://test/', 'unreachable'],
      ['GET http://demo.example/', 'not-granted'],
    ],
  ],
  [
    'everything but a host',
    network('allow:\n  - host: "*"\ndeny:\n  - host: "*.test"'),
    [
      ['GET http://demo.test/', 'denied'],
      ['GET http://localhost/', 'unreachable'],
      ['GET http://10.0.0.1/', 'unreachable'],
      ['GET http://[::1]/', 'unreachable'],
    ],
  ],
  [
    'a port',
    network('allow:\n  - host: demo.test:8080'),
    [
      ['GET http://demo.test:8080/', ALLOWED],
      ['GET https://demo.test:8080/', ALLOWED],
      ['GET http://demo.test/', 'not-granted'],
      ['GET http://demo.test:8081/', 'not-granted'],
    ],
  ],
  [
    'a scheme and a path',
    network('allow:\n  - host: https://demo.test/v1/'),
    [
      ['GET https://demo.test/v1/items', ALLOWED],
      ['GET https://demo.test/v1', ALLOWED],
      ['GET https://demo.test/v12', 'not-granted'],
      ['GET https://demo.test/v1/../v2', 'not-granted'],
      ['GET https://demo.test/v1/%2e%2e/v2', 'not-granted'],
      ['GET https://demo.test/v1/..%2fv2', 'not-granted'],
      ['GET http://demo.test/v1/items', 'not-granted'],
    ],
  ],
  [
    'a denied path',
    network('allow:\n  - host: demo.test\ndeny:\n  - host: https://demo.test/admin/'),
    [
      ['GET https://demo.test/', ALLOWED],
      ['GET https://demo.test/admin/users', 'denied'],
      ['GET https://demo.test/x/../admin/users', 'denied'],
    ],
  ],
  [
    'ranges of addresses',
    network('allow:\n  - cidr: 1.1.1.0/24\n  - cidr: 0.0.0.0/0\ndeny:\n  - cidr: 8.8.0.0/16'),
    [
      ['GET http://8.8.8.8/', 'denied'],
      ['GET http://169.254.169.254/', 'unreachable'],
      ['GET http://2130706433/', 'unreachable'],
      ['GET http://demo.test/', 'not-granted'],
    ],
  ],
  [
    'ranges of addresses with ports',
    'version: "1.0"\npermissions: {}\nx-wassette-edge:\n  network:\n' +
      '    allow: ["cidr 9.9.9.0/24", "cidr 9.9.9.0/24:8080", "GET cidr 2620:fe::/32"]\n' +
      '    deny: ["cidr 9.9.9.10/32:8080"]\n',
    [
      ['GET http://9.9.9.9/', ALLOWED],
      ['POST http://9.9.9.9:8080/', ALLOWED],
      ['GET http://9.9.9.9:8081/', 'not-granted'],
      ['GET http://9.9.9.10/', ALLOWED],
      ['GET http://9.9.9.10:8080/', 'denied'],
      ['GET http://9.9.8.9/', 'not-granted'],
      ['GET http://151587081/', ALLOWED],
      ['GET http://[2620:fe::9]/', ALLOWED],
      ['POST http://[2620:fe::9]/', 'not-granted'],
      ['GET http://[2620:fe::9]:8080/', 'not-granted'],
      ['GET http://[2620:ff::9]/', 'not-granted'],
      ['GET http://[::ffff:9.9.9.9]/', 'unreachable'],
      ['GET http://203.0.113.9/', 'unreachable'],
    ],
  ],
  [
    'methods',
    'version: "1.0"\npermissions: {}\nx-wassette-edge:\n  network:\n    allow: ["GET,HEAD demo.test"]\n    deny: ["GET https://demo.test/secret/"]\n',
    [
      ['GET http://demo.test/', ALLOWED],
      ['HEAD http://demo.test/', ALLOWED],
      ['POST http://demo.test/', 'not-granted'],
      ['DELETE http://demo.test/', 'not-granted'],
      ['GET https://demo.test/secret/x', 'denied'],
    ],
  ],
  [
    'nothing',
    'version: "1.0"\ndescription: no permission at all\npermissions: {}\n',
    [
      ['GET http://demo.test/', 'not-granted'],
      ['GET http://169.254.169.254/', 'unreachable'],
    ],
  ],
]

describe('the network', () => {
  it.each(NETWORK)('under a policy of %s', async (_, document, edges) => {
    await trial.put('io/policy', document)
    const came: [string, string][] = []
    for (const [edge] of edges) {
      const [method = '', target = ''] = edge.split(' ')
      came.push([edge, await trial.request(method, target)])
    }
    expect(came).toEqual(edges)
  })

  it.each([
    ['host', 'allow:\n  - host: demo.test', 'http://watched.test/', 'not-granted'],
    ['port', 'allow:\n  - host: demo.test', 'http://demo.test:8080/hello', 'not-granted'],
    ['scheme', 'allow:\n  - host: http://demo.test/', 'https://demo.test/hello', 'not-granted'],
    ['path', 'allow:\n  - host: http://demo.test/redirect', 'http://demo.test/json', 'not-granted'],
    [
      'place that is denied',
      'allow:\n  - host: demo.test\ndeny:\n  - host: http://demo.test/json/',
      'http://demo.test/json',
      'denied',
    ],
    ['address', 'allow:\n  - host: demo.test', 'http://127.0.0.1/hello', 'unreachable'],
  ])('is judged anew behind a redirect to another %s', async (_, rules, target, reason) => {
    await trial.agent.load('read-page')
    const to = (place: string) => ({
      url: `http://demo.test/redirect?to=${encodeURIComponent(place)}`,
    })
    await trial.put('read-page/policy', network('allow:\n  - host: demo.test'))
    const within = await trial.agent.call('read-page', to('http://demo.test/hello'))
    expect(JSON.stringify(within.structuredContent)).toContain('hello from demo.test')
    await trial.put('read-page/policy', network(rules))
    const beyond = await trial.agent.call('read-page', to(target))
    expect(denialsOf(beyond).denials).toMatchObject([{ reason }])
    expect(JSON.stringify(beyond.structuredContent)).not.toMatch(/hello from|numbers/)
  })
})

describe('connections', () => {
  it.each([
    [
      'a name and a port',
      ours('network: { allow: ["tcp://watched.test:7"] }'),
      [
        ['watched.test', 7, ALLOWED],
        ['watched.test', 8, 'not-granted'],
        ['elsewhere.test', 7, 'name-not-granted'],
      ],
    ],
    [
      'every name, and two denials',
      ours('network: { allow: ["tcp://*:*"], deny: ["tcp://*:25", elsewhere.test] }'),
      [
        ['watched.test', 7, ALLOWED],
        ['watched.test', 25, 'denied'],
        ['elsewhere.test', 7, 'denied'],
        ['localhost', 7, 'unreachable'],
      ],
    ],
    [
      'requests',
      ours('network: { allow: ["watched.test:7", "*:*"] }'),
      [['watched.test', 7, 'name-not-granted']],
    ],
  ] as const)('under a policy of %s', async (_, document, edges) => {
    await trial.agent.upload('sockets', read('test/fixtures/sockets/sockets.wasm'))
    await trial.put('sockets/policy', document)
    const came: [string, number, string][] = []
    for (const [name, port] of edges) came.push([name, port, await trial.talk(name, port)])
    expect(came).toEqual(edges)
  })
})
