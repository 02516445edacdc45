// wasi:cli/environment and exit of 0.3: as in 0.2, with one name changed.

import type { Halt } from '../halt.ts'
import type { Surroundings } from '../wasi/environment.ts'
import { environment } from '../wasi/environment.ts'

export function environment3(
  call: () => Surroundings,
  halt: Halt,
): Record<string, Record<string, unknown>> {
  const old = environment(call, halt)
  const { initialCwd, ...same } = old['wasi:cli/environment'] ?? {}
  return {
    'wasi3:cli/environment': { ...same, getInitialCwd: initialCwd },
    'wasi3:cli/exit': { ...old['wasi:cli/exit'] },
  }
}
