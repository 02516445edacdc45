// What a guest says to its client while it runs: cut to a length, and no part of a value that it was handed is left
// where it was cut.

import { expect, it } from 'vitest'
import type { ClientMessage } from '../../src/capabilities/client.ts'
import { Client } from '../../src/capabilities/client.ts'
import { CallMeter } from '../../src/capabilities/meter.ts'
import { Questions } from '../../src/capabilities/questions.ts'
import { digestOf } from '../../src/component/digest.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { Redactor } from '../../src/policy/redaction.ts'
import { redactConversation } from '../../src/redact.ts'

const VALUE = 'sk-live-0123456789abcdef0123456789abcdef'

it('tells no part of a value in a message, nor in the name of a logger', async () => {
  const heard: ClientMessage[] = []
  const redactor = new Redactor()
  redactor.add(VALUE)
  const notify = async (message: ClientMessage) => void heard.push(message)
  const conversation = redactConversation({ notify, answers: [], abilities: [] }, redactor)
  const meter = new CallMeter(CALL_LIMITS)
  using client = new Client(conversation, new Questions([], digestOf), meter, redactor)
  const across = (chars: number) => `${'.'.repeat(chars - VALUE.length + 1)}${VALUE}`
  const left = (chars: number) => '.'.repeat(chars - VALUE.length + 1)
  await client.progress({ progress: 1, total: null, message: across(2_000) })
  await client.progress({ progress: 2, total: 3, message: null })
  await client.log({ level: 'info', logger: across(100), message: across(2_000) })
  await client.log({ level: 'info', logger: null, message: `whole ${VALUE}` })
  expect(heard).toEqual([
    { kind: 'progress', progress: 1, total: null, message: left(2_000) },
    { kind: 'progress', progress: 2, total: 3, message: null },
    { kind: 'log', level: 'info', logger: left(100), message: left(2_000) },
    { kind: 'log', level: 'info', logger: null, message: 'whole [redacted]' },
  ])
})
