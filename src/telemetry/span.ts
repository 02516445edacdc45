// One span, as our code makes it and before it is written down for a collector.

import type { TraceContext } from './trace-context.ts'

export type Attributes = Readonly<Record<string, string | number | null>>

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parent: { readonly spanId: string; readonly isRemote: boolean } | null
  readonly links: readonly TraceContext[]
  readonly name: string
  readonly kind: 'internal' | 'server' | 'client'
  /** Unix milliseconds. */
  readonly startedAt: number
  readonly endedAt: number
  /** `null`: not known, not written. */
  readonly attributes: Attributes
  /** Class of the failure, from a list of ours or a protocol's; `null`: it did not fail. */
  readonly error: string | null
}
