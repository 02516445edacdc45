// Secrets of a person that go into a component's requests on our side of the wall: to which hosts, and in which
// place of a request. Pure: what a binding is, and which ones apply to a request. `injection.ts` puts values in.

import * as z from 'zod'
import { parseVariableKey } from './environment.ts'
import { isSpokenFor } from './headers.ts'
import { isAddress } from './host.ts'
import { matches } from './host-match.ts'
import type { HostRule, Target } from './host-rule.ts'
import { parseHostRule } from './host-rule.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

export const SECRET_LIMITS = {
  /** Characters of the name that the person gives it. */
  NAME_CHARS: 64,
  /** Secrets of one component: all of them are opened for a call. */
  SECRETS: 32,
  /** Host rules of one secret. */
  HOSTS: 16,
  /** UTF-8 bytes of a value: a signed token fits, and a header stays within what servers take. */
  VALUE_BYTES: 8 * 1024,
  /** Characters of a value: what is shorter stands in every other answer by chance, so it cannot be taken out. */
  VALUE_CHARS: 8,
  /** Characters of the text before a value in a header, of a query parameter's name, of a user's name. */
  PREFIX_CHARS: 64,
  PARAMETER_CHARS: 64,
  USER_CHARS: 256,
} as const

const NAME = /^[A-Za-z][A-Za-z0-9_.-]*$/
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
/** Of a query parameter: what is the same in every encoding of a query, and brackets. */
const PARAMETER = /^[A-Za-z0-9_.~[\]-]+$/
/** What a header field holds without question (RFC 9110 §5.5): visible characters, and spaces inside. */
const FIELD = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/
const PREFIX = /^[\x21-\x7e][\x20-\x7e]*$/
const CONTROL = /\p{Cc}/u

/** Where in a request the value stands. */
export type Placement =
  /** The whole field: the value behind `prefix`. `name` in lower case. */
  | { readonly kind: 'header'; readonly name: string; readonly prefix: string }
  | { readonly kind: 'query'; readonly name: string }
  /** The password of basic authentication (RFC 7617). */
  | { readonly kind: 'basic'; readonly user: string }

/** What a component holds instead of the value: a variable of this name, with a text that means nothing. */
export interface Placeholder {
  readonly key: string
  readonly text: string
}

/** Where the value itself is. `connection`: whoever keeps it says it anew whenever it is needed. */
export type ValueSource =
  | { readonly kind: 'sealed' }
  | { readonly kind: 'connection'; readonly id: string }

/**
 * Why a value is not there. `sealed`: it does not open with the host's keys. `gone`: the person has deleted it, or
 * the component is another one by now. `unavailable`: whoever keeps it gives none. Of
 * connections: `not-now`, the service does not answer; `reconnect`, it gives no token until the person connects again.
 */
export const VALUE_FAULTS = ['sealed', 'gone', 'unavailable', 'not-now', 'reconnect'] as const
export type ValueFault = (typeof VALUE_FAULTS)[number]

/** What the person decided of a secret. Whoever changes it sets the value again. */
export interface SecretBinding {
  /** At least one. */
  readonly hosts: readonly HostRule[]
  readonly placement: Placement
  /** `null`: the value goes into every request to `hosts`. Else where the component puts the placeholder. */
  readonly placeholder: Placeholder | null
}

/** A secret that a call may have put into its requests. It crosses to the call, and holds no value. */
export interface Injection extends SecretBinding {
  readonly name: string
  readonly source: ValueSource
  /** Another one: the value or the binding was set anew. */
  readonly revision: number
}

export const PlacementInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('header'), name: z.string(), prefix: z.string().default('') }),
  z.strictObject({ kind: z.literal('query'), name: z.string() }),
  z.strictObject({ kind: z.literal('basic'), user: z.string() }),
])

/** A binding as a page, the API or a row says it. `placeholder` is the name of a variable. */
export const BindingInput = z.strictObject({
  hosts: z.array(z.string()),
  placement: PlacementInput,
  placeholder: z.string().nullable().default(null),
})
export type BindingInput = z.output<typeof BindingInput>

