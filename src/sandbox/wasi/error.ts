// wasi:io/error. Carries a word for the guest's own log; it never names anything of ours.

export class IoError {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }
  toDebugString(): string {
    return this.#text
  }
}

/** The `stream-error` variant of wasi:io/streams, thrown as jco expects a `result`'s error. */
export type StreamError =
  | { readonly tag: 'last-operation-failed'; readonly val: IoError }
  | { readonly tag: 'closed' }

export const CLOSED: StreamError = { tag: 'closed' }

export function failed(text: string): StreamError {
  return { tag: 'last-operation-failed', val: new IoError(text) }
}
