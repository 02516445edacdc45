// The small interfaces of WASI 0.2 as a component meets them: each step is one call, each answer what came of it.

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import type { IoCall } from './support/io.ts'
import { answerOf, openIo, runIo, scriptOf } from './support/io.ts'

const HOST = 'https://client.example'

let guest: GuestStub
beforeAll(async () => {
  guest = await openIo()
})

let person = ''
let people = 0
beforeEach(() => {
  people += 1
  person = `wasi-${people}`
})

const ioCall = (name: string, steps: string[]): IoCall => ({
  guest,
  person,
  name,
  args: [steps],
  host: HOST,
})

async function take(name: string, steps: string[]): Promise<string[]> {
  const { value, unsaved } = await answerOf(ioCall(name, steps))
  expect(unsaved).toBeNull()
  return value as string[]
}

/** Takes the steps before the arrows in one call; each has to answer what is behind its arrow. */
async function expectSteps(name: string, script: string): Promise<void> {
  const { taken, lines } = scriptOf(script)
  const answers = await take(name, taken)
  expect(taken.map((line, n) => `${line} → ${answers[n]}`.trimEnd())).toEqual(lines)
}

async function expectTrap(steps: string[]): Promise<void> {
  const { outcome } = await runIo(ioCall('streamSteps', steps))
  expect(outcome.tag).toBe('trap')
}

const write = (path: string, text: string) =>
  take('files', [`open|0|${path}|create|write`, `write|1|0|${text}`])

/** All of a file; zero bytes as the digit. */
async function contentOf(path: string): Promise<string | undefined> {
  return (await take('files', [`open|0|${path}||read`, 'cat|1|0']))[1]
}

describe('wasi:random', () => {
  it.each(['random-u64', 'insecure-u64', 'insecure-seed', 'random-bytes|32', 'insecure-bytes|32'])(
    'answers %s with something else each time, in one call and in the next',
    async (step) => {
      const answers = [
        ...(await take('hostSteps', [step, step, step])),
        ...(await take('hostSteps', [step])),
      ]
      expect(new Set(answers).size).toBe(4)
    },
  )

  it('answers with as many bytes as were asked for, beyond one piece of the platform too', async () => {
    for (const verb of ['random-bytes', 'insecure-bytes']) {
      const lengths = [0, 1, 65_536, 65_537, 200_000]
      const answers = await take(
        'hostSteps',
        lengths.map((length) => `${verb}|${length}`),
      )
      expect(answers.map((hex) => hex.length / 2)).toEqual(lengths)
      // The last piece is not what an array starts with.
      expect(answers.at(-1)).not.toMatch(/00000000000000000000000000000000$/)
    }
  })

  it('ends a guest that asks for more than a megabyte at once', async () => {
    const { outcome } = await runIo(ioCall('hostSteps', ['insecure-bytes|1048577']))
    expect(outcome.tag).toBe('trap')
  })

  it('answers with two numbers of 64 bits for a seed', async () => {
    const [seed = ''] = await take('hostSteps', ['insecure-seed'])
    const [one = '', other = ''] = /^\((\d+), (\d+)\)$/.exec(seed)?.slice(1) ?? []
    expect(one).not.toBe(other)
    expect(BigInt(one)).toBeLessThan(2n ** 64n)
  })
})

describe('wasi:clocks', () => {
  it('tells that they go by milliseconds', () =>
    expectSteps(
      'hostSteps',
      `
      wall-resolution → 0.001000000
      monotonic-resolution → 1000000
    `,
    ))

  it('never go backwards, nor beyond what they say of their resolution', async () => {
    const [first = '', second = ''] = await take('hostSteps', ['monotonic-now', 'monotonic-now'])
    expect(BigInt(second)).toBeGreaterThanOrEqual(BigInt(first))
    expect(BigInt(first) % 1_000_000n).toBe(0n)
    const [wall = ''] = await take('hostSteps', ['wall-now'])
    expect(wall).toMatch(/^\d{10}\.\d{3}000000$/)
  })

  it('are in UTC at every time', () =>
    expectSteps(
      'hostSteps',
      `
      display|0 → UTC 0 false
      display|1782000000 → UTC 0 false
      display|18446744073709551615 → UTC 0 false
      utc-offset|0 → 0
      utc-offset|1782000000 → 0
    `,
    ))

  it('are past an instant that was before now, and at one that is to come when it is waited for', () =>
    expectSteps(
      'streamSteps',
      `
      instant|-1 → 0
      ready|0 → true
      block|0 → ok
      instant|0 → 1
      ready|1 → true
      instant|3600000000000 → 2
      ready|2 → false
      passed → false
      instant|20000001 → 3
      ready|3 → false
      block|3 → ok
      passed → true
      ready|3 → true
      ready|2 → false
      poll|2,0,1,3 → 1,2,3
      timer|0 → 4
      ready|4 → true
      timer|1 → 5
      poll|5 → 0
      ready|5 → true
    `,
    ))
})

