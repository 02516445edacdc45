// Canonical JSON (RFC 8785) of the values a record may hold: one value has one text, so that a hash of the
// text is a hash of the value. Fractions are left out: no record has any, and they are what is hard to get right.

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** A value that no record may hold: a fault of whoever made it. */
export class NotCanonical extends Error {
  readonly code = 'not-canonical'
}

/** Members in the order of their UTF-16 code units (RFC 8785 §3.2.3), no white space. */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      // JSON.stringify escapes as RFC 8785 §3.2.2.2 wants it, but for halves of surrogate pairs.
      if (!value.isWellFormed()) throw new NotCanonical('half of a surrogate pair')
      return JSON.stringify(value)
    case 'number':
      if (!Number.isSafeInteger(value)) throw new NotCanonical('not a whole number')
      return JSON.stringify(value)
    case 'boolean':
      return String(value)
    default:
      return value === null ? 'null' : composite(value)
  }
}

function composite(value: readonly Json[] | { readonly [key: string]: Json }): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members = Object.entries(value as { readonly [key: string]: Json })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}

/** The same value with every string well-formed: texts of strangers may hold halves of surrogate pairs. */
export function wellFormed<T extends Json>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_key, member: unknown) =>
    typeof member === 'string' ? member.toWellFormed() : member,
  ) as T
}
