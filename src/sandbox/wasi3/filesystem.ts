// wasi:filesystem of 0.3: the same preopened directory as in 0.2.

import type { DriveFace } from '../../capabilities/held.ts'
import { preopened } from '../wasi/filesystem.ts'
import type { DescriptorParts } from './descriptor.ts'
import { Descriptor } from './descriptor.ts'

export function filesystem3(
  drive: DriveFace | null,
  parts: DescriptorParts,
): Record<string, Record<string, unknown>> {
  return {
    'wasi3:filesystem/preopens': {
      getDirectories: () =>
        preopened(drive, parts.pending).map(([root, path]) => [new Descriptor(root, parts), path]),
    },
    'wasi3:filesystem/types': { Descriptor },
  }
}
