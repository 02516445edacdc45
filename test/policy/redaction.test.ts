// What is taken out of answers: every form of a value, wherever it stands, in however many pieces it comes; and
// nothing else.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REDACTED, Redactor } from '../../src/policy/redaction.ts'

const VALUE = 'ghp_9aZ/x+"7\\kQ=é%'

function redactor(...values: string[]): Redactor {
  const made = new Redactor()
  for (const value of values) made.add(value)
  return made
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (of: Uint8Array) => new TextDecoder().decode(of)
const everyByte = (of: string) =>
  [...bytes(of)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const html = (of: string) =>
  of
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('/', '&#x2F;')
    .replaceAll('=', '&#61;')
const unicode = (of: string) =>
  [...of].map((c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join('')

const FORMS: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  'lower case': (value) => value.replace(/[A-Z]/g, (c) => c.toLowerCase()),
  'upper case': (value) => value.replace(/[a-z]/g, (c) => c.toUpperCase()),
  base64: (value) => Buffer.from(value).toString('base64'),
  'base64 for URLs': (value) => Buffer.from(value).toString('base64url'),
  'base64 one byte in': (value) => Buffer.from(`u${value}`).toString('base64'),
  'base64 two bytes in': (value) => Buffer.from(`u:${value}`).toString('base64url'),
  'base64 in a query': (value) => encodeURIComponent(Buffer.from(`u:${value}`).toString('base64')),
  hex: (value) => Buffer.from(value).toString('hex'),
  'upper-case hex': (value) => Buffer.from(value).toString('hex').toUpperCase(),
  'percent-encoded': encodeURIComponent,
  'percent-encoded twice': (value) => encodeURIComponent(encodeURIComponent(value)),
  'percent-encoded in lower case': (value) => everyByte(value),
  'percent-encoded in upper case': (value) => everyByte(value).toUpperCase(),
  'a field of a form': (value) => new URLSearchParams({ t: value }).toString().slice(2),
  'percent-encoded in part': (value) => value.replace('g', '%67').replace('é', '%C3%a9'),
  'a string of JSON': (value) => JSON.stringify(value).slice(1, -1),
  'JSON with slashes escaped': (value) => JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/'),
  'JSON in ASCII': (value) => unicode(value),
  HTML: html,
}

describe('Redactor', () => {
  it.each(Object.entries(FORMS))('finds a value as %s', (_, form) => {
    const around = [` ${form(VALUE)} `, form(VALUE), `x=${form(VALUE)}&y`]
    for (const one of around) {
      const clean = redactor(VALUE).text(one)
      expect(clean).toContain(REDACTED)
      expect(clean.length).toBeLessThanOrEqual(
        one.length - form(VALUE).length + REDACTED.length + 2,
      )
    }
  })

  it('finds a value with spaces in a form, and in a form within a query', () => {
    const one = redactor('correct horse battery')
    const form = new URLSearchParams({ t: 'Correct horse battery' }).toString()
    expect(one.text(form)).toBe('t=[redacted]')
    expect(one.text(`?next=${encodeURIComponent(form)}`)).toBe('?next=t%3D[redacted]')
  })

  it('leaves nothing of the value at the ends of base64', () => {
    const clean = redactor('eight-ch').text(Buffer.from('abeight-chcd').toString('base64'))
    expect(clean).toMatch(/^YW\[redacted\]Nk$/)
  })

  it.each(['', 'short', '1234567'])(
    'passes over %j: it stands in honest text by chance',
    (value) => {
      const one = redactor(value)
      expect([one.isEmpty, one.text(`a ${value} b`)]).toEqual([true, `a ${value} b`])
    },
  )

  it('takes the longer of two values of which one begins the other', () => {
    const both = redactor('the-token', 'the-token-and-more')
    expect(both.text('the-token-and-more, the-token-and')).toBe('[redacted], [redacted]-and')
  })

  it('finds a value of several planes of characters, escaped as JSON does it', () => {
    const value = 'pass-𝄞-wörd-€'
    const escaped = 'pass-\\ud834\\udd1e-w\\u00f6rd-\\u20AC'
    expect(redactor(value).text(`"${escaped}"`)).toBe('"[redacted]"')
  })

  it('answers with the same text and the same bytes where there is nothing', () => {
    const honest = '{"a": "50% of \\"this\\" & that", "b": "&lt;\\u00e9"}'
    const one = redactor(VALUE)
    expect(one.text(honest)).toBe(honest)
    const given = bytes(honest)
    expect(one.bytes(given)).toBe(given)
  })

  it('takes every value out of any text, however it is written and cut into pieces', () => {
    const value = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' })
    const piece = fc.string({ maxLength: 30, unit: 'binary-ascii' })
    fc.assert(
      fc.property(
        value,
        piece,
        piece,
        fc.constantFrom(...Object.values(FORMS)),
        fc.array(fc.nat(200), { maxLength: 6 }),
        (secret, before, after, form, cuts) => {
          const whole = bytes(`${before}${form(secret)}${after}`)
          const one = redactor(secret)
          const stream = one.stream()
          const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
          const passed = places
            .slice(1)
            .map((to, at) => stream.push(whole.subarray(places[at], to)))
          const streamed = text(Buffer.concat([...passed, stream.end()]))
          // The same in pieces as at once, and nothing is left to find.
          expect(streamed).toBe(text(one.bytes(whole)))
          expect(streamed).toContain(REDACTED)
          if (!REDACTED.includes(secret)) expect(streamed).not.toContain(form(secret))
        },
      ),
      { numRuns: 800 },
    )
  })

  it('cuts a text where no part of a value is left, however it is written', () => {
    const unit = fc.constantFrom(...'aZ09%\\&;/+="é€𝄞 ')
    const value = fc.string({ minLength: 8, maxLength: 14, unit })
    const piece = fc.string({ maxLength: 15, unit })
    fc.assert(
      fc.property(
        fc.oneof(value, fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme-ascii' })),
        piece,
        piece,
        fc.constantFrom(...Object.values(FORMS)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (secret, before, after, form, part) => {
          const whole = `${before}${form(secret)}${after}`
          const chars = Math.floor(part * whole.length)
          const one = redactor(secret)
          const cut = one.cut(whole, chars)
          expect(cut.length).toBeLessThanOrEqual(chars)
          // What is told of a part is what is told of all of it.
          expect(one.text(whole.toWellFormed()).startsWith(cut.toWellFormed())).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
    expect(redactor('pass-𝄞-wörd').cut('say pass-𝄞-wörd', 10)).toBe('say ')
    expect(new Redactor().cut('nothing', 4)).toBe('noth')
  })

  it('waits for the rest of an escape that the last character of a value may begin', () => {
    const stream = redactor('correct horse &').stream()
    const passed = [
      stream.push(bytes('correct horse &')),
      stream.push(bytes('amp; so')),
      stream.end(),
    ]
    expect(text(Buffer.concat(passed))).toBe(`${REDACTED} so`)
  })

  it('leaves text without a value as it is, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (given, cut) => {
        const one = redactor('0f8a-a-value-that-nothing-holds')
        const stream = one.stream()
        const passed = [stream.push(given.subarray(0, cut)), stream.push(given.subarray(cut))]
        expect(Buffer.concat([...passed, stream.end()])).toEqual(Buffer.from(given))
      }),
    )
  })

  it('holds back only what may be the beginning of a value', () => {
    const stream = redactor('secret-value').stream()
    expect(text(stream.push(bytes('data: 100% & more\n\n')))).toBe('data: 100% & more\n\n')
    expect(text(stream.push(bytes('data: secret-')))).toBe('data: ')
    expect(text(stream.push(bytes('ary\n\n')))).toBe('secret-ary\n\n')
    expect(text(stream.push(bytes('data: secret-va')))).toBe('data: ')
    expect(text(stream.push(bytes('lue\n\n')))).toBe('[redacted]\n\n')
    expect(text(stream.end())).toBe('')
  })
})
