// The authority of one call: the host's ceilings, what the person granted, and what the arguments imply, as
// one intersection for one component, computed for the call and thrown away after it.

import { bindHostRule, bindLayers, bindStorageRule } from './binding.ts'
import type { PolicyDocument, Rules } from './document.ts'
import type { EnvironmentPermission, KeyRule } from './environment.ts'
import { ANY_KEY, parseKeyRule, permitOfKey, permittedKeys, readsVariables } from './environment.ts'
import type { HostRule } from './host-rule.ts'
import { parseHostRule } from './host-rule.ts'
import type { LabelSet } from './labels.ts'
import type { GrantRef, Layer } from './layers.ts'
import { layerOf } from './layers.ts'
import type { CallLimits } from './limits.ts'
import type { NetworkPermission } from './network.ts'
import type { RequestedLimits } from './requested-limits.ts'
import type { Injection } from './secret.ts'
import { effectiveLimits } from './requested-limits.ts'
import type { StoragePermission } from './storage.ts'
import type { StorageRule } from './storage-rule.ts'
import { parseStoredStorageRule } from './storage-rule.ts'

/** Serialisable: it crosses from the person's `Account` to the call. */
export interface Authority {
  /** `null`: the component does not import wasi:http, so there is nothing to hold. */
  readonly network: NetworkPermission | null
  /** `null`: the component does not import wasi:filesystem. */
  readonly storage: StoragePermission | null
  /** The same permission for connections; `null`: the component does not import wasi:sockets. */
  readonly sockets: NetworkPermission | null
  /** The component imports wasi:keyvalue: it may keep entries of its own. */
  readonly keyValue: boolean
  /** The component imports wassette-edge:mcp/client: it may speak to the client of its call. */
  readonly client: boolean
  /** Permitted variables that have a value; empty when the component imports neither place to read them. */
  readonly environment: Environment
  /** What permitted each variable of `environment`: being handed it is the use. */
  readonly handed: readonly KeyPermit[]
  /** What may be put into its requests on our side of the wall; no values. */
  readonly injections: readonly Injection[]
  readonly limits: CallLimits
  /** Requests and operations on the drive a second; `null`: no rate. */
  readonly ioPerSecond: number | null
}

/** Names and values as a guest reads them, each name once. */
export type Environment = readonly (readonly [string, string])[]

export interface KeyPermit {
  readonly key: string
  /** As in `Permit`. */
  readonly grants: readonly GrantRef[]
}

/** The kinds of permission that a person grants. */
export type Permission = 'network' | 'storage' | 'environment'

/** A grant as the decision needs it. */
export interface GrantedRule {
  readonly id: string
  readonly permission: Permission
  readonly rule: string
  readonly effect: 'allow' | 'deny'
  /** Its use has to be claimed: for once, so many times, so many bytes. */
  readonly limited: boolean
  /** As in `GrantRef`. */
  readonly labels?: LabelSet
}

export interface AuthorityRequest {
  /** Each of them bounds the call; their limits may raise a default. */
  readonly ceilings: readonly [PolicyDocument, ...PolicyDocument[]]
  readonly grants: readonly GrantedRule[]
  /** Limits of anybody else: they only lower. */
  readonly narrowings?: readonly RequestedLimits[]
  readonly component: { readonly imports: readonly string[] }
  readonly ownHosts: readonly string[]
  /** May hold more than was granted. */
  readonly values: ReadonlyMap<string, string>
  readonly injections?: readonly Injection[]
}

/**
 * Rules that bind to an argument cover nothing until `bindArguments` has seen the arguments. A stored rule
 * that does not parse grants nothing, and as a denial denies everything of its kind.
 */
export function authorityOf(request: AuthorityRequest): Authority {
  const { ceilings, grants, narrowings, component, ownHosts, values } = request
  const { injections = [] } = request
  const { imports } = component
  const wants = (owner: string) => imports.some((name) => name.startsWith(`${owner}/`))
  const network: NetworkPermission = {
    layers: [
      ...ceilings.map((document) => ceilingOf(document.network)),
      grantsOf(grants, 'network', readHostRule, EVERY_HOST),
    ],
    ownHosts,
  }
  const storage: StoragePermission = {
    layers: [
      ...ceilings.map((document) => ceilingOf(document.storage)),
      grantsOf(grants, 'storage', readStorageRule, EVERY_PATH),
    ],
  }
  const injected = wants('wasi:http') ? injections : []
  const variables = readsVariables(imports)
    ? environmentOf(environmentPermission(ceilings, grants), withoutPlaceholders(values, injected))
    : NO_VARIABLES
  const limits = effectiveLimits(ceilings.map(requestedLimits), narrowings)
  return {
    network: wants('wasi:http') ? network : null,
    sockets: wants('wasi:sockets') ? network : null,
    storage: wants('wasi:filesystem') ? storage : null,
    keyValue: wants('wasi:keyvalue'),
    client: wants('wassette-edge:mcp'),
    ...variables,
    injections: injected,
    ...limits,
  }
}

