// wasi:cli/environment and exit: the granted variables, no arguments, no directory; leaving ends the call.

import type { Halt } from '../halt.ts'

export function environment(
  variables: () => readonly (readonly [string, string])[],
  halt: Halt,
): Record<string, Record<string, unknown>> {
  return {
    'wasi:cli/environment': {
      getEnvironment: () => variables().map(([key, value]) => [key, value]),
      getArguments: () => [],
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': {
      exit: (status: { tag: 'ok' | 'err' }) =>
        halt.end({ tag: 'exit', code: status.tag === 'ok' ? 0 : 1 }),
      exitWithCode: (code: number) => halt.end({ tag: 'exit', code }),
    },
  }
}
