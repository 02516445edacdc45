// One call's way to its person's drive. Every path is judged here, at every operation; the guest's
// descriptors are numbers that mean nothing outside of this object.

import { RpcTarget } from 'cloudflare:workers'
import * as z from 'zod'
import type { Drive } from '../drive/drive.ts'
import type { DirectoryPage, DriveError, NodeStat } from '../drive/node.ts'
import type { Asked } from '../policy/asked.ts'
import type { Denial } from '../policy/denial.ts'
import type { DrivePath } from '../policy/drive-path.ts'
import { resolvePath, ROOT } from '../policy/drive-path.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { judgeAnyOf, mayPass } from '../policy/storage.ts'
import type { AnyAccess } from '../policy/storage-rule.ts'
import type { ChunkStore, DriveFile } from './drive-file.ts'
import type { DriveCode, DriveFace, OpenedFace } from './held.ts'
import type { Lease } from './lease.ts'
import type { CallMeter, HostCall } from './meter.ts'
import { gone, whyNotMove } from './move.ts'
import type { OpenFile } from './open-files.ts'
import { OpenFiles } from './open-files.ts'
import type { DrivePassage } from './passage.ts'
import { openDrivePassage } from './passage.ts'
import { pathFault } from './path-fault.ts'

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
/** Granted, with the way that was opened, or else what to answer unless the path turns out to be a directory. */
type Verdict = {
  /** Of what is only looked at: it is a directory. */
  found(isDirectory: boolean): void
} & ({ readonly passage: DrivePassage } | { readonly passage: null; refuse(): Refused })
type Judged<T> = (path: DrivePath, verdict: Verdict) => Promise<Result<T, DriveCode>>

/** The verbs of a `Drive` object, as plain promises. */
export type DriveVerbs = Pick<
  Drive,
  'stat' | 'open' | 'openNode' | 'create' | 'list' | 'commit' | 'remove' | 'rename' | 'touch'
>

export interface DriveParts {
  readonly drive: DriveVerbs
  readonly store: ChunkStore
  readonly lease: Lease
  readonly meter: CallMeter
}

export class DriveAccess extends RpcTarget implements DriveFace {
  readonly #parts: DriveParts
  readonly #files: OpenFiles
  #open = true
  /** Operations pass one at a time: two writes to one chunk must not meet. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(parts: DriveParts) {
    super()
    this.#parts = parts
    this.#files = new OpenFiles(parts.drive, parts.store)
  }

  /** The platform calls it as well, when the guest's last stub is gone: what is unsaved stays for `save`. */
  [Symbol.dispose](): void {
    this.#open = false
  }

  /**
   * Saves what the call wrote and did not sync itself. The first thing that cannot be saved, or `null`.
   * An own property: of this class a guest can call the methods only, and it could save after its call.
   */
  readonly save = async (): Promise<DriveError | null> => {
    const saved = this.#queue.then(() => this.#files.save())
    this.#queue = saved
    return await saved
  }

