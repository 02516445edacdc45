// Policies in Wassette's format, each put in force as its person puts it, and a component that tries every edge of
// it: what the document allows happens, what it does not is refused, for the reason that it gives.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { signInHeadless } from '../../local/oauth.ts'
import { Agent, consoleOf, denialsOf, errorOf } from '../support/agent.ts'
import { PROBE, read } from '../support/components.ts'
import { switchTo } from '../support/labels.ts'
import { WASSETTE_SHAPES } from '../support/wassette-policies.ts'

const { url } = inject('server')
const ALLOWED = 'allowed'

let agent: Agent
let token = ''
beforeAll(async () => {
  agent = await Agent.of(url, 'alice')
  token = (await signInHeadless({ serverUrl: url, user: 'alice', scope: 'console' })).accessToken
  // One client does all there is: what is refused here is refused by a policy.
  await switchTo(await consoleOf(url, 'alice'), agent, 'off')
})
beforeEach(async () => {
  await agent.startFresh()
  await agent.upload('io', read('test/fixtures/io/io.wasm'))
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

async function console(path: string, method: string, body: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${url}/api/components/${path}`, { method, headers, body })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  await answer.body?.cancel()
}

function messageOf(method: string, target: string) {
  return {
    method,
    url: target,
    headers: [],
    body: method === 'GET' || method === 'HEAD' ? null : 0,
    trailers: false,
    'connect-timeout': null,
    'first-byte-timeout': null,
    'between-bytes-timeout': null,
  }
}

/** What came of a request: `allowed`, or why it was refused. All names lead to listeners of this machine. */
async function request(method: string, target: string): Promise<string> {
  const result = await agent.call('send', { message: messageOf(method, target) })
  const text = JSON.stringify(result.structuredContent)
  if (text.includes('HTTP-request-denied')) return denialsOf(result).denials[0]?.reason ?? text
  return text.includes('"status":') ? ALLOWED : text
}

/** What came of opening a path to read, or of making a directory there. */
async function touch(access: string, path: string): Promise<string> {
  const steps = [access === 'read' ? `open|0|${path}||read` : `mkdir|0|${path}`]
  const result = await agent.call('files', { steps })
  const { result: said } = result.structuredContent as { result: string[] }
  return said[0] === 'access' ? (denialsOf(result).denials[0]?.reason ?? 'access') : ALLOWED
}

const network = (lines: string): string =>
  `version: "1.0"\npermissions:\n  network:\n${lines.replaceAll(/^/gm, '    ')}\n`
const storage = (lines: string): string =>
  `version: "1.0"\npermissions:\n  storage:\n${lines.replaceAll(/^/gm, '    ')}\n`

type Edges = readonly (readonly [edge: string, came: string])[]

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
    await console('io/policy', 'PUT', document)
    const came: [string, string][] = []
    for (const [edge] of edges) {
      const [method = '', target = ''] = edge.split(' ')
      came.push([edge, await request(method, target)])
    }
    expect(came).toEqual(edges)
  })

  it('is judged anew behind a redirect', async () => {
    await agent.load('read-page')
    await console('read-page/policy', 'PUT', network('allow:\n  - host: demo.test'))
    const to = (target: string) => `http://demo.test/redirect?to=${encodeURIComponent(target)}`
    const within = await agent.call('read-page', { url: to('http://demo.test/hello') })
    expect(JSON.stringify(within.structuredContent)).toContain('hello from demo.test')
    const beyond = await agent.call('read-page', { url: to('http://watched.test/') })
    expect(denialsOf(beyond).denials).toMatchObject([
      { reason: 'not-granted', host: 'watched.test' },
    ])
  })
})

