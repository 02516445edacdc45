// The Worker with one more tool, answered by plain code behind the same OAuth and the same MCP server: what
// a call costs without a component, and an instance of one without a call. For `npm run bench` only; nothing of it is deployed.

import type { CallToolResult } from '@modelcontextprotocol/server'
import { serveMcp, serveWith } from '../src/http/mcp.ts'
import { createWorker } from '../src/http/worker.ts'
import type { Desk } from '../src/mcp/desk.ts'
import { makeInstances } from './instances.ts'
import { moveBytes } from './plain-bytes.ts'

export { Account } from '../src/account/account.ts'
export { Drive } from '../src/drive/drive.ts'
export { ToolCalls } from '../src/mcp/tool-calls.ts'
export { Session } from '../src/session/session.ts'

const plain = (env: Env, person: string): Desk => ({
  list: async () => [],
  resources: async () => [],
  resourceTemplates: async () => [],
  readResource: async () => ({ tag: 'unknown' }),
  complete: async () => null,
  resolve: async () => [],
  prompts: async () => [],
  getPrompt: async () => ({ tag: 'unknown' }),
  call: async (name, args): Promise<CallToolResult> => {
    const done =
      (await moveBytes(env, name, args)) ?? (await makeInstances(env, person, name, args))
    if (done !== null) return answer(done)
    const { text } = args as { text: string }
    const words = text.split(/\s+/).filter(Boolean)
    const result = { bytes: new TextEncoder().encode(text).length, words: words.length }
    return answer(result)
  },
})

function answer(result: unknown): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(result) }],
    structuredContent: { result },
  }
}

export default createWorker((request, env, principal, auth) =>
  request.headers.has('x-bench-plain')
    ? serveWith(request, env, principal, auth, () => plain(env, principal.person))
    : serveMcp(request, env, principal, auth),
)
