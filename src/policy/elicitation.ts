// What a component may ask the person through the client (`elicit` of wassette-edge:mcp): the form as a
// guest sends it, the schema that MCP shows for it, and the answer, judged against the form.

import * as z from 'zod'
import { UNSEEN } from './unseen.ts'

export const ELICITATION_LIMITS = {
  /** Questions of one call, one after the other: each runs it again from its start. */
  QUESTIONS: 8,
  /** Characters of the message and of a description: a person has to read them. */
  MESSAGE_CHARS: 2_000,
  /** Characters of a title, a choice or a default. */
  TITLE_CHARS: 200,
  FIELDS: 20,
  CHOICES: 100,
  /** Characters of one text that the person gives. */
  TEXT_CHARS: 16_384,
} as const

const { MESSAGE_CHARS, TITLE_CHARS, FIELDS, CHOICES, TEXT_CHARS } = ELICITATION_LIMITS

const title = z.string().max(TITLE_CHARS).optional()
const count = z.number().int().nonnegative().optional()
const finite = z.number().optional()
/** It comes back as it was sent, and clients show it: a title alone is cleaned. */
const value = z
  .string()
  .max(TITLE_CHARS)
  .refine((text) => !UNSEEN.test(text))
const choices = z
  .array(z.strictObject({ value, title }))
  .min(1)
  .max(CHOICES)
  .refine((list) => new Set(list.map(({ value }) => value)).size === list.length)
const numeric = z.strictObject({ minimum: finite, maximum: finite, default: finite })

/** In jco's shapes: an absent option is undefined. */
const Input = z.discriminatedUnion('tag', [
  z.strictObject({
    tag: z.literal('text'),
    val: z.strictObject({
      minLength: count,
      maxLength: count,
      format: z.enum(['email', 'uri', 'date', 'date-time']).optional(),
      default: title,
    }),
  }),
  z.strictObject({ tag: z.literal('integer'), val: numeric }),
  z.strictObject({ tag: z.literal('number'), val: numeric }),
  z.strictObject({ tag: z.literal('boolean'), val: z.boolean().optional() }),
  z.strictObject({ tag: z.literal('single'), val: z.strictObject({ choices, default: title }) }),
  z.strictObject({
    tag: z.literal('single-by-names'),
    val: z.strictObject({ choices, default: title }),
  }),
  z.strictObject({
    tag: z.literal('multiple'),
    val: z.strictObject({
      choices,
      minItems: count,
      maxItems: count,
      default: z.array(z.string().max(TITLE_CHARS)).max(CHOICES).optional(),
    }),
  }),
])
type Input = z.infer<typeof Input>

export const Form = z.strictObject({
  message: z.string().min(1).max(MESSAGE_CHARS),
  fields: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
        title,
        description: z.string().max(MESSAGE_CHARS).optional(),
        required: z.boolean(),
        input: Input,
      }),
    )
    .max(FIELDS)
    .refine((fields) => new Set(fields.map(({ name }) => name)).size === fields.length),
})
export type Form = z.infer<typeof Form>
type Field = Form['fields'][number]

/** `requestedSchema` of MCP's form elicitation: a flat object of primitives. `clean` is for a stranger's words. */
export function requestedSchema(
  { fields }: Form,
  clean: (text: string) => string,
): Record<string, unknown> {
  const about = ({ title: name, description }: Field) => ({
    ...(name === undefined ? {} : { title: clean(name) }),
    ...(description === undefined ? {} : { description: clean(description) }),
  })
  const properties = fields.map((field) => [
    field.name,
    defined({ ...inputSchema(field.input, clean), ...about(field) }),
  ])
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as Record<string, unknown>,
    required: fields.filter(({ required }) => required).map(({ name }) => name),
  }
}

