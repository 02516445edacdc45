// The places where people sign in, as the host configured them: OpenID Connect issuers and GitHub. A person of
// one is never a person of another.

import * as z from 'zod'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { AllowList } from './allow-list.ts'
import { readAllowList, readLiteralList } from './allow-list.ts'

export interface SignInProvider {
  /** Names it in addresses of ours. */
  readonly id: string
  /** What people read on the button. */
  readonly label: string
  readonly kind: 'oidc' | 'github'
  /** GitHub: the origin of its pages. */
  readonly issuer: URL
  /** Origin of GitHub's API, with its path. */
  readonly api: URL | null
  readonly clientId: string
  readonly clientSecret: string
  readonly allow: AllowList
  /** Subjects that run this server. */
  readonly hosts: ReadonlySet<string>
}

/** The id of the issuer that `OIDC_ISSUER` names. Subjects without an issuer are those of the first provider. */
export const FIRST = 'oidc'

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/)
  .refine((text) => text !== FIRST)
/** Only names that are kept for this: a key of the server must not be sent anywhere by a slip of the pen. */
const place = z.url().refine((text) => {
  const url = new URL(text)
  return url.protocol === 'https:' || isOnThisMachine(url)
}, 'https is needed, except on this machine')
const secretName = z.string().regex(/^SIGN_IN_[A-Z0-9_]{1,50}$/)
const common = {
  id,
  label: z.string().min(1).max(60).optional(),
  client_id: z.string().min(1),
  secret: secretName,
  allow: z.string().default(''),
  hosts: z.string().default(''),
}

/** One entry of `SIGN_IN_PROVIDERS`. */
const Entry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('oidc'), issuer: place, ...common }),
  z.strictObject({
    kind: z.literal('github'),
    url: place.default('https://github.com'),
    api: place.default('https://api.github.com'),
    ...common,
  }),
])
type Entry = z.infer<typeof Entry>
const Entries = z.array(Entry).max(10)

/** What `SIGN_IN_PROVIDERS` says, or the sentence for the host. `secret` finds a secret of the Worker by its name. */
export function readProviders(
  text: string | undefined,
  secret: (name: string) => unknown,
): Result<readonly SignInProvider[], string> {
  if (text === undefined || text.trim() === '') return ok([])
  const parsed = Entries.safeParse(json(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where =
      issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
    return err(
      `SIGN_IN_PROVIDERS is not a JSON array of providers${where}: ${issue?.message ?? ''}`,
    )
  }
  const providers: SignInProvider[] = []
  for (const entry of parsed.data) {
    const clientSecret = secret(entry.secret)
    if (typeof clientSecret !== 'string' || clientSecret === '') {
      return err(`${entry.secret} is not set, and SIGN_IN_PROVIDERS names it`)
    }
    providers.push(providerOf(entry, clientSecret))
  }
  return ok(providers)
}

/** Why these cannot stand beside each other; `null` when they can. */
export function clash(providers: readonly SignInProvider[]): string | null {
  const double = (texts: readonly string[]) => texts.find((text, i) => texts.indexOf(text) !== i)
  const sameId = double(providers.map((provider) => provider.id))
  if (sameId !== undefined) return `two sign-in providers have the id ${sameId}`
  const same = double(providers.map(({ issuer }) => issuer.href))
  return same === undefined ? null : `two sign-in providers are of the issuer ${same}`
}

/** The provider that a person signed in at; `null`: the host has taken it away. */
export function providerOfIssuer(
  providers: readonly SignInProvider[],
  issuer: string,
): SignInProvider | null {
  const href = URL.canParse(issuer) ? new URL(issuer).href : null
  return providers.find((provider) => provider.issuer.href === href) ?? null
}

/** Loopback by plain http: the only place where https is not insisted on. */
export function isOnThisMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && (hostname === '127.0.0.1' || hostname === '[::1]')
}

function providerOf(entry: Entry, clientSecret: string): SignInProvider {
  const { id: name, kind, client_id: clientId } = entry
  const isGitHub = entry.kind === 'github'
  const issuer = new URL(isGitHub ? entry.url : entry.issuer)
  return {
    id: name,
    kind,
    label: entry.label ?? (isGitHub ? 'GitHub' : issuer.host),
    issuer,
    api: isGitHub ? new URL(entry.api) : null,
    clientId,
    clientSecret,
    allow: readAllowList(entry.allow),
    hosts: readLiteralList(entry.hosts),
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
