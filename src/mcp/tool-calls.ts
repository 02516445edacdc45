// The desk of one principal as an entrypoint. A `Session` object calls it, so that each call runs in an I/O
// context of its own: an object may have few Dynamic Workers in flight, and serves many calls.

import { WorkerEntrypoint } from 'cloudflare:workers'
import { composeDesk } from '../compose.ts'
import { patient } from '../patience.ts'
import type { Principal } from '../principal.ts'
import type { Desk } from './desk.ts'
import type { RequestOrigin } from './origin.ts'

/** Set by our own code when the stub is made; whoever holds the stub cannot change them. */
export interface ToolCallsProps {
  readonly principal: Principal
  readonly session: string | null
  readonly origin: RequestOrigin
}

type Args<M extends keyof Desk> = Parameters<Desk[M]>
type Answer<M extends keyof Desk> = ReturnType<Desk[M]>

export class ToolCalls extends WorkerEntrypoint<Env, ToolCallsProps> implements Desk {
  constructor(ctx: ExecutionContext<ToolCallsProps>, bindings: Env) {
    super(ctx, patient(bindings))
  }

  list(): Answer<'list'> {
    return this.#desk().list()
  }

  call(...args: Args<'call'>): Answer<'call'> {
    return this.#desk().call(...args)
  }

  resources(): Answer<'resources'> {
    return this.#desk().resources()
  }

  resourceTemplates(): Answer<'resourceTemplates'> {
    return this.#desk().resourceTemplates()
  }

  readResource(...args: Args<'readResource'>): Answer<'readResource'> {
    return this.#desk().readResource(...args)
  }

  prompts(): Answer<'prompts'> {
    return this.#desk().prompts()
  }

  getPrompt(...args: Args<'getPrompt'>): Answer<'getPrompt'> {
    return this.#desk().getPrompt(...args)
  }

  complete(...args: Args<'complete'>): Answer<'complete'> {
    return this.#desk().complete(...args)
  }

  resolve(...args: Args<'resolve'>): Answer<'resolve'> {
    return this.#desk().resolve(...args)
  }

  #desk(): Desk {
    const { principal, session, origin } = this.ctx.props
    return composeDesk(this.env, principal, session, origin)
  }
}