/** Their hosts are nobody's: a request that may be sent fails behind the policy. */
describe.each(WASSETTE_SHAPES)(
  'a policy of Wassette with %s',
  (_, document, { network, storage }) => {
    it('is put in force as it is, and allows what it says and nothing else', async () => {
      await console('io/policy', 'PUT', document)
      const [rule] = network ?? []
      if (rule !== undefined) {
        const target = rule.includes('://') ? rule : `https://${rule}/`
        expect(await request('GET', target)).not.toMatch(/not-granted|denied|unreachable|ceiling/)
      }
      expect(await request('GET', 'http://demo.test/')).toBe('not-granted')
      const [kinds = '', uri = ''] = (storage?.at(-1) ?? '').split(' ')
      if (uri !== '') {
        const path = uri.replace('fs://', '')
        expect(await touch('read', path)).toBe(kinds.includes('read') ? ALLOWED : 'not-granted')
      }
      expect(await touch('write', 'elsewhere')).toBe('not-granted')
    })
  },
)

it('every policy of our components is put in force as it is', async () => {
  const names = readdirSync('components').filter((name) =>
    existsSync(`components/${name}/policy.yaml`),
  )
  expect(names.length).toBeGreaterThan(9)
  for (const name of names) {
    await console('io/policy', 'PUT', readFileSync(`components/${name}/policy.yaml`, 'utf8'))
  }
  expect(await request('GET', 'http://demo.test/')).toBe('not-granted')
})

const STORAGE: readonly (readonly [name: string, document: string, edges: Edges])[] = [
  [
    'a directory to read',
    storage('allow:\n  - uri: fs://notes\n    access: [read]'),
    [
      ['read notes', ALLOWED],
      ['read notes/deep/er', ALLOWED],
      ['read notebook', 'not-granted'],
      ['read other', 'not-granted'],
      ['write notes/new', 'not-granted'],
    ],
  ],
  [
    'a directory to write, and one in it that is denied',
    storage(
      'allow:\n  - uri: fs:///work\n    access: [read, write]\ndeny:\n  - uri: fs://work/keep\n    access: [write]',
    ),
    [
      ['write work', ALLOWED],
      ['write work/a', ALLOWED],
      ['read work/keep', ALLOWED],
      ['write work/keep', 'denied'],
      ['write work/keep/a', 'denied'],
      ['write a', 'not-granted'],
    ],
  ],
  [
    'patterns',
    storage(
      'allow:\n  - uri: fs://**/*.md\n    access: [read]\n  - uri: fs://logs/*/today\n    access: [read]\ndeny:\n  - uri: fs://private/**\n    access: [read]',
    ),
    [
      ['read a.md', ALLOWED],
      ['read deep/er/a.md', ALLOWED],
      ['read a.txt', 'not-granted'],
      ['read private/a.md', 'denied'],
      ['read logs/app/today', ALLOWED],
      ['read logs/app/more/today', 'not-granted'],
      ['write b.md', 'not-granted'],
    ],
  ],
]

describe('the drive', () => {
  it.each(STORAGE)('under a policy of %s', async (_, document, edges) => {
    await console('io/policy', 'PUT', document)
    const came: [string, string][] = []
    for (const [edge] of edges) {
      const [access = '', path = ''] = edge.split(' ')
      came.push([edge, await touch(access, path)])
    }
    expect(came).toEqual(edges)
  })
})

