// Docs as they are shown, of which many schemas may show the same ones.

import { neutralise } from './text.ts'

/** What is left to show of `words`; null for nothing. */
export type Cleaner = (words: string | undefined) => string | null

/**
 * Each text is neutralised once, however many schemas it stands in: one that leaves nothing costs as much
 * as any other and adds to none of the sizes that are bounded.
 */
export function cleaner(maxChars: number): Cleaner {
  const known = new Map<string, string>()
  return (words) => {
    if (words === undefined || words === '') return null
    const clean = known.get(words) ?? neutralise(words, maxChars)
    known.set(words, clean)
    return clean === '' ? null : clean
  }
}
