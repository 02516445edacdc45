// The Worker's configuration, read once into a value without optional parts. What is missing is refused:
// nobody may sign in until somebody was named.

import { readSeed } from './audit/key.ts'
import { readRetention } from './audit/retention.ts'
import type { Upstreams } from './capabilities/upstreams.ts'
import { readUpstreams } from './capabilities/upstreams.ts'
import { addressEntry, isListed, readAllowList, readLiteralList } from './oauth/allow-list.ts'
import type { Claimed } from './oauth/allow-list.ts'
import type { SignInProvider } from './oauth/sign-in-provider.ts'
import { clash, FIRST, providerOfIssuer, readProviders } from './oauth/sign-in-provider.ts'
import { OFF_BY_PEOPLE, readHostMode } from './policy/labels.ts'
import { readTelemetry } from './telemetry/settings.ts'

export interface Config {
  /** Origin at which people and clients see this server, without a trailing slash. */
  readonly publicUrl: string
  /** Where people sign in; one at the least. */
  readonly providers: readonly [SignInProvider, ...SignInProvider[]]
  readonly upstreams: Upstreams
  /** Addresses that `http/rate.ts` does not count. */
  readonly rateExempt: ReadonlySet<string>
  /** Signs what the audit says. Checked here, rather than when the first checkpoint is due. */
  readonly auditKey: string
  /** Seals what people keep here; missing, it is `undefined`, and what needs it says so. */
  readonly masterKey: string | undefined
}

export class BadConfiguration extends Error {
  readonly code = 'bad-configuration'
}

export function readConfig(env: Env): Config {
  const publicUrl = origin('PUBLIC_URL', env.PUBLIC_URL)
  const upstreams = readUpstreams(env.EGRESS_UPSTREAMS)
  if (!upstreams.ok) throw new BadConfiguration(upstreams.error)
  const checks = [
    readSeed(env.AUDIT_KEY),
    readRetention(env.AUDIT_RETENTION_DAYS),
    readTelemetry(env),
  ]
  for (const read of checks) {
    if (!read.ok) throw new BadConfiguration(read.error)
  }
  if (readHostMode(env.LABELS_MODE) === null) {
    throw new BadConfiguration(`LABELS_MODE is ask, refuse, off or "${OFF_BY_PEOPLE}"`)
  }
  return {
    publicUrl: publicUrl.origin,
    providers: providers(env),
    upstreams: upstreams.value,
    rateExempt: readLiteralList(env.RATE_LIMIT_EXEMPT ?? ''),
    auditKey: env.AUDIT_KEY,
    masterKey: env.SECRETS_KEY,
  }
}

/** How somebody may sign in at a provider now; `null`: they may not. */
export function letIn(
  { allow, hosts }: SignInProvider,
  claimed: Claimed,
): { readonly letInBy: string | null } | null {
  const letInBy = addressEntry(allow, claimed.email)
  const { subject } = claimed
  return hosts.has(subject) || isListed(allow, { subject, letInBy }) ? { letInBy } : null
}

/** Whether somebody who signed in before is let in still: the host may have changed their mind. */
export function isLetIn(
  { providers: all }: Config,
  person: { readonly issuer: string; readonly subject: string; readonly let_in_by: string | null },
): boolean {
  const provider = providerOfIssuer(all, person.issuer)
  if (provider === null) return false
  const { subject, let_in_by: letInBy } = person
  return provider.hosts.has(subject) || isListed(provider.allow, { subject, letInBy })
}

/** Whether a person may do anything here now. */
export function mayEnter(
  config: Config,
  person: Parameters<typeof isLetIn>[1] & { readonly suspended_at: number | null },
): boolean {
  return person.suspended_at === null && isLetIn(config, person)
}

/** As one client of the person is concerned, with a token of one grant. */
type ActingStanding = Parameters<typeof mayEnter>[1] & {
  readonly client_ended_at: number | null
  /** What the token came of has not ended. */
  readonly is_granted: boolean
}

/** Whether a client may still act for a person who let it in at `since`. `null`: there is no such person. */
export function mayAct(config: Config, standing: ActingStanding | null, since: number): boolean {
  if (standing === null || !standing.is_granted || !mayEnter(config, standing)) return false
  return standing.client_ended_at === null || since > standing.client_ended_at
}

/** Whether anybody runs this server. */
export function hasHost({ providers: all }: Config): boolean {
  return all.some(({ hosts }) => hosts.size > 0)
}

/** Whether a person runs this server. */
export function isHost(
  { providers: all }: Config,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): boolean {
  return providerOfIssuer(all, issuer)?.hosts.has(subject) ?? false
}

function providers(env: Env): Config['providers'] {
  const secret = (name: string) => (env as unknown as Record<string, unknown>)[name]
  const more = readProviders(env.SIGN_IN_PROVIDERS, secret)
  if (!more.ok) throw new BadConfiguration(more.error)
  const hasFirst = more.value.length === 0 || (env.OIDC_ISSUER ?? '') !== ''
  const [first, ...rest] = [...(hasFirst ? [firstProvider(env)] : []), ...more.value]
  if (first === undefined) throw new BadConfiguration('OIDC_ISSUER is not set')
  const fault = clash([first, ...rest])
  if (fault !== null) throw new BadConfiguration(fault)
  return [first, ...rest]
}

function firstProvider(env: Env): SignInProvider {
  const issuer = absolute('OIDC_ISSUER', env.OIDC_ISSUER)
  return {
    id: FIRST,
    label: issuer.host,
    kind: 'oidc',
    issuer,
    api: null,
    clientId: present('OIDC_CLIENT_ID', env.OIDC_CLIENT_ID),
    clientSecret: present('OIDC_CLIENT_SECRET', env.OIDC_CLIENT_SECRET),
    allow: readAllowList(env.SIGN_IN_ALLOW ?? ''),
    hosts: readLiteralList(env.HOST_SUBJECTS ?? ''),
  }
}

function present(name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new BadConfiguration(`${name} is not set`)
  return value
}

function absolute(name: string, value: string | undefined): URL {
  const text = present(name, value)
  if (!URL.canParse(text)) throw new BadConfiguration(`${name} is not a URL`)
  return new URL(text)
}

function origin(name: string, value: string | undefined): URL {
  const url = absolute(name, value)
  if (url.pathname !== '/' || url.search !== '') {
    throw new BadConfiguration(`${name} must be an origin without a path`)
  }
  return url
}
