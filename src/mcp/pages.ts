// Long lists in pages (MCP, utilities/pagination). A cursor says behind which entry the next page begins, so
// that what is added or removed between two pages shifts nothing; it holds no secret and grants nothing.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import * as z from 'zod'

/** Entries of one page. */
export const PAGE_ENTRIES = 1_000

const Cursor = z.tuple([z.string().max(4_096), z.number().int().nonnegative()])

export interface ListPage<T> {
  readonly entries: readonly T[]
  readonly nextCursor: string | undefined
}

/** `chars`: of the entries of one page together, as JSON; the first entry is there whatever it has. */
export interface PageBounds {
  readonly entries: number
  readonly chars: number
}

/** Characters of one page: a thousand tools of the usual size have half of it. */
const MAX_PAGE_CHARS = 4 * 1024 * 1024

const MCP_PAGE: PageBounds = { entries: PAGE_ENTRIES, chars: MAX_PAGE_CHARS }

/** `nameOf` tells entries apart. An entry that is gone is taken to have been where it was. */
export function pageOf<T>(
  all: readonly T[],
  cursor: string | undefined,
  nameOf: (entry: T) => string,
  most: PageBounds = MCP_PAGE,
): Result<ListPage<T>, 'bad-cursor'> {
  const start = cursor === undefined ? 0 : startOf(all, cursor, nameOf)
  if (start === null) return err('bad-cursor')
  const end = start + fitting(all.slice(start, start + most.entries), most.chars)
  const entries = all.slice(start, end)
  const last = entries.at(-1)
  const isLast = last === undefined || end >= all.length
  return ok({ entries, nextCursor: isLast ? undefined : toCursor(nameOf(last), end) })
}

/** How many of the entries a page holds. */
function fitting(entries: readonly unknown[], chars: number): number {
  let left = chars
  const end = entries.findIndex((entry, at) => {
    left -= JSON.stringify(entry).length
    return left < 0 && at > 0
  })
  return end < 0 ? entries.length : end
}

function startOf<T>(
  all: readonly T[],
  cursor: string,
  nameOf: (entry: T) => string,
): number | null {
  const parsed = Cursor.safeParse(fromCursor(cursor))
  if (!parsed.success) return null
  const [name, end] = parsed.data
  // Where it was, first: a list seldom changes between two pages.
  if (all[end - 1] !== undefined && nameOf(all[end - 1] as T) === name) return end
  const at = all.findIndex((entry) => nameOf(entry) === name)
  return at < 0 ? Math.max(0, end - 1) : at + 1
}

function toCursor(name: string, end: number): string {
  const bytes = new TextEncoder().encode(JSON.stringify([name, end]))
  return btoa(String.fromCharCode(...bytes))
}

function fromCursor(cursor: string): unknown {
  try {
    const bytes = Uint8Array.from(atob(cursor), (char) => char.charCodeAt(0))
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return null
  }
}
