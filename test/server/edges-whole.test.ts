// Whole policies, of Wassette and of our components, and what they say of variables and resources: each put in force
// as its person puts it, with a component that tries every edge of it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { errorOf } from '../support/agent.ts'
import { PROBE } from '../support/components.ts'
import { ALLOWED, messageOf, ours, storage, Trial } from '../support/edges.ts'
import { WASSETTE_SHAPES } from '../support/wassette-policies.ts'

const { url } = inject('server')

let trial: Trial
beforeAll(async () => {
  trial = await Trial.of(url, 'alice')
})
beforeEach(() => trial.begin())
afterAll(() => trial.end())

/** Requests that a rule of these policies allows, and others that are close to it. */
function requestsOf(rule: string): { readonly allowed: string[]; readonly others: string[] } {
  const range = /^cidr (.+)\/\d+(:\d+)?$/.exec(rule)
  if (range !== null) {
    const address = range[1]?.includes(':') === true ? `[${range[1]}]` : range[1]
    const places = ['http', 'https'].map((scheme) => `${scheme}://${address}${range[2] ?? ''}/`)
    return { allowed: places, others: [`http://${address}:8081/`] }
  }
  const url = /^(https?):\/\/([^/]+)\/$/.exec(rule)
  const host = url?.[2] ?? rule
  const close = [`https://x.${host}/`, `http://${host}:8081/`, `http://${host}.other.test/`]
  if (url === null) return { allowed: [`http://${host}/`, `https://${host}/a`], others: close }
  const other = url[1] === 'http' ? 'https' : 'http'
  return { allowed: [rule, `${rule}a`], others: [...close, `${other}://${host}/`] }
}

describe.each(WASSETTE_SHAPES)(
  'a policy of Wassette with %s',
  (_, document, { network = [], storage = [], environment = [] }) => {
    it('is put in force as it is: each host, path and key of it, and nothing else', async () => {
      await trial.make(['work', 'work/project', 'tmp', 'beside'])
      await trial.agent.call('files', { steps: ['rmdir|0|tmp/new', 'rmdir|0|work/project/new'] })
      await trial.put('io/policy', document)
      for (const rule of network) {
        const { allowed, others } = requestsOf(rule)
        const isOpen = !rule.startsWith('cidr 127.')
        for (const target of allowed) {
          expect(await trial.request('GET', target), target).toBe(isOpen ? ALLOWED : 'unreachable')
        }
        for (const target of others) {
          expect(await trial.request('GET', target), target).toBe(
            isOpen ? 'not-granted' : 'unreachable',
          )
        }
      }
      expect(await trial.request('GET', 'http://demo.test/')).toBe('not-granted')
      for (const rule of storage) {
        const [kinds = '', uri = ''] = rule.split(' ')
        const path = uri.replace('fs://', '')
        const isFor = (access: string) => (kinds.includes(access) ? ALLOWED : 'not-granted')
        expect(await trial.touch('read', path), rule).toBe(isFor('read'))
        expect(await trial.touch('write', `${path}/new`), rule).toBe(isFor('write'))
      }
      expect(await trial.touch('read', 'beside')).toBe('not-granted')
      expect(await trial.touch('write', 'beside/new')).toBe('not-granted')

      await trial.agent.upload('probe', PROBE)
      const known = ['DOCS_API_KEY', 'WEATHER_KEY', 'CODE_TOKEN', 'OTHER']
      // No answer repeats a longer value of a secret.
      const valueOf = (key: string) => `v ${known.indexOf(key)}`
      for (const key of known) await trial.put(`probe/environment/${key}`, valueOf(key))
      await trial.put('probe/policy', document)
      expect(await trial.agent.result('environment')).toEqual(
        environment.map((key) => [key, valueOf(key)]),
      )
    })
  },
)

it('every policy of our components is put in force as it is', async () => {
  const names = readdirSync('components').filter((name) =>
    existsSync(`components/${name}/policy.yaml`),
  )
  expect(names.length).toBeGreaterThan(9)
  for (const name of names) {
    await trial.put('io/policy', readFileSync(`components/${name}/policy.yaml`, 'utf8'))
  }
  expect(await trial.request('GET', 'http://demo.test/')).toBe('not-granted')
})

