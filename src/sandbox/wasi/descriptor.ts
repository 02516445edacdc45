// wasi:filesystem/types `descriptor`: a place on the drive, a file or a directory. Paths and flags are
// handed to the call's drive capability, which judges them; nothing is decided here.

import type { DriveCode, DriveFace } from '../../capabilities/held.ts'
import type { NodeStat } from '../../drive/node.ts'
import type { Pending } from '../pending.ts'
import { FileSink, fileSource } from './filesystem-streams.ts'
import { InputStream, OutputStream } from './streams.ts'

type Code = DriveCode | 'unsupported' | 'not-directory' | 'is-directory'
interface Datetime {
  readonly seconds: bigint
  readonly nanoseconds: number
}
export type NewTimestamp =
  | { readonly tag: 'no-change' | 'now' }
  | { readonly tag: 'timestamp'; readonly val: Datetime }
type Flags = Readonly<Record<string, boolean | undefined>>

interface Stat {
  readonly type: string
  readonly linkCount: bigint
  readonly size: bigint
  readonly dataAccessTimestamp: undefined
  readonly dataModificationTimestamp: Datetime
  readonly statusChangeTimestamp: Datetime
}

const MAX_PIECE_BYTES = 256 * 1024

/** jco takes a thrown string as the error of a `result<_, error-code>`. */
function fail(code: Code): never {
  // eslint-disable-next-line no-throw-literal -- see above
  throw code
}

function value<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Code },
): T {
  return result.ok ? result.value : fail(result.error)
}

function datetime(ms: number): Datetime {
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1_000_000 }
}

export class Descriptor {
  readonly #drive: DriveFace
  /** From the root of the drive, without a leading slash. */
  readonly #path: string
  /** `null` for a directory. */
  readonly #handle: number | null
  readonly #flags: Flags
  readonly #pending: Pending
  readonly #sinks: FileSink[] = []

  constructor(
    drive: DriveFace,
    pending: Pending,
    path: string,
    handle: number | null,
    flags: Flags,
  ) {
    this.#drive = drive
    this.#pending = pending
    this.#path = path
    this.#handle = handle
    this.#flags = flags
  }

