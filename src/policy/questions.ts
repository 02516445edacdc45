// What a component may ask a client for at once (`ask` of wassette-edge:mcp): forms for the person, words of
// the client's model, the roots that it works on. As a guest sends it, as MCP asks for it, and the answers,
// judged against the questions.

import * as z from 'zod'
import type { Answer } from './elicitation.ts'
import { answerOf, ELICITATION_LIMITS, Form, requestedSchema } from './elicitation.ts'

export const QUESTION_LIMITS = {
  /** Questions that are asked at once. */
  AT_ONCE: 8,
  /** Turns of one request to a model. */
  TURNS: 32,
  /** Characters of a turn, of a system prompt: the person may have to read them. */
  TURN_CHARS: 16_384,
  /** Tokens that a model may be asked for. */
  TOKENS: 16_384,
  /** Characters of what a model said. */
  SAMPLED_CHARS: 131_072,
  ROOTS: 100,
  /** Characters of a URI, and of a model's or a root's name. */
  URI_CHARS: 2_048,
  NAME_CHARS: 200,
} as const

const { AT_ONCE, TURNS, TURN_CHARS, TOKENS, SAMPLED_CHARS, ROOTS, URI_CHARS, NAME_CHARS } =
  QUESTION_LIMITS

/** What a client says that it can do, in the words of wassette-edge:mcp. */
export const ABILITIES = ['forms', 'sampling', 'roots'] as const
export const Ability = z.enum(ABILITIES)
export type Ability = z.infer<typeof Ability>

/** `ClientCapabilities` of MCP that stand for an ability. */
export const CAPABILITY_OF: Readonly<Record<Ability, Readonly<Record<string, object>>>> = {
  forms: { elicitation: { form: {} } },
  sampling: { sampling: {} },
  roots: { roots: {} },
}

const turn = z.string().max(TURN_CHARS)
const Sampling = z.strictObject({
  turns: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), text: turn }))
    .min(1)
    .max(TURNS),
  systemPrompt: turn.optional(),
  maxTokens: z.number().int().min(1).max(TOKENS),
  temperature: z.number().min(0).max(2).optional(),
})

/** In jco's shapes: an absent option is undefined. */
const Question = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('form'), val: Form }),
  z.strictObject({ tag: z.literal('sampling'), val: Sampling }),
  z.strictObject({ tag: z.literal('roots') }),
])
type Question = z.infer<typeof Question>

export const Questions = z
  .array(z.tuple([z.string().regex(/^[A-Za-z0-9_-]{1,64}$/), Question]))
  .min(1)
  .max(AT_ONCE)
  .refine((asked) => new Set(asked.map(([name]) => name)).size === asked.length)
export type Questions = z.infer<typeof Questions>

export const ABILITY_FOR: Readonly<Record<Question['tag'], Ability>> = {
  form: 'forms',
  sampling: 'sampling',
  roots: 'roots',
}

/** An `InputRequest` of MCP. `clean` is for a stranger's words; `asks` stands before those of a form. */
export function inputRequestOf(
  question: Question,
  asks: string,
  clean: (text: string, maxChars: number) => string,
): { method: string; params: Record<string, unknown> } {
  const short = (text: string): string => clean(text, ELICITATION_LIMITS.MESSAGE_CHARS)
  switch (question.tag) {
    case 'form':
      return {
        method: 'elicitation/create',
        params: {
          mode: 'form',
          message: `${asks}\n${short(question.val.message)}`,
          requestedSchema: requestedSchema(question.val, short),
        },
      }
    case 'sampling': {
      const { turns, systemPrompt, maxTokens, temperature } = question.val
      const long = (text: string): string => clean(text, TURN_CHARS)
      return {
        method: 'sampling/createMessage',
        params: {
          messages: turns.map(({ role, text }) => ({
            role,
            content: { type: 'text', text: long(text) },
          })),
          ...(systemPrompt === undefined ? {} : { systemPrompt: long(systemPrompt) }),
          maxTokens,
          ...(temperature === undefined ? {} : { temperature }),
        },
      }
    }
    case 'roots':
      return { method: 'roots/list', params: {} }
  }
}

/** In jco's shapes, for the guest. */
export type Reply =
  | { readonly tag: 'form'; readonly val: Answer }
  | {
      readonly tag: 'sampling'
      readonly val: {
        readonly text: string
        readonly model: string
        readonly stopReason: string | undefined
      }
    }
  | {
      readonly tag: 'roots'
      readonly val: readonly { readonly uri: string; readonly name: string | undefined }[]
    }

const wellFormed = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed())
const Block = z.looseObject({ type: z.string(), text: wellFormed(SAMPLED_CHARS).optional() })
const Sampled = z.looseObject({
  content: z.union([Block.transform((one) => [one]), z.array(Block).max(100)]),
  model: wellFormed(NAME_CHARS),
  stopReason: wellFormed(NAME_CHARS).optional(),
})
const Roots = z.looseObject({
  roots: z
    .array(z.looseObject({ uri: wellFormed(URI_CHARS), name: wellFormed(NAME_CHARS).optional() }))
    .max(ROOTS),
})

/** `null` for a response that does not fit the question: then it was not answered. */
export function replyOf(question: Question, response: unknown): Reply | null {
  switch (question.tag) {
    case 'form': {
      const answer = answerOf(question.val, response)
      return answer && { tag: 'form', val: answer }
    }
    case 'sampling': {
      const sampled = Sampled.safeParse(response)
      if (!sampled.success) return null
      const { content, model, stopReason } = sampled.data
      const text = content
        .flatMap((block) => (block.type === 'text' ? [block.text ?? ''] : []))
        .join('\n')
      if (text.length > SAMPLED_CHARS) return null
      return { tag: 'sampling', val: { text, model, stopReason } }
    }
    case 'roots': {
      const listed = Roots.safeParse(response)
      if (!listed.success) return null
      return { tag: 'roots', val: listed.data.roots.map(({ uri, name }) => ({ uri, name })) }
    }
  }
}
