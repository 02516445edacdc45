// The objects that one call may hold, made from its authority and taken back when the call ends.

import type { DriveError } from '../drive/node.ts'
import type { Changes } from '../policy/changes.ts'
import type { Authority } from '../policy/authority.ts'
import { changesEntries, readsEntries } from '../policy/keyvalue.ts'
import type { LabelStanding } from '../policy/labels.ts'
import { err } from '../policy/result.ts'
import type { Conversation } from './client.ts'
import { Client } from './client.ts'
import type { DriveVerbs } from './drive.ts'
import { DriveAccess } from './drive.ts'
import type { ChunkStore } from './drive-file.ts'
import type { GuestCapabilities } from './held.ts'
import type { KeyValueStore } from './keyvalue.ts'
import { KeyValue } from './keyvalue.ts'
import type { Standing } from './lease.ts'
import { CallLease } from './lease.ts'
import { CallMeter } from './meter.ts'
import { Network } from './network.ts'
import type { CallSecrets } from './secrets.ts'
import { Questions } from './questions.ts'
import { Sockets } from './sockets.ts'
import type { Upstreams } from './upstreams.ts'

/** What capabilities act on: the world outside of a call. */
export interface Sources {
  readonly upstreams: Upstreams
  /** What the component at hand keeps under wasi:keyvalue. */
  readonly entries: KeyValueStore
  /** The drive of the person, and where its bodies are. Asked for only when a call holds it. */
  readonly drive: () => { readonly tree: DriveVerbs; readonly store: ChunkStore }
  /** The client of the call at hand. */
  readonly conversation: Conversation
  readonly digest: (text: string) => Promise<string>
  /** What the person's account knows of the call at hand. */
  readonly standing: Standing
  /** What may go into its requests, and may be told to nobody. */
  readonly secrets: CallSecrets
  readonly labels: LabelStanding
  readonly now: () => number
  /** When the account was asked for the authority. */
  readonly askedAt: number
}

/** Owned by `call.ts`, which disposes of it: afterwards every object in it refuses. */
export interface HeldCapabilities extends Disposable {
  readonly meter: CallMeter
  readonly lease: CallLease
  readonly guest: GuestCapabilities
  /** What the client was asked. */
  readonly questions: Questions
  /** What the guest said has changed. */
  readonly changes: () => Changes
  /** Saves what the guest wrote; why it could not be saved, or `null`. */
  save(): Promise<DriveError | null>
}

/**
 * A component that does not import an interface gets no object for it. One that does gets an object even
 * when nothing is granted: it refuses on our side of the wall, so the refusal is on the record.
 */
export function issueCapabilities(authority: Authority, sources: Sources): HeldCapabilities {
  const { upstreams, standing, secrets, labels, now, askedAt } = sources
  const meter = new CallMeter(authority.limits, authority.ioPerSecond, secrets.untold)
  const onRenewed = (renewed: Authority) => meter.narrow(renewed)
  const lease = new CallLease(authority, { standing, now, askedAt, onRenewed, has: labels.has })
  const network = authority.network === null ? null : new Network(lease, meter, upstreams, secrets)
  const sockets = authority.sockets === null ? null : new Sockets(lease, meter, upstreams)
  const drive = authority.storage === null ? null : openDrive(lease, meter, sources)
  let isOpen = true
  const isMine = async () => (await lease.current())?.keyValue === true && isOpen
  const stillOpen = openOnly(tracing(sources.entries, meter), isMine)
  const entries = labelled(stillOpen, labels, lease, meter)
  const keyValue = authority.keyValue ? new KeyValue(entries, meter) : null
  const { conversation, digest } = sources
  const questions = new Questions(conversation.answers, digest)
  const client = authority.client
    ? new Client(conversation, questions, meter, secrets.untold)
    : null
  return {
    meter,
    lease,
    questions,
    changes: () => client?.changes() ?? { listings: [], resources: [] },
    guest: { network, sockets, drive, keyValue, client },
    save: async () => (drive === null ? null : await drive.save()),
    [Symbol.dispose]: () => {
      isOpen = false
      network?.[Symbol.dispose]()
      sockets?.[Symbol.dispose]()
      drive?.[Symbol.dispose]()
      keyValue?.[Symbol.dispose]()
      client?.[Symbol.dispose]()
    },
  }
}

function tracing(entries: KeyValueStore, meter: CallMeter): KeyValueStore {
  return (operation) => {
    if (changesEntries(operation)) meter.leaveTrace()
    return entries(operation)
  }
}

/**
 * Claiming what an operation brings may take longer than the call, and after its call nothing is kept. Nor is it for a
 * call that may do nothing any more.
 */
function openOnly(entries: KeyValueStore, isOpen: () => Promise<boolean>): KeyValueStore {
  return async (operation) => ((await isOpen()) ? await entries(operation) : err('access-denied'))
}

function labelled(
  entries: KeyValueStore,
  { keyValue }: LabelStanding,
  lease: CallLease,
  meter: CallMeter,
): KeyValueStore {
  return async (operation) => {
    const denial = readsEntries(operation) ? await lease.bring(keyValue) : null
    if (denial === null) return await entries(operation)
    meter.deny(denial)
    return err('access-denied')
  }
}

function openDrive(lease: CallLease, meter: CallMeter, sources: Sources): DriveAccess {
  const { tree, store } = sources.drive()
  return new DriveAccess({ drive: tree, store, lease, meter })
}
