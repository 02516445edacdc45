// The whole Worker over stores that can fail.

import { Account as SoundAccount } from '../../../src/account/account.ts'
import { Drive as SoundDrive } from '../../../src/drive/drive.ts'
import { serveMcp } from '../../../src/http/mcp.ts'
import { createWorker } from '../../../src/http/worker.ts'
import type { ToolCallsProps } from '../../../src/mcp/tool-calls.ts'
import { ToolCalls as SoundToolCalls } from '../../../src/mcp/tool-calls.ts'
import { faulty } from './faulty.ts'

export { Session } from '../../../src/session/session.ts'

export class Account extends SoundAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env, ctx.id.name ?? ''))
  }
}

export class Drive extends SoundDrive {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, faulty(env, ctx.id.name ?? ''))
  }
}

export class ToolCalls extends SoundToolCalls {
  constructor(ctx: ExecutionContext<ToolCallsProps>, env: Env) {
    super(ctx, faulty(env, ctx.props.principal.person))
  }
}

const worker = createWorker(serveMcp)

/** One address asks more often here than any does. */
const UNLIMITED: RateLimit = { limit: async () => ({ success: true }) }
const OURS = {
  REGISTRATIONS: UNLIMITED,
  SIGN_INS: UNLIMITED,
  TOKENS: UNLIMITED,
  SIGN_IN_ALLOW: 's,@people.test',
}

export default {
  fetch: async (request: Request, env: Env, ctx: ExecutionContext): Promise<Response> =>
    await worker.fetch(request, faulty({ ...env, ...OURS }, 'worker'), ctx),
}
