// Long work in steps: a generator that yields now and then, so that who drives it may pause. What it does is
// the same however it is driven.

export type Steps<T> = Generator<undefined, T, undefined>

/** How many instructions or edits are a step: a fraction of a millisecond. */
export const EVERY = 16_384

/** Without a pause. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** With a pause after so many steps. Throws what the steps throw. */
export async function pacedSteps<T>(
  steps: Steps<T>,
  pause: () => Promise<void>,
  stepsBetween = 4,
): Promise<T> {
  for (let step = 1; ; step += 1) {
    const { done, value } = steps.next()
    if (done === true) return value
    if (step % stepsBetween === 0) await pause()
  }
}
