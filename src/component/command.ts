// Command-line programs: components that export `wasi:cli/run`. Its function takes nothing; what a program is given
// are its arguments and its standard input, so a command's tool takes these.

import type { ExportedFunction, FunctionType } from './wit.ts'

const RUN = /^wasi:cli\/run(?:@|$)/

export function isCommand({ interface: of, name }: ExportedFunction): boolean {
  return of !== null && RUN.test(of) && name === 'run'
}

/** As if WIT said so: `run: func(args: option<list<string>>, stdin: option<string>)`. */
const GIVEN: FunctionType['params'] = [
  {
    name: 'args',
    type: { kind: 'option', inner: { kind: 'list', element: { kind: 'string' } } },
  },
  { name: 'stdin', type: { kind: 'option', inner: { kind: 'string' } } },
]

const WORDS = new Map([
  ['args', 'Command-line arguments, without the name of the program.'],
  ['stdin', 'What the program reads from its standard input.'],
])

/** What a tool of the function takes; `words` describe what the WIT has no words for. */
export function takenBy(exported: ExportedFunction): {
  readonly type: FunctionType
  readonly words: ReadonlyMap<string, string>
} {
  const { type } = exported
  return isCommand(exported)
    ? { type: { ...type, params: GIVEN }, words: WORDS }
    : { type, words: new Map() }
}

/** What a call hands to the guest. `argv` begins with a command's own name, and is empty for every other function. */
export interface Given {
  readonly args: readonly unknown[]
  readonly argv: readonly string[]
  readonly stdin: string
}

/** `values`: of `checkArguments` over the type of `takenBy`. `program`: the name of the component. */
export function givenBy(
  exported: ExportedFunction,
  program: string,
  values: readonly unknown[],
): Given {
  if (!isCommand(exported)) return { args: values, argv: [], stdin: '' }
  const [args, stdin] = values as [args?: readonly string[], stdin?: string]
  return { args: [], argv: [program, ...(args ?? [])], stdin: stdin ?? '' }
}
