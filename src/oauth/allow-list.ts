// Who may sign in at one provider. Pure. An address only lets somebody in: who they are stays (issuer, subject).

export interface AllowList {
  /** Everybody whom the provider knows: the host wrote `*`. */
  readonly everyone: boolean
  readonly subjects: ReadonlySet<string>
  /** `name@domain` or `@domain`, in lower case. */
  readonly addresses: ReadonlySet<string>
}

/** What a provider says of somebody. `email`: one that it has verified itself, or `null`. */
export interface Claimed {
  readonly subject: string
  readonly email: string | null
}

/** Entries are separated by commas. None: nobody. */
export function readAllowList(text: string): AllowList {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  const isAddress = (entry: string) => /^[^@\s]*@[^@\s]+$/.test(entry)
  return {
    everyone: entries.includes('*'),
    // What looks like an address is a subject as well: some issuers use addresses for subjects.
    subjects: new Set(entries.filter((entry) => entry !== '*' && !entry.startsWith('@'))),
    addresses: new Set(entries.filter(isAddress).map((entry) => entry.toLowerCase())),
  }
}

/** The entry about an address that lets somebody in; `null` where none does. */
export function addressEntry({ addresses }: AllowList, email: string | null): string | null {
  const address = email?.toLowerCase() ?? ''
  const at = address.lastIndexOf('@')
  if (at < 1) return null
  const found = [address, address.slice(at)].find((entry) => addresses.has(entry))
  return found ?? null
}

/** Whether it takes an address to tell whether somebody is let in. */
export function asksForAddress({ everyone, subjects, addresses }: AllowList, subject: string) {
  return !everyone && !subjects.has(subject) && addresses.size > 0
}

/**
 * Whether the list has somebody in it who signed in before. `letInBy`: the entry about an address that let them in
 * then, if one did; it has to be there still.
 */
export function isListed(
  { everyone, subjects, addresses }: AllowList,
  { subject, letInBy }: { readonly subject: string; readonly letInBy: string | null },
): boolean {
  return everyone || subjects.has(subject) || (letInBy !== null && addresses.has(letInBy))
}
