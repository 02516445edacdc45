// Why a path that a guest has given names nothing on a drive, in the words of wasi:filesystem.

import { hasControls } from '../policy/drive-path.ts'
import type { DriveCode } from './held.ts'

/** Of one that `resolvePath` does not take. */
export function pathFault(path: unknown): DriveCode {
  if (typeof path !== 'string') return 'invalid'
  if (!path.isWellFormed()) return 'illegal-byte-sequence'
  if (path.includes('\0')) return 'invalid'
  if (hasControls(path)) return 'illegal-byte-sequence'
  if (path.includes('*')) return 'not-permitted'
  let depth = path.startsWith('/') ? -1 : 0
  for (const segment of path.split('/')) {
    if (depth < 0) break
    if (segment === '..') depth -= 1
    else if (segment !== '' && segment !== '.') depth += 1
  }
  return depth < 0 ? 'not-permitted' : 'name-too-long'
}
