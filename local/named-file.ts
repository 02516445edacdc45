// A file that somebody names on a command line.

import { readFileSync } from 'node:fs'
import { UsageError } from './usage-error.ts'

/** `usage`: what is told with the name of one that cannot be read. */
export function readNamed(file: string, usage: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file))
  } catch {
    throw new UsageError(`${file} cannot be read.\n${usage}`)
  }
}
