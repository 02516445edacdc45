// One object per person: the tree of their drive. A kind of its own beside `Account`, so that a guest that
// works its drive hard never stands in the way of what every call asks of the account.

import { DurableObject } from 'cloudflare:workers'
import { patient } from '../patience.ts'
import type { DrivePath } from '../policy/drive-path.ts'
import type { Result } from '../policy/result.ts'
import { blobPrefix } from './blobs.ts'
import { Leftovers } from './leftovers.ts'
import { DRIVE_SCHEMA, LEFTOVER_MS } from './schema.ts'
import type {
  CommitError,
  DirectoryPage,
  DriveError,
  FileCommit,
  FileImage,
  NodeStat,
  OpenHow,
} from './node.ts'
import { DriveTree } from './tree.ts'

/** Every path was judged before it comes here. Bodies of chunks are in R2 before a commit names them. */
export class Drive extends DurableObject<Env> {
  readonly #tree: DriveTree
  readonly #leftovers: Leftovers

  constructor(ctx: DurableObjectState, bindings: Env) {
    super(ctx, patient(bindings))
    ctx.storage.sql.exec(DRIVE_SCHEMA)
    this.#tree = new DriveTree(ctx.storage)
    this.#leftovers = new Leftovers(ctx.storage.sql)
  }

  async stat(path: DrivePath): Promise<Result<NodeStat, DriveError>> {
    return this.#tree.stat(path)
  }

  async open(path: DrivePath, how: OpenHow, at: number): Promise<Result<FileImage, DriveError>> {
    if (how.toWrite) {
      this.#leftovers.expect(at)
      await this.#wakeInTime()
    }
    return this.#tree.open(path, how, at)
  }

  /** A file that was opened before, under whatever name it has now. */
  async openNode(node: number): Promise<Result<FileImage, DriveError>> {
    return this.#tree.openNode(node)
  }

  async create(
    path: DrivePath,
    isDirectory: boolean,
    at: number,
  ): Promise<Result<NodeStat, DriveError>> {
    return this.#tree.create(path, isDirectory, at)
  }

  async list(path: DrivePath, after: string | null): Promise<Result<DirectoryPage, DriveError>> {
    return this.#tree.list(path, after)
  }

  async commit(commit: FileCommit, at: number): Promise<Result<NodeStat, CommitError>> {
    const done = this.#tree.commit(commit, at)
    await this.#wakeInTime()
    return done
  }

  async remove(
    path: DrivePath,
    isDirectory: boolean,
    at: number,
  ): Promise<Result<null, DriveError>> {
    const done = this.#tree.remove(path, isDirectory, at)
    await this.#wakeInTime()
    return done
  }

  async rename(
    from: DrivePath,
    to: DrivePath,
    isDirectory: boolean,
    at: number,
  ): Promise<Result<null, DriveError>> {
    const done = this.#tree.rename(from, to, isDirectory, at)
    await this.#wakeInTime()
    return done
  }

  async touch(path: DrivePath, modifiedAt: number): Promise<Result<null, DriveError>> {
    return this.#tree.touch(path, modifiedAt)
  }

  /** The person is deleted. Chunks that a call still stores are leftovers, found by the next sweep. */
  async forget(at: number): Promise<void> {
    this.#tree.forget()
    this.#leftovers.expect(at)
    await this.#wakeInTime()
    const prefix = blobPrefix(this.ctx.id.name)
    for (;;) {
      const { objects } = await this.env.STORE.list({ prefix })
      if (objects.length === 0) return
      await this.env.STORE.delete(objects.map(({ key }) => key))
    }
  }

  override async alarm(): Promise<void> {
    const now = Date.now()
    for (;;) {
      const blobs = this.#leftovers.garbage(now)
      if (blobs.length === 0) break
      await this.env.STORE.delete(blobs)
      this.#leftovers.forget(blobs)
    }
    const dueAt = this.#leftovers.sweepDueAt()
    if (dueAt !== null && dueAt <= now) await this.#sweep(now)
    await this.#wakeInTime()
  }

  /** Deletes what calls stored and never named. What is too young to tell is looked at another time. */
  async #sweep(now: number): Promise<void> {
    // Of a person who was deleted nobody else ever says again that something may be left.
    this.#leftovers.sweeping(now)
    const prefix = blobPrefix(this.ctx.id.name)
    let cursor: string | undefined
    do {
      const page = await this.env.STORE.list({
        prefix,
        delimiter: '/',
        ...(cursor === undefined ? {} : { cursor }),
      })
      const stored = page.objects.map(({ key, uploaded }) => ({
        blob: key,
        storedAt: uploaded.getTime(),
      }))
      const unnamed = this.#leftovers.unnamed(stored, now)
      if (unnamed.length > 0) await this.env.STORE.delete(unnamed)
      const isYoung = ({ storedAt }: { storedAt: number }) => storedAt >= now - LEFTOVER_MS
      if (stored.some((one) => isYoung(one) && !this.#leftovers.isNamed(one.blob))) {
        this.#leftovers.expect(now)
      }
      cursor = page.truncated ? page.cursor : undefined
    } while (cursor !== undefined)
    this.#leftovers.swept()
  }

  async #wakeInTime(): Promise<void> {
    const at = this.#leftovers.nextAt()
    if (at === null) return
    const set = await this.ctx.storage.getAlarm()
    if (set === null || set > at) await this.ctx.storage.setAlarm(at)
  }
}
