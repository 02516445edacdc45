// wasi:cli/environment and exit: the granted variables, a command's arguments, no directory; leaving
// ends the call.

import type { Halt } from '../halt.ts'

export interface Surroundings {
  readonly environment: readonly (readonly [string, string])[]
  readonly argv: readonly string[]
}

export function environment(
  call: () => Surroundings,
  halt: Halt,
): Record<string, Record<string, unknown>> {
  return {
    'wasi:cli/environment': {
      getEnvironment: () => call().environment.map(([key, value]) => [key, value]),
      getArguments: () => [...call().argv],
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': {
      exit: (status: { tag: 'ok' | 'err' }) =>
        halt.end({ tag: 'exit', code: status.tag === 'ok' ? 0 : 1 }),
      exitWithCode: (code: number) => halt.end({ tag: 'exit', code }),
    },
  }
}
