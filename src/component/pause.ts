// Lets others of the process run: a timer goes through its event loop, a resolved promise would not.

export function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
