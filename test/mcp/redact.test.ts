// Every way in which a guest's words leave a call, without the values of secrets.

import { describe, expect, it } from 'vitest'
import { Questions } from '../../src/policy/questions.ts'
import { Redactor } from '../../src/policy/redaction.ts'
import type { CallUsage } from '../../src/policy/usage.ts'
import { CallUsage as CallUsageSchema } from '../../src/policy/usage.ts'
import { OURS, redactConversation, redactJson, redactResult } from '../../src/redact.ts'

const VALUE = 'tok_4f9a/77=x'
const redactor = new Redactor()
redactor.add(VALUE)
const nothing = new Redactor()
const base64 = (text: string) => Buffer.from(text).toString('base64')

const RESULT = {
  json: { ok: { text: `a ${VALUE}`, list: [VALUE, 7, null, true] } },
  text: `{"ok":{"text":"a ${VALUE}"}}`,
  isError: false,
  structured: { result: { ok: { text: `a ${VALUE}`, list: [VALUE, 7, null, true] } } },
  blob: base64(`<${VALUE}>`),
  content: { kind: 'block', json: { text: VALUE } },
} as const

describe('redactResult', () => {
  it('cleans the value, its text, its bytes and the content that the component made', () => {
    const clean = redactResult({ ...RESULT }, redactor)
    const json = { ok: { text: 'a [redacted]', list: ['[redacted]', 7, null, true] } }
    expect(clean).toEqual({
      json,
      text: JSON.stringify(json),
      isError: false,
      structured: { result: json },
      blob: base64('<[redacted]>'),
      content: { kind: 'block', json: { text: '[redacted]' } },
    })
  })

  it('finds a value in bytes in any form, and leaves base64 of the rest', () => {
    for (const inside of [VALUE, Buffer.from(VALUE).toString('hex'), encodeURIComponent(VALUE)]) {
      const { image } = redactJson({ image: base64(`<${inside}>`) }, redactor)
      expect(Buffer.from(image, 'base64').toString()).toBe('<[redacted]>')
    }
    expect(redactJson({ image: base64('<nothing>') }, redactor)).toEqual({
      image: base64('<nothing>'),
    })
  })

  it('finds a value in a text that is base64 by chance, beside one in its bytes', () => {
    const key = 'abcdefgh12345678'
    const keys = new Redactor()
    keys.add(key)
    const clean = redactJson({ text: `${key}${base64(key)}` }, keys)
    expect(clean.text).not.toContain(key)
    expect(clean.text).not.toContain(base64(key))
  })

  it('costs nothing where there are no secrets: the same object comes back', () => {
    const result = { ...RESULT }
    expect(redactResult(result, nothing)).toBe(result)
    expect(redactJson(result, nothing)).toBe(result)
  })
})

describe('redactConversation', () => {
  it('cleans progress and log messages to the client, and changes nothing else', async () => {
    const said: unknown[] = []
    const conversation = {
      notify: async (message: Readonly<Record<string, string | number>>) => void said.push(message),
      canAsk: true,
      answers: [],
    }
    const { notify, canAsk } = redactConversation(conversation, redactor)
    await notify?.({ kind: 'progress', progress: 1, total: 2, message: `at ${VALUE}` })
    await notify?.({ kind: 'log', level: 'info', logger: VALUE, message: VALUE })
    expect(canAsk).toBe(true)
    expect(said).toEqual([
      { kind: 'progress', progress: 1, total: 2, message: 'at [redacted]' },
      { kind: 'log', level: 'info', logger: '[redacted]', message: '[redacted]' },
    ])
    const silent = { ...conversation, notify: null }
    expect(redactConversation(silent, redactor)).toBe(silent)
  })
})

describe('a form for the person', () => {
  it('says nothing of a value', () => {
    const form = {
      message: `Is ${VALUE} right?`,
      fields: [{ name: 'a', title: VALUE, choices: [VALUE, 'b'] }],
    }
    expect(JSON.stringify(redactJson(form, redactor))).not.toContain(VALUE)
  })
})

