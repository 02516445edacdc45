// wasi:filesystem/types `descriptor` of 0.3: the one of 0.2 with whole streams in place of handles to
// them, and with its error codes and types as variants. A stream may outlive its descriptor here.

import type { Pending } from '../pending.ts'
import type { NewTimestamp } from '../wasi/descriptor.ts'
import type { Descriptor as OldDescriptor } from '../wasi/descriptor.ts'
import { FileError } from '../wasi/filesystem-streams.ts'
import type { ErrorCodeOf, GuestStream, Outcome, Streams } from './streams.ts'
import { piecesOf } from './streams.ts'

type Flags = Readonly<Record<string, boolean | undefined>>
type ErrorCode = { readonly tag: string; readonly val?: undefined }

/** What the descriptors of one call share. */
export interface DescriptorParts {
  readonly pending: Pending
  readonly streams: Streams
}

const codeOf: ErrorCodeOf<ErrorCode> = (thrown) => {
  if (typeof thrown === 'string') return { tag: thrown }
  if (thrown.tag === 'closed') return { tag: 'pipe' }
  return { tag: thrown.val instanceof FileError ? thrown.val.code : 'io' }
}

/** The 0.2 descriptor throws its error codes as strings. */
async function coded<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw typeof thrown === 'string' ? { tag: thrown } : thrown
  }
}

export class Descriptor {
  readonly #old: OldDescriptor
  readonly #parts: DescriptorParts
  /** Itself, while the guest holds it, and its streams. */
  #users = 1

  constructor(old: OldDescriptor, parts: DescriptorParts) {
    this.#old = old
    this.#parts = parts
  }

  readViaStream(offset: bigint) {
    const pull = piecesOf(() => this.#old.readViaStream(offset))
    return this.#used(this.#parts.streams.give(pull, codeOf))
  }
  writeViaStream(data: GuestStream, offset: bigint): Promise<Outcome<ErrorCode>> {
    return this.#writing(data, () => this.#old.writeViaStream(offset))
  }
  appendViaStream(data: GuestStream): Promise<Outcome<ErrorCode>> {
    return this.#writing(data, () => this.#old.appendViaStream())
  }
  readDirectory() {
    let entries: ReturnType<OldDescriptor['readDirectory']> | undefined
    const pull = async () => {
      entries ??= this.#old.readDirectory()
      const entry = await entries.readDirectoryEntry()
      return entry === undefined ? null : { type: { tag: entry.type }, name: entry.name }
    }
    return this.#used(this.#parts.streams.give(pull, codeOf))
  }

  async advise(): Promise<void> {}
  syncData(): Promise<void> {
    return coded(() => this.#old.syncData())
  }
  sync(): Promise<void> {
    return coded(() => this.#old.sync())
  }
  async getFlags(): Promise<Flags> {
    return this.#old.getFlags()
  }
  async getType(): Promise<{ tag: string }> {
    return { tag: this.#old.getType() }
  }
  setSize(size: bigint): Promise<void> {
    return coded(() => this.#old.setSize(size))
  }
  setTimes(accessed: NewTimestamp, modified: NewTimestamp): Promise<void> {
    return coded(() => this.#old.setTimes(accessed, modified))
  }
  stat() {
    return coded(async () => toStat(await this.#old.stat()))
  }
  statAt(flags: Flags, path: string) {
    return coded(async () => toStat(await this.#old.statAt(flags, path)))
  }
  setTimesAt(
    flags: Flags,
    path: string,
    accessed: NewTimestamp,
    modified: NewTimestamp,
  ): Promise<void> {
    return coded(() => this.#old.setTimesAt(flags, path, accessed, modified))
  }
  createDirectoryAt(path: string): Promise<void> {
    return coded(() => this.#old.createDirectoryAt(path))
  }
  openAt(flags: Flags, path: string, open: Flags, wanted: Flags): Promise<Descriptor> {
    return coded(async () => {
      const opened = await this.#old.openAt(flags, path, open, wanted)
      return new Descriptor(opened, this.#parts)
    })
  }
  removeDirectoryAt(path: string): Promise<void> {
    return coded(() => this.#old.removeDirectoryAt(path))
  }
  unlinkFileAt(path: string): Promise<void> {
    return coded(() => this.#old.unlinkFileAt(path))
  }
  renameAt(from: string, to: Descriptor, path: string): Promise<void> {
    return coded(() => this.#old.renameAt(from, to.#old, path))
  }
  linkAt(): Promise<never> {
    return coded(() => this.#old.linkAt())
  }
  symlinkAt(): Promise<never> {
    return coded(() => this.#old.symlinkAt())
  }
  readlinkAt(path: string): Promise<never> {
    return coded(() => this.#old.readlinkAt(path))
  }
  async isSameObject(other: Descriptor): Promise<boolean> {
    return this.#old.isSameObject(other.#old)
  }
  metadataHash(): Promise<unknown> {
    return coded(() => this.#old.metadataHash())
  }
  metadataHashAt(flags: Flags, path: string): Promise<unknown> {
    return coded(() => this.#old.metadataHashAt(flags, path))
  }

  [Symbol.dispose](): void {
    this.#release()
  }

  #writing(
    data: GuestStream,
    open: () => ReturnType<OldDescriptor['writeViaStream']>,
  ): Promise<Outcome<ErrorCode>> {
    const written = this.#parts.streams.take(data, open, codeOf)
    this.#parts.pending.track(written)
    this.#users += 1
    void written.then(() => this.#release())
    return written
  }

  #used<T>(given: [T, Promise<Outcome<ErrorCode>>]): [T, Promise<Outcome<ErrorCode>>] {
    this.#users += 1
    void given[1].then(() => this.#release())
    return given
  }

  #release(): void {
    this.#users -= 1
    if (this.#users === 0) this.#old[Symbol.dispose]()
  }
}

function toStat(stat: { readonly type: string }) {
  return { ...stat, type: { tag: stat.type } }
}
