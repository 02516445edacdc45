// Where jco's code lets a guest run, rewritten for a shell that may suspend guests at any instruction: what
// begins a stack is begun by the shell, and what calls a guest beside its stacks (to allocate for an answer, to
// drop a resource) waits until none of them is suspended in its midst. Names: `sandbox/stacks.ts`.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'

/** What the shell passes to the generated code. No WIT name begins with an underscore. */
export const STACKS = '_stacks'

/** A statement of an async function: what follows up to the next `await` runs in one piece with the test. */
const WAIT = `while (${STACKS}.isPaused) await ${STACKS}.over;`

interface Edit {
  /** Occurs wherever the shape has to be found, so that another jco fails here. */
  readonly mark: RegExp
  readonly shape: RegExp
  readonly instead: string
}

const EDITS: readonly Edit[] = [
  {
    mark: /\bWebAssembly\.promising\(/g,
    shape: /\bWebAssembly\.promising\(/g,
    instead: `${STACKS}.promising(`,
  },
  {
    // Where it cannot wait for the host jco calls it without `promising`. It may compute all the same.
    mark: /\bcallback_\d+ = Object\.assign\(/g,
    shape:
      /\b(callback_\d+ = )Object\.assign\((exports\d+(?:\.[\w$]+|\['[^'\n]*'\])), \{ _jcoMaySuspend: false \}\)/g,
    instead: `$1${STACKS}.promising($2)`,
  },
  {
    mark: /\bpostReturn\d+\(/g,
    // Without an argument where the function has no result.
    shape: /^( *)postReturn(\d+)\((ret|)\);/gm,
    instead: '$1await postReturn$2Async($3);',
  },
  {
    mark: /\bconst CURRENT_TASK_META\b/g,
    shape: /\bconst CURRENT_TASK_META = \{\};/g,
    instead: `const CURRENT_TASK_META = ${STACKS}.task.byComponent;`,
  },
  {
    mark: /\bconst CURRENT_TASK_MAY_BLOCK\b/g,
    shape:
      /\bconst CURRENT_TASK_MAY_BLOCK *= globalThis\.WebAssembly \? new globalThis\.WebAssembly\.Global\(\{ value: 'i32', mutable: true \}, 0\) : false;/g,
    instead: `const CURRENT_TASK_MAY_BLOCK = ${STACKS}.task.mayBlock;`,
  },
  {
    // A call may begin: its arguments are put where the guest allocates for them.
    mark: /\bCURRENT_TASK_MAY_BLOCK\.value = task\b/g,
    shape: /^( *)(CURRENT_TASK_MAY_BLOCK\.value = task\.mayBlock\(\) \? 1 : 0;)/gm,
    instead: `$1${WAIT} $2`,
  },
  {
    // The host has answered: strings and lists are put where the guest allocates for them. An error that
    // is part of the answer is put there in the same way.
    mark: /= await {2}_withGlobalCurrentTaskMetaAsync\(/g,
    shape:
      /(= await {2}_withGlobalCurrentTaskMetaAsync\(\{[^]*?\n *\}\)\s*;)((?:\s*ret = [^;]*;\s*\} catch \(e\) \{\s*if \(getOrCreateAsyncState\(\d+\)\.markTrapped\(e\)\) \{ throw e; \}\s*ret = \{ tag: 'err', val: getErrorPayload\(e\) \};\s*\})?)/g,
    instead: `$1$2 ${WAIT}`,
  },
  {
    mark: /\bpendingValues\.readSource\(/g,
    shape: /(\bawait pendingValues\.readSource\(\);)/g,
    instead: `$1 ${WAIT}`,
  },
  {
    mark: /\bhostWriteEnd\.hostWrite\(/g,
    shape: /^( *)(await hostWriteEnd\.hostWrite\()/gm,
    instead: `$1${WAIT} $2`,
  },
  {
    mark: /\bcompleteCancel\(\); \}/g,
    shape: /setTimeout\(\(\) => \{(\s*)(try \{ completeCancel\(\); \})/g,
    instead: `setTimeout(async () => {$1${WAIT} $2`,
  },
  {
    mark: /\bnew FinalizationRegistry\(/g,
    shape: /\bnew FinalizationRegistry\(unregister\)/g,
    instead: `new FinalizationRegistry((handle) => ${STACKS}.later(() => unregister(handle)))`,
  },
]

/** `err` is our own sentence: another jco. */
export function withStacks(generated: string): Result<string, string> {
  let source = generated
  for (const { mark, shape, instead } of EDITS) {
    if (count(source, mark) !== count(source, shape)) {
      return err(`the generated code runs the guest in another way than expected: ${mark.source}`)
    }
    source = source.replace(shape, instead)
  }
  return ok(source)
}

function count(source: string, pattern: RegExp): number {
  return source.match(pattern)?.length ?? 0
}
