// Waits for work, but not for ever. The work itself is not stopped: whoever gave it up disposes of it.

/** What `within` answers when the time is over first. */
export const LATE = Symbol('late')

/** `ms` are milliseconds. A failure of the work after the deadline is nobody's any more. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | typeof LATE> {
  const { promise: late, resolve } = Promise.withResolvers<typeof LATE>()
  const timer = setTimeout(() => resolve(LATE), ms)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}
