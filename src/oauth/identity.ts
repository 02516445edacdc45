// What goes into a sign-in at a provider, and what comes out of it.

/** What must be kept between the two halves of a sign-in, for this browser only. */
export interface SignInSecrets {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
  /** Seconds since the issuer last asked who this is, at the most; `null`: any. */
  readonly maxAge: number | null
}

export interface Identity {
  readonly issuer: string
  readonly subject: string
  readonly name: string
  /** Verified by the provider itself; `null`: it has none for us. */
  readonly email: string | null
  /** Unix milliseconds; `null`: the issuer did not say when it asked who this is. */
  readonly authenticatedAt: number | null
}

/** `unavailable`: it does not answer, and may in a moment; `refused`: it answers otherwise than its protocol demands. */
export type UpstreamFault = 'unavailable' | 'refused'

/** A provider did not answer, or not as its protocol demands. */
export class UpstreamFailed extends Error {
  readonly code = 'upstream-failed'
  readonly fault: UpstreamFault

  constructor(fault: UpstreamFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }
}
