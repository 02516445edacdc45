import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputRequestOf, QUESTION_LIMITS, Questions, replyOf } from '../../src/policy/questions.ts'

const sampling = (more: Record<string, unknown> = {}) => ({
  tag: 'sampling',
  val: { turns: [{ role: 'user', text: 'Hello' }], maxTokens: 10, ...more },
})
const accepts = (questions: unknown): boolean => Questions.safeParse(questions).success
const one = (question: unknown) => {
  const [first] = Questions.parse([['q', question]])
  if (first === undefined) throw new Error('no question')
  return first[1]
}

describe('Questions', () => {
  it('takes several of every kind, each under a name of its own', () => {
    const form = { tag: 'form', val: { message: 'Who?', fields: [] } }
    expect(
      accepts([
        ['a', form],
        ['b', sampling()],
        ['c', { tag: 'roots' }],
      ]),
    ).toBe(true)
    expect(
      accepts([
        ['a', form],
        ['a', sampling()],
      ]),
    ).toBe(false)
    expect(accepts([])).toBe(false)
    expect(accepts([['not a name', form]])).toBe(false)
    const many = Array.from({ length: QUESTION_LIMITS.AT_ONCE + 1 }, (_, at) => [`q${at}`, form])
    expect(accepts(many)).toBe(false)
    expect(accepts(many.slice(1))).toBe(true)
  })

  it.each([
    { turns: [] },
    { turns: [{ role: 'system', text: 'x' }] },
    { turns: [{ role: 'user', text: 'x'.repeat(QUESTION_LIMITS.TURN_CHARS + 1) }] },
    { maxTokens: 0 },
    { maxTokens: QUESTION_LIMITS.TOKENS + 1 },
    { temperature: 3 },
    { includeContext: 'allServers' },
    { systemPrompt: 7 },
  ])('refuses a request to a model with %j', (more) => {
    expect(accepts([['q', sampling(more)]])).toBe(false)
  })
})

describe('inputRequestOf', () => {
  it('cleans what a person or a model reads, and says who asks', () => {
    const clean = (text: string) => `<${text}>`
    const form = one({ tag: 'form', val: { message: 'Who?', fields: [] } })
    expect(inputRequestOf(form, 'It asks:', clean)).toMatchObject({
      method: 'elicitation/create',
      params: { message: 'It asks:\n<Who?>' },
    })
    expect(inputRequestOf(one(sampling({ systemPrompt: 'Be' })), '', clean)).toEqual({
      method: 'sampling/createMessage',
      params: {
        messages: [{ role: 'user', content: { type: 'text', text: '<Hello>' } }],
        systemPrompt: '<Be>',
        maxTokens: 10,
      },
    })
    expect(inputRequestOf(one({ tag: 'roots' }), '', clean)).toEqual({
      method: 'roots/list',
      params: {},
    })
  })
})

describe('replyOf', () => {
  const model = { role: 'assistant', model: 'm' }

  it('takes the text of what a model said, and nothing else of it', () => {
    const text = (said: string) => ({ type: 'text', text: said })
    const image = { type: 'image', data: 'AA==', mimeType: 'image/png' }
    for (const [content, said] of [
      [text('Paris'), 'Paris'],
      [[text('a'), image, text('b')], 'a\nb'],
      [image, ''],
    ] as const) {
      const reply = replyOf(one(sampling()), { ...model, content })
      expect(reply).toEqual({
        tag: 'sampling',
        val: { text: said, model: 'm', stopReason: undefined },
      })
    }
    const long = 'x'.repeat(QUESTION_LIMITS.SAMPLED_CHARS)
    const two = { ...model, content: [text(long), text(long)] }
    expect(replyOf(one(sampling()), two)).toBeNull()
  })

  it('takes the roots as they are named', () => {
    const roots = [{ uri: 'file:///a', name: 'a' }, { uri: 'file:///b' }]
    expect(replyOf(one({ tag: 'roots' }), { roots })).toEqual({
      tag: 'roots',
      val: [
        { uri: 'file:///a', name: 'a' },
        { uri: 'file:///b', name: undefined },
      ],
    })
  })

  it('takes nothing that does not fit: it was not answered', () => {
    const questions = [sampling(), { tag: 'roots' }].map(one)
    fc.assert(
      fc.property(fc.anything(), (response) => {
        for (const question of questions) expect(replyOf(question, response)).toBeNull()
      }),
    )
    const lone = { ...model, content: { type: 'text', text: '\ud800' } }
    expect(replyOf(one(sampling()), lone)).toBeNull()
  })
})