describe('wasi:cli', () => {
  it('has no terminal', () =>
    expectSteps(
      'hostSteps',
      `
      terminal-stdin → none
      terminal-stdout → none
      terminal-stderr → none
    `,
    ))

  it.each([
    ['exit|ok', 0],
    ['exit|err', 1],
    ['exit-with-code|0', 0],
    ['exit-with-code|1', 1],
    ['exit-with-code|255', 255],
  ])('ends the call at %s, and nothing after it happens', async (step, code) => {
    await write('before', 'kept')
    const { outcome } = await runIo(ioCall('hostSteps', [step, 'random-u64']))
    expect(outcome).toMatchObject({ tag: 'exit', code })
    expect(await contentOf('before')).toBe('kept')
  })
})

describe('wasi:io/streams', () => {
  it('splices from file to file what it is asked for, and is closed at the end', async () => {
    await write('from', 'abcdefghijklmnopqrstuvwxyz')
    await expectSteps(
      'streamSteps',
      `
      in|from|2 → 0
      out|to|3 → 0
      splice|0|0|0 → 0
      blocking-splice|0|0|0 → 0
      blocking-splice|0|0|4 → 4
      splice|0|0|3 → 3
      blocking-splice|0|0|18446744073709551615 → 17
      blocking-splice|0|0|1 → closed
      splice|0|0|1 → closed
      read|0|1 → closed
      blocking-flush|0 → ok
    `,
    )
    expect(await contentOf('to')).toBe('000cdefghijklmnopqrstuvwxyz')
  })

  it('moves what is there without waiting, and says that it is none when it is not', async () => {
    await write('from', 'abcdef')
    await expectSteps(
      'streamSteps',
      `
      in|from|0 → 0
      out|to|0 → 0
      splice|0|0|9 → 0
      skip|0|9 → 0
      watch-in|0 → 0
      block|0 → ok
      splice|0|0|2 → 2
      ready|0 → true
      skip|0|1 → 1
      splice|0|0|9 → 3
      blocking-flush|0 → ok
    `,
    )
    expect(await contentOf('to')).toBe('abdef')
  })

  it('skips bytes that are not read afterwards, up to the end', async () => {
    await write('f', '0123456789')
    await expectSteps(
      'streamSteps',
      `
      in|f|1 → 0
      blocking-skip|0|0 → 0
      blocking-skip|0|2 → 2
      skip|0|1 → 1
      blocking-read|0|2 → 45
      blocking-skip|0|18446744073709551615 → 4
      blocking-skip|0|1 → closed
      skip|0|1 → closed
    `,
    )
  })

  it('writes as many zeroes as it is asked for', async () => {
    await expectSteps(
      'streamSteps',
      `
      out|f|0 → 0
      blocking-zeroes|0|0 → ok
      blocking-write|0|a → ok
      blocking-zeroes|0|4096 → ok
      write|0|b → ok
      zeroes|0|2 → ok
      zeroes|0|0 → ok
      write|0|c → ok
      flush|0 → ok
      blocking-flush|0 → ok
    `,
    )
    expect(await contentOf('f')).toBe(`a${'0'.repeat(4_096)}b00c`)
    const stat = async () => (await take('files', ['stat-at|0|g']))[0]
    await expectSteps('streamSteps', 'out|g|0 → 0\nblocking-zeroes|0|200000 → ok')
    expect(await stat()).toContain('size=200000 ')
  })

  it('ends a guest that writes more than check-write permits', async () => {
    await expectSteps('streamSteps', 'out|f|0 → 0\ncheck|0 → 65536\nzeroes|0|65536 → ok')
    await expectTrap(['out|f|0', 'zeroes|0|65537'])
    await expectTrap(['out|f|0', 'zeroes|0|18446744073709551615'])
    await expectTrap(['out|f|0', `write|0|${'x'.repeat(65_537)}`])
  })

  it('takes a text of any length for a blocking write', async () => {
    const text = 'x'.repeat(700_000)
    await expectSteps('streamSteps', `out|f|0 → 0\nblocking-write|0|${text} → ok`)
    expect(await contentOf('f')).toBe(text)
  })

  it('splices the body of an answer of HTTP into a file', async () => {
    const splices = Array.from({ length: 40 }, () => 'blocking-splice|0|0|1000')
    const [, , skipped, ...spliced] = await take('streamSteps', [
      `get|${HOST}/large.json`,
      'out|f|0',
      'blocking-skip|0|1',
      ...splices,
      'blocking-flush|0',
    ])
    expect(skipped).toBe('1')
    // As many as the network brings at a time, and never more than were asked for.
    const pieces = spliced.filter((answer) => /^\d+$/.test(answer)).map(Number)
    expect(Math.max(...pieces)).toBeLessThanOrEqual(1_000)
    expect(spliced.slice(pieces.length, -1)).toEqual(
      Array.from({ length: splices.length - pieces.length }, () => 'closed'),
    )
    expect(spliced.at(-1)).toBe('ok')
    const content = (await contentOf('f')) ?? ''
    expect(content.length).toBe(pieces.reduce((sum, piece) => sum + piece, 0))
    const body = JSON.parse(`{${content}`) as { client_id: string; padding: string }
    expect(body.client_id).toBe(`${HOST}/large.json`)
    expect(body.padding).toBe('x'.repeat(6 * 1024))
  })
})

