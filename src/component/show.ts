// The arguments of a call as a person is shown them: all of them, in JSON, with nothing in it that cannot be
// seen. What would be invisible stands as its escape, so that two different texts never look the same.

/**
 * Bytes of what a person is shown, in UTF-8: a row of D1 holds 2 MB. Nothing is cut: a person allows no call of
 * which they have seen a part.
 */
const MAX_SHOWN_BYTES = 1_500_000

/**
 * General category C (controls, bidi marks, zero-width and tag characters, lone surrogates), what renders as
 * nothing in other categories, line separators, and every space that is not the plain one.
 */
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Marks that stack on one character spill over the lines around it. */
const STACKED = /(\p{M}{4})(\p{M}+)/gu

/** `null`: longer than a person is shown. */
export function showArguments(args: unknown): string | null {
  const json = JSON.stringify(args ?? {}, null, 2)
  if (json.length > MAX_SHOWN_BYTES) return null
  const shown = showText(json)
  return new TextEncoder().encode(shown).byteLength > MAX_SHOWN_BYTES ? null : shown
}

/** All of a text; line feeds stay. */
export function showText(text: string): string {
  return text.split('\n').map(showUnseen).join('\n')
}

function showUnseen(line: string): string {
  return line
    .replace(UNSEEN, escaped)
    .replace(STACKED, (_, kept: string, more: string) => kept + escaped(more))
}

/** As JSON escapes them: the text stays what it was. */
function escaped(text: string): string {
  if (text === ' ') return text
  return Array.from(text, (point) =>
    Array.from({ length: point.length }, (_, i) => `\\u${hex(point.charCodeAt(i))}`).join(''),
  ).join('')
}

function hex(unit: number): string {
  return unit.toString(16).padStart(4, '0')
}
