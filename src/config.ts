// The Worker's configuration, read once into a value without optional parts. What is missing is refused:
// nobody may sign in until somebody was named.

import { readSeed } from './audit/key.ts'
import { readRetention } from './audit/retention.ts'
import type { Upstreams } from './capabilities/upstreams.ts'
import { parseUpstreams } from './capabilities/upstreams.ts'
import { OFF_BY_PEOPLE, readHostMode } from './policy/labels.ts'

export interface Config {
  /** Origin at which people and clients see this server, without a trailing slash. */
  readonly publicUrl: string
  readonly issuer: { readonly url: URL; readonly clientId: string; readonly clientSecret: string }
  /** Subjects at the issuer. `everyone` only where the host wrote `*`. */
  readonly signIn: { readonly everyone: boolean; readonly subjects: ReadonlySet<string> }
  readonly hosts: ReadonlySet<string>
  readonly upstreams: Upstreams
  /** Signs what the audit says. Checked here, rather than when the first checkpoint is due. */
  readonly auditKey: string
}

export class BadConfiguration extends Error {
  readonly code = 'bad-configuration'
}

export function readConfig(env: Env): Config {
  const publicUrl = origin('PUBLIC_URL', env.PUBLIC_URL)
  const allowed = list(env.SIGN_IN_ALLOW)
  for (const read of [readSeed(env.AUDIT_KEY), readRetention(env.AUDIT_RETENTION_DAYS)]) {
    if (!read.ok) throw new BadConfiguration(read.error)
  }
  if (readHostMode(env.LABELS_MODE) === null) {
    throw new BadConfiguration(`LABELS_MODE is ask, refuse, off or "${OFF_BY_PEOPLE}"`)
  }
  return {
    publicUrl: publicUrl.origin,
    issuer: {
      url: absolute('OIDC_ISSUER', env.OIDC_ISSUER),
      clientId: present('OIDC_CLIENT_ID', env.OIDC_CLIENT_ID),
      clientSecret: present('OIDC_CLIENT_SECRET', env.OIDC_CLIENT_SECRET),
    },
    signIn: { everyone: allowed.has('*'), subjects: allowed },
    hosts: list(env.HOST_SUBJECTS),
    upstreams: parseUpstreams(env.EGRESS_UPSTREAMS),
    auditKey: env.AUDIT_KEY,
  }
}

/** Whether a subject of the configured issuer may sign in. */
export function maySignIn(config: Config, subject: string): boolean {
  const { everyone, subjects } = config.signIn
  return everyone || subjects.has(subject) || config.hosts.has(subject)
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

function list(text: string | undefined): ReadonlySet<string> {
  return new Set(
    (text ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
}
