// Writes a policy so that reading it again gives the same: what Wassette knows where Wassette reads it, the
// rest under `x-wassette-edge`. One that would be longer than a policy may be is written shorter.

import { stringify } from 'yaml'
import { isOneAddress, printAddress, printPrefix } from './address.ts'
import type { PolicyDocument, Resources, Rules } from './document.ts'
import { BOUND_KEYS } from './grammar-amounts.ts'
import type { Effect } from './grammar-scalars.ts'
import type { HostRule } from './host-rule.ts'
import type { Placed, Placing } from './plain-rules.ts'
import { isPlain, isPlainKey, isPlainPath, placed } from './plain-rules.ts'
import type { StorageRule } from './storage-rule.ts'
import { isPolicySize } from './yaml.ts'

export function printPolicy(document: PolicyDocument): string {
  const wide = inLines(document, 'wassette')
  if (isPolicySize(wide)) return wide
  const narrow = inLines(document, 'ours')
  return isPolicySize(narrow) ? narrow : printShort(document)
}

/** On one line, which no other way of writing it is shorter than by much. */
export function printShort(document: PolicyDocument): string {
  return `${JSON.stringify(policyValue(document, 'ours'))}\n`
}

function inLines(document: PolicyDocument, placing: Placing): string {
  return stringify(policyValue(document, placing), {
    version: '1.2',
    schema: 'core',
    aliasDuplicateObjects: false,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    doubleQuotedAsJSON: true,
    lineWidth: 0,
  })
}

/** The policy as plain data, as JSON has it. */
export function policyValue(
  document: PolicyDocument,
  placing: Placing = 'wassette',
): Readonly<Record<string, unknown>> {
  const { schema, version, description, environment } = document
  const limits = [...BOUND_KEYS].flatMap(([name, key]) => {
    const amount = document.limits[key]
    return amount === undefined ? [] : [[name, amount] as const]
  })
  const network = both(document.network, (rules, effect) => placed(rules, isPlain(effect), placing))
  const storage = both(document.storage, (rules) => placed(rules, isPlainPath, placing))
  const keys = placed(environment.allow, isPlainKey, placing)
  const ours = some({
    limits: some(Object.fromEntries(limits)),
    labels: some({
      add: list(document.labels.add),
      mode: document.labels.mode ?? undefined,
    }),
    network: textsOf(network),
    storage: textsOf(storage),
    environment: some({ allow: texts(keys.ours), deny: texts(environment.deny) }),
  })
  const permissions = some({
    network: some({
      allow: list(network.allow.plain.map(allowedEntry)),
      deny: list(network.deny.plain.map(networkEntry)),
    }),
    storage: some({
      allow: list(storage.allow.plain.map(storageEntry)),
      deny: list(storage.deny.plain.map(storageEntry)),
    }),
    environment: some({ allow: list(keys.plain.map(({ text }) => ({ key: text }))) }),
    resources: resourcesValue(document.resources),
  })
  return {
    ...(schema === null ? {} : { $schema: schema }),
    version,
    ...(description === null ? {} : { description }),
    permissions: permissions ?? {},
    ...(ours === undefined ? {} : { 'x-wassette-edge': ours }),
  }
}

function networkEntry({ host, text }: HostRule): Readonly<Record<string, string>> {
  return host.kind === 'cidr' ? { cidr: printPrefix(host.prefix) } : { host: text }
}

/** An address by itself is a host to Wassette. */
function allowedEntry(rule: HostRule): Readonly<Record<string, string>> {
  const { host, port } = rule
  if (host.kind !== 'cidr' || !isOneAddress(host.prefix)) return networkEntry(rule)
  return { host: `${printAddress(host.prefix.address)}${port === null ? '' : `:${port}`}` }
}

function storageEntry({ uri, access }: StorageRule) {
  return { uri, access: [...access] }
}

/** Memory as a text is bytes, and cores are a number, whatever they were written as. */
function resourcesValue(resources: Resources) {
  const { memoryBytes, memoryMib, cpuCores, cpuPercent, ioPerSecond } = resources
  return some({
    limits: some({
      cpu: cpuCores ?? undefined,
      memory: memoryBytes === null ? undefined : String(memoryBytes),
    }),
    cpu: cpuPercent ?? undefined,
    memory: memoryMib ?? undefined,
    io: ioPerSecond ?? undefined,
  })
}

function both<R>(
  { allow, deny }: Rules<R>,
  of: (rules: readonly R[], effect: Effect) => Placed<R>,
): { readonly [K in Effect]: Placed<R> } {
  return { allow: of(allow, 'allow'), deny: of(deny, 'deny') }
}

function textsOf({ allow, deny }: { readonly [K in Effect]: Placed<Text> }) {
  return some({ allow: texts(allow.ours), deny: texts(deny.ours) })
}

interface Text {
  readonly text: string
}

function texts(rules: readonly Text[]): readonly unknown[] | undefined {
  return list(rules.map(({ text }) => text))
}

function list(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.length === 0 ? undefined : values
}

/** `undefined` for what has nothing in it. */
function some(entries: Readonly<Record<string, unknown>>) {
  const kept = Object.entries(entries).filter(([, value]) => value !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
