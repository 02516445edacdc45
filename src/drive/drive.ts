// One object per person: the tree of their drive. A kind of its own beside `Account`, so that a guest that
// works its drive hard never stands in the way of what every call asks of the account.

import { DurableObject } from 'cloudflare:workers'
import type { DrivePath } from '../policy/storage.ts'
import type { Result } from '../policy/result.ts'
import { DRIVE_SCHEMA, GARBAGE_MS } from './schema.ts'
import type { DirectoryPage, DriveError, FileCommit, FileImage, NodeStat } from './tree.ts'
import { DriveTree } from './tree.ts'

/** Every path was judged before it comes here. Bodies of chunks are in R2 before a commit names them. */
export class Drive extends DurableObject<Env> {
  readonly #tree: DriveTree

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec(DRIVE_SCHEMA)
    this.#tree = new DriveTree(ctx.storage)
  }

  async stat(path: DrivePath): Promise<Result<NodeStat, DriveError>> {
    return this.#tree.stat(path)
  }

  async open(path: DrivePath): Promise<Result<FileImage, DriveError>> {
    return this.#tree.open(path)
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

  async commit(commit: FileCommit, at: number): Promise<Result<NodeStat, DriveError>> {
    const done = this.#tree.commit(commit, at)
    await this.#scheduleSweep(at)
    return done
  }

  async remove(
    path: DrivePath,
    isDirectory: boolean,
    at: number,
  ): Promise<Result<null, DriveError>> {
    const done = this.#tree.remove(path, isDirectory, at)
    await this.#scheduleSweep(at)
    return done
  }

  async rename(from: DrivePath, to: DrivePath, at: number): Promise<Result<null, DriveError>> {
    const done = this.#tree.rename(from, to, at)
    await this.#scheduleSweep(at)
    return done
  }

  async touch(path: DrivePath, modifiedAt: number): Promise<Result<null, DriveError>> {
    return this.#tree.touch(path, modifiedAt)
  }

  override async alarm(): Promise<void> {
    const now = Date.now()
    for (;;) {
      const blobs = this.#tree.garbage(now - GARBAGE_MS)
      if (blobs.length === 0) break
      await this.env.STORE.delete(blobs)
      this.#tree.forget(blobs)
    }
    if (this.#tree.hasGarbage()) await this.ctx.storage.setAlarm(now + GARBAGE_MS)
  }

  async #scheduleSweep(at: number): Promise<void> {
    if (!this.#tree.hasGarbage() || (await this.ctx.storage.getAlarm()) !== null) return
    await this.ctx.storage.setAlarm(at + GARBAGE_MS)
  }
}
