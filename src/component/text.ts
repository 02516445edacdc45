/* oxlint-disable no-control-regex -- control characters are what this removes */
// Makes text of strangers fit to be shown to a person or a model: what cannot be seen, and what
// changes how the rest is seen, is removed. It does not judge what the text says.

import { UNSEEN } from '../policy/unseen.ts'

/**
 * ECMA-48: CSI and OSC sequences as terminals take them, and single escapes; also in 8-bit form.
 */
const ESCAPES =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g

const INVISIBLE = new RegExp(UNSEEN, 'gu')

/** What is unseen, and every space that is not the plain one: two names that differ by them look alike. */
const UNTOLD = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Marks stacked on one character spill over the lines around it. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu
/** Each of those that would be left out. */
const LEFT_OUT_MARK = /(?<=\p{M}{4})\p{M}/gu

const LINE_BREAKS = /\r\n?|[\u0085\u2028\u2029\v\f]/g

/** How much longer than the cap the input may be before its tail is not even looked at. */
const SLACK = 8

/**
 * At most `maxChars` code points, the last one an ellipsis when something was cut. Line feeds stay
 * and tabs become spaces; nothing else invisible is left. Idempotent for a given `maxChars`.
 */
export function neutralise(text: string, maxChars: number): string {
  const clean = text
    .slice(0, maxChars * SLACK)
    .replace(LINE_BREAKS, '\n')
    .replaceAll('\t', ' ')
    .replace(ESCAPES, '')
    .split('\n')
    .map((line) => line.replace(INVISIBLE, '').replace(STACKED_MARKS, '$1'))
    .join('\n')
    .trim()
  const points = Array.from(clean)
  return points.length <= maxChars ? clean : `${points.slice(0, maxChars - 1).join('')}…`
}

/** The longest rule, a path, is told whole: what is named in part is not the rule. */
const MAX_RULE_CHARS = 5_000

/** A rule, which means exactly what it says, as a page shows it and as agents are told it. */
export function toldRule(rule: string): string {
  return spelled(rule, MAX_RULE_CHARS)
}

/** Spaces that are trimmed away, or that a page shows as one. */
const LOST_SPACES = /^ | $|(?<= ) /g

/**
 * The same for a name that has to be told from others: what is invisible is spelled out, as `[U+200B]`,
 * line breaks and tabs too, spaces wherever they would be lost, and marks that would be left out.
 */
export function spelled(name: string, maxChars: number): string {
  const given = name.slice(0, maxChars * SLACK)
  const shown = given
    .replace(LOST_SPACES, '[U+0020]')
    .replace(UNTOLD, codePoint)
    .replace(LEFT_OUT_MARK, codePoint)
  return neutralise(shown, maxChars)
}

function codePoint(one: string): string {
  const code = (one.codePointAt(0) ?? 0).toString(16).toUpperCase()
  return `[U+${code.padStart(4, '0')}]`
}
