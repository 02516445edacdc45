// One call's way to its person's drive. Every path is judged here, at every operation; the guest's
// descriptors are numbers that mean nothing outside of this object.

import { RpcTarget } from 'cloudflare:workers'
import * as z from 'zod'
import type { Drive } from '../drive/drive.ts'
import type { DirectoryPage, DriveError, NodeStat } from '../drive/node.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Access, DrivePath, StoragePermission } from '../policy/storage.ts'
import {
  leadsToGrant,
  mayAccess,
  missingToMove,
  resolvePath,
  ROOT,
  smallestStorageRule,
} from '../policy/storage.ts'
import type { ChunkStore } from './drive-file.ts'
import { DriveFile } from './drive-file.ts'
import type { DriveCode, DriveFace, OpenedFace } from './held.ts'
import type { CallMeter, HostCall } from './meter.ts'

/** Files that one call may hold open. */
const MAX_OPEN_FILES = 64
/** Bytes of one read or write. */
const MAX_PIECE_BYTES = 256 * 1024

const OpenRequest = z.strictObject({
  create: z.boolean(),
  exclusive: z.boolean(),
  truncate: z.boolean(),
  directory: z.boolean(),
  read: z.boolean(),
  write: z.boolean(),
})

type Refused = { readonly ok: false; readonly error: 'access' }
/** `refuse` is what to answer unless the path turns out to be a directory; `null` when it is granted. */
type Judged<T> = (path: DrivePath, refuse: (() => Refused) | null) => Promise<Result<T, DriveCode>>

interface OpenFile {
  readonly path: DrivePath
  readonly file: DriveFile
  readonly hostCall: HostCall
  readonly write: boolean
  readonly read: boolean
}

/** The verbs of a `Drive` object, as plain promises. */
export type DriveVerbs = Pick<
  Drive,
  'stat' | 'open' | 'create' | 'list' | 'commit' | 'remove' | 'rename' | 'touch'
>

export interface DriveParts {
  readonly drive: DriveVerbs
  readonly store: ChunkStore
  readonly permission: StoragePermission
  readonly meter: CallMeter
}

export class DriveAccess extends RpcTarget implements DriveFace {
  readonly #parts: DriveParts
  readonly #files = new Map<number, OpenFile>()
  /** Handles of one file share what the call has written to it. */
  readonly #byNode = new Map<number, DriveFile>()
  #nextHandle = 1
  #open = true
  /** Operations pass one at a time: two writes to one chunk must not meet. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(parts: DriveParts) {
    super()
    this.#parts = parts
  }

  /** The runtime calls this as well, when the guest's stubs are gone: what is to be saved stays. */
  [Symbol.dispose](): void {
    this.#open = false
    this.#files.clear()
  }

  /**
   * Saves what the call wrote and did not sync itself. The first thing that cannot be saved, or `null`.
   * An own property: a guest can call the methods of the class only.
   */
  readonly save = async (): Promise<DriveError | null> => {
    for (const file of this.#byNode.values()) {
      const saved = await this.#commit(file)
      if (!saved.ok) return saved.error
    }
    return null
  }

