// Calls of the fixture `io` with a drive of R2 and a Drive object in their hands, and with a network if they are
// given one.

import { env } from 'cloudflare:workers'
import { DriveAccess } from '../../../src/capabilities/drive.ts'
import type { DriveVerbs } from '../../../src/capabilities/drive.ts'
import type { ChunkStore } from '../../../src/capabilities/drive-file.ts'
import { CallMeter } from '../../../src/capabilities/meter.ts'
import { Network } from '../../../src/capabilities/network.ts'
import { newBlob } from '../../../src/drive/blobs.ts'
import { parseHostRule } from '../../../src/policy/host-rule.ts'
import { layerOf } from '../../../src/policy/layers.ts'
import { CALL_LIMITS } from '../../../src/policy/limits.ts'
import { parseStorageRule } from '../../../src/policy/storage-rule.ts'
import type { GuestStub } from '../../../src/sandbox/isolate.ts'
import type { RunOutcome } from '../../../src/sandbox/sandbox.ts'
import { runGuest } from '../../../src/sandbox/sandbox.ts'
import { guestCall, NONE, openGuest } from './guest.ts'
import { lasting } from './lease.ts'

export const openIo = (): Promise<GuestStub> => openGuest('io', new Uint8Array(env.IO_WASM))

export interface IoCall {
  readonly guest: GuestStub
  /** Whose drive. */
  readonly person: string
  readonly name: string
  readonly args: readonly unknown[]
  /** `<access> <uri>`; without them all of the drive is granted. */
  readonly rules?: readonly string[] | undefined
  /** A host that may be asked; without it there is no network. */
  readonly host?: string | undefined
  readonly limits?: typeof CALL_LIMITS | undefined
  /** Instead of a new one with these limits. */
  readonly meter?: CallMeter | undefined
  readonly store?: ChunkStore | undefined
}

export interface IoAnswer {
  readonly outcome: RunOutcome
  /** What could not be saved at the end. */
  readonly unsaved: Awaited<ReturnType<DriveAccess['save']>>
  readonly meter: CallMeter
}

export async function runIo(call: IoCall): Promise<IoAnswer> {
  const { guest, person, name, args, rules = ['read,write fs:///'], limits = CALL_LIMITS } = call
  const allow = rules.flatMap((text) => {
    const [access = '', uri = ''] = text.split(' ')
    const rule = parseStorageRule(uri, access.split(','))
    return rule.ok ? [rule.value] : []
  })
  const meter = call.meter ?? new CallMeter(limits)
  const drive = new DriveAccess({
    drive: env.DRIVE.getByName(person) as unknown as DriveVerbs,
    store: call.store ?? chunksOf(person),
    lease: lasting({ storage: { layers: [layerOf('grants', allow)] } }),
    meter,
  })
  const network = call.host === undefined ? null : networkTo(call.host, meter)
  const held = { ...NONE, drive, network }
  const outcome = await runGuest(guest, guestCall([name], args), held, 50_000)
  const unsaved = await drive.save()
  drive[Symbol.dispose]()
  network?.[Symbol.dispose]()
  return { outcome, unsaved, meter }
}

/** What a call answers that ends as its guest wants it to. */
export async function answerOf(call: IoCall) {
  const { outcome, ...rest } = await runIo(call)
  if (outcome.tag !== 'ok' && outcome.tag !== 'err') throw new Error(JSON.stringify(outcome))
  return { value: outcome.value, ...rest }
}

export function chunksOf(person: string): ChunkStore {
  return {
    async put(bytes) {
      const blob = newBlob(person)
      await env.STORE.put(blob, bytes)
      return blob
    },
    async get(blob) {
      const object = await env.STORE.get(blob)
      if (object === null) throw new Error('missing')
      return new Uint8Array(await object.arrayBuffer())
    },
  }
}

/** The words before the arrows are to be taken in one call, the lines to be answered. */
export function scriptOf(script: string): { readonly taken: string[]; readonly lines: string[] } {
  const lines = script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return { taken: lines.map((line) => line.split(' →')[0] ?? ''), lines }
}

function networkTo(host: string, meter: CallMeter): Network {
  const rule = parseHostRule(host)
  if (!rule.ok) throw new Error(`no rule: ${host}`)
  const network = { layers: [layerOf('grants', [rule.value])], ownHosts: [] }
  return new Network(lasting({ network }), meter, new Map())
}
