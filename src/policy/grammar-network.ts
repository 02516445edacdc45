// Rules of `network` as a policy writes them: those that Wassette knows, and ours.

import {
  isOneAddress,
  isOutOfReach,
  parseAddress,
  parsePrefix,
  prefixOf,
  printAddress,
} from './address.ts'
import type { Effect, Refinement } from './grammar-scalars.ts'
import { wrong, text, argument, placeText, NO_ARGUMENT } from './grammar-scalars.ts'
import type { HostRule } from './host-rule.ts'
import { hostRule, parseHostRule, withMethods } from './host-rule.ts'
import { isAddress } from './host.ts'
import { ok } from './result.ts'
import { HOST_FAULTS } from './rule-faults.ts'
import type { Shape } from './shape.ts'
import { described, listOf, mapping, refined, scalarOrMapping } from './shape.ts'

const HOST = 'Write a host as a text, such as "api.example.com".'
const A_HOST =
  'A name, a wildcard or an address, with a port or without, or an http(s) URL whose path is the beginning of others.'

const aRange = described(
  text(HOST_FAULTS.cidr, { minLength: 1, maxLength: 512 }),
  'A range of literal addresses. It says nothing of names.',
  { examples: ['1.1.1.0/24', '2606:4700::/32'] },
)

function readPlainHost(written: string, effect: Effect): Refinement<HostRule> {
  const rule = parseHostRule(written)
  if (!rule.ok) return wrong(HOST_FAULTS[rule.error])
  if (!isPlainHost(rule.value, 'deny')) {
    return wrong(
      'Wassette does not know this rule. Move it to x-wassette-edge.network, as a text.',
      rule.value.text,
    )
  }
  return effect === 'deny' ? rule : allowedAddress(rule.value)
}

/** An address is allowed as the range that it is by itself; anything else as it is. */
function allowedAddress(rule: HostRule): Refinement<HostRule> {
  const { host, scheme, port } = rule
  const address = host.kind === 'exact' ? parseAddress(host.name) : null
  if (address === null) return ok(rule)
  const range = hostRule({ ...rule, host: { kind: 'cidr', prefix: prefixOf(address) } })
  if (scheme === null) return ok(range)
  return wrong(
    'An address is allowed by itself or with a port. Remove the scheme and the path.',
    `${printAddress(address)}${port === null ? '' : `:${port}`}`,
  )
}

/** It can be written as `{host: …}` where Wassette reads it. */
export function isPlainHost(rule: HostRule, effect: Effect): boolean {
  const { host, methods, scheme, port } = rule
  if (methods !== null || scheme === 'tcp' || port === 'any') return false
  if (host.kind === 'exact') return effect === 'deny' || !isAddress(host.name)
  return (host.kind === 'below' || host.kind === 'any') && scheme === null
}

function readRange(written: string, effect: Effect): Refinement<HostRule> {
  const prefix = parsePrefix(written)
  if (prefix === null) return wrong(HOST_FAULTS.cidr)
  return allowedRange(
    hostRule({
      methods: null,
      host: { kind: 'cidr', prefix },
      scheme: null,
      port: null,
      pathPrefix: null,
    }),
    effect,
  )
}

function allowedRange(rule: HostRule, effect: Effect): Refinement<HostRule> {
  const prefix = rule.host.kind === 'cidr' ? rule.host.prefix : null
  // One by itself may stand in a policy of Wassette: it is warned of.
  const isLost = prefix !== null && !isOneAddress(prefix) && isOutOfReach(prefix)
  return effect === 'allow' && isLost
    ? wrong('No address of this range is public, and no rule opens another. Remove it.')
    : ok(rule)
}

export const plainNetwork = (effect: Effect): Shape<HostRule> =>
  refined(
    mapping(
      {
        host: described(text(HOST, { minLength: 1, maxLength: 512 }), A_HOST, {
          examples: ['api.example.com', '*.example.com', 'https://api.example.com/v1/'],
        }),
        cidr: aRange,
      },
      {
        oneOf: ['host', 'cidr'],
        foreign: {
          defaults: 'No list of hosts stands behind this name. Name the hosts that are needed.',
        },
      },
    ),
    ({ host, cidr }) => {
      if (host !== undefined) return readPlainHost(host, effect)
      return cidr === undefined ? wrong(HOST) : readRange(cidr, effect)
    },
  )

/** A rule of ours as a text; a denial binds to no argument, which would choose what it is denied. */
function readNetworkText(written: string, effect: Effect): Refinement<HostRule> {
  const rule = parseHostRule(written)
  if (!rule.ok) return wrong(HOST_FAULTS[rule.error])
  const { host } = rule.value
  if (effect === 'deny' && host.kind === 'argument') return wrong(NO_ARGUMENT)
  return effect === 'allow' && host.kind === 'exact'
    ? allowedAddress(rule.value)
    : allowedRange(rule.value, effect)
}

export const ourNetwork = (effect: Effect): Shape<HostRule> =>
  scalarOrMapping(
    refined(
      text('Write a rule as a text, such as "GET,HEAD https://api.example.com/v1/".'),
      (rule) => readNetworkText(rule, effect),
    ),
    refined(
      mapping(
        {
          host: described(
            scalarOrMapping(text(HOST, { minLength: 1, maxLength: 512 }), argument),
            `${A_HOST} Or the argument of a call that names it.`,
            { examples: ['api.example.com:8443', { arg: 'url' }] },
          ),
          cidr: aRange,
          methods: described(
            listOf(text(HOST_FAULTS.method), { min: 1, max: 16 }),
            'In upper case. Without them, any.',
            { examples: [['GET', 'HEAD']] },
          ),
        },
        { oneOf: ['host', 'cidr'] },
      ),
      ({ host, cidr, methods }) => {
        const place = placeText(host) ?? `cidr ${cidr ?? ''}`
        const rule = readNetworkText(place, effect)
        if (!rule.ok || methods === undefined) return rule
        if (rule.value.methods !== null) return wrong('Name the methods once.')
        const narrowed = withMethods(rule.value, methods)
        return narrowed.ok ? narrowed : wrong(HOST_FAULTS[narrowed.error])
      },
    ),
  )