  stat(path: unknown): Promise<Result<NodeStat, DriveCode>> {
    return this.#judged(path, 'stat', ['read', 'write'], async (resolved, verdict) => {
      const stat = await this.#parts.drive.stat(resolved)
      const isDirectory = stat.ok && stat.value.isDirectory
      verdict.found(isDirectory)
      if (verdict.passage === null && !isDirectory) return verdict.refuse()
      if (!stat.ok) return stat
      return ok(this.#files.ofNode(stat.value.id)?.stat ?? stat.value)
    })
  }

  open(path: unknown, request: unknown): Promise<Result<OpenedFace, DriveCode>> {
    const parsed = OpenRequest.safeParse(request)
    if (!parsed.success) return Promise.resolve(err('invalid'))
    const wanted = parsed.data
    const changes = wanted.write || wanted.create || wanted.truncate
    const access: AnyAccess = changes ? ['write'] : ['read']
    return this.#judged(
      path,
      changes ? 'open-write' : 'open',
      access,
      async (resolved, verdict): Promise<Result<OpenedFace, DriveCode>> => {
        if (wanted.create && wanted.directory) return err('invalid')
        const { passage } = verdict
        // A file opened for both by one who may only write: reading it is refused, not opening it.
        const both = changes && wanted.read ? await this.#toRead(resolved) : passage
        const late = changes ? await this.#late(passage, 'open-write', resolved) : null
        if (late !== null) return late
        const { create, exclusive } = wanted
        const how = { create, exclusive, toWrite: changes }
        const image = await this.#parts.drive.open(resolved, how, Date.now())
        const leads = image.ok && image.value.stat.isDirectory
        verdict.found(leads)
        if (verdict.passage === null && !leads) return verdict.refuse()
        if (!image.ok) return image
        const { stat } = image.value
        if (stat.isDirectory) return changes ? err('is-directory') : ok({ handle: null, stat })
        if (wanted.directory) return err('not-directory')
        if (this.#files.isFull) return err('quota')
        const hostCall = this.#list(changes ? 'write' : 'read', resolved, 'answered')
        const read = wanted.read ? both : null
        const write = wanted.write ? passage : null
        const handle = this.#files.open(image.value, { hostCall, read, write })
        const file = this.#files.ofNode(stat.id)
        if (wanted.truncate) await file?.setSize(0, Date.now())
        return ok({ handle, stat: file?.stat ?? stat })
      },
    )
  }

  read(handle: unknown, offset: unknown, length: unknown): Promise<Result<Uint8Array, DriveCode>> {
    return this.#onContent(handle, async ({ file, hostCall, read }) => {
      if (read === null) return err('bad-descriptor')
      if (!isCount(offset) || !isCount(length)) return err('invalid')
      const bytes = await file.read(offset, Math.min(length, MAX_PIECE_BYTES))
      const denial = await read.refusal(bytes.byteLength)
      if (denial !== null) return this.#stopped(denial, hostCall)
      hostCall.bytesIn += bytes.byteLength
      return ok(bytes)
    })
  }

  /** `offset` null appends. Answers with the offset behind what was written. */
  write(handle: unknown, offset: unknown, bytes: unknown): Promise<Result<number, DriveCode>> {
    return this.#onContent(handle, async ({ file, hostCall, write }) => {
      if (write === null) return err('bad-descriptor')
      if (!(bytes instanceof Uint8Array) || bytes.byteLength > MAX_PIECE_BYTES)
        return err('invalid')
      if (offset !== null && !isCount(offset)) return err('invalid')
      const denial = await write.refusal(bytes.byteLength)
      if (denial !== null) return this.#stopped(denial, hostCall)
      const written = await file.write(offset, bytes, Date.now())
      if (!written.ok) return written
      hostCall.bytesOut += bytes.byteLength
      await this.#files.settleBeyondBudget()
      return written
    })
  }

  setSize(handle: unknown, size: unknown): Promise<Result<null, DriveCode>> {
    return this.#onContent(handle, async ({ file, hostCall, write }) => {
      if (write === null) return err('bad-descriptor')
      if (!isCount(size)) return err('invalid')
      const denial = await write.refusal(0)
      if (denial !== null) return this.#stopped(denial, hostCall)
      const done = await file.setSize(size, Date.now())
      await this.#files.settleBeyondBudget()
      return done
    })
  }

  fileStat(handle: unknown): Promise<Result<NodeStat, DriveCode>> {
    return this.#onFile(handle, async ({ file }) => ok(file.stat))
  }

  /** Durable when it answers. */
  sync(handle: unknown): Promise<Result<null, DriveCode>> {
    return this.#onFile(handle, ({ file }) => this.#files.commit(file))
  }

  close(handle: unknown): Promise<Result<null, DriveCode>> {
    return this.#onFile(handle, () => this.#files.close(handle as number))
  }

  list(path: unknown, after: unknown): Promise<Result<DirectoryPage, DriveCode>> {
    return this.#judged(path, 'list', ['read'], async (resolved, { passage }) => {
      // Names are the person's words as well.
      const denial = (await passage?.refusal(0)) ?? null
      if (denial !== null) return this.#refuse(denial, 'list', resolved)
      return await this.#parts.drive.list(resolved, typeof after === 'string' ? after : null)
    })
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
        const saved = await this.#saveAt(source)
        if (!saved.ok) return saved
        const stat = await this.#parts.drive.stat(source)
        const isDirectory = stat.ok && stat.value.isDirectory
        const node = { isDirectory, isThere: stat.ok }
        const denial = await whyNotMove(this.#parts, source, target, node)
        if (denial !== null) return this.#refuse(denial, 'rename', source)
        if (!stat.ok) return stat
        if (!this.#open) return err('access')
        return await this.#parts.drive.rename(source, target, isDirectory, Date.now())
      }),
    )
  }

  setTimes(path: unknown, modifiedAt: unknown): Promise<Result<null, DriveCode>> {
    return this.#judged(path, 'set-times', ['write'], async (resolved, { passage }) => {
      if (!isCount(modifiedAt)) return err('invalid')
      // What was written before is saved before, or saving it would be the last change.
      const saved = await this.#saveAt(resolved)
      if (!saved.ok) return saved
      const late = await this.#late(passage, 'set-times', resolved)
      if (late !== null) return late
      const done = await this.#parts.drive.touch(resolved, modifiedAt)
      if (done.ok) saved.value?.committed({ ...saved.value.stat, modifiedAt })
      return done
    })
  }

  /** The file at `path` as this call has it open, saved; `null` when it has not. */
  async #saveAt(path: DrivePath): Promise<Result<DriveFile | null, DriveError>> {
    const stat = await this.#parts.drive.stat(path)
    const file = stat.ok ? this.#files.ofNode(stat.value.id) : undefined
    if (file === undefined) return ok(null)
    const saved = await this.#files.commit(file)
    return saved.ok ? ok(file) : saved
  }

  #judged<T>(
    path: unknown,
    method: string,
    anyOf: AnyAccess,
    work: Judged<T>,
  ): Promise<Result<T, DriveCode>> {
    return this.#serially(() => this.#judgedNow(path, method, anyOf, work))
  }

  /** A directory that leads to something granted may be looked at, so that the path can be walked. */
  async #judgedNow<T>(
    path: unknown,
    method: string,
    anyOf: AnyAccess,
    work: Judged<T>,
  ): Promise<Result<T, DriveCode>> {
    const { lease, meter } = this.#parts
    const resolved = typeof path === 'string' ? resolvePath(ROOT, path) : null
    if (resolved === null) return err(pathFault(path))
    if (!meter.admit('driveOperations')) return err('quota')
    const permission = (await lease.current())?.storage ?? null
    if (permission === null) return this.#refuse(gone(resolved, anyOf[0]), method, resolved)
    const looks = method === 'stat' || method === 'open'
    const verdict = judgeAnyOf(permission, resolved, anyOf)
    const noted = meter.ledger.note(accessed(resolved, anyOf), looks)
    if (verdict.ok) {
      const passage = await openDrivePassage(resolved, verdict.value.access, lease, noted)
      if (!passage.ok) return this.#refuse(passage.error, method, resolved)
      if (!this.#open) return err('access')
      if (!anyOf.includes('read')) meter.leaveTrace()
      const found = (isDirectory: boolean) => {
        if (looks && isDirectory) noted.passes()
      }
      return await work(resolved, { passage: passage.value, found })
    }
    const refuse = () => {
      noted.refused(verdict.error.reason)
      return this.#refuse(verdict.error, method, resolved)
    }
    const found = (isDirectory: boolean) => {
      if (!isDirectory) return
      noted.passes()
      noted.allowed([])
    }
    return looks && mayPass(permission, resolved)
      ? await work(resolved, { passage: null, refuse, found })
      : refuse()
  }

  /** Judged again after something was awaited. `null`: it may still be done. */
  async #late(
    passage: DrivePassage | null,
    method: string,
    path: DrivePath,
  ): Promise<Refused | null> {
    const denial = (await passage?.refusal(0)) ?? null
    if (denial !== null) return this.#refuse(denial, method, path)
    return this.#open ? null : err('access')
  }

  async #toRead(path: DrivePath): Promise<DrivePassage | null> {
    const { lease, meter } = this.#parts
    const noted = meter.ledger.note(accessed(path, ['read']))
    const passage = await openDrivePassage(path, 'read', lease, noted)
    return passage.ok ? passage.value : null
  }

  /** What was taken back, or used up, while the file is open: told and recorded once. */
  #stopped(denial: Denial, hostCall: HostCall): Refused {
    if (hostCall.outcome !== 'denied') this.#parts.meter.deny(denial)
    hostCall.outcome = 'denied'
    return err('access')
  }

  #refuse(denial: Denial, method: string, path: DrivePath): Refused {
    this.#parts.meter.deny(denial)
    this.#list(method, path, 'denied')
    return err('access')
  }

  /** As `#onFile`, counted: reading and writing is what an operation on the drive mostly is. */
  #onContent<T>(
    handle: unknown,
    work: (open: OpenFile) => Promise<Result<T, DriveCode>>,
  ): Promise<Result<T, DriveCode>> {
    return this.#onFile(handle, async (open) =>
      this.#parts.meter.admit('driveOperations') ? await work(open) : err('quota'),
    )
  }

  #onFile<T>(
    handle: unknown,
    work: (open: OpenFile) => Promise<Result<T, DriveCode>>,
  ): Promise<Result<T, DriveCode>> {
    return this.#serially(async () => {
      const open = this.#files.get(handle)
      if (open === undefined) return err('bad-descriptor')
      const done = await work(open).catch((cause: unknown) => {
        this.#files.spoil(open.file)
        return failed(cause)
      })
      if (!done.ok && done.error === 'io') open.hostCall.outcome = 'failed'
      return done
    })
  }

  #serially<T>(work: () => Promise<Result<T, DriveCode>>): Promise<Result<T, DriveCode>> {
    const next = this.#queue
      .then(async () => (this.#open ? await work() : err('access' as const)))
      .catch(failed)
    this.#queue = next
    return next
  }

  #list(method: string, path: string, outcome: HostCall['outcome']): HostCall {
    const counts = { status: null, ms: 0, bytesOut: 0, bytesIn: 0 }
    const row = { kind: 'storage', host: path, port: 0, method, at: Date.now(), outcome, ...counts }
    return this.#parts.meter.list(row as HostCall)
  }
}

function accessed(path: DrivePath, anyOf: AnyAccess): Asked {
  const access = anyOf.length > 1 ? 'any' : anyOf[0]
  return { kind: 'access', path, access, passes: false }
}

/** An exception would carry its message to the guest. */
function failed(cause: unknown): { readonly ok: false; readonly error: 'io' } {
  console.error('drive fault', cause)
  return err('io')
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
