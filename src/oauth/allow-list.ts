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

/** Before a subject that looks like an address. Without it an entry is about an address, verified by the provider. */
const SUBJECT = 'subject:'

/** Entries are separated by commas. None: nobody. */
export function readAllowList(text: string): AllowList {
  const entries = entriesOf(text)
  const addresses = entries.filter(isAddress)
  const subjects = entries.filter((entry) => isSubject(entry) && !isAddress(entry))
  return {
    everyone: entries.includes('*'),
    subjects: new Set(subjects.map((entry) => entry.replace(SUBJECT, ''))),
    addresses: new Set(addresses.map((entry) => entry.toLowerCase())),
  }
}

/** A list that nothing stands on but what it means literally: no address lets in by it, and `*` nobody. */
export function readLiteralList(text: string): ReadonlySet<string> {
  return new Set(entriesOf(text).filter(isSubject))
}

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
}

const isSubject = (entry: string) => entry !== '*' && !entry.startsWith('@')

/**
 * Where people choose their subjects, anybody may call themselves by an address: that is no proof of it, and the other
 * way round.
 */
const isAddress = (entry: string) => !entry.startsWith(SUBJECT) && /^[^@\s]*@[^@\s]+$/.test(entry)

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
