// The desk of one principal as an entrypoint. A `Session` object calls it, so that each tool call runs in an
// I/O context of its own: an object may have few Dynamic Workers in flight, and serves many calls.

import type { CallToolResult, Tool } from '@modelcontextprotocol/server'
import { WorkerEntrypoint } from 'cloudflare:workers'
import { composeDesk } from '../compose.ts'
import type { Principal } from '../principal.ts'
import type { Desk } from './desk.ts'

/** Set by our own code when the stub is made; whoever holds the stub cannot change them. */
export interface ToolCallsProps {
  readonly principal: Principal
  readonly session: string | null
}

export class ToolCalls extends WorkerEntrypoint<Env, ToolCallsProps> implements Desk {
  async list(): Promise<Tool[]> {
    return await this.#desk().list()
  }

  async call(name: string, args: unknown): Promise<CallToolResult | 'unknown-tool'> {
    return await this.#desk().call(name, args)
  }

  #desk(): Desk {
    const { principal, session } = this.ctx.props
    return composeDesk(this.env, principal, session)
  }
}
