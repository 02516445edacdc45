// What leaves a trace, so that a refused call is not run again by itself: real capabilities over a world that
// remembers.

import { describe, expect, it } from 'vitest'
import { KeyValueOperation, changesEntries } from '../../src/policy/keyvalue.ts'
import { world } from '../escape/workerd/support/world.ts'

function message(method: string) {
  const body = { headers: [], body: null, timeoutMs: null }
  return { method, scheme: 'http', authority: 'demo.test', path: '/', ...body }
}

describe('a request', () => {
  it.each([
    ['GET', false],
    ['HEAD', false],
    ['OPTIONS', false],
    ['POST', true],
    ['PUT', true],
    ['DELETE', true],
    ['PATCH', true],
    ['MKCOL', true],
  ] as const)('by %s that is sent leaves a trace: %s', async (method, trace) => {
    const { held, meter } = world({ hosts: ['demo.test'] })
    await held.network.send(message(method))
    expect(meter.hostCalls).toHaveLength(1)
    expect(meter.leftTraces).toBe(trace)
  })

  it('that is refused leaves none', async () => {
    const { held, meter } = world({ hosts: [] })
    await held.network.send(message('POST'))
    expect(meter.denials).toHaveLength(1)
    expect(meter.leftTraces).toBe(false)
  })
})

describe('the drive', () => {
  it('has no trace of a look', async () => {
    const { held, meter } = world()
    await held.drive.stat('file')
    await held.drive.list('', null)
    expect(meter.leftTraces).toBe(false)
  })

  it.each([
    ['a directory that is made', 'createDirectory'],
    ['a file that is removed', 'remove'],
  ] as const)('has one of %s', async (_, verb) => {
    const { held, meter } = world()
    await held.drive[verb]('file', false)
    expect(meter.leftTraces).toBe(true)
  })

  it('has none of what was refused', async () => {
    const { held, meter } = world({ paths: [] })
    await held.drive.remove('file', false)
    expect(meter.leftTraces).toBe(false)
  })
})

describe('what a component keeps', () => {
  it('changes by every operation that writes', () => {
    const changing = KeyValueOperation.options
      .map((option) => option.shape.op.value)
      .filter((op) => changesEntries({ op } as KeyValueOperation))
    expect(changing.toSorted()).toEqual(['delete', 'increment', 'set', 'swap'])
  })
})