function inputSchema(input: Input, clean: (text: string) => string): Record<string, unknown> {
  switch (input.tag) {
    case 'text': {
      // The person sees what they would send.
      const { default: suggested, ...rest } = input.val
      return { type: 'string', ...rest, default: suggested && clean(suggested) }
    }
    case 'integer':
    case 'number':
      return { type: input.tag, ...input.val }
    case 'boolean':
      return { type: 'boolean', default: input.val }
    case 'single':
      return {
        type: 'string',
        ...titled(input.val.choices, clean, 'oneOf'),
        default: chosen(input.val),
      }
    case 'single-by-names': {
      const { choices: all } = input.val
      const names = all.map((choice) => clean(choice.title ?? choice.value))
      const values = all.map(({ value }) => value)
      return { type: 'string', enum: values, enumNames: names, default: chosen(input.val) }
    }
    case 'multiple': {
      const { choices: all, default: suggested, ...rest } = input.val
      const items = { type: 'string', ...titled(all, clean, 'anyOf') }
      const known = suggested?.filter((one) => isChoice(all, one))
      return { type: 'array', items, ...rest, default: known }
    }
  }
}

function titled(
  list: z.infer<typeof choices>,
  clean: (text: string) => string,
  keyword: 'oneOf' | 'anyOf',
): Record<string, unknown> {
  const values = list.map(({ value }) => value)
  if (list.every((choice) => choice.title === undefined)) return { enum: values }
  return {
    [keyword]: list.map(({ value, title: name }) => ({
      const: value,
      title: clean(name ?? value),
    })),
  }
}

/** What is no choice is no default: it would be text that nothing has judged. */
function chosen(input: {
  readonly choices: z.infer<typeof choices>
  readonly default?: string | undefined
}): string | undefined {
  return isChoice(input.choices, input.default) ? input.default : undefined
}

function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

/** The answer in jco's shapes, for the guest. */
export type Answer =
  | { readonly tag: 'accepted'; readonly val: readonly (readonly [string, Value])[] }
  | { readonly tag: 'declined' | 'cancelled' }
type Value =
  | { readonly tag: 'text'; readonly val: string }
  | { readonly tag: 'number'; readonly val: number }
  | { readonly tag: 'boolean'; readonly val: boolean }
  | { readonly tag: 'texts'; readonly val: readonly string[] }

const Response = z.looseObject({
  action: z.enum(['accept', 'decline', 'cancel']),
  content: z.record(z.string(), z.unknown()).optional(),
})

/** `null` for a response that does not fit the form: then it was not answered. */
export function answerOf(form: Form, response: unknown): Answer | null {
  const parsed = Response.safeParse(response)
  if (!parsed.success) return null
  const { action, content = {} } = parsed.data
  if (action === 'decline') return { tag: 'declined' }
  if (action === 'cancel') return { tag: 'cancelled' }
  const values: [string, Value][] = []
  for (const { name, required, input } of form.fields) {
    const given = Object.hasOwn(content, name) ? content[name] : undefined
    if (given === undefined || given === null) {
      if (required) return null
      continue
    }
    const value = valueOf(input, given)
    if (value === null) return null
    values.push([name, value])
  }
  return { tag: 'accepted', val: values }
}

function valueOf(input: Input, given: unknown): Value | null {
  switch (input.tag) {
    case 'text': {
      const { minLength = 0, maxLength = TEXT_CHARS } = input.val
      if (typeof given !== 'string' || given.length > TEXT_CHARS) return null
      // Code points, as the client counts by the schema that it was given.
      const { length } = [...given]
      if (length < minLength || length > maxLength) return null
      return given.isWellFormed() ? { tag: 'text', val: given } : null
    }
    case 'integer':
    case 'number': {
      const { minimum = -Infinity, maximum = Infinity } = input.val
      if (typeof given !== 'number' || !(given >= minimum && given <= maximum)) return null
      return input.tag === 'number' || Number.isInteger(given)
        ? { tag: 'number', val: given }
        : null
    }
    case 'boolean':
      return typeof given === 'boolean' ? { tag: 'boolean', val: given } : null
    case 'single':
    case 'single-by-names':
      return isChoice(input.val.choices, given) ? { tag: 'text', val: given } : null
    case 'multiple': {
      const { choices: all, minItems = 0, maxItems = CHOICES } = input.val
      if (!Array.isArray(given) || given.length < minItems || given.length > maxItems) return null
      const texts = given.filter((one): one is string => isChoice(all, one))
      return texts.length === given.length ? { tag: 'texts', val: texts } : null
    }
  }
}

function isChoice(list: z.infer<typeof choices>, given: unknown): given is string {
  return list.some(({ value }) => value === given)
}
