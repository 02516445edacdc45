// A service that gives out tokens by OAuth, as somebody describes it: who it is, as which client this server
// comes to it, and for which hosts its tokens are. Pure: nothing is asked of anybody here.

import * as z from 'zod'
import { isAddress, mayBeAsked } from './host.ts'
import type { HostRule } from './host-rule.ts'
import { hostRule, parseHostRule } from './host-rule.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'
import type { Placement } from './secret.ts'
import { parsePlacement, PlacementInput } from './secret.ts'

/** The host of this server describes a service for everybody, a person for themselves. */
export const ServiceOf = z.enum(['host', 'mine'])
export type ServiceOf = z.infer<typeof ServiceOf>

/** `host/github`, `mine/github`: two services, as their owners are two. */
export interface ServiceRef {
  readonly of: ServiceOf
  readonly name: string
}

export const SERVICE_LIMITS = {
  /** Services that one owner describes. */
  SERVICES: 50,
  /** Bytes of a description: its longest part is a list of scopes. */
  DRAFT_BYTES: 16 * 1024,
  SCOPES: 64,
  /** Rules of hosts that a token of the service is for. */
  HOSTS: 16,
} as const

const NAME = /^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/
/** `scope-token` (RFC 6749 §3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/
/** `VSCHAR` (RFC 6749, appendix A.1, A.2), without an end that nobody sees. */
const CREDENTIAL = /^[\x21-\x7e]([\x20-\x7e]{0,2046}[\x21-\x7e])?$/

export function isServiceName(text: string): boolean {
  return NAME.test(text)
}

export function printServiceRef({ of, name }: ServiceRef): string {
  return `${of}/${name}`
}

/** `null`: no service can be called that. */
export function parseServiceRef(text: string): ServiceRef | null {
  const [, of, name] = /^(host|mine)\/(.*)$/.exec(text) ?? []
  if (of === undefined || name === undefined || !isServiceName(name)) return null
  return { of: ServiceOf.parse(of), name }
}

/** How this server says who it is at the token endpoint (RFC 7591 §2). */
export const Authentication = z.enum(['client_secret_basic', 'client_secret_post', 'none'])
export type Authentication = z.infer<typeof Authentication>

const BEARER: Placement = { kind: 'header', name: 'authorization', prefix: 'Bearer ' }

const url = z.string().max(2_048)

/** What somebody writes. */
export const ServiceDraft = z.strictObject({
  /** Its identifier (RFC 8414 §2, RFC 9207), exactly as the service says it itself. */
  issuer: url,
  /** With these the service is asked for nothing else; without, its metadata are read. */
  authorization_endpoint: url.optional(),
  token_endpoint: url.optional(),
  revocation_endpoint: url.optional(),
  jwks_uri: url.optional(),
  /** Without it this server registers itself at the service (RFC 7591). */
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  token_endpoint_auth_method: Authentication.optional(),
  scopes: z.array(z.string()).max(SERVICE_LIMITS.SCOPES).default([]),
  /** RFC 8707. */
  resource: url.optional(),
  hosts: z.array(z.string()).min(1).max(SERVICE_LIMITS.HOSTS),
  /** Where in a request the token stands; without, as a bearer token does (RFC 6750 §2.1). */
  placement: PlacementInput.optional(),
})
export type ServiceDraft = z.infer<typeof ServiceDraft>

export const Endpoints = z.strictObject({
  authorization: z.string(),
  token: z.string(),
  revocation: z.string().nullable(),
  jwks: z.string().nullable(),
})

/** As it is kept. Serialisable. */
export const Service = z.strictObject({
  issuer: z.string(),
  /** `null`: the metadata of the issuer name them. */
  endpoints: Endpoints.nullable(),
  client_id: z.string(),
  authentication: Authentication,
  scopes: z.array(z.string()),
  resource: z.string().nullable(),
  /** Rules (`host-rule.ts`), https each. */
  hosts: z.array(z.string()),
  placement: PlacementInput,
})
export type Service = z.infer<typeof Service>

/** A service before this server is a client there: `client_id` and `secret` `null` where it has to register. */
export interface ParsedService {
  readonly service: Omit<Service, 'client_id' | 'authentication'>
  readonly client: {
    readonly id: string
    readonly secret: string | null
    readonly authentication: Authentication
  } | null
}

export type ServiceFault =
  | 'form'
  | 'issuer'
  | 'endpoint'
  | 'half-endpoints'
  | 'client'
  | 'secret'
  | 'scope'
  | 'resource'
  | 'host-rule'
  | 'placement'

export interface ServiceJudge {
  readonly of: ServiceOf
  /** Names that this server answers to. */
  readonly ownHosts: readonly string[]
}