  readViaStream(offset: bigint): InputStream {
    return new InputStream(fileSource(this.#drive, this.#file(), Number(offset)))
  }
  writeViaStream(offset: bigint): OutputStream {
    return this.#sink(Number(offset))
  }
  appendViaStream(): OutputStream {
    return this.#sink(null)
  }
  advise(): void {}
  getFlags(): Flags {
    return this.#flags
  }
  getType(): string {
    return this.#handle === null ? 'directory' : 'regular-file'
  }
  isSameObject(other: Descriptor): boolean {
    return this.#path === other.#path
  }
  readDirectory(): DirectoryEntryStream {
    if (this.#handle !== null) fail('not-directory')
    return new DirectoryEntryStream(this.#drive, this.#path)
  }

  async syncData(): Promise<void> {
    if (this.#handle !== null) value(await this.#drive.sync(this.#handle))
  }
  async sync(): Promise<void> {
    await this.syncData()
  }
  async setSize(size: bigint): Promise<void> {
    value(await this.#drive.setSize(this.#file(), Number(size)))
  }
  async setTimes(_: NewTimestamp, modified: NewTimestamp): Promise<void> {
    await this.#touch(this.#path, modified)
  }
  /** `read: func(length, offset) -> result<tuple<list<u8>, bool>>` */
  async read(length: bigint, offset: bigint): Promise<[Uint8Array, boolean]> {
    const wanted = length < MAX_PIECE_BYTES ? Number(length) : MAX_PIECE_BYTES
    const bytes = value(await this.#drive.read(this.#file(), Number(offset), wanted))
    return [bytes, bytes.byteLength === 0 && wanted > 0]
  }
  async write(bytes: Uint8Array, offset: bigint): Promise<bigint> {
    const piece = bytes.subarray(0, MAX_PIECE_BYTES)
    value(await this.#drive.write(this.#file(), Number(offset), piece))
    return BigInt(piece.byteLength)
  }
  async stat(): Promise<Stat> {
    if (this.#handle !== null) return toStat(value(await this.#drive.fileStat(this.#handle)))
    return toStat(value(await this.#drive.stat(this.#path)))
  }
  async metadataHash(): Promise<unknown> {
    if (this.#handle !== null) return toHash(value(await this.#drive.fileStat(this.#handle)))
    return toHash(value(await this.#drive.stat(this.#path)))
  }

  async statAt(_: Flags, path: string): Promise<Stat> {
    return toStat(value(await this.#drive.stat(this.#below(path))))
  }
  async metadataHashAt(_: Flags, path: string): Promise<unknown> {
    return toHash(value(await this.#drive.stat(this.#below(path))))
  }
  async setTimesAt(
    _: Flags,
    path: string,
    __: NewTimestamp,
    modified: NewTimestamp,
  ): Promise<void> {
    await this.#touch(this.#below(path), modified)
  }
  async createDirectoryAt(path: string): Promise<void> {
    value(await this.#drive.createDirectory(this.#below(path)))
  }
  async openAt(_: Flags, path: string, open: Flags, flags: Flags): Promise<Descriptor> {
    const below = this.#below(path)
    const { handle, stat } = value(
      await this.#drive.open(below, {
        create: open['create'] === true,
        exclusive: open['exclusive'] === true,
        truncate: open['truncate'] === true,
        directory: open['directory'] === true,
        read: flags['read'] === true,
        write: flags['write'] === true,
      }),
    )
    if (open['directory'] === true && !stat.isDirectory) fail('not-directory')
    return new Descriptor(this.#drive, this.#pending, below, handle, flags)
  }
  async removeDirectoryAt(path: string): Promise<void> {
    value(await this.#drive.remove(this.#below(path), true))
  }
  async unlinkFileAt(path: string): Promise<void> {
    value(await this.#drive.remove(this.#below(path), false))
  }
  async renameAt(from: string, to: Descriptor, path: string): Promise<void> {
    value(await this.#drive.rename(this.#below(from), to.#below(path)))
  }
  /** There are no links on a drive: none to follow out of it, none to make. */
  async linkAt(): Promise<never> {
    return fail('unsupported')
  }
  async symlinkAt(): Promise<never> {
    return fail('unsupported')
  }
  async readlinkAt(): Promise<never> {
    return fail('invalid')
  }

  /** What the streams still hold is written first, then the drive saves it; the call waits for that. */
  [Symbol.dispose](): void {
    const handle = this.#handle
    if (handle === null) return
    const written = Promise.all(this.#sinks.map((sink) => sink.drain()))
    this.#pending.track(written.then(() => this.#drive.close(handle)))
  }

  #sink(offset: number | null): OutputStream {
    const sink = new FileSink(this.#drive, this.#file(), offset)
    this.#sinks.push(sink)
    return new OutputStream(sink)
  }

  #file(): number {
    return this.#handle ?? fail('is-directory')
  }

  /** `..` may not leave this directory: resolved here so that the drive sees one plain path. */
  #below(path: string): string {
    if (this.#handle !== null) fail('not-directory')
    if (path.startsWith('/')) fail('not-permitted')
    const segments: string[] = []
    for (const segment of path.split('/')) {
      if (segment === '' || segment === '.') continue
      if (segment !== '..') segments.push(segment)
      else if (segments.pop() === undefined) fail('not-permitted')
    }
    return [this.#path, ...segments].filter((part) => part !== '').join('/')
  }

  async #touch(path: string, modified: NewTimestamp): Promise<void> {
    if (modified.tag === 'no-change') return
    const ms =
      'val' in modified
        ? Number(modified.val.seconds) * 1000 + Math.floor(modified.val.nanoseconds / 1e6)
        : Date.now()
    value(await this.#drive.setTimes(path, ms))
  }
}

export class DirectoryEntryStream {
  readonly #drive: DriveFace
  readonly #path: string
  #page: readonly { readonly name: string; readonly isDirectory: boolean }[] = []
  #at = 0
  /** Name after which the next page starts; `undefined`: nothing read yet; `null`: no page is left. */
  #next: string | null | undefined = undefined

  constructor(drive: DriveFace, path: string) {
    this.#drive = drive
    this.#path = path
  }

  async readDirectoryEntry(): Promise<{ type: string; name: string } | undefined> {
    while (this.#at >= this.#page.length) {
      if (this.#next === null) return undefined
      const page = value(await this.#drive.list(this.#path, this.#next ?? null))
      this.#page = page.entries
      this.#next = page.next
      this.#at = 0
    }
    const entry = this.#page[this.#at]
    this.#at += 1
    if (entry === undefined) return undefined
    return { type: entry.isDirectory ? 'directory' : 'regular-file', name: entry.name }
  }
}

function toStat(stat: NodeStat): Stat {
  return {
    type: stat.isDirectory ? 'directory' : 'regular-file',
    linkCount: 1n,
    size: BigInt(stat.size),
    dataAccessTimestamp: undefined,
    dataModificationTimestamp: datetime(stat.modifiedAt),
    statusChangeTimestamp: datetime(stat.modifiedAt),
  }
}

/** Changes with the file's identity and with each commit of it. */
function toHash(stat: NodeStat): unknown {
  return { lower: BigInt(stat.id), upper: (BigInt(stat.version) << 32n) ^ BigInt(stat.size) }
}
