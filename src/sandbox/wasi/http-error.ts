// `error-code` of wasi:http as jco takes it, and the io error that carries one.

import type { HttpErrorCode } from '../../capabilities/held.ts'
import { IoError } from './error.ts'
import type { StreamError } from './error.ts'

export interface ErrorCode {
  readonly tag: string
  readonly val?: unknown
}

/** With an empty payload where WIT has one. */
export function errorCode({ tag }: HttpErrorCode): ErrorCode {
  const val = tag === 'DNS-error' ? { rcode: undefined, infoCode: undefined } : undefined
  return { tag, val }
}

/** What `http-error-code` tells of a stream's error. The code may become known after the stream broke. */
export class HttpError extends IoError {
  readonly #code: () => ErrorCode
  constructor(code: () => ErrorCode) {
    super('the body broke')
    this.#code = code
  }
  get code(): ErrorCode {
    return this.#code()
  }
  override toDebugString(): string {
    return this.code.tag
  }
}

export function brokenBody(code: () => ErrorCode): StreamError {
  return { tag: 'last-operation-failed', val: new HttpError(code) }
}
