// The whole Worker over stores that can fail.

import { Account as SoundAccount } from '../../../src/account/account.ts'
import { Drive as SoundDrive } from '../../../src/drive/drive.ts'
import { serveMcp } from '../../../src/http/mcp.ts'
import { createWorker } from '../../../src/http/worker.ts'
import { patient } from '../../../src/patience.ts'
import { faulty, SOON } from './faulty.ts'

export { ToolCalls } from '../../../src/mcp/tool-calls.ts'
export { Session } from '../../../src/session/session.ts'

export class Account extends SoundAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, patient(faulty(env, ctx.id.name ?? ''), SOON))
  }
}

export class Drive extends SoundDrive {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, patient(faulty(env, ctx.id.name ?? ''), SOON))
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
    await worker.fetch(request, patient(faulty({ ...env, ...OURS }, 'worker'), SOON), ctx),
}
