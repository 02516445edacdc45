// The part of oidc-provider 9 that `identity.ts` uses; the package ships no types of its own.
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export type Account = {
    accountId: string
    claims(use: string, scope: string): Promise<Record<string, unknown> & { sub: string }>
  }
  export type Context = {
    body: unknown
    type: string
    status: number
    oidc: {
      client?: { clientId: string }
      session?: { accountId?: string }
      params?: { scope?: string }
      result?: { login?: { accountId: string } }
      provider: Provider
    }
  }
  export type Interaction = {
    uid: string
    prompt: { name: string }
    params: Record<string, unknown>
  }
  export interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<string>
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    Grant: new (properties: { accountId: string; clientId: string }) => Grant
    /** Headers of a front are believed. */
    proxy: boolean
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: { login: { accountId: string; remember?: boolean } },
      options: { mergeWithLastSubmission: boolean },
    ): Promise<void>
    on(event: 'server_error', listener: (context: Context, error: Error) => void): this
  }

  export class Check {
    static readonly REQUEST_PROMPT: true
    static readonly NO_NEED_TO_PROMPT: false
    constructor(reason: string, description: string, check: (context: Context) => boolean)
  }
  export const interactionPolicy: {
    Check: typeof Check
    base(): { get(prompt: string): { checks: { add(check: Check): void } } | undefined }
  }
}
