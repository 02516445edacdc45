// The forms in which a value is recognised: as it stands, in base64 at every offset (both alphabets), and in hex;
// and each character of these again as it stands, percent-encoded (once or several times), or escaped as JSON and
// HTML escape. Where the value stands as it is, letters of ASCII count in either case, and a space may be the `+` of
// a form.

/** What stands at one place of a form. */
export interface Form {
  /** Unit by unit, two bytes that may stand there; often the same. */
  readonly one: Uint8Array
  readonly other: Uint8Array
  /** Where more than two may: the ends of base64 hold bits of what is beside the value. */
  readonly more: ReadonlyMap<number, Uint8Array>
  /** The code point that begins with this unit; -1 inside of one. */
  readonly points: Int32Array
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const utf8 = new TextEncoder()
const [SPACE, PLUS] = [0x20, 0x2b]

export function formsOf(value: string): Form[] {
  const bytes = utf8.encode(value)
  return [plain(value, bytes), hex(bytes), ...[0, 1, 2].map((before) => base64(bytes, before))]
}

function plain(value: string, one: Uint8Array): Form {
  const other = one.map((byte) => (byte === SPACE ? PLUS : inOtherCase(byte)))
  const points = new Int32Array(one.length).fill(-1)
  let at = 0
  for (const character of value) {
    points[at] = character.codePointAt(0) ?? -1
    at += utf8.encode(character).length
  }
  return { one, other, more: new Map(), points }
}

function hex(bytes: Uint8Array): Form {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const one = utf8.encode(digits)
  return { one, other: one.map(inOtherCase), more: new Map(), points: Int32Array.from(one) }
}

/** `before`: so many bytes of something else stand before the value in a group of three. */
function base64(bytes: Uint8Array, before: number): Form {
  const from = 8 * before
  const to = from + 8 * bytes.length
  const [first, last] = [Math.floor(from / 6), Math.ceil(to / 6)]
  const bit = (at: number) => ((bytes[(at - from) >> 3] ?? 0) >> (7 - ((at - from) & 7))) & 1
  const alternatives = Array.from({ length: last - first }, (_, index) => {
    const start = 6 * (first + index)
    let sextets = [0]
    for (let at = start; at < start + 6; at += 1) {
      const isKnown = at >= from && at < to
      sextets = sextets.flatMap((high) =>
        isKnown ? [high * 2 + bit(at)] : [high * 2, high * 2 + 1],
      )
    }
    return Uint8Array.from(sextets.flatMap(spellings))
  })
  const one = Uint8Array.from(alternatives, (spelt) => spelt[0] ?? 0)
  const other = Uint8Array.from(alternatives, (spelt) => spelt[1] ?? spelt[0] ?? 0)
  const more = new Map([...alternatives.entries()].filter(([, spelt]) => spelt.length > 2))
  return { one, other, more, points: Int32Array.from(one) }
}

/** Of six bits in the two alphabets of RFC 4648. */
function spellings(sextet: number): number[] {
  const standard = BASE64.charCodeAt(sextet)
  if (sextet === 62) return [standard, 0x2d]
  return sextet === 63 ? [standard, 0x5f] : [standard]
}

function inOtherCase(byte: number): number {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  return isLetter ? byte ^ 0x20 : byte
}

export function fits({ one, other, more }: Form, unit: number, byte: number): boolean {
  if (byte === one[unit] || byte === other[unit]) return true
  return more.size > 0 && more.get(unit)?.includes(byte) === true
}
