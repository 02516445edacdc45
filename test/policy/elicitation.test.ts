import { describe, expect, it } from 'vitest'
import { answerOf, Form, requestedSchema } from '../../src/policy/elicitation.ts'

const text = (rest: object = {}) => ({ tag: 'text', val: rest })
const field = (name: string, input: unknown = text(), required = true) => ({
  name,
  required,
  input,
})
const parses = (fields: unknown[], message = 'Well?'): boolean =>
  Form.safeParse({ message, fields }).success
const form = (...fields: unknown[]): Form => Form.parse({ message: 'Well?', fields })
const accept = (content: object) => ({ action: 'accept', content })

describe('Form', () => {
  it('has fields of distinct, plain names', () => {
    expect(parses([field('a'), field('b')])).toBe(true)
    for (const names of [['a', 'a'], ['a b'], [''], ['a'.repeat(65)]]) {
      expect(parses(names.map((name) => field(name)))).toBe(false)
    }
  })

  it('refuses what it does not know, and what a person could not read', () => {
    expect(parses([{ ...field('a'), secret: true }])).toBe(false)
    expect(parses([field('a', { tag: 'file', val: {} })])).toBe(false)
    expect(parses([field('a', text({ format: 'password' }))])).toBe(false)
    expect(parses([], '')).toBe(false)
    expect(parses([], 'x'.repeat(2_001))).toBe(false)
    expect(parses(Array.from({ length: 21 }, (_, i) => field(`f${i}`)))).toBe(false)
  })

  it('has distinct choices, and at least one', () => {
    const single = (...values: string[]) => ({
      tag: 'single',
      val: { choices: values.map((value) => ({ value })) },
    })
    expect(parses([field('a', single('x', 'y'))])).toBe(true)
    expect(parses([field('a', single('x', 'x'))])).toBe(false)
    expect(parses([field('a', single())])).toBe(false)
  })
})

describe('answerOf', () => {
  it('takes values of the form and drops what was not asked', () => {
    const asked = form(field('a'), field('n', { tag: 'integer', val: {} }, false))
    expect(answerOf(asked, accept({ a: 'x', n: 3, more: 1 }))).toEqual({
      tag: 'accepted',
      val: [
        ['a', { tag: 'text', val: 'x' }],
        ['n', { tag: 'number', val: 3 }],
      ],
    })
    expect(answerOf(asked, accept({ a: 'x' }))).toMatchObject({ tag: 'accepted' })
  })

  it('counts code points, as JSON Schema does', () => {
    const asked = form(field('a', text({ minLength: 3, maxLength: 5 })))
    for (const a of ['😀😀😀', '😀😀😀😀😀']) {
      expect(answerOf(asked, accept({ a }))).toEqual({
        tag: 'accepted',
        val: [['a', { tag: 'text', val: a }]],
      })
    }
    expect(answerOf(asked, accept({ a: '😀'.repeat(6) }))).toBeNull()
  })

  it('knows that a person declined or closed the form', () => {
    expect(answerOf(form(field('a')), { action: 'decline' })).toEqual({ tag: 'declined' })
    expect(answerOf(form(field('a')), { action: 'cancel' })).toEqual({ tag: 'cancelled' })
  })

  it.each([
    ['a value that is required and absent', field('a'), {}],
    ['another type', field('a'), { a: 1 }],
    ['too short a text', field('a', text({ minLength: 2 })), { a: 'x' }],
    ['too long a text', field('a', text({ maxLength: 2 })), { a: 'xyz' }],
    ['too short a text in code points', field('a', text({ minLength: 2 })), { a: '😀' }],
    ['more units than any text has', field('a'), { a: '😀'.repeat(8_193) }],
    ['a lone surrogate', field('a'), { a: '\ud800' }],
    ['a fraction for an integer', field('a', { tag: 'integer', val: {} }), { a: 1.5 }],
    ['a number out of bounds', field('a', { tag: 'number', val: { maximum: 1 } }), { a: 2 }],
    ['not a number', field('a', { tag: 'number', val: {} }), { a: NaN }],
    ['a text for a boolean', field('a', { tag: 'boolean' }), { a: 'true' }],
    [
      'a value that is no choice',
      field('a', { tag: 'single', val: { choices: [{ value: 'x' }] } }),
      { a: 'y' },
    ],
    [
      'too many choices',
      field('a', { tag: 'multiple', val: { choices: [{ value: 'x' }], maxItems: 0 } }),
      { a: ['x'] },
    ],
    ['an inherited value', field('constructor'), {}],
  ])('is null for %s', (_, asked, content) => {
    expect(answerOf(form(asked), accept(content))).toBeNull()
  })

  it('is null for what is no response', () => {
    for (const response of [null, 'accept', {}, { action: 'yes' }]) {
      expect(answerOf(form(), response)).toBeNull()
    }
  })
})

describe('requestedSchema', () => {
  it('cleans the words that it shows and keeps the values', () => {
    const shown = requestedSchema(
      form({
        ...field('a', { tag: 'single', val: { choices: [{ value: 'v', title: 'T' }] } }),
        title: 'Title',
        description: 'Words',
      }),
      (words) => words.toLowerCase(),
    )
    expect(shown).toEqual({
      type: 'object',
      properties: {
        a: {
          type: 'string',
          title: 'title',
          description: 'words',
          oneOf: [{ const: 'v', title: 't' }],
        },
      },
      required: ['a'],
    })
  })

  it.each([
    ['reversed', 'a\u202eb'],
    ['of no width', 'a\u200b'],
    ['tags', 'a\u{e0041}'],
    ['a control of a terminal', '\u009b2Ja'],
    ['a line break', 'a\nb'],
  ])('has no choice that is %s, with a title or without', (_, value) => {
    for (const tag of ['single', 'single-by-names', 'multiple']) {
      for (const choice of [{ value }, { value, title: 'Plain' }]) {
        expect(parses([field('a', { tag, val: { choices: [{ value: 'x' }, choice] } })])).toBe(
          false,
        )
      }
    }
  })

  it('suggests what the person sees, and of choices nothing but a choice', () => {
    const choices = [{ value: 'x' }, { value: 'y' }]
    const speech = 'Sign in at www.evil.test'
    const shown = requestedSchema(
      form(
        field('text', text({ default: 'a\u202eb' })),
        field('none', text()),
        field('one', { tag: 'single', val: { choices, default: 'y' } }),
        field('other', { tag: 'single', val: { choices, default: speech } }),
        field('names', { tag: 'single-by-names', val: { choices, default: speech } }),
        field('some', { tag: 'multiple', val: { choices, default: ['x', speech] } }),
      ),
      (words) => words.replaceAll('\u202e', ''),
    )
    expect(shown['properties']).toEqual({
      text: { type: 'string', default: 'ab' },
      none: { type: 'string' },
      one: { type: 'string', enum: ['x', 'y'], default: 'y' },
      other: { type: 'string', enum: ['x', 'y'] },
      names: { type: 'string', enum: ['x', 'y'], enumNames: ['x', 'y'] },
      some: { type: 'array', items: { type: 'string', enum: ['x', 'y'] }, default: ['x'] },
    })
  })
})
