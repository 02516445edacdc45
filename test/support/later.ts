/** For `vi.waitFor` and `vi.waitUntil`: the second that they wait by themselves is short on a busy machine. */
export const LATER = { timeout: 20_000 }
