// Command-line programs as tools: what they print is what they answer.

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Agent, errorOf, textOf } from '../support/agent.ts'
import { read } from '../support/components.ts'
import { oddComponents } from '../support/odd.ts'

const PRINTED = '\ttwo\nlines\n'
const RUN = 'wasi_cli_run_0_2_6_run'
const LATER_RUN = 'wasi_cli_run_0_3_0_run'
const FROM_COMPONENT = { 'wassette-edge/origin': 'component' }

let agent: Agent
beforeAll(async () => {
  agent = await Agent.of(inject('server').url, 'alice')
  await agent.startFresh()
  const { command } = await oddComponents()
  if (command === undefined) throw new Error('there is no such component')
  expect((await agent.upload('command', command)).status).toBe(201)
  // From here on the client holds each structured answer against the tool's output schema.
  await agent.client.listTools()
})
afterAll(async () => {
  await agent.startFresh()
  await agent.close()
})

describe('a command', () => {
  it.each(['wasi_cli_run_0_2_0_run', 'leave'])(
    'answers with its standard output, marked as its own: %s',
    async (tool) => {
      const result = await agent.call(tool)
      expect(result.isError).not.toBe(true)
      expect(result.content).toEqual([
        { type: 'text', text: PRINTED, _meta: FROM_COMPONENT },
        { type: 'text', text: '{"ok":null}' },
      ])
      expect(result.structuredContent).toEqual({ result: { ok: null } })
    },
  )

  it('answers with it also where its function has no result', async () => {
    const result = await agent.call('nothing')
    expect(result.content[0]).toEqual({ type: 'text', text: PRINTED, _meta: FROM_COMPONENT })
    expect(result.structuredContent).toBeUndefined()
  })

  it('that prints nothing answers with its result alone', async () => {
    const result = await agent.call('quiet')
    expect(result.content).toEqual([{ type: 'text', text: '{"ok":null}' }])
  })

  it('that fails has said why', async () => {
    const failed = await agent.call('fail')
    expect(failed.isError).toBe(true)
    expect(failed.content[0]).toMatchObject({ text: PRINTED, _meta: FROM_COMPONENT })
    const gaveUp = await agent.call('give-up')
    expect(gaveUp.isError).toBe(true)
    expect(errorOf(gaveUp)).toEqual({ code: 'exit', exit_code: 1 })
    expect(textOf(gaveUp)).toContain('lines')
  })

  it('is given its arguments, behind its own name, and its standard input', async () => {
    const uploaded = await agent.upload('program', read('test/fixtures/program/program.wasm'))
    expect(uploaded.status).toBe(201)
    const { tools } = await agent.client.listTools()
    const tool = tools.find(({ name }) => name === RUN)
    expect(tool?.inputSchema).toMatchObject({ additionalProperties: false })
    expect(Object.keys(tool?.inputSchema.properties ?? {})).toEqual(['args', 'stdin'])
    expect(await printed({})).toBe('program\n')
    expect(await printed({ args: ['-n', 'two words', ''], stdin: 'grün\n' })).toBe(
      'program\n-n\ntwo words\n\nGRÜN\n',
    )
    // Nothing of one call is left for the next.
    expect(await printed({ stdin: 'again' })).toBe('program\nAGAIN')
    const long = 'x'.repeat(150_000)
    expect(await printed({ stdin: long })).toBe(`program\n${long.toUpperCase()}`)
    const failed = await agent.call(RUN, { args: ['--fail'] })
    expect(failed.isError).toBe(true)
    expect(textOf(failed)).toContain('--fail')
    for (const wrong of [{ args: 'one' }, { args: [1] }, { stdin: 1 }, { argv: [] }]) {
      expect(errorOf(await agent.call(RUN, wrong))).toMatchObject({ code: 'bad-arguments' })
    }
  })

  it('of WASI 0.3 is given the same', async () => {
    const uploaded = await agent.upload('later', read('test/fixtures/wasi3/wasi3.wasm'))
    expect(uploaded.status).toBe(201)
    const { tools } = await agent.client.listTools()
    const tool = tools.find(({ name }) => name === LATER_RUN)
    expect(Object.keys(tool?.inputSchema.properties ?? {})).toEqual(['args', 'stdin'])
    const given = { args: ['-n', 'two words'], stdin: 'grün\n' }
    expect(await printed(given, LATER_RUN)).toBe('later\n-n\ntwo words\nGRÜN\n')
    expect(await printed({}, LATER_RUN)).toBe('later\n')
    const failed = await agent.call(LATER_RUN, { args: ['--fail'] })
    expect(failed.isError).toBe(true)
    expect(textOf(failed)).toContain('--fail')
    expect(failed.structuredContent).toEqual({ result: { err: null } })
  })

  it('does not answer by leaving where a value is owed', async () => {
    const result = await agent.call('owe-a-value')
    expect(errorOf(result)).toEqual({ code: 'exit', exit_code: 0 })
  })
})

async function printed(args: Record<string, unknown>, tool = RUN): Promise<unknown> {
  const [first] = (await agent.call(tool, args)).content
  return first?.type === 'text' ? first.text : first
}