/** As it is stored: what `printBinding` has written. */
export const StoredBinding = BindingInput.extend({
  placeholder: z.strictObject({ key: z.string(), text: z.string() }).nullable(),
}).transform((stored, context): SecretBinding => {
  const { placeholder } = stored
  const binding = readBinding(
    { ...stored, placeholder: placeholder?.key ?? null },
    placeholder?.text ?? '',
  )
  if (binding.ok) return binding.value
  context.issues.push({ code: 'custom', message: binding.error, input: stored })
  return z.NEVER
})

/** Equal bindings have equal text. */
export function printBinding({ hosts, placement, placeholder }: SecretBinding): string {
  return JSON.stringify({ hosts: hosts.map(({ text }) => text), placement, placeholder })
}

export type BindingFault =
  | 'no-host'
  | 'too-many-hosts'
  | 'bad-host'
  /** It names no host, hosts of everybody, or an address. */
  | 'host-too-broad'
  | 'bad-header'
  | 'reserved-header'
  | 'bad-prefix'
  | 'bad-parameter'
  | 'bad-user'
  | 'bad-placeholder'

/** `null`: not a name that a secret may have. */
export function parseSecretName(text: string): string | null {
  return text.length <= SECRET_LIMITS.NAME_CHARS && NAME.test(text) ? text : null
}

/** `placeholderText`: random, for the placeholder if there is to be one. */
export function parseBinding(
  input: BindingInput,
  placeholderText: string,
): Result<SecretBinding, BindingFault> {
  const binding = readBinding(input, placeholderText)
  // A rule of a host covers no request to an address, so the value would never go there.
  const isBoundToOne = binding.ok && binding.value.hosts.some(({ host }) => isOneAddress(host))
  return isBoundToOne ? err('host-too-broad') : binding
}

/** As one may be stored: an address by itself was no fault once. */
function readBinding(
  input: BindingInput,
  placeholderText: string,
): Result<SecretBinding, BindingFault> {
  const hosts = parseHosts(input.hosts)
  if (!hosts.ok) return hosts
  const placement = parsePlacement(input.placement)
  if (!placement.ok) return placement
  if (input.placeholder === null) {
    return ok({ hosts: hosts.value, placement: placement.value, placeholder: null })
  }
  const key = parseVariableKey(input.placeholder)
  if (key === null) return err('bad-placeholder')
  const placeholder = { key, text: placeholderText }
  return ok({ hosts: hosts.value, placement: placement.value, placeholder })
}

function isOneAddress(host: HostRule['host']): boolean {
  return host.kind === 'exact' && isAddress(host.name)
}

function parseHosts(texts: readonly string[]): Result<readonly HostRule[], BindingFault> {
  const rules = new Map<string, HostRule>()
  for (const text of texts) {
    const rule = parseHostRule(text)
    if (!rule.ok) return err('bad-host')
    const { host, scheme } = rule.value
    if (scheme === 'tcp') return err('bad-host')
    // Names that nobody can tell now, or that belong to nobody in particular.
    if (host.kind === 'any' || host.kind === 'argument' || host.kind === 'cidr') {
      return err('host-too-broad')
    }
    if (host.kind === 'below' && !host.suffix.includes('.')) return err('host-too-broad')
    rules.set(rule.value.text, rule.value)
  }
  if (rules.size === 0) return err('no-host')
  return rules.size > SECRET_LIMITS.HOSTS ? err('too-many-hosts') : ok([...rules.values()])
}