export function parseService(
  input: unknown,
  judge: ServiceJudge,
): Result<ParsedService, ServiceFault> {
  const parsed = ServiceDraft.safeParse(input)
  if (!parsed.success) return err('form')
  const draft = parsed.data
  const isAsked = (text: string) => {
    const asked = URL.canParse(text) ? new URL(text) : null
    return asked !== null && asked.hash === '' && mayBeAsked(asked, judge.ownHosts)
  }
  // An identifier has neither query nor fragment (RFC 8414 §2).
  if (!isAsked(draft.issuer) || draft.issuer.includes('?')) return err('issuer')
  const { authorization_endpoint: authorization, token_endpoint: token } = draft
  const { revocation_endpoint: revocation, jwks_uri: jwks } = draft
  if ((authorization === undefined) !== (token === undefined)) return err('half-endpoints')
  const others = [revocation, jwks].filter((one) => one !== undefined)
  if (token === undefined && others.length > 0) return err('half-endpoints')
  if (authorization !== undefined && !mayBeOpened(authorization, judge)) return err('endpoint')
  if (![token, ...others].every((one) => one === undefined || isAsked(one))) return err('endpoint')
  const client = clientOf(draft)
  if (!client.ok) return client
  // Nobody can be asked to register where nothing is asked.
  if (client.value === null && token !== undefined) return err('client')
  if (!draft.scopes.every((scope) => SCOPE.test(scope))) return err('scope')
  const { resource } = draft
  if (resource !== undefined && (!URL.canParse(resource) || resource.includes('#'))) {
    return err('resource')
  }
  const hosts = draft.hosts.map(parseServiceHost)
  const rules = hosts.filter((rule) => rule !== null)
  if (rules.length < hosts.length) return err('host-rule')
  const placement = parsePlacement(draft.placement ?? BEARER)
  if (!placement.ok) return err('placement')
  return ok({
    service: {
      issuer: draft.issuer,
      endpoints:
        authorization === undefined || token === undefined
          ? null
          : { authorization, token, revocation: revocation ?? null, jwks: jwks ?? null },
      scopes: [...new Set(draft.scopes)],
      resource: resource ?? null,
      hosts: [...new Set(rules.map(({ text }) => text))],
      placement: placement.value,
    },
    client: client.value,
  })
}

/**
 * Where a browser may be sent: https at a public name. What the host of this server names may also be on the
 * very machine of the browser, as with local sign-in (RFC 8252 §8.3 in spirit); this server asks nothing there.
 */
export function mayBeOpened(text: string, { of, ownHosts }: ServiceJudge): boolean {
  if (!URL.canParse(text)) return false
  const opened = new URL(text)
  if (opened.hash !== '' || opened.username !== '' || opened.password !== '') return false
  if (mayBeAsked(opened, ownHosts)) return true
  const isLoopback = opened.hostname === '127.0.0.1' || opened.hostname === '[::1]'
  return of === 'host' && opened.protocol === 'http:' && isLoopback
}

/**
 * A rule of hosts that a token is for: named, all below a name at the most, and https, as a bearer token is
 * whoever's that hears it (RFC 6750 §5.3). `null`: not such a rule.
 */
export function parseServiceHost(text: string): HostRule | null {
  const parsed = parseHostRule(text)
  if (!parsed.ok) return null
  const rule = parsed.value
  if (rule.scheme !== null && rule.scheme !== 'https') return null
  const { host } = rule
  // Names that belong to nobody in particular, and addresses, which a rule of a host never covers.
  const isNamed =
    (host.kind === 'exact' && !isAddress(host.name)) ||
    (host.kind === 'below' && host.suffix.includes('.'))
  if (!isNamed) return null
  return hostRule({ ...rule, scheme: 'https', port: rule.port === 443 ? null : rule.port })
}

function clientOf(draft: ServiceDraft): Result<ParsedService['client'], 'client' | 'secret'> {
  const { client_id: id, client_secret: secret, token_endpoint_auth_method: method } = draft
  if (id === undefined) {
    return secret === undefined && method === undefined ? ok(null) : err('client')
  }
  if (!CREDENTIAL.test(id)) return err('client')
  if (secret !== undefined && !CREDENTIAL.test(secret)) return err('secret')
  const isPublic = method === 'none' || (method === undefined && secret === undefined)
  // A secret that is never shown, or a method without one, is a mistake.
  if (isPublic !== (secret === undefined)) return err('secret')
  const authentication = method ?? (isPublic ? 'none' : 'client_secret_basic')
  return ok({ id, secret: secret ?? null, authentication })
}
