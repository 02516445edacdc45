// Memory of a call, through the real compiler and guest isolates: what a policy allows below the maximum that
// is compiled in.

import { env } from 'cloudflare:workers'
import { describe, expect, inject, it } from 'vitest'
import { createCompile } from '../../src/compiler/compile.ts'
import { CALL_LIMITS } from '../../src/policy/limits.ts'
import { guestBounds } from '../../src/sandbox/call.ts'
import type { GuestStub } from '../../src/sandbox/isolate.ts'
import { openIsolate } from '../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../src/sandbox/sandbox.ts'
import { runGuest } from '../../src/sandbox/sandbox.ts'

const NONE = { network: null, sockets: null, drive: null, keyValue: null, client: null }
const KIT = 'test:grow/kit@0.1.0'
const PAGE = 65_536
const OUT_OF_MEMORY = { tag: 'bound', bound: 'memory' }

const compile = createCompile(env.LOADER)
let isolates = 0

async function open(name: string): Promise<GuestStub> {
  const compiled = await compile(Uint8Array.fromBase64(inject('hostile')[name] ?? ''))
  if (!compiled.ok) throw new Error(`${name}: ${JSON.stringify(compiled.error)}`)
  isolates += 1
  const code = {
    artifactDigest: `memory-${isolates}`,
    modules: async () => compiled.value.modules,
  }
  return openIsolate(env.LOADER, code, 'p')
}

function run(
  guest: GuestStub,
  path: string[],
  pages: number,
  args: unknown[] = [],
  slot: string | null = null,
): Promise<RunOutcome> {
  const bounds = guestBounds({ ...CALL_LIMITS, memoryBytes: pages * PAGE })
  const id = crypto.randomUUID()
  const call = { id, export: path, args, environment: [], argv: [], stdin: '', bounds, slot }
  return runGuest(guest, call, NONE, 60_000)
}

describe('the memory of a call', () => {
  it('grows by what is left of the bound, and answers -1 beyond it', async () => {
    const guest = await open('grower')
    const grow = async (pages: number, by: number) => await run(guest, [KIT, 'grow'], pages, [by])
    expect(await grow(10, 7)).toMatchObject({ tag: 'ok', value: 3 })
    expect(await grow(10, 8)).toMatchObject({ tag: 'ok', value: -1 })
    expect(await grow(3, 0)).toMatchObject({ tag: 'ok', value: 3 })
    expect(await grow(3, 1)).toMatchObject({ tag: 'ok', value: -1 })
    // Unsigned: what would be a negative number is a great many pages.
    expect(await grow(10, 0xffff_ffff)).toMatchObject({ tag: 'ok', value: -1 })
  })

  it('ends with its bound where the component starts with more', async () => {
    const guest = await open('grower')
    expect(await run(guest, [KIT, 'size'], 2)).toMatchObject(OUT_OF_MEMORY)
    expect(await run(guest, [KIT, 'size'], 3)).toMatchObject({ tag: 'ok', value: 3 })
  })

  it('counts all memories of the component, one that nobody sees as well', async () => {
    const guest = await open('starter')
    expect(await run(guest, ['run'], 149)).toMatchObject(OUT_OF_MEMORY)
    expect(await run(guest, ['run'], 150)).toMatchObject({ tag: 'ok', value: 100 })
  })

  it('burns the same fuel whether the bound or the compiled maximum refuses', async () => {
    const guest = await open('grower')
    const [bound, maximum] = [
      await run(guest, [KIT, 'grow'], 10, [2_000]),
      await run(guest, [KIT, 'grow'], 4_096, [2_000]),
    ]
    expect(bound).toMatchObject({ tag: 'ok', value: -1 })
    expect(maximum).toEqual(bound)
  })

  it('is what the instance has by now, where a client keeps it', async () => {
    const guest = await open('grower')
    const made = await run(guest, [KIT, 'Thing', '$create'], 20, [], 's')
    if (made.tag !== 'ok') throw new Error(JSON.stringify(made))
    const grow = (pages: number, by: number) =>
      run(guest, [KIT, 'Thing', 'prototype', 'grow'], pages, [made.value, by], 's')
    expect(await grow(20, 10)).toMatchObject({ tag: 'ok', value: 3 })
    expect(await grow(20, 8)).toMatchObject({ tag: 'ok', value: -1 })
    expect(await grow(20, 7)).toMatchObject({ tag: 'ok', value: 13 })
    expect(await grow(19, 0)).toMatchObject(OUT_OF_MEMORY)
    // It met a bound, so it is gone.
    expect(await grow(20, 0)).toMatchObject({ tag: 'handle', fault: 'gone' })
  })
})
