/** Something the person at the terminal can put right. Shown as one message, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Ends a script the way a person expects: a sentence for their own mistakes, the stack for ours. */
export function endWith(error: unknown): never {
  console.error(error instanceof UsageError ? error.message : error)
  process.exit(1)
}
