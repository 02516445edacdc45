// Rules, requests and documents of every kind, few enough names that they meet.

import fc from 'fast-check'
import type { DrivePath } from '../../src/policy/drive-path.ts'
import type { Hostname } from '../../src/policy/host.ts'
import type { HostRule, Target } from '../../src/policy/host-rule.ts'
import { parseHostRule } from '../../src/policy/host-rule.ts'
import { BOUNDS } from '../../src/policy/limits.ts'
import type { StorageRule } from '../../src/policy/storage-rule.ts'
import { parseStoredStorageRule } from '../../src/policy/storage-rule.ts'

export function hostRule(text: string): HostRule {
  const parsed = parseHostRule(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`)
  return parsed.value
}

export function storageRule(text: string): StorageRule {
  const parsed = parseStoredStorageRule(text)
  if (!parsed.ok) throw new Error(`${text}: ${parsed.error}`)
  return parsed.value
}

const methods = fc.constantFrom('', 'GET ', 'GET,HEAD ', 'POST ')
const names = fc.constantFrom('a.test', 'b.a.test', 'b.test')
const webHosts = fc.oneof(names, fc.constantFrom('*.a.test', '*.test', '*', '{url}', '{to.host}'))
const ports = fc.constantFrom('', ':80', ':8443', ':*')
const paths = fc.constantFrom('/', '/v1/', '/v1/x/', '/v2/')
const ranges = fc.constantFrom('1.1.1.0/24', '1.1.1.7/32', '0.0.0.0/0', '2606:4700::/32', '::/0')

/** Texts of network rules, canonical or not. */
export const networkTexts = fc.oneof(
  fc.tuple(methods, webHosts, ports).map((parts) => parts.join('')),
  fc
    .tuple(methods, fc.constantFrom('http://', 'https://'), webHosts, ports, paths)
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.oneof(names, fc.constant('*')), fc.constantFrom(':80', ':5432', ':*'))
    .map(([host, port]) => `tcp://${host}${port}`),
  fc.tuple(methods, ranges, ports).map(([method, range, port]) => `${method}cidr ${range}${port}`),
)
export const networkRules = networkTexts.map(hostRule)
export const networkDenials = networkRules.filter(({ host }) => host.kind !== 'argument')

export const targets: fc.Arbitrary<Target> = fc
  .tuple(
    fc.constantFrom('http', 'https', 'tcp' as const),
    fc.constantFrom('a.test', 'b.a.test', 'c.b.a.test', 'b.test', '1.1.1.7', '[2606:4700::1]'),
    fc.constantFrom(80, 443, 8443, 5432),
    fc.constantFrom('/', '/v1', '/v1/x', '/v10', '/v2/..%2fv1'),
    fc.constantFrom('GET', 'HEAD', 'POST'),
  )
  .map(([scheme, host, port, path, method]) => ({
    scheme: scheme as Target['scheme'],
    host: host as Hostname,
    port,
    path: scheme === 'tcp' ? '/' : path,
    method: scheme === 'tcp' ? null : method,
  }))

const access = fc.constantFrom('read', 'write', 'read,write')
const uris = fc.constantFrom(
  'fs:///',
  'fs://a',
  'fs://a/b',
  'fs://a/*',
  'fs://**/b',
  'fs://a/**',
  'fs://*.md',
  'fs://c/x*.md',
)
export const storageTexts = fc
  .tuple(access, fc.oneof(uris, fc.constantFrom('{path}', '{from.path}')))
  .map((parts) => parts.join(' '))
export const storageRules = storageTexts.map(storageRule)
export const storageDenials = fc.tuple(access, uris).map((parts) => storageRule(parts.join(' ')))
export const drivePaths = fc
  .constantFrom('/', '/a', '/a/b', '/a/b/c', '/b', '/c/xy.md', '/d.md')
  .map((path) => path as DrivePath)

const keys = fc.constantFrom('GITHUB_TOKEN', 'db.host', 'A')
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const some = <T>(value: fc.Arbitrary<T>) => optional(fc.array(value, { maxLength: 3 }))
const entry = fc.oneof(
  fc.constantFrom('a.test', '*.a.test', '*', 'https://a.test/v1', 'a.test:81').map((host) => ({
    host,
  })),
  fc.constantFrom('1.1.1.0/24', '2606:4700::/32').map((cidr) => ({ cidr })),
)
const place = fc.record({ uri: uris, access: fc.constantFrom(['read'], ['write', 'read']) })
const ours = <T, D>(allow: fc.Arbitrary<T>, deny: fc.Arbitrary<D>) =>
  optional(fc.record({ allow: some(allow), deny: some(deny) }))
const limits = fc.record(
  Object.fromEntries(
    Object.values(BOUNDS).map(({ name, most }) => [
      name,
      optional(fc.integer({ min: 1, max: most })),
    ]),
  ),
)

/** Documents that parse, as plain data; `undefined` stands for a key that is not there. */
export const documents = fc
  .record({
    $schema: optional(fc.constant('https://edge.example/policy.schema.json')),
    version: fc.constantFrom('1.0', '1.1', '1.0.0-beta'),
    description: fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }), { nil: undefined }),
    permissions: fc.record({
      network: ours(entry, entry),
      storage: ours(place, place),
      environment: optional(fc.record({ allow: some(fc.record({ key: keys })) })),
      resources: optional(
        fc.record({
          limits: optional(
            fc.record({
              cpu: optional(fc.constantFrom('500m', '1.5', 2, 0.25)),
              memory: optional(fc.constantFrom('64Mi', '1024', 32, '1Ti')),
            }),
          ),
          cpu: optional(fc.constantFrom(0.5, 50, 100)),
          memory: optional(fc.integer({ min: 1, max: 4096 })),
          io: optional(fc.integer({ min: 1, max: 1000 })),
        }),
      ),
      runtime: optional(fc.constantFrom({}, null)),
      ipc: optional(fc.constantFrom(null, {}, { allow: [], deny: [{ uri: 'x' }] })),
    }),
    'x-wassette-edge': optional(
      fc.record({
        limits: optional(limits),
        network: ours(
          fc.oneof(
            networkTexts.filter((text) => !text.includes('cidr ::')),
            fc.constantFrom(
              { host: { arg: 'url' }, methods: ['GET'] },
              { host: 'a.test' },
              { cidr: '1.1.1.0/24:81' },
            ),
          ),
          networkDenials.map(({ text }) => text),
        ),
        storage: ours(
          fc.oneof(
            storageTexts,
            fc.constantFrom(
              { path: { arg: 'path' }, access: ['read'] },
              { uri: 'fs://a', access: ['write'] },
            ),
          ),
          storageDenials.map(({ text }) => text),
        ),
        environment: ours(fc.oneof(keys, fc.constant('*')), fc.oneof(keys, fc.constant('*'))),
      }),
    ),
  })
  .map((document) => JSON.parse(JSON.stringify(document)) as Record<string, unknown>)
