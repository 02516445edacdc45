// Every way in which a guest's words leave a call, without the values of secrets.

import { describe, expect, it } from 'vitest'
import { Redactor } from '../../src/policy/redaction.ts'
import { redactConversation, redactJson, redactResult, redactRun } from '../../src/redact.ts'

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

  it('costs nothing where there are no secrets: the same object comes back', () => {
    const result = { ...RESULT }
    expect(redactResult(result, nothing)).toBe(result)
    expect(redactJson(result, nothing)).toBe(result)
    const run = { tag: 'exit', code: 1, log: VALUE, printed: VALUE, fuel: 1 } as const
    expect(redactRun(run, nothing)).toBe(run)
  })
})

describe('redactRun', () => {
  it('cleans logs, what a command prints, and the message of a trap', () => {
    const log = `log ${VALUE}`
    expect(redactRun({ tag: 'trap', message: VALUE, log, fuel: null }, redactor)).toEqual({
      tag: 'trap',
      message: '[redacted]',
      log: 'log [redacted]',
      fuel: null,
    })
    const printed = `printed ${base64(VALUE)}`
    expect(redactRun({ tag: 'ok', value: VALUE, log, printed, fuel: 1 }, redactor)).toMatchObject({
      log: 'log [redacted]',
      printed: 'printed [redacted]==',
    })
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