describe('wasi:io/poll', () => {
  it('answers with each pollable that is ready, by its place, and waits for one at least', async () => {
    await write('f', 'content')
    await expectSteps(
      'streamSteps',
      `
      in|f|0 → 0
      out|to|0 → 0
      timer|3600000000000 → 0
      watch-in|0 → 1
      poll|0,1 → 1
      watch-out|0 → 2
      poll|2,0,1 → 0,2
      poll|1,1 → 0,1
      blocking-skip|0|99 → 7
      blocking-skip|0|99 → closed
      poll|0,1 → 1
      timer|5000000 → 3
      poll|0,3 → 1
      poll|3,0 → 0
      block|3 → ok
      block|1 → ok
      block|2 → ok
      ready|2 → true
    `,
    )
  })

  it('waits for the answer of a server beside a timer', () =>
    expectSteps(
      'streamSteps',
      `
      get|${HOST}/large.json → 0
      watch-in|0 → 0
      timer|3600000000000 → 1
      poll|1,0 → 1
      ready|0 → true
      skip|0|1 → 1
    `,
    ))

  it('is told to wait until there is room where more is written than the drive has taken', async () => {
    const piece = ['zeroes|0|65536']
    const answers = await take('streamSteps', [
      'out|f|0',
      ...Array.from({ length: 8 }, () => piece).flat(),
      'check|0',
      'watch-out|0',
      'timer|3600000000000',
      'poll|1,0',
      'check|0',
    ])
    expect(answers.slice(9)).toEqual(['0', '0', '1', '1', '65536'])
  })

  it('ends a guest that waits for nothing', () => expectTrap(['poll|']))

  it('ends a guest that waits for more than a thousand', () =>
    expectTrap(['timer|0', `poll|${Array.from({ length: 1_025 }, () => 0).join(',')}`]))
})

describe('wasi:io/error', () => {
  it('says what failed in a word, to the interface that it came from alone, and is the last of its stream', () =>
    expectSteps(
      'streamSteps',
      `
      out|f|536870912 → 0
      blocking-write|0|x → failed: file-too-large (filesystem file-too-large, http none)
      check|0 → closed
      write|0|x → closed
      zeroes|0|1 → closed
      flush|0 → closed
      blocking-flush|0 → closed
      blocking-write|0|x → closed
      blocking-zeroes|0|1 → closed
      watch-out|0 → 0
      ready|0 → true
      block|0 → ok
    `,
    ))

  it('ends a splice before it takes anything from where it reads', async () => {
    await write('from', 'abc')
    await expectSteps(
      'streamSteps',
      `
      in|from|0 → 0
      out|f|536870912 → 0
      blocking-write|0|x → failed: file-too-large (filesystem file-too-large, http none)
      blocking-splice|0|0|1 → closed
      splice|0|0|1 → closed
      blocking-read|0|9 → abc
    `,
    )
  })

  it('says what broke the body of an answer, to wasi:http alone', async () => {
    const steps = [`get|${HOST}/large.json`, 'blocking-read|0|9', 'blocking-read|0|9', 'skip|0|9']
    const limits = { ...CALL_LIMITS, ingressBytes: 100 }
    const { value } = await answerOf({ ...ioCall('streamSteps', steps), limits })
    const code = 'HTTP-response-body-size'
    expect(value).toEqual([
      '0',
      `failed: ${code} (filesystem none, http ${code})`,
      'closed',
      'closed',
    ])
  })
})
