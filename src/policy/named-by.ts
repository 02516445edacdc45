// Which arguments of a call named the place that it asked for. That, and not the arguments, is what is recorded
// for rules that bind to one: it says no more than the question itself does, and is enough to bind any such rule.

import * as z from 'zod'
import { isArgumentPath, textsAt } from './arguments.ts'
import type { Asked, Judged } from './asked.ts'
import type { Authority } from './authority.ts'
import type { Place } from './binding.ts'
import { bindHostRuleTo, bindLayers, pathOf, placeOf } from './binding.ts'
import type { DrivePath } from './drive-path.ts'
import type { Hostname } from './host.ts'
import type { HostRule } from './host-rule.ts'
import { hostRule } from './host-rule.ts'
import type { NetworkPermission } from './network.ts'
import type { StoragePermission } from './storage.ts'
import type { StorageRule } from './storage-rule.ts'
import { ruleForPath } from './storage-rule.ts'

/** One argument, by the path of its keys, and how it names the place: with which scheme and port, or by which path. */
export const Naming = z.union([
  z.strictObject({
    argument: z.string(),
    scheme: z.string().nullable(),
    port: z.number().int().nullable(),
  }),
  z.strictObject({ argument: z.string(), path: z.string() }),
])
export type Naming = z.infer<typeof Naming>

/** Arguments that name one place: an honest tool has one or two. */
export const MAX_NAMINGS = 16
/** Arguments and texts of one call that are read. */
const MAX_ARGUMENTS = 256
const MAX_TEXTS = 512
const MAX_DEPTH = 4

/** What the arguments of a call name; `null`: too many of them to tell. */
export interface NamedPlaces {
  readonly hosts: readonly (Place & { readonly argument: string })[]
  readonly paths: readonly { readonly argument: string; readonly path: DrivePath }[]
}

/** Read once for a call. */
export function placesIn(args: unknown): NamedPlaces | null {
  const paths = argumentPaths(args)
  if (paths === null) return null
  const texts = paths.flatMap((argument) =>
    textsAt(args, argument).map((text) => ({ argument, text })),
  )
  if (texts.length > MAX_TEXTS) return null
  return {
    hosts: texts.flatMap(({ argument, text }) => {
      const place = placeOf(text)
      return place === null ? [] : [{ argument, ...place }]
    }),
    paths: texts.flatMap(({ argument, text }) => {
      const path = pathOf(text)
      return path === null ? [] : [{ argument, path }]
    }),
  }
}

/** Those that name what was asked for, each once; `null`: too many to tell. */
export function namingsOf(places: NamedPlaces | null, asked: Asked): readonly Naming[] | null {
  // Nobody can move the root: which arguments lie below it is not worth keeping.
  const isRoot = asked.kind === 'move' && (asked.from === '/' || asked.to === '/')
  if (places === null || isRoot) return null
  const found = new Map<string, Naming>()
  for (const naming of candidates(places, asked)) found.set(JSON.stringify(naming), naming)
  return found.size > MAX_NAMINGS ? null : [...found.values()]
}

/** Rules that bind to an argument, in the place of what is known of the call's arguments. */
export function bindToNamings(judged: Judged, asked: Asked, namings: readonly Naming[]): Judged {
  const host = 'host' in asked ? (asked.host as Hostname) : null
  const bindHost = (rule: HostRule) => {
    const { host: bound } = rule
    if (bound.kind !== 'argument') return [rule]
    return namings.flatMap((naming) => {
      if (host === null || 'path' in naming || naming.argument !== bound.path) return []
      return bindHostRuleTo(rule, { ...naming, name: host }) ?? []
    })
  }
  const bindPath = (rule: StorageRule) =>
    rule.argument === null
      ? [rule]
      : namings.flatMap((naming) =>
          'path' in naming && naming.argument === rule.argument
            ? [ruleForPath(naming.path as DrivePath, rule.access)]
            : [],
        )
  return withRules(judged, bindHost, bindPath)
}