describe('a denied part of a directory', () => {
  it('is not renamed, renamed to, removed or listed, and what lies beside it is', async () => {
    const all = 'access: [read, write]'
    const first = storage(`allow:\n  - uri: fs://yard\n    ${all}`)
    await console('io/policy', 'PUT', first)
    const made = ['yard', 'yard/keep', 'yard/keep/a', 'yard/hidden', 'yard/c', 'yard/d']
    const steps = [...made.map((path) => `mkdir|0|${path}`), 'open|0|yard/b|create|write']
    expect(await agent.result('files', { steps })).toEqual([...made.map(() => 'ok'), '1'])
    const denied = `deny:\n  - uri: fs://yard/keep\n    access: [write]\n  - uri: fs://yard/hidden\n    ${all}`
    await console('io/policy', 'PUT', `${first}    ${denied.replaceAll('\n', '\n    ')}\n`)
    const deeds = [
      ['rename|0|yard/b|0|yard/keep/b', 'access'],
      ['rename|0|yard/b|0|yard/hidden/b', 'access'],
      ['rename|0|yard/b|0|yard/e', 'ok'],
      ['rename|0|yard/keep|0|yard/f', 'access'],
      ['rename|0|yard/keep/a|0|yard/f', 'access'],
      // A directory stays where it is while anything that may lie in one is denied.
      ['rename|0|yard/c|0|yard/g', 'access'],
      ['rename|0|yard|0|elsewhere', 'access'],
      ['rmdir|0|yard/keep/a', 'access'],
      ['rmdir|0|yard/hidden', 'access'],
      ['rmdir|0|yard/d', 'ok'],
      ['open|0|yard/hidden|directory|read', 'access'],
      ['open|0|yard/keep|directory|read', '1'],
      ['list|1', 'directory a'],
    ] as const
    expect(await agent.result('files', { steps: deeds.map(([step]) => step) })).toEqual(
      deeds.map(([, came]) => came),
    )
  })
})

describe('the environment', () => {
  it('has the keys that the policy names, and no other', async () => {
    await agent.upload('probe', PROBE)
    for (const key of ['FIRST', 'SECOND', 'first']) {
      await console(`probe/environment/${key}`, 'PUT', `v ${key}`)
    }
    expect(await agent.result('environment')).toEqual([])
    const document =
      'version: "1.0"\npermissions:\n  environment:\n    allow:\n      - key: FIRST\n      - key: ABSENT\n'
    await console('probe/policy', 'PUT', document)
    expect(await agent.result('environment')).toEqual([['FIRST', 'v FIRST']])
  })
})

describe('resources', () => {
  it('ends a call at the fuel, the cores and the bytes that the policy says', async () => {
    await agent.upload('probe', PROBE)
    const spun = async (document: string) => {
      await console('probe/policy', 'PUT', `version: "1.0"\n${document}\n`)
      return errorOf(await agent.call('spin', { iterations: 1_000_000 }))
    }
    expect(await spun('permissions: {}')).toBeUndefined()
    const fuel = { code: 'bound', bound: 'fuel' }
    const ours = 'permissions: {}\nx-wassette-edge: { limits: { fuel: 100k } }'
    expect(await spun(ours)).toEqual(fuel)
    // Of thirty seconds a ten-millionth of a core: 30,000 units.
    const cores = 'permissions: { resources: { limits: { cpu: 0.0000001 } } }'
    expect(await spun(cores)).toEqual(fuel)
    // What limits it is lifted by its person, and by no unload.
    expect(await spun('permissions: {}')).toBeUndefined()
    await agent.value('unload-component', { id: 'probe' })
    const rules = 'network: { allow: [demo.test] }, limits: { egress-bytes: 1Ki }'
    await console(
      'io/policy',
      'PUT',
      `version: "1.0"\npermissions: {}\nx-wassette-edge: { ${rules} }\n`,
    )
    const message = messageOf('POST', 'http://demo.test/echo')
    expect(
      errorOf(await agent.call('send', { message: { ...message, body: 900 } })),
    ).toBeUndefined()
    expect(errorOf(await agent.call('send', { message: { ...message, body: 1_024 } }))).toEqual({
      code: 'bound',
      bound: 'egress-bytes',
    })
  })

  it('ends a call that uses the host more often a second than `io` says', async () => {
    const rules = storage('allow:\n  - uri: fs:///\n    access: [read]')
    await console('io/policy', 'PUT', `${rules}  resources:\n    io: 2\n`)
    const steps = Array.from({ length: 60 }, (_, n) => `stat-at|0|f${n}`)
    const ended = await agent.call('files', { steps })
    expect(errorOf(ended)).toEqual({ code: 'bound', bound: 'io-rate' })
    expect(await agent.result('files', { steps: ['stat-at|0|f'] })).toEqual(['no-entry'])
  })
})
