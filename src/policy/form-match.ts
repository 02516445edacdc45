// Whether a form stands at a place in bytes, with each of its characters as it is or escaped in some usual way.

import type { Form } from './forms.ts'
import { fits } from './forms.ts'

const [PERCENT, BACKSLASH, AMPERSAND] = [0x25, 0x5c, 0x26]
/** Bytes of the longest escape: two of JSON's, for a code point beyond the first plane. */
const LONGEST = 12
/** Times that something was percent-encoded again. */
const MAX_LAYERS = 3

/** One way to read what stands at a place: a byte, or a whole code point; `length` in bytes. */
interface Reading {
  readonly byte: number | null
  readonly point: number | null
  readonly length: number
}

export function isEscape(byte: number | undefined): boolean {
  return byte === PERCENT || byte === BACKSLASH || byte === AMPERSAND
}

/**
 * Bytes that the form takes up at `start`; 0: it does not stand there. `more`: it may, and that takes more bytes
 * than there are yet.
 */
export function matchAt(
  bytes: Uint8Array,
  start: number,
  form: Form,
  isWhole: boolean,
): number | 'more' {
  const units = form.one.length
  let [at, unit] = [start, 0]
  for (; unit < units; at += 1, unit += 1) {
    const byte = bytes[at]
    if (byte === undefined) return isWhole ? 0 : 'more'
    if (isEscape(byte)) return matchEscaped(bytes, { start, at, unit }, form, isWhole)
    if (!fits(form, unit, byte)) return 0
  }
  return at - start
}

/** From the first character on that can be read in two ways. */
function matchEscaped(
  bytes: Uint8Array,
  from: { readonly start: number; readonly at: number; readonly unit: number },
  form: Form,
  isWhole: boolean,
): number | 'more' {
  const units = form.one.length
  const open: (readonly [at: number, unit: number])[] = [[from.at, from.unit]]
  const seen = new Set<number>()
  let needsMore = false
  for (;;) {
    const next = open.pop()
    if (next === undefined) return needsMore && !isWhole ? 'more' : 0
    const [at, unit] = next
    // An escape that is not all there yet may make it longer.
    if (unit === units) return needsMore && !isWhole ? 'more' : at - from.start
    const place = (at - from.start) * (units + 1) + unit
    if (seen.has(place)) continue
    seen.add(place)
    const byte = bytes[at]
    if (byte === undefined) {
      needsMore = true
      continue
    }
    if (fits(form, unit, byte)) open.push([at + 1, unit + 1])
    if (!isEscape(byte)) continue
    if (isUnfinished(bytes, at)) needsMore = true
    for (const { byte: one, point, length } of readingsAt(bytes, at)) {
      if (one !== null && fits(form, unit, one)) open.push([at + length, unit + 1])
      if (point === null) continue
      if (point < 0x80 && fits(form, unit, point)) open.push([at + length, unit + 1])
      if (point >= 0x80 && form.points[unit] === point) {
        open.push([at + length, unit + widthOf(point)])
      }
    }
  }
}

/** Whether a form can begin with the escape there. `first`: by byte, whether some form begins with it. */
export function mayBegin(bytes: Uint8Array, at: number, first: Uint8Array): boolean {
  if (isUnfinished(bytes, at)) return true
  return readingsAt(bytes, at).some(({ byte, point }) => {
    const read = byte ?? point ?? 0
    return read >= 0x80 || first[read] === 1
  })
}

const UNFINISHED = [
  /^%(?:25){0,2}[0-9a-f]?$/i,
  /^\\(?:u(?:[0-9a-f]{0,3}|[0-9a-f]{4}\\(?:u[0-9a-f]{0,3})?)?)?$/i,
  /^\\ud[89ab][0-9a-f]{2}$/i,
  /^&(?:#(?:\d{0,7}|x[0-9a-f]{0,6})|[a-z]{0,4})$/i,
]

/** What the escape says depends on what is not there yet. */
function isUnfinished(bytes: Uint8Array, at: number): boolean {
  if (at + LONGEST <= bytes.length) return false
  const text = String.fromCharCode(...bytes.subarray(at))
  return UNFINISHED.some((form) => form.test(text))
}

function readingsAt(bytes: Uint8Array, at: number): Reading[] {
  const text = String.fromCharCode(...bytes.subarray(at, at + LONGEST))
  switch (bytes[at]) {
    case PERCENT:
      return percent(text)
    case BACKSLASH:
      return json(text)
    default:
      return html(text)
  }
}

function percent(text: string): Reading[] {
  const readings: Reading[] = []
  for (let layers = 0; layers < MAX_LAYERS; layers += 1) {
    const lead = `%${'25'.repeat(layers)}`
    const digits = text.slice(lead.length, lead.length + 2)
    if (!text.startsWith(lead) || !/^[0-9a-f]{2}$/i.test(digits)) continue
    readings.push({ byte: Number.parseInt(digits, 16), point: null, length: lead.length + 2 })
  }
  return readings
}

const SHORT: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }

function json(text: string): Reading[] {
  const pair = /^\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})/i.exec(text)
  if (pair?.[1] !== undefined && pair[2] !== undefined) {
    const [high, low] = [Number.parseInt(pair[1], 16), Number.parseInt(pair[2], 16)]
    const point = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
    return [{ byte: null, point, length: 12 }]
  }
  const unit = /^\\u([0-9a-f]{4})/i.exec(text)?.[1]
  if (unit !== undefined) return [{ byte: null, point: Number.parseInt(unit, 16), length: 6 }]
  const [, escaped] = text
  if (escaped === undefined) return []
  const character = '"\\/\''.includes(escaped) ? escaped : SHORT[escaped]
  return character === undefined ? [] : [{ byte: character.charCodeAt(0), point: null, length: 2 }]
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

function html(text: string): Reading[] {
  const [whole = '', decimal, hex, name = ''] =
    /^&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/i.exec(text) ?? []
  if (whole === '') return []
  const point =
    decimal === undefined
      ? hex === undefined
        ? NAMED[name.toLowerCase()]?.charCodeAt(0)
        : Number.parseInt(hex, 16)
      : Number(decimal)
  return point === undefined ? [] : [{ byte: null, point, length: whole.length }]
}

function widthOf(point: number): number {
  if (point < 0x800) return 2
  return point < 0x1_0000 ? 3 : 4
}
