// Pages of what a built-in tool answers: an answer goes before a model, so it is shorter than a list of MCP.

import * as z from 'zod'
import type { BuiltinAnswer } from './builtin.ts'
import { pageOf } from './pages.ts'

const MAX_LIMIT = 100
/** Characters of the entries of one answer, as JSON. */
const MAX_ANSWER_CHARS = 256 * 1024

/** Part of the input of a tool that answers in pages. */
export const PAGING = {
  limit: z.number().int().min(1).max(MAX_LIMIT).optional().describe('Entries at the most'),
  cursor: z
    .string()
    .max(8_192)
    .optional()
    .describe('next_cursor of the answer before, for what comes after it'),
}

/** Part of its output. */
export const PAGED = { total: z.number().int(), next_cursor: z.string().optional() }

interface Asked {
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
}

/** `total` counts what is on all pages. */
export function pageAnswer<T>(
  all: readonly T[],
  { limit, cursor }: Asked,
  defaultLimit: number,
  nameOf: (entry: T) => string,
  show: (page: readonly T[]) => Record<string, unknown>,
): BuiltinAnswer {
  const most = { entries: limit ?? defaultLimit, chars: MAX_ANSWER_CHARS }
  const page = pageOf(all, cursor, nameOf, most)
  if (!page.ok) {
    const sentence = 'The cursor is none of an answer of this tool: begin without one.'
    return { ok: false, error: { code: page.error, sentence } }
  }
  const { entries, nextCursor } = page.value
  const next = nextCursor === undefined ? {} : { next_cursor: nextCursor }
  return { ok: true, value: { ...show(entries), total: all.length, ...next } }
}
