// Policies as large as one may be: whatever parses can be printed, is a policy then, and says the same.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { PolicyDocument } from '../../src/policy/document.ts'
import { parsePolicy } from '../../src/policy/document.ts'
import { printPolicy } from '../../src/policy/document-print.ts'
import { documentOf, rulesOf } from '../../src/policy/person-rules.ts'
import { MAX_POLICY_BYTES } from '../../src/policy/yaml.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const many = <T>(count: number, make: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n))

function policy(text: string | Uint8Array): PolicyDocument {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}

function expectPrintable(document: PolicyDocument): void {
  const printed = bytesOf(printPolicy(document))
  expect(printed.byteLength).toBeLessThanOrEqual(MAX_POLICY_BYTES)
  const again = policy(printed)
  expect(again).toEqual(document)
  expect(bytesOf(printPolicy(again))).toEqual(printed)
}

/** Short names, each another one. */
const name = (n: number) => `a${n.toString(36)}`
const RULES = {
  plainHosts: (n: number) => ({ host: name(n) }),
  addresses: (n: number) => ({ host: `9.9.${n >> 8}.${n & 255}:81` }),
  plainPaths: (n: number) => ({ uri: `fs://${name(n)}`, access: ['read', 'write'] }),
  plainKeys: (n: number) => ({ key: name(n) }),
  hosts: (n: number) => `GET ${name(n)}`,
  ourHosts: (n: number) => `b${name(n)}`,
  paths: (n: number) => `read,write fs://a${String(n).padStart(3, '0')}`,
  bound: (n: number) => `read {${name(n)}}`,
  keys: (n: number) => `b${name(n)}`,
}

interface Counts {
  readonly network: readonly [number, number, number, number]
  readonly storage: readonly [number, number, number, number]
  readonly environment: readonly [number, number, number]
}

/** Rules allowed and denied where Wassette reads them, then those of ours. */
function written({ network, storage, environment }: Counts, isAddress: boolean) {
  const { plainHosts, plainPaths, plainKeys, hosts, ourHosts, paths, bound, keys } = RULES
  return {
    version: '1.0',
    permissions: {
      network: {
        allow: many(network[0], isAddress ? RULES.addresses : plainHosts),
        deny: many(network[1], plainHosts),
      },
      storage: { allow: many(storage[0], plainPaths), deny: many(storage[1], plainPaths) },
      environment: { allow: many(environment[0], plainKeys) },
    },
    'x-wassette-edge': {
      network: {
        allow: many(network[2], isAddress ? hosts : ourHosts),
        deny: many(network[3], hosts),
      },
      storage: {
        allow: many(storage[2], isAddress ? bound : paths),
        deny: many(storage[3], paths),
      },
      environment: { allow: many(environment[1], keys), deny: many(environment[2], keys) },
    },
  }
}

const shortest = (value: unknown) =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false })
const WAYS = [
  (value: unknown) => stringify(value),
  (value: unknown) => JSON.stringify(value),
  shortest,
]

describe('a large policy', () => {
  const NONE: Counts = { network: [0, 0, 0, 0], storage: [0, 0, 0, 0], environment: [0, 0, 0] }

  it.each<[string, Partial<Counts>, boolean]>([
    ['1,000 paths, each in one line', { storage: [0, 0, 1_000, 0] }, false],
    ['1,000 paths that Wassette reads', { storage: [1_000, 0, 0, 0] }, false],
    ['twice as many keys as one list may have', { environment: [1_000, 1_000, 0] }, false],
    ['twice as many hosts as one list may have', { network: [1_000, 0, 1_000, 0] }, false],
    ['1,000 addresses with ports, and others', { network: [1_000, 0, 1_000, 0] }, true],
  ])('of %s is printed as one', (_, counts, isAddress) => {
    const text = shortest(written({ ...NONE, ...counts }, isAddress))
    expect(bytesOf(text).byteLength).toBeLessThanOrEqual(MAX_POLICY_BYTES)
    expectPrintable(policy(text))
  })

  it('of a person comes back from the rules that are stored of it', () => {
    const value = {
      version: '1.0',
      permissions: {},
      'x-wassette-edge': { storage: { allow: many(1_000, RULES.paths) } },
    }
    const document = policy(JSON.stringify(value))
    const rules = rulesOf(document)
    if (!rules.ok) throw new Error('no rules')
    const printed = bytesOf(printPolicy(documentOf(rules.value)))
    expect(printed.byteLength).toBeLessThanOrEqual(MAX_POLICY_BYTES)
    expect(policy(printed).storage).toEqual(document.storage)
  })

  it('that parses can be printed, whatever it has most of', () => {
    const count = fc.constantFrom(0, 3, 200, 600, 1_000)
    const counts: fc.Arbitrary<Counts> = fc.record({
      network: fc.tuple(count, count, count, count),
      storage: fc.tuple(count, count, count, count),
      environment: fc.tuple(count, count, count),
    })
    let [parsed, refused] = [0, 0]
    fc.assert(
      fc.property(counts, fc.boolean(), fc.constantFrom(...WAYS), (counts, isAddress, write) => {
        const read = parsePolicy(bytesOf(write(written(counts, isAddress))))
        if (!read.ok) {
          refused += 1
          return
        }
        parsed += 1
        expectPrintable(read.value)
      }),
      { numRuns: 30 },
    )
    // Both happened, or this would show nothing.
    expect(Math.min(parsed, refused)).toBeGreaterThan(0)
  })

  it('that is too long with its rules written out is refused, and told why', () => {
    const hosts = many(700, (n) => `https://a.test/${'字'.repeat(10)}${n}/`)
    const value = {
      version: '1.0',
      permissions: {},
      'x-wassette-edge': { network: { allow: hosts } },
    }
    const text = bytesOf(JSON.stringify(value))
    expect(text.byteLength).toBeLessThanOrEqual(MAX_POLICY_BYTES)
    expect(parsePolicy(text)).toMatchObject({ error: [{ kind: 'value', path: '' }] })
  })
})
