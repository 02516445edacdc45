// What is said of a node of a drive, and of a file's content: plain data that crosses between objects.

/** The error codes of wasi:filesystem/types that a drive answers with. */
export type DriveError =
  | 'no-entry'
  | 'exist'
  | 'not-directory'
  | 'is-directory'
  | 'not-empty'
  | 'invalid'
  | 'quota'
  | 'file-too-large'
  | 'busy'
  /** A store failed under it. */
  | 'io'

/** Times are Unix milliseconds. */
export interface NodeStat {
  readonly id: number
  readonly isDirectory: boolean
  readonly size: number
  readonly version: number
  readonly createdAt: number
  readonly modifiedAt: number
}

export interface DirectoryPage {
  readonly entries: readonly { readonly name: string; readonly isDirectory: boolean }[]
  /** Name after which the next page starts; `null` at the end. */
  readonly next: string | null
}

/** A chunk as it is stored: inline bytes, an object's key, or a hole. */
export type Chunk =
  | { readonly bytes: number; readonly data: Uint8Array }
  | { readonly bytes: number; readonly blob: string }

export interface FileImage {
  readonly stat: NodeStat
  /** By position; a position that is missing reads as zeroes. */
  readonly chunks: ReadonlyMap<number, Chunk>
}

export interface OpenHow {
  /** Makes a file where nothing is. */
  readonly create: boolean
  /** With `create`: what is there already is an error. */
  readonly exclusive: boolean
  /** Chunks may be stored for it before a commit names them. */
  readonly toWrite: boolean
}

/** A whole new content of a file: it replaces the old one or nothing. */
export interface FileCommit {
  readonly node: number
  /** Version that it was made from, when it must not replace another; `null` replaces whatever is there. */
  readonly base: number | null
  readonly size: number
  readonly chunks: readonly (readonly [position: number, chunk: Chunk])[]
}

/** `changed`: the file is no longer the one that the commit was made from. */
export type CommitError = DriveError | 'changed'
