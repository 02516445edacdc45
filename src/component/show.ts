// The arguments of a call as a person is shown them: all of them, in JSON, with nothing in it that cannot be
// seen. What would be invisible stands as its escape, so that two different texts never look the same.

/** UTF-16 units that a page shows; the rest is counted. */
const MAX_SHOWN = 4_000

/**
 * General category C (controls, bidi marks, zero-width and tag characters, lone surrogates), what renders as
 * nothing in other categories, line separators, and every space that is not the plain one.
 */
const UNSEEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Marks that stack on one character spill over the lines around it. */
const STACKED = /(\p{M}{4})(\p{M}+)/gu

export function showArguments(args: unknown): string {
  const json = JSON.stringify(args ?? {}, null, 2)
  const shown = json.slice(0, MAX_SHOWN).split('\n').map(showUnseen).join('\n')
  const left = json.length - MAX_SHOWN
  return left > 0 ? `${shown}\n… and ${left} more characters` : shown
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
