// The composition root: the Worker's entry and the classes that the platform makes.

import { Account as PersonsAccount } from './account/account.ts'
import { Drive as PersonsDrive } from './drive/drive.ts'
import { serveMcp } from './http/mcp.ts'
import { createWorker } from './http/worker.ts'
import { ToolCalls as Calls } from './mcp/tool-calls.ts'
import { timely } from './timely.ts'

export { Session } from './session/session.ts'

export class Account extends PersonsAccount {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, timely(env))
  }
}

export class Drive extends PersonsDrive {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, timely(env))
  }
}

export class ToolCalls extends Calls {
  constructor(ctx: ConstructorParameters<typeof Calls>[0], env: Env) {
    super(ctx, timely(env))
  }
}

const worker = createWorker(serveMcp)

export default {
  fetch: (request, env, ctx) => worker.fetch(request, timely(env), ctx),
} satisfies ExportedHandler<Env>
