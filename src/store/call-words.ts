// What components wrote during calls, in D1: copied with their records from the person's `Account` object, and
// forgotten with them. It is shown to the person alone, and is not on the audit chain.

import * as z from 'zod'

interface Recorded {
  readonly id: string
  readonly started_at: number
  readonly log: string
}

/** With the rows of the calls, in their batch; the same again changes nothing. */
export function wordCopies(
  db: D1Database,
  person: string,
  calls: readonly Recorded[],
): D1PreparedStatement[] {
  const entry = db.prepare('INSERT OR IGNORE INTO call_words VALUES (?1, ?2, ?3, ?4)')
  return calls
    .filter(({ log }) => log !== '')
    .map(({ id, started_at: at, log }) => entry.bind(id, person, at, log))
}

/** What goes with the calls of ?1 that began before ?2. */
export const wordForgetting = 'DELETE FROM call_words WHERE person = ?1 AND started_at < ?2'

const Row = z.object({ words: z.string() })

/** Reads what is said of ?1 by the person ?2. */
export const WORDS_OF_CALL = 'SELECT words FROM call_words WHERE call = ?1 AND person = ?2'

/** Of rows that `WORDS_OF_CALL` has found: empty where nothing was said. */
export function wordsIn(rows: readonly unknown[]): string {
  return rows.map((row) => Row.parse(row).words).join('')
}
