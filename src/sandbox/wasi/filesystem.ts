// wasi:filesystem: one preopened directory, `/`, the root of the person's drive. Toolchains import it
// whether a component touches files or not; without the capability there is no directory at all.

import type { DriveFace } from '../../capabilities/held.ts'
import type { Pending } from '../pending.ts'
import { Descriptor, DirectoryEntryStream } from './descriptor.ts'
import { FileError } from './filesystem-streams.ts'

/** The root of a drive is its first node. */
const ROOT = { handle: null, node: 1 }
const ROOT_FLAGS = { read: true, write: true, mutateDirectory: true }

export function preopened(drive: DriveFace | null, pending: Pending): [Descriptor, string][] {
  return drive === null ? [] : [[new Descriptor(drive, pending, '', ROOT, ROOT_FLAGS), '/']]
}

export function filesystem(
  drive: DriveFace | null,
  pending: Pending,
): Record<string, Record<string, unknown>> {
  return {
    'wasi:filesystem/preopens': { getDirectories: () => preopened(drive, pending) },
    'wasi:filesystem/types': {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: (error: unknown) =>
        error instanceof FileError ? error.code : undefined,
    },
  }
}