/** The least and the most that the same rules may stand for, where nothing is known of the arguments. */
export function boundsOfBinding(judged: Judged): { readonly least: Judged; readonly most: Judged } {
  const none = () => []
  const anyHost = (rule: HostRule) =>
    hostRule({ ...rule, host: { kind: 'any' }, port: rule.port ?? 'any' })
  // Every path, and what every directory leads to.
  const anyPath = (rule: StorageRule) => ruleForPath('/**' as DrivePath, rule.access)
  return {
    least: withRules(judged, ifBinding(none), ifBindingPath(none)),
    most: withRules(
      judged,
      ifBinding((rule) => [anyHost(rule)]),
      ifBindingPath((rule) => [anyPath(rule)]),
    ),
  }
}

/** Which rules bind to an argument: those for hosts, those for the drive. */
export interface Binding {
  readonly hosts: boolean
  readonly paths: boolean
}

const known = new WeakMap<Authority, Binding>()

export function bindingOf({ authority }: Judged): Binding {
  const had = known.get(authority)
  if (had !== undefined) return had
  const { network, sockets, storage } = authority
  const hosts = [...(network?.layers ?? []), ...(sockets?.layers ?? [])]
  const binding = {
    hosts: hosts.some(({ allow }) => allow.some(({ rule }) => rule.host.kind === 'argument')),
    paths: (storage?.layers ?? []).some(({ allow }) =>
      allow.some(({ rule }) => rule.argument !== null),
    ),
  }
  known.set(authority, binding)
  return binding
}

function ifBinding(bind: (rule: HostRule) => HostRule[]) {
  return (rule: HostRule) => (rule.host.kind === 'argument' ? bind(rule) : [rule])
}

function ifBindingPath(bind: (rule: StorageRule) => StorageRule[]) {
  return (rule: StorageRule) => (rule.argument === null ? [rule] : bind(rule))
}

function withRules(
  { authority, environment }: Judged,
  bindHost: (rule: HostRule) => readonly HostRule[],
  bindPath: (rule: StorageRule) => readonly StorageRule[],
): Judged {
  const hosts = (permission: NetworkPermission | null) =>
    permission && { ...permission, layers: bindLayers(permission.layers, bindHost) }
  const paths = (permission: StoragePermission | null) =>
    permission && { layers: bindLayers(permission.layers, bindPath) }
  const { network, sockets, storage } = authority
  return {
    environment,
    authority: {
      ...authority,
      network: hosts(network),
      sockets: hosts(sockets),
      storage: paths(storage),
    },
  }
}

function candidates({ hosts, paths }: NamedPlaces, asked: Asked): readonly Naming[] {
  switch (asked.kind) {
    case 'request':
    case 'connection':
    case 'lookup':
      return hosts.flatMap(({ argument, scheme, name, port }) =>
        name === asked.host ? [{ argument, scheme, port }] : [],
      )
    case 'access':
      return paths.filter(({ path }) => concerns(path, asked.path, asked.passes))
    case 'move':
      return paths.filter(({ path }) =>
        [asked.from, asked.to].some((end) => concerns(path, end, asked.directory)),
      )
    case 'variable':
      return []
  }
}

/**
 * A rule for `named` may cover `path`, or be what a directory leads to. Every text names something below the root,
 * which may be passed anyway: none of them is kept for that.
 */
function concerns(named: string, path: string, isDirectory: boolean): boolean {
  if (isAtOrBelow(path, named)) return true
  return isDirectory && path !== '/' && isAtOrBelow(named, path)
}

function isAtOrBelow(path: string, top: string): boolean {
  return top === '/' || path === top || path.startsWith(`${top}/`)
}

/** `null`: too many. */
function argumentPaths(args: unknown): string[] | null {
  const found: string[] = []
  const walk = (value: unknown, path: readonly string[]): boolean => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      if (path.length > 0) found.push(path.join('.'))
      return found.length <= MAX_ARGUMENTS
    }
    if (path.length >= MAX_DEPTH) return true
    return Object.entries(value).every(
      ([key, inner]) => !isArgumentPath(key) || key.includes('.') || walk(inner, [...path, key]),
    )
  }
  return walk(args, []) ? found : null
}
