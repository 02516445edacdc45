// The files that one call has open on a drive: their handles, what is held of them in memory, and how they
// are saved. Nothing is judged here.

import type { Drive } from '../drive/drive.ts'
import type { DriveError, FileImage } from '../drive/node.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { ChunkStore } from './drive-file.ts'
import { DriveFile } from './drive-file.ts'
import type { HostCall } from './meter.ts'
import type { DrivePassage } from './passage.ts'

/** Files that one call may hold open. */
const MAX_OPEN_FILES = 64
/** Chunks of all files of one call held in memory that the drive does not have yet: 4 MiB. */
export const MAX_DIRTY_CHUNKS = 16
/** How often an append is tried again when another call changes the file each time. */
const MAX_REBASES = 16
/** More than a call can open, with every operation that a host may give it. */
const HANDLES_OF_A_CALL = 2 ** 20

export interface OpenFile {
  readonly file: DriveFile
  readonly hostCall: HostCall
  /** `null`: it was not opened for that. */
  readonly write: DrivePassage | null
  readonly read: DrivePassage | null
}

export class OpenFiles {
  readonly #drive: Pick<Drive, 'openNode' | 'commit'>
  readonly #store: ChunkStore
  readonly #handles = new Map<number, OpenFile>()
  /** Handles of one file share what the call has written to it. */
  readonly #byNode = new Map<number, DriveFile>()
  /** With what to say of it. */
  readonly #spoilt = new WeakMap<DriveFile, DriveError>()
  #nextHandle = firstHandle()

  constructor(drive: Pick<Drive, 'openNode' | 'commit'>, store: ChunkStore) {
    this.#drive = drive
    this.#store = store
  }

  get isFull(): boolean {
    return this.#handles.size >= MAX_OPEN_FILES
  }

  get(handle: unknown): OpenFile | undefined {
    return this.#handles.get(handle as number)
  }

  /** The file as this call has it, wherever it is in the tree. */
  ofNode(node: number): DriveFile | undefined {
    return this.#byNode.get(node)
  }

  open(image: FileImage, how: Omit<OpenFile, 'file'>): number {
    const { id } = image.stat
    const file = this.#byNode.get(id) ?? new DriveFile(image, this.#store)
    this.#byNode.set(id, file)
    const handle = this.#nextHandle
    this.#nextHandle += 1
    this.#handles.set(handle, { ...how, file })
    return handle
  }

  /** Saves it. What could not be saved stays, so that the end of the call says so. */
  async close(handle: number): Promise<Result<null, DriveError>> {
    const file = this.#handles.get(handle)?.file
    if (file === undefined) return ok(null)
    this.#handles.delete(handle)
    const saved = await this.commit(file)
    const isHeld = [...this.#handles.values()].some((open) => open.file === file)
    if (saved.ok && !isHeld) this.#byNode.delete(file.stat.id)
    return saved
  }

  /** What this call wrote to it is never saved: a store failed under it, so that nobody knows what it would be. */
  spoil(file: DriveFile, why: DriveError = 'io'): void {
    this.#spoilt.set(file, why)
  }

  /** The first thing that cannot be saved, or `null`. */
  async save(): Promise<DriveError | null> {
    for (const file of this.#byNode.values()) {
      const saved = await this.commit(file)
      if (!saved.ok) return saved.error
    }
    return null
  }

  /** A file that only grew at its end grows whatever another call has made of it; else the last one wins. */
  async commit(file: DriveFile): Promise<Result<null, DriveError>> {
    const spoilt = this.#spoilt.get(file)
    if (spoilt !== undefined) return file.isChanged ? err(spoilt) : ok(null)
    try {
      return await this.#commit(file)
    } catch (cause) {
      console.error('a file was not saved', cause)
      this.spoil(file)
      return err('io')
    }
  }

  async #commit(file: DriveFile): Promise<Result<null, DriveError>> {
    for (let tries = 0; tries < MAX_REBASES; tries += 1) {
      const commit = await file.prepare()
      if (commit === null) return ok(null)
      const done = await this.#drive.commit(commit, Date.now())
      if (done.ok) {
        file.committed(done.value)
        return ok(null)
      }
      const why = done.error
      if (why === 'no-entry') {
        file.forget()
        return ok(null)
      }
      if (why !== 'changed') return err(why)
      const image = await this.#drive.openNode(commit.node)
      if (!image.ok) continue
      const rebased = await file.rebase(image.value, Date.now())
      if (!rebased.ok) {
        // Part of what was appended would look like all of it.
        this.spoil(file, rebased.error)
        return rebased
      }
    }
    return err('busy')
  }

  async settleBeyondBudget(): Promise<void> {
    for (;;) {
      const files = [...this.#byNode.values()]
      const held = files.reduce((sum, file) => sum + file.dirtyChunks, 0)
      if (held <= MAX_DIRTY_CHUNKS) return
      const [largest] = files.toSorted((a, b) => b.dirtyChunks - a.dirtyChunks)
      await largest?.settleOldest()
    }
  }
}

/** A kept instance still has the handles of its earlier calls, which must not mean a file of this one. */
function firstHandle(): number {
  const [of = 0] = crypto.getRandomValues(new Uint32Array(1))
  return of * HANDLES_OF_A_CALL + 1
}
