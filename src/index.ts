// The composition root: the Worker's entry and the classes that the platform makes.

import { serveMcp } from './http/mcp.ts'
import { createWorker } from './http/worker.ts'

export { Account } from './account/account.ts'
export { Drive } from './drive/drive.ts'
export { ToolCalls } from './mcp/tool-calls.ts'
export { Session } from './session/session.ts'

export default createWorker(serveMcp) satisfies ExportedHandler<Env>