describe('the environment', () => {
  it('has the keys that the policy names, and no other', async () => {
    await trial.agent.upload('probe', PROBE)
    for (const key of ['FIRST', 'SECOND', 'first']) {
      await trial.put(`probe/environment/${key}`, `v ${key}`)
    }
    expect(await trial.agent.result('environment')).toEqual([])
    const document =
      'version: "1.0"\npermissions:\n  environment:\n    allow:\n      - key: FIRST\n      - key: ABSENT\n'
    await trial.put('probe/policy', document)
    expect(await trial.agent.result('environment')).toEqual([['FIRST', 'v FIRST']])
    const denying = ours('environment: { allow: [FIRST, SECOND, first], deny: [SECOND] }')
    await trial.put('probe/policy', denying)
    expect(await trial.agent.result('environment')).toEqual([
      ['FIRST', 'v FIRST'],
      ['first', 'v first'],
    ])
    await trial.put('probe/policy', denying.replace('[SECOND]', '["*"]'))
    expect(await trial.agent.result('environment')).toEqual([])
  })
})

describe('resources', () => {
  it('ends a call at the fuel, the cores and the bytes that the policy says', async () => {
    await trial.agent.upload('probe', PROBE)
    const spun = async (document: string) => {
      await trial.put('probe/policy', `version: "1.0"\n${document}\n`)
      return errorOf(await trial.agent.call('spin', { iterations: 1_000_000 }))
    }
    expect(await spun('permissions: {}')).toBeUndefined()
    const fuel = { code: 'bound', bound: 'fuel' }
    expect(await spun('permissions: {}\nx-wassette-edge: { limits: { fuel: 100k } }')).toEqual(fuel)
    // Of thirty seconds a ten-millionth of a core: 30,000 units.
    const cores = 'permissions: { resources: { limits: { cpu: 0.0000001 } } }'
    expect(await spun(cores)).toEqual(fuel)
    // What limits it is lifted by its person, and by no unload.
    expect(await spun('permissions: {}')).toBeUndefined()
    await trial.agent.value('unload-component', { id: 'probe' })
    const rules = 'network: { allow: [demo.test] }, limits: { egress-bytes: 1Ki }'
    await trial.put('io/policy', ours(rules))
    const message = messageOf('POST', 'http://demo.test/echo')
    expect(
      errorOf(await trial.agent.call('send', { message: { ...message, body: 900 } })),
    ).toBeUndefined()
    expect(
      errorOf(await trial.agent.call('send', { message: { ...message, body: 1_024 } })),
    ).toEqual({
      code: 'bound',
      bound: 'egress-bytes',
    })
  })

  it('ends a call that waits for longer than the policy says', async () => {
    await trial.agent.load('time')
    const wait = 'wassette-edge_time_clock_0_1_0_wait'
    const short = async () => errorOf(await trial.agent.call(wait, { milliseconds: 1 }))
    // On a busy machine the second is enough for a call, but not to load an isolate before it.
    expect(await short()).toBeUndefined()
    await trial.put('time/policy', ours('limits: { wall-clock: 1s }'))
    expect(await short()).toBeUndefined()
    const ended = await trial.agent.call(wait, { milliseconds: 10_000 })
    expect(errorOf(ended)).toEqual({ code: 'bound', bound: 'wall-clock' })
    await trial.put('time/policy', 'version: "1.0"\npermissions: {}\n')
    expect(errorOf(await trial.agent.call(wait, { milliseconds: 1_500 }))).toBeUndefined()
  })

  it('ends a call that uses the host more often a second than `io` says', async () => {
    const rules = storage('allow:\n  - uri: fs:///\n    access: [read]')
    await trial.put('io/policy', `${rules}  resources:\n    io: 2\n`)
    const steps = Array.from({ length: 60 }, (_, n) => `stat-at|0|f${n}`)
    const ended = await trial.agent.call('files', { steps })
    expect(errorOf(ended)).toEqual({ code: 'bound', bound: 'io-rate' })
    expect(await trial.agent.result('files', { steps: ['stat-at|0|f'] })).toEqual(['no-entry'])
  })
})