  stat(path: unknown): Promise<Result<NodeStat, DriveCode>> {
    return this.#judged(path, 'stat', ['read', 'write'], async (resolved, refuse) => {
      const stat = await this.#parts.drive.stat(resolved)
      if (refuse !== null && !(stat.ok && stat.value.isDirectory)) return refuse()
      if (!stat.ok) return stat
      return ok(this.#byNode.get(stat.value.id)?.stat ?? stat.value)
    })
  }

  open(path: unknown, request: unknown): Promise<Result<OpenedFace, DriveCode>> {
    const parsed = OpenRequest.safeParse(request)
    if (!parsed.success) return Promise.resolve(err('invalid'))
    const wanted = parsed.data
    const changes = wanted.write || wanted.create || wanted.truncate
    const access: Access[] = changes ? ['write'] : ['read']
    return this.#judged(
      path,
      changes ? 'open-write' : 'open',
      access,
      async (resolved, refuse): Promise<Result<OpenedFace, DriveCode>> => {
        if (wanted.read && changes && !mayAccess(this.#parts.permission, resolved, 'read')) {
          // A file opened for both by one who may only write: reading it is refused, not opening it.
          wanted.read = false
        }
        const created = wanted.create ? await this.#create(resolved, wanted.exclusive) : null
        if (created !== null) return created
        const image = await this.#parts.drive.open(resolved)
        if (refuse !== null && !(image.ok && image.value.stat.isDirectory)) return refuse()
        if (!image.ok) return image
        const { stat } = image.value
        if (stat.isDirectory) {
          return wanted.write || wanted.truncate ? err('is-directory') : ok({ handle: null, stat })
        }
        if (wanted.directory) return err('not-directory')
        if (this.#files.size >= MAX_OPEN_FILES) return err('quota')
        const file = this.#byNode.get(stat.id) ?? new DriveFile(image.value, this.#parts.store)
        this.#byNode.set(stat.id, file)
        if (wanted.truncate) await file.setSize(0)
        const handle = this.#nextHandle
        this.#nextHandle += 1
        const hostCall = this.#list(changes ? 'write' : 'read', resolved, 'answered')
        const { read, write } = wanted
        this.#files.set(handle, { path: resolved, file, hostCall, read, write })
        return ok({ handle, stat: file.stat })
      },
    )
  }

  read(handle: unknown, offset: unknown, length: unknown): Promise<Result<Uint8Array, DriveCode>> {
    return this.#onFile(handle, async ({ file, hostCall, read }) => {
      if (!read) return err('bad-descriptor')
      if (!isCount(offset) || !isCount(length)) return err('invalid')
      const bytes = await file.read(offset, Math.min(length, MAX_PIECE_BYTES))
      hostCall.bytesIn += bytes.byteLength
      return ok(bytes)
    })
  }

  /** `offset` null appends. Answers with the offset behind what was written. */
  write(handle: unknown, offset: unknown, bytes: unknown): Promise<Result<number, DriveCode>> {
    return this.#onFile(handle, async ({ file, hostCall, write }) => {
      if (!write) return err('bad-descriptor')
      if (!(bytes instanceof Uint8Array) || bytes.byteLength > MAX_PIECE_BYTES)
        return err('invalid')
      if (offset !== null && !isCount(offset)) return err('invalid')
      const at = offset ?? file.stat.size
      const written = await file.write(at, bytes)
      if (!written.ok) return written
      hostCall.bytesOut += bytes.byteLength
      return ok(at + bytes.byteLength)
    })
  }

  setSize(handle: unknown, size: unknown): Promise<Result<null, DriveCode>> {
    return this.#onFile(handle, async ({ file, write }) => {
      if (!write) return err('bad-descriptor')
      return isCount(size) ? await file.setSize(size) : err('invalid')
    })
  }

  fileStat(handle: unknown): Promise<Result<NodeStat, DriveCode>> {
    return this.#onFile(handle, async ({ file }) => ok(file.stat))
  }

  /** Durable when it answers. */
  sync(handle: unknown): Promise<Result<null, DriveCode>> {
    return this.#onFile(handle, ({ file }) => this.#commit(file))
  }

  close(handle: unknown): Promise<Result<null, DriveCode>> {
    return this.#onFile(handle, async ({ file }) => {
      this.#files.delete(handle as number)
      const saved = await this.#commit(file)
      // Saved and open nowhere: not kept, for a call may open very many.
      const isOpen = this.#files.values().some((other) => other.file === file)
      if (saved.ok && !isOpen) this.#byNode.delete(file.stat.id)
      return saved
    })
  }

  list(path: unknown, after: unknown): Promise<Result<DirectoryPage, DriveCode>> {
    return this.#judged(path, 'list', ['read'], (resolved) =>
      this.#parts.drive.list(resolved, typeof after === 'string' ? after : null),
    )
  }

  createDirectory(path: unknown): Promise<Result<null, DriveCode>> {
    return this.#judged(path, 'create-directory', ['write'], async (resolved) => {
      const made = await this.#parts.drive.create(resolved, true, Date.now())
      return made.ok ? ok(null) : made
    })
  }

  remove(path: unknown, isDirectory: unknown): Promise<Result<null, DriveCode>> {
    return this.#judged(path, 'remove', ['write'], async (resolved) => {
      return await this.#parts.drive.remove(resolved, isDirectory === true, Date.now())
    })
  }

  rename(from: unknown, to: unknown): Promise<Result<null, DriveCode>> {
    return this.#judged(from, 'rename', ['write'], (source) =>
      this.#judgedNow(to, 'rename', ['write'], async (target) => {
        // What was written under the old name is saved before it moves.
        const stat = await this.#parts.drive.stat(source)
        const isDirectory = stat.ok && stat.value.isDirectory
        const missing = missingToMove(this.#parts.permission, source, target, isDirectory)
        if (missing !== null) return this.#refuse(missing.path, 'rename', missing.access)
        const open = stat.ok ? this.#byNode.get(stat.value.id) : undefined
        const saved = open === undefined ? ok(null) : await this.#commit(open)
        if (!saved.ok) return saved
        return await this.#parts.drive.rename(source, target, Date.now())
      }),
    )
  }

  setTimes(path: unknown, modifiedAt: unknown): Promise<Result<null, DriveCode>> {
    return this.#judged(path, 'set-times', ['write'], async (resolved) => {
      if (!isCount(modifiedAt)) return err('invalid')
      return await this.#parts.drive.touch(resolved, modifiedAt)
    })
  }

  /** `null`: it is there now; otherwise why not. */
  async #create(path: DrivePath, exclusive: boolean) {
    const made = await this.#parts.drive.create(path, false, Date.now())
    if (made.ok || (made.error === 'exist' && !exclusive)) return null
    return made
  }

  async #commit(file: DriveFile): Promise<Result<null, DriveError>> {
    const commit = await file.prepare()
    if (commit === null) return ok(null)
    const done = await this.#parts.drive.commit(commit, Date.now())
    if (!done.ok) return done
    file.committed(done.value)
    return ok(null)
  }

  #judged<T>(
    path: unknown,
    method: string,
    anyOf: readonly Access[],
    work: Judged<T>,
  ): Promise<Result<T, DriveCode>> {
    return this.#serially(() => this.#judgedNow(path, method, anyOf, work))
  }

  /** A directory that leads to something granted may be looked at, so that the path can be walked. */
  async #judgedNow<T>(
    path: unknown,
    method: string,
    anyOf: readonly Access[],
    work: Judged<T>,
  ): Promise<Result<T, DriveCode>> {
    const { permission, meter } = this.#parts
    const resolved = typeof path === 'string' ? resolvePath(ROOT, path) : null
    if (resolved === null) return err('not-permitted')
    if (!meter.admitDriveOperation()) return err('quota')
    const allowed = anyOf.some((access) => mayAccess(permission, resolved, access))
    if (allowed) return await work(resolved, null)
    const refuse = () => this.#refuse(resolved, method, anyOf[0] ?? 'read')
    const looks = method === 'stat' || method === 'open'
    // The root is looked at by every runtime: not worth a question.
    const leads = looks && (resolved === ROOT || leadsToGrant(permission, resolved))
    return leads ? await work(resolved, refuse) : refuse()
  }

  #refuse(path: DrivePath, method: string, access: Access): Refused {
    const rule = smallestStorageRule(path, access)
    this.#parts.meter.deny({ reason: 'not-granted', permission: 'storage', path, access, rule })
    this.#list(method, path, 'denied')
    return err('access')
  }

  #onFile<T>(
    handle: unknown,
    work: (open: OpenFile) => Promise<Result<T, DriveCode>>,
  ): Promise<Result<T, DriveCode>> {
    return this.#serially(async () => {
      const open = this.#files.get(handle as number)
      return open === undefined ? err('bad-descriptor') : await work(open)
    })
  }

  #serially<T>(work: () => Promise<Result<T, DriveCode>>): Promise<Result<T, DriveCode>> {
    const next = this.#queue.then(async () => (this.#open ? await work() : err('access' as const)))
    this.#queue = next.catch(() => {})
    return next
  }

  #list(method: string, path: DrivePath, outcome: HostCall['outcome']): HostCall {
    const counts = { status: null, ms: 0, bytesOut: 0, bytesIn: 0 }
    const row = { kind: 'storage', host: path, port: 0, method, at: Date.now(), outcome, ...counts }
    return this.#parts.meter.list(row as HostCall)
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