/** What the arguments of the call imply, put in the place of the rules that bind to one. */
export function bindArguments(authority: Authority, args: unknown): Authority {
  const network = (permission: NetworkPermission | null) =>
    permission && {
      ...permission,
      layers: bindLayers(permission.layers, (rule) => bindHostRule(rule, args)),
    }
  const { storage } = authority
  return {
    ...authority,
    network: network(authority.network),
    sockets: network(authority.sockets),
    storage: storage && {
      layers: bindLayers(storage.layers, (rule) => bindStorageRule(rule, args)),
    },
  }
}

/** The variables that a call may be handed, whether or not they have a value. */
export function permittedVariables(
  ceilings: AuthorityRequest['ceilings'],
  grants: readonly GrantedRule[],
): ReturnType<typeof permittedKeys> {
  return permittedKeys(environmentPermission(ceilings, grants))
}

/** What a document says of the bounds of a call. */
export function requestedLimits({ resources, limits }: PolicyDocument): RequestedLimits {
  const { memoryBytes, memoryMib, cpuCores, cpuPercent, ioPerSecond } = resources
  const memory = [limits.memoryBytes, memoryBytes, memoryMib && memoryMib * 1024 * 1024]
  // The least of a core is still a limit, and none would be no rule.
  const ofOne = cpuPercent === null ? null : Math.max(cpuPercent / 100, Number.MIN_VALUE)
  const cores = [cpuCores, ofOne].filter((n) => n !== null)
  const lowest = Math.min(...memory.filter((n) => typeof n === 'number'))
  return {
    bounds: Number.isFinite(lowest) ? { ...limits, memoryBytes: lowest } : limits,
    cpuCores: cores.length === 0 ? null : Math.min(...cores),
    ioPerSecond,
  }
}

function ceilingOf<R>({ allow, deny }: Rules<R>): Layer<R> {
  return layerOf('ceiling', allow, deny)
}

function grantsOf<R>(
  grants: readonly GrantedRule[],
  permission: Permission,
  read: (text: string, effect: GrantedRule['effect']) => R | null,
  everything: R,
): Layer<R> {
  const mine = grants.filter((grant) => grant.permission === permission)
  const denials = mine.filter(({ effect }) => effect === 'deny')
  return {
    of: 'grants',
    allow: mine.flatMap(({ id, limited, labels, rule: text, effect }) => {
      const rule = effect === 'allow' ? read(text, effect) : null
      const grant = { id, limited, ...(labels === undefined ? {} : { labels }) }
      return rule === null ? [] : [{ rule, grant }]
    }),
    deny: denials.map(({ rule, effect }) => read(rule, effect) ?? everything),
  }
}

/** A denial cannot bind to an argument: the call would choose what it is denied. */
function readHostRule(text: string, effect: GrantedRule['effect']): HostRule | null {
  const rule = parseHostRule(text)
  if (!rule.ok) return null
  return effect === 'deny' && rule.value.host.kind === 'argument' ? null : rule.value
}

function readStorageRule(text: string, effect: GrantedRule['effect']): StorageRule | null {
  const rule = parseStoredStorageRule(text)
  if (!rule.ok) return null
  return effect === 'deny' && rule.value.argument !== null ? null : rule.value
}

/** A person grants variables one by one. */
function readKeyRule(text: string, effect: GrantedRule['effect']): KeyRule | null {
  const rule = parseKeyRule(text)
  return effect === 'allow' && rule?.text === ANY_KEY.text ? null : rule
}

const EVERY_HOST: HostRule = {
  text: '*',
  methods: null,
  host: { kind: 'any' },
  scheme: null,
  port: 'any',
  pathPrefix: null,
}

const EVERY_PATH: StorageRule = {
  text: 'read,write fs:///',
  uri: 'fs:///',
  access: ['read', 'write'],
  segments: [],
  isGlob: false,
  argument: null,
}

/** Of the variables of a component, whether or not they have a value. */
export function environmentPermission(
  ceilings: AuthorityRequest['ceilings'],
  grants: readonly GrantedRule[],
): EnvironmentPermission {
  const granted = grantsOf(grants, 'environment', readKeyRule, ANY_KEY)
  return { layers: [...ceilings.map((document) => ceilingOf(document.environment)), granted] }
}

/** A component that holds a placeholder does not hold a value under the same name. */
function withoutPlaceholders(
  values: ReadonlyMap<string, string>,
  injections: readonly Injection[],
): ReadonlyMap<string, string> {
  const taken = new Set(injections.map(({ placeholder }) => placeholder?.key))
  return new Map([...values].filter(([key]) => !taken.has(key)))
}

const NO_VARIABLES = { environment: [], handed: [] } as const

function environmentOf(
  permission: EnvironmentPermission,
  values: ReadonlyMap<string, string>,
): Pick<Authority, 'environment' | 'handed'> {
  const environment: (readonly [string, string])[] = []
  const handed: KeyPermit[] = []
  for (const key of permittedKeys(permission)) {
    const [value, permit] = [values.get(key), permitOfKey(permission, key)]
    if (value === undefined || permit === null) continue
    environment.push([key, value])
    handed.push({ key, ...permit })
  }
  return { environment, handed }
}
