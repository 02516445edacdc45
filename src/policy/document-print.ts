// Writes a policy so that reading it again gives the same: what Wassette knows where Wassette reads it, the
// rest under `x-wassette-edge`.

import { stringify } from 'yaml'
import { printPrefix } from './address.ts'
import type { PolicyDocument, Resources, Rules } from './document.ts'
import { isPlain, isPlainKey, isPlainPath } from './document.ts'
import type { HostRule } from './host-rule.ts'
import { BOUND_KEYS } from './grammar-amounts.ts'

export function printPolicy(document: PolicyDocument): string {
  return stringify(policyValue(document), {
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
export function policyValue(document: PolicyDocument): Readonly<Record<string, unknown>> {
  const { schema, version, description, network, storage, environment } = document
  const limits = [...BOUND_KEYS].flatMap(([name, key]) => {
    const amount = document.limits[key]
    return amount === undefined ? [] : [[name, amount] as const]
  })
  const text = ({ text }: { readonly text: string }) => text
  const ours = some({
    limits: some(Object.fromEntries(limits)),
    labels: some({
      add: list(document.labels.add),
      mode: document.labels.mode ?? undefined,
    }),
    network: some({
      allow: list(network.allow.filter((rule) => !isPlain('allow')(rule)).map(text)),
      deny: list(network.deny.filter((rule) => !isPlain('deny')(rule)).map(text)),
    }),
    storage: both(storage, (rules) => rules.filter((rule) => !isPlainPath(rule)).map(text)),
    environment: some({
      allow: list(environment.allow.filter((rule) => !isPlainKey(rule)).map(text)),
      deny: list(environment.deny.map(text)),
    }),
  })
  const keys = environment.allow.filter(isPlainKey)
  const permissions = some({
    network: some({
      allow: list(network.allow.filter(isPlain('allow')).map(networkEntry)),
      deny: list(network.deny.filter(isPlain('deny')).map(networkEntry)),
    }),
    storage: both(storage, (rules) =>
      rules.filter(isPlainPath).map(({ uri, access }) => ({ uri, access: [...access] })),
    ),
    environment: some({ allow: list(keys.map(({ text }) => ({ key: text }))) }),
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

function both<R>({ allow, deny }: Rules<R>, print: (rules: readonly R[]) => readonly unknown[]) {
  return some({ allow: list(print(allow)), deny: list(print(deny)) })
}

function list(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.length === 0 ? undefined : values
}

/** `undefined` for what has nothing in it. */
function some(entries: Readonly<Record<string, unknown>>) {
  const kept = Object.entries(entries).filter(([, value]) => value !== undefined)
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
