// wasi:filesystem/types `descriptor`: a place on the drive, a file or a directory. Paths and flags are
// handed to the call's drive capability, which judges them; nothing is decided here.

import type { DriveCode, DriveFace } from '../../capabilities/held.ts'
import type { NodeStat } from '../../drive/node.ts'
import type { Pending } from '../pending.ts'
import { pathBelow, wantsDirectory } from './filesystem-path.ts'
import { FileSink, fileSource } from './filesystem-streams.ts'
import { InputStream, OutputStream } from './streams.ts'

type Code = DriveCode | 'unsupported'
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
/** Every write would have to be durable when it answers: files are saved whole, when they are closed or synced. */
const UNSUPPORTED_FLAGS = ['fileIntegritySync', 'dataIntegritySync', 'requestedWriteSync']

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
  /** Of the file or directory that was opened, whatever is at its path later. */
  readonly #node: number
  /** `null` for a directory. */
  readonly #handle: number | null
  readonly #flags: Flags
  readonly #pending: Pending
  readonly #sinks: FileSink[] = []

  constructor(
    drive: DriveFace,
    pending: Pending,
    path: string,
    { handle, node }: { readonly handle: number | null; readonly node: number },
    flags: Flags,
  ) {
    this.#drive = drive
    this.#pending = pending
    this.#path = path
    this.#node = node
    this.#handle = handle
    this.#flags = flags
  }

  readViaStream(offset: bigint): InputStream {
    const source = fileSource(this.#drive, this.#file('read'), Number(offset), this.#written)
    return new InputStream(source)
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
    return this.#node === other.#node
  }
  readDirectory(): DirectoryEntryStream {
    if (this.#handle !== null) fail('not-directory')
    return new DirectoryEntryStream(this.#drive, this.#path)
  }

  async syncData(): Promise<void> {
    await this.#written()
    if (this.#handle !== null) value(await this.#drive.sync(this.#handle))
  }
  async sync(): Promise<void> {
    await this.syncData()
  }
  async setSize(size: bigint): Promise<void> {
    const file = this.#file('write')
    await this.#written()
    value(await this.#drive.setSize(file, Number(size)))
  }
  async setTimes(_: NewTimestamp, modified: NewTimestamp): Promise<void> {
    await this.#written()
    await this.#touch(this.#path, modified)
  }
  /** `read: func(length, offset) -> result<tuple<list<u8>, bool>>` */
  async read(length: bigint, offset: bigint): Promise<[Uint8Array, boolean]> {
    const file = this.#file('read')
    await this.#written()
    const wanted = length < MAX_PIECE_BYTES ? Number(length) : MAX_PIECE_BYTES
    const bytes = value(await this.#drive.read(file, Number(offset), wanted))
    return [bytes, bytes.byteLength === 0 && wanted > 0]
  }
  async write(bytes: Uint8Array, offset: bigint): Promise<bigint> {
    const file = this.#file('write')
    await this.#written()
    const piece = bytes.subarray(0, MAX_PIECE_BYTES)
    value(await this.#drive.write(file, Number(offset), piece.slice()))
    return BigInt(piece.byteLength)
  }
  async stat(): Promise<Stat> {
    return toStat(await this.#stat())
  }
  async metadataHash(): Promise<unknown> {
    return toHash(await this.#stat())
  }

  async statAt(_: Flags, path: string): Promise<Stat> {
    return toStat(await this.#statBelow(path))
  }
  async metadataHashAt(_: Flags, path: string): Promise<unknown> {
    return toHash(await this.#statBelow(path))
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
    if (UNSUPPORTED_FLAGS.some((flag) => flags[flag] === true)) fail('unsupported')
    const create = open['create'] === true
    if (create && wantsDirectory(path)) fail('is-directory')
    const { handle, stat } = value(
      await this.#drive.open(below, {
        create,
        exclusive: open['exclusive'] === true,
        truncate: open['truncate'] === true,
        directory: open['directory'] === true || wantsDirectory(path),
        read: flags['read'] === true,
        write: flags['write'] === true,
      }),
    )
    return new Descriptor(this.#drive, this.#pending, below, { handle, node: stat.id }, flags)
  }
  async removeDirectoryAt(path: string): Promise<void> {
    value(await this.#drive.remove(this.#below(path, 'itself-is-invalid'), true))
  }
  async unlinkFileAt(path: string): Promise<void> {
    if (wantsDirectory(path)) {
      const { isDirectory } = await this.#statBelow(path)
      if (isDirectory) fail('is-directory')
    }
    value(await this.#drive.remove(this.#below(path), false))
  }
  async renameAt(from: string, to: Descriptor, path: string): Promise<void> {
    const [source, target] = [
      this.#below(from, 'itself-is-invalid'),
      to.#below(path, 'itself-is-invalid'),
    ]
    // A file cannot be named as a directory is, at either end.
    if (wantsDirectory(from) || wantsDirectory(path)) {
      if (!value(await this.#drive.stat(source)).isDirectory) fail('not-directory')
    }
    value(await this.#drive.rename(source, target))
  }
  /** There are no links on a drive: none to follow out of it, none to make. */
  async linkAt(): Promise<never> {
    return fail('unsupported')
  }
  async symlinkAt(): Promise<never> {
    return fail('unsupported')
  }
  async readlinkAt(path: string): Promise<never> {
    await this.#statBelow(path)
    return fail('invalid')
  }

  /** What the streams still hold is written first, then the drive saves it; the call waits for that. */
  [Symbol.dispose](): void {
    const handle = this.#handle
    if (handle === null) return
    this.#pending.track(this.#written().then(() => this.#drive.close(handle)))
  }

  #sink(offset: number | null): OutputStream {
    const sink = new FileSink(this.#drive, this.#file('write'), offset)
    this.#sinks.push(sink)
    return new OutputStream(sink)
  }

  /** What was put into streams of this descriptor is on its way before anything that is asked later. */
  readonly #written = async (): Promise<void> => {
    await Promise.all(this.#sinks.map((sink) => sink.drain()))
  }

  /** The handle, for what this descriptor was opened for. The drive judges it all the same. */
  #file(use: 'read' | 'write'): number {
    if (this.#handle === null) fail('is-directory')
    return this.#flags[use] === true ? this.#handle : fail('bad-descriptor')
  }

  async #stat(): Promise<NodeStat> {
    await this.#written()
    if (this.#handle !== null) return value(await this.#drive.fileStat(this.#handle))
    return value(await this.#drive.stat(this.#path))
  }

  async #statBelow(path: string): Promise<NodeStat> {
    const stat = value(await this.#drive.stat(this.#below(path)))
    return wantsDirectory(path) && !stat.isDirectory ? fail('not-directory') : stat
  }

  #below(path: string, rule?: 'itself-is-invalid'): string {
    if (this.#handle !== null) fail('not-directory')
    const below = pathBelow(this.#path, path)
    if ('refused' in below) return fail(below.refused)
    if (rule !== undefined && below.path === this.#path) fail('invalid')
    return below.path
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

/** Changes with the file's identity, with each commit of it, and with what its writer sees of it before. */
function toHash({ id, version, size, modifiedAt }: NodeStat): unknown {
  const lower = (BigInt(id) << 24n) ^ BigInt(version)
  const upper = (BigInt(modifiedAt) << 20n) ^ BigInt(size)
  return { lower: BigInt.asUintN(64, lower), upper: BigInt.asUintN(64, upper) }
}