describe('words of ours', () => {
  /** Every word that long enough values could be, whatever holds it. */
  const words = new Redactor()
  for (const word of [
    ...['variable', 'connection', 'not-granted', 'name-not-granted', 'unreachable', 'answered'],
    ...[
      'malformed',
      'progress',
      'critical',
      'emergency',
      'sampling',
      'single-by-names',
      'multiple',
    ],
    ...['assistant', 'date-time', 'KEY_OF_MINE', 'a-grant-of-mine'],
  ]) {
    words.add(word)
  }

  it('stay in what a call used, and the guest’s beside them do not', () => {
    const use = { verdict: 'not-granted', times: 1, grants: ['a-grant-of-mine'] } as const
    const asked = [
      { kind: 'variable', key: 'KEY_OF_MINE' },
      { kind: 'connection', host: 'connection.test', port: 1 },
      { kind: 'lookup', host: 'answered' },
      { kind: 'access', path: '/variable', access: 'read', passes: false },
      { kind: 'move', from: '/variable', to: '/progress', directory: false },
    ] as const
    const namings = [{ argument: 'multiple', path: '/variable' }]
    const usage: CallUsage = {
      ran: true,
      unlisted: 0,
      decisions: asked.map((one) => ({ asked: one, ...use, grants: [...use.grants], namings })),
      complete: true,
      grants: ['a-grant-of-mine'],
      amounts: {},
      ioNeeded: null,
      limits: {},
      ioPerSecond: null,
    }
    const clean = CallUsageSchema.parse(redactJson(usage, words, OURS.usage))
    expect(clean.grants).toEqual(usage.grants)
    expect(clean.decisions.map((decision) => decision.asked)).toEqual([
      asked[0],
      { kind: 'connection', host: '[redacted].test', port: 1 },
      { kind: 'lookup', host: '[redacted]' },
      { kind: 'access', path: '/[redacted]', access: 'read', passes: false },
      { kind: 'move', from: '/[redacted]', to: '/[redacted]', directory: false },
    ])
    for (const { verdict, grants, namings: named } of clean.decisions) {
      expect({ verdict, grants }).toEqual({ verdict: use.verdict, grants: use.grants })
      expect(named).toEqual([{ argument: '[redacted]', path: '/[redacted]' }])
    }
  })

  it('stay in the list of host calls', () => {
    const hostCall = { kind: 'network', host: 'answered.test', outcome: 'malformed' }
    expect(redactJson([hostCall], words, OURS.hostCalls)).toEqual([
      { kind: 'network', host: '[redacted].test', outcome: 'malformed' },
    ])
  })

  it('stay in messages to the client', async () => {
    const said: unknown[] = []
    const { notify } = redactConversation(
      { notify: async (message: object) => void said.push(message) },
      words,
    )
    await notify?.({ kind: 'progress', progress: 1, total: null, message: 'progress' })
    await notify?.({ kind: 'log', level: 'critical', logger: 'critical', message: 'emergency' })
    expect(said).toEqual([
      { kind: 'progress', progress: 1, total: null, message: '[redacted]' },
      { kind: 'log', level: 'critical', logger: '[redacted]', message: '[redacted]' },
    ])
  })

  it('stay in questions, which can be asked still', () => {
    const field = { name: 'a', title: 'multiple', required: true }
    const choices = [{ value: 'assistant', title: 'date-time' }]
    const asked: Questions = [
      [
        'form',
        {
          tag: 'form',
          val: {
            message: 'progress',
            fields: [
              {
                ...field,
                input: { tag: 'text', val: { format: 'date-time', default: 'critical' } },
              },
              { ...field, name: 'b', input: { tag: 'single-by-names', val: { choices } } },
              { ...field, name: 'c', input: { tag: 'multiple', val: { choices } } },
            ],
          },
        },
      ],
      [
        'model',
        {
          tag: 'sampling',
          val: { turns: [{ role: 'assistant', text: 'assistant' }], maxTokens: 1 },
        },
      ],
    ]
    const clean = Questions.parse(redactJson(asked, words, OURS.questions))
    const told = { ...field, title: '[redacted]' }
    const hidden = [{ value: '[redacted]', title: '[redacted]' }]
    expect(clean[0]?.[1]).toEqual({
      tag: 'form',
      val: {
        message: '[redacted]',
        fields: [
          { ...told, input: { tag: 'text', val: { format: 'date-time', default: '[redacted]' } } },
          { ...told, name: 'b', input: { tag: 'single-by-names', val: { choices: hidden } } },
          { ...told, name: 'c', input: { tag: 'multiple', val: { choices: hidden } } },
        ],
      },
    })
    expect(clean[1]?.[1]).toEqual({
      tag: 'sampling',
      val: { turns: [{ role: 'assistant', text: '[redacted]' }], maxTokens: 1 },
    })
  })
})
