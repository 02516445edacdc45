// What telemetry looks at of a record (`account/record.ts`), and nothing else of it.

export interface RecordedHostCall {
  readonly kind: string
  /** A path for `storage`. */
  readonly host: string
  readonly port: number
  readonly method: string
  readonly outcome: string
  readonly status: number | null
  readonly bytes_out: number
  readonly bytes_in: number
  /** Unix milliseconds. */
  readonly started_at: number
  readonly ms: number
}

export interface RecordedCall {
  readonly id: string
  /** As the client has it, which may be any text when `component` is `null`. */
  readonly tool: string
  readonly component: string | null
  readonly digest: string | null
  readonly outcome: string
  readonly reason: string | null
  /** Unix milliseconds. */
  readonly started_at: number
  readonly ms: number
  readonly fuel: number | null
  readonly host_calls: readonly RecordedHostCall[]
  readonly usage?: {
    /** Host calls that it made beside those. */
    readonly unlisted: number
  } | null
}
