// The tree of a person's drive over SQLite: every verb is one transaction, so a file is old or new and a
// crash leaves nothing in between. It judges nothing: permissions are decided before a verb is called.

import * as z from 'zod'
import type { DrivePath } from '../policy/drive-path.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type {
  Chunk,
  CommitError,
  DirectoryPage,
  DriveError,
  FileCommit,
  FileImage,
  NodeStat,
  OpenHow,
} from './node.ts'
import { DRIVE_BOUNDS } from './schema.ts'

const Node = z.object({
  id: z.number().int(),
  parent: z.number().int().nullable(),
  name: z.string(),
  is_directory: z.number().int(),
  size: z.number().int(),
  version: z.number().int(),
  created_at: z.number().int(),
  modified_at: z.number().int(),
})
type Node = z.infer<typeof Node>

const ROOT_ID = 1

export class DriveTree {
  readonly #storage: DurableObjectStorage
  #forgotten: boolean

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#forgotten = this.#sql('SELECT only FROM forgotten').length > 0
  }

  /** Everything but the root, for good: afterwards there is no path any more. Whoever calls it deletes the bodies. */
  forget(): void {
    this.#storage.transactionSync(() => {
      this.#sql('INSERT OR IGNORE INTO forgotten (only) VALUES (1)')
      for (const table of ['chunks', 'garbage']) this.#sql(`DELETE FROM ${table}`)
      this.#sql('UPDATE nodes SET parent = NULL WHERE id <> ?1', ROOT_ID)
      this.#sql('DELETE FROM nodes WHERE id <> ?1', ROOT_ID)
      this.#sql('UPDATE totals SET bytes = 0')
    })
    this.#forgotten = true
  }

  stat(path: DrivePath): Result<NodeStat, DriveError> {
    const node = this.#find(path)
    return node.ok ? ok(toStat(node.value)) : node
  }

  open(
    path: DrivePath,
    { create, exclusive }: Pick<OpenHow, 'create' | 'exclusive'>,
    at: number,
  ): Result<FileImage, DriveError> {
    if (create) {
      const made = this.create(path, false, at)
      if (!made.ok && (made.error !== 'exist' || exclusive)) return made
    }
    const node = this.#find(path)
    return node.ok ? ok(this.#image(node.value)) : node
  }

  openNode(id: number): Result<FileImage, DriveError> {
    const node = this.#byId(id)
    return node === null ? err('no-entry') : ok(this.#image(node))
  }

  create(path: DrivePath, isDirectory: boolean, at: number): Result<NodeStat, DriveError> {
    return this.#change(() => {
      const place = this.#place(path)
      if (!place.ok) return place
      const { parent, name } = place.value
      if (this.#child(parent.id, name) !== null) return err('exist')
      if (this.#count() >= DRIVE_BOUNDS.nodes) return err('quota')
      this.#sql(
        `INSERT INTO nodes (parent, name, is_directory, created_at, modified_at)
         VALUES (?1, ?2, ?3, ?4, ?4)`,
        parent.id,
        name,
        isDirectory ? 1 : 0,
        at,
      )
      this.#sql('UPDATE nodes SET modified_at = ?1 WHERE id = ?2', at, parent.id)
      return this.stat(path)
    })
  }

  list(path: DrivePath, after: string | null): Result<DirectoryPage, DriveError> {
    const node = this.#find(path)
    if (!node.ok) return node
    if (node.value.is_directory === 0) return err('not-directory')
    const rows = this.#sql(
      `SELECT name, is_directory FROM nodes WHERE parent = ?1 AND name > ?2 ORDER BY name LIMIT ?3`,
      node.value.id,
      after ?? '',
      DRIVE_BOUNDS.pageEntries,
    )
    const entries = rows.map((row) => {
      const { name, is_directory } = Node.pick({ name: true, is_directory: true }).parse(row)
      return { name, isDirectory: is_directory === 1 }
    })
    const full = entries.length === DRIVE_BOUNDS.pageEntries
    return ok({ entries, next: full ? (entries.at(-1)?.name ?? null) : null })
  }

  /** Replaces a file's content in one step. Chunks that are named nowhere any more become garbage. */
  commit(commit: FileCommit, at: number): Result<NodeStat, CommitError> {
    return this.#change((): Result<NodeStat, CommitError> => {
      if (commit.size > DRIVE_BOUNDS.fileBytes) return err('file-too-large')
      const node = this.#byId(commit.node)
      if (node === null) return err('no-entry')
      if (node.is_directory === 1) return err('is-directory')
      if (commit.base !== null && commit.base !== node.version) return err('changed')
      if (this.#total() - node.size + commit.size > DRIVE_BOUNDS.driveBytes) return err('quota')
      const kept = new Set(commit.chunks.flatMap(([, c]) => ('blob' in c ? [c.blob] : [])))
      this.#discard(node.id, kept, at)
      // A file opened before another commit may name again what that commit gave up.
      for (const blob of kept) this.#sql('DELETE FROM garbage WHERE blob = ?1', blob)
      for (const [position, chunk] of commit.chunks) {
        this.#sql(
          'INSERT INTO chunks (node, position, bytes, data, blob) VALUES (?1, ?2, ?3, ?4, ?5)',
          node.id,
          position,
          chunk.bytes,
          'data' in chunk ? (chunk.data.slice().buffer as ArrayBuffer) : null,
          'blob' in chunk ? chunk.blob : null,
        )
      }
      this.#sql(
        'UPDATE nodes SET size = ?1, version = version + 1, modified_at = ?2 WHERE id = ?3',
        commit.size,
        at,
        node.id,
      )
      this.#sql('UPDATE totals SET bytes = bytes + ?1', commit.size - node.size)
      const changed = this.#byId(node.id)
      return changed === null ? err('no-entry') : ok(toStat(changed))
    })
  }

  remove(path: DrivePath, isDirectory: boolean, at: number): Result<null, DriveError> {
    return this.#change(() => {
      const found = this.#find(path)
      if (!found.ok) return found
      const node = found.value
      if (node.id === ROOT_ID) return err('invalid')
      if (isDirectory && node.is_directory === 0) return err('not-directory')
      if (!isDirectory && node.is_directory === 1) return err('is-directory')
      if (isDirectory && this.#hasChildren(node.id)) return err('not-empty')
      this.#delete(node, at)
      return ok(null)
    })
  }

  /**
   * As `rename(2)`: an existing file is replaced by a file, an empty directory by a directory. Whoever judged it
   * did so as what `isDirectory` says: what lies there by now may be another node, and stays.
   */
  rename(
    from: DrivePath,
    to: DrivePath,
    isDirectory: boolean,
    at: number,
  ): Result<null, DriveError> {
    return this.#change(() => {
      const found = this.#find(from)
      if (!found.ok) return found
      if (!isDirectory && found.value.is_directory === 1) return err('is-directory')
      if (isDirectory && found.value.is_directory === 0) return err('not-directory')
      const place = this.#place(to)
      if (!place.ok) return place
      const node = found.value
      if (node.id === ROOT_ID || `${to}/`.startsWith(`${from}/`)) {
        return from === to ? ok(null) : err('invalid')
      }
      const { parent, name } = place.value
      const there = this.#child(parent.id, name)
      if (there !== null) {
        if (there.is_directory === 1 && node.is_directory === 0) return err('is-directory')
        if (there.is_directory === 0 && node.is_directory === 1) return err('not-directory')
        if (there.is_directory === 1 && this.#hasChildren(there.id)) return err('not-empty')
        this.#delete(there, at)
      }
      this.#sql('UPDATE nodes SET parent = ?1, name = ?2 WHERE id = ?3', parent.id, name, node.id)
      this.#sql(
        'UPDATE nodes SET modified_at = ?1 WHERE id IN (?2, ?3)',
        at,
        parent.id,
        node.parent,
      )
      return ok(null)
    })
  }

  touch(path: DrivePath, modifiedAt: number): Result<null, DriveError> {
    const node = this.#find(path)
    if (!node.ok) return node
    this.#sql('UPDATE nodes SET modified_at = ?1 WHERE id = ?2', modifiedAt, node.value.id)
    return ok(null)
  }

  #find(path: DrivePath): Result<Node, DriveError> {
    if (this.#forgotten) return err('no-entry')
    let node = this.#byId(ROOT_ID)
    if (path === '/') return node === null ? err('no-entry') : ok(node)
    for (const name of path.slice(1).split('/')) {
      if (node === null) return err('no-entry')
      if (node.is_directory === 0) return err('not-directory')
      node = this.#child(node.id, name)
    }
    return node === null ? err('no-entry') : ok(node)
  }

  #image(node: Node): FileImage {
    const stat = toStat(node)
    return { stat, chunks: stat.isDirectory ? new Map() : this.#chunks(stat.id) }
  }

  #place(path: DrivePath): Result<{ parent: Node; name: string }, DriveError> {
    const slash = path.lastIndexOf('/')
    const name = path.slice(slash + 1)
    if (name === '') return err('exist')
    const parent = this.#find((slash === 0 ? '/' : path.slice(0, slash)) as DrivePath)
    if (!parent.ok) return parent
    if (parent.value.is_directory === 0) return err('not-directory')
    return ok({ parent: parent.value, name })
  }

  #delete(node: Node, at: number): void {
    this.#discard(node.id, new Set(), at)
    this.#sql('UPDATE totals SET bytes = bytes - ?1', node.size)
    this.#sql('DELETE FROM nodes WHERE id = ?1', node.id)
    this.#sql('UPDATE nodes SET modified_at = ?1 WHERE id = ?2', at, node.parent)
  }

  #discard(node: number, kept: ReadonlySet<string>, at: number): void {
    for (const chunk of this.#chunks(node).values()) {
      if ('blob' in chunk && !kept.has(chunk.blob)) {
        this.#sql('INSERT OR IGNORE INTO garbage (blob, since) VALUES (?1, ?2)', chunk.blob, at)
      }
    }
    this.#sql('DELETE FROM chunks WHERE node = ?1', node)
  }

  #chunks(node: number): Map<number, Chunk> {
    const rows = this.#sql(
      'SELECT position, bytes, data, blob FROM chunks WHERE node = ?1 ORDER BY position',
      node,
    )
    return new Map(
      rows.map((row): [number, Chunk] => {
        const { position, bytes, data, blob } = ChunkRow.parse(row)
        if (blob !== null) return [position, { bytes, blob }]
        return [position, { bytes, data: new Uint8Array(data ?? new ArrayBuffer(0)) }]
      }),
    )
  }

  #byId(id: number): Node | null {
    const row = this.#sql('SELECT * FROM nodes WHERE id = ?1', id)[0]
    return row === undefined ? null : Node.parse(row)
  }

  #child(parent: number, name: string): Node | null {
    const row = this.#sql('SELECT * FROM nodes WHERE parent = ?1 AND name = ?2', parent, name)[0]
    return row === undefined ? null : Node.parse(row)
  }

  #hasChildren(id: number): boolean {
    return this.#sql('SELECT 1 FROM nodes WHERE parent = ?1 LIMIT 1', id).length > 0
  }

  #count(): number {
    return z.number().parse(this.#sql('SELECT nodes FROM counts')[0]?.['nodes'])
  }

  #total(): number {
    return z.number().parse(this.#sql('SELECT bytes FROM totals')[0]?.['bytes'])
  }

  #sql(query: string, ...bindings: SqlStorageValue[]): Record<string, SqlStorageValue>[] {
    return this.#storage.sql.exec(query, ...bindings).toArray()
  }

  /** A refusal rolls nothing back: each verb checks before it writes. */
  #change<T>(work: () => T): T {
    return this.#storage.transactionSync(work)
  }
}

const ChunkRow = z.object({
  position: z.number().int(),
  bytes: z.number().int(),
  data: z.instanceof(ArrayBuffer).nullable(),
  blob: z.string().nullable(),
})

function toStat(node: Node): NodeStat {
  return {
    id: node.id,
    isDirectory: node.is_directory === 1,
    size: node.size,
    version: node.version,
    createdAt: node.created_at,
    modifiedAt: node.modified_at,
  }
}
