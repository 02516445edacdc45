// What may run of a guest while it is suspended in the middle of its computing: with glue of our own around a
// core module, as jco's glue uses `_stacks`.

import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import { meterCoreModule } from '../../src/component/meter.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'
import { guestCall, NONE } from './support/guest.ts'

/** The guest counts; `meanwhile` is run in a timer of its own while it does, and answers the call. */
const glue = (meanwhile: string) => `
  export async function instantiate(getCoreModule, imports, instantiateCore, shell) {
    const { _stacks, _suspending } = shell
    const soon = () => new Promise((resolve) => setTimeout(resolve, 0))
    const rest = _suspending(soon)
    const { exports } = await instantiateCore(getCoreModule('core.wasm'), { host: { rest } })
    const [count, peek, wait] = ['count', 'peek', 'wait'].map((name) => _stacks.promising(exports[name]))
    const run = async () => {
      const order = []
      let isOver = false
      const waits = wait()
      const counts = count().then(() => { isOver = true; order.push('count') })
      const other = soon().then(async () => {
        order.push(isOver ? 'late' : 'meanwhile')
        ${meanwhile}
      })
      await Promise.all([counts, other])
      return order.join(' ')
    }
    return { run }
  }`

/** A function that answers with a resource, and leaves the guest counting; and one that asks it something. */
const LEAVING = `
  class Thing {}
  export async function instantiate(getCoreModule, imports, instantiateCore, { _stacks, _suspending }) {
    const rest = _suspending(() => {})
    const { exports } = await instantiateCore(getCoreModule('core.wasm'), { host: { rest } })
    const [count, peek] = ['count', 'peek'].map((name) => _stacks.promising(exports[name]))
    const make = async () => {
      void count().then(count).catch(() => {})
      return new Thing()
    }
    return { make, ask: () => peek() }
  }`

let isolates = 0

function open(glue: string): GuestStub {
  isolates += 1
  const metered = meterCoreModule(Uint8Array.fromBase64(inject('hostile')['counter'] ?? ''))
  if (!metered.ok) throw new Error(JSON.stringify(metered.error))
  const modules = [
    { name: 'core.wasm', wasm: metered.value },
    { name: 'component.js', js: glue },
  ]
  const code = { artifactDigest: `stacks-${isolates}`, modules: async () => modules }
  return openIsolate(env.LOADER, code, 'p')
}

const run = (meanwhile: string): Promise<RunOutcome> =>
  runGuest(open(glue(meanwhile)), guestCall(['run']), NONE, 60_000)

const ok = (value: string) => ({ tag: 'ok', value })

describe('while a guest computes', () => {
  it('other code of its isolate runs', async () => {
    expect(await run('')).toMatchObject(ok('meanwhile count'))
  })

  it('a call that is waited for begins when the guest is done', async () => {
    const value = 'meanwhile count peek 0'
    expect(await run("order.push('peek', await peek())")).toMatchObject(ok(value))
  })

  it('a call that waits for the host goes on when the guest is done', async () => {
    const value = 'meanwhile count wait 0'
    expect(await run("order.push('wait', await waits)")).toMatchObject(ok(value))
  })

  it('a call that cannot be waited for is made when the guest is done, if the glue asks', async () => {
    const asks = 'while (_stacks.isPaused) await _stacks.over;'
    const call = "order.push('call', exports.peek())"
    expect(await run(`${asks} ${call}`)).toMatchObject(ok('meanwhile call 0 count'))
    const later = `await new Promise((done) => _stacks.later(() => { ${call}; done() }))`
    expect(await run(later)).toMatchObject(ok('meanwhile count call 0'))
  })

  it('a call that nothing holds back ends the guest', async () => {
    expect(await run('exports.peek()')).toMatchObject({
      tag: 'trap',
      message: 'called in the midst of its computing',
    })
  })

  it('what the glue knows of the task at hand is the guest’s own again when it goes on', async () => {
    const value = "_stacks.task.byComponent[0] = 'theirs'; _stacks.task.mayBlock.value = 0"
    const before = "_stacks.task.byComponent[0] = 'its'; _stacks.task.mayBlock.value = 1"
    const after = 'order.push(_stacks.task.byComponent[0], _stacks.task.mayBlock.value)'
    const outcome = await run(`${before}; const second = count().then(() => { ${after} })
      await soon(); ${value}; await second`)
    expect(outcome).toMatchObject(ok('meanwhile count its 1'))
  })
})

describe('a guest that computes on when it has answered', () => {
  it('serves no other call, though a resource of its is held', async () => {
    const guest = open(LEAVING)
    const call = (name: string) =>
      runGuest(guest, guestCall([name], [], { slot: 's' }), NONE, 5_000)
    expect(await call('make')).toMatchObject({ tag: 'ok' })
    const next = await call('ask')
    expect(next).toMatchObject({ tag: 'trap', message: 'it was still computing' })
    // The next after that has an instance of its own.
    expect(await call('ask')).toMatchObject({ tag: 'ok', value: 0 })
  })
})