export function parsePlacement(
  placement: z.output<typeof PlacementInput>,
): Result<Placement, BindingFault> {
  switch (placement.kind) {
    case 'header': {
      const name = placement.name.trim().toLowerCase()
      if (!TOKEN.test(name)) return err('bad-header')
      if (isSpokenFor(name)) return err('reserved-header')
      const { prefix } = placement
      const fits = prefix.length <= SECRET_LIMITS.PREFIX_CHARS
      if (prefix !== '' && !(fits && PREFIX.test(prefix))) return err('bad-prefix')
      return ok({ kind: 'header', name, prefix })
    }
    case 'query': {
      const { name } = placement
      const fits = name.length <= SECRET_LIMITS.PARAMETER_CHARS && PARAMETER.test(name)
      return fits ? ok({ kind: 'query', name }) : err('bad-parameter')
    }
    case 'basic': {
      const { user } = placement
      const fits = user.length <= SECRET_LIMITS.USER_CHARS && user.isWellFormed()
      if (!fits || user.includes(':') || CONTROL.test(user)) return err('bad-user')
      return ok({ kind: 'basic', user })
    }
  }
}

export type SecretValueFault =
  | 'empty'
  | 'too-short'
  | 'too-long'
  /** NUL, a lone surrogate, or what the place of it cannot carry. */
  | 'characters'

/** A value that may stand in this place. */
export function checkSecretValue(
  value: string,
  placement: Placement,
): Result<string, SecretValueFault> {
  if (value === '') return err('empty')
  if (value.length > SECRET_LIMITS.VALUE_BYTES) return err('too-long')
  if (value.includes('\0') || !value.isWellFormed()) return err('characters')
  if ([...value].length < SECRET_LIMITS.VALUE_CHARS) return err('too-short')
  if (new TextEncoder().encode(value).byteLength > SECRET_LIMITS.VALUE_BYTES) return err('too-long')
  if (placement.kind === 'header' && !FIELD.test(value)) return err('characters')
  if (placement.kind === 'basic' && CONTROL.test(value)) return err('characters')
  return ok(value)
}

/** What of a request it takes: two of one slot cannot both stand there. */
export function slotOf(placement: Placement): string {
  switch (placement.kind) {
    case 'header':
      return `header ${placement.name}`
    case 'query':
      return `query ${placement.name}`
    case 'basic':
      return 'header authorization'
  }
}

/** Without encryption a value goes to hosts only whose rule says so. */
export function binds(rule: HostRule, target: Target): boolean {
  if (target.scheme !== 'https' && rule.scheme !== target.scheme) return false
  return matches(rule, target)
}

/**
 * Those that may go into a request to `target`: of each slot the one whose rule is the narrowest, by name where
 * two are as narrow. Those with a placeholder come behind and share a slot: the component says which it means.
 */
export function injectionsFor(injections: readonly Injection[], target: Target): Injection[] {
  const bound = injections.flatMap((injection) => {
    const rules = injection.hosts.filter((rule) => binds(rule, target))
    const [narrowest] = rules.toSorted(byWidth)
    return narrowest === undefined ? [] : [{ injection, rule: narrowest }]
  })
  const taken = new Set<string>()
  const chosen: Injection[] = []
  const meant: Injection[] = []
  const ordered = bound.toSorted(
    (a, b) => byWidth(a.rule, b.rule) || (a.injection.name < b.injection.name ? -1 : 1),
  )
  for (const { injection } of ordered) {
    const slot = slotOf(injection.placement)
    if (injection.placeholder !== null) meant.push(injection)
    else if (!taken.has(slot)) chosen.push(injection)
    if (injection.placeholder === null) taken.add(slot)
  }
  return [...chosen, ...meant]
}

/** The narrower one first. */
function byWidth(a: HostRule, b: HostRule): number {
  const [wider, narrower] = [widthOf(a), widthOf(b)]
  for (const [at, value] of wider.entries()) {
    const difference = value - (narrower[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function widthOf({ host, pathPrefix, methods }: HostRule): readonly number[] {
  const suffix = host.kind === 'below' ? host.suffix.length : 0
  return [
    host.kind === 'exact' ? 0 : 1,
    -suffix,
    -(pathPrefix ?? '').length,
    methods === null ? 1 : 0,
  ]
}
