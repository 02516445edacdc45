// What one principal's agent can do: list tools and call them. Built-in tools first in authority, component
// tools through `call.ts`. Knows MCP shapes; knows nothing of sessions, transports or eras.

import type { CallToolResult, Tool } from '@modelcontextprotocol/server'
import type { Account } from '../account/account.ts'
import type { CallDeps } from '../call.ts'
import { call } from '../call.ts'
import { digestOf } from '../component/digest.ts'
import type { Scope } from '../oauth/scopes.ts'
import type { BuiltinDeps } from './builtin.ts'
import { builtinResult, describeBuiltin } from './builtin.ts'
import { BUILTINS } from './builtins.ts'
import { failure, toResult } from './results.ts'

export interface DeskDeps extends BuiltinDeps, CallDeps {
  readonly account: BuiltinDeps['account'] & CallDeps['account'] & Pick<Account, 'tools'>
  readonly session: string | null
}

/** The same for every transport: an object in the Worker, a stub in a `Session`. */
export interface Desk {
  list(): Promise<Tool[]>
  call(name: string, args: unknown): Promise<CallToolResult | 'unknown-tool'>
}

/** The scope that a tool of this name needs. */
export function scopeOf(name: string): Scope {
  return BUILTINS.get(name)?.scope ?? 'tools:call'
}

export function createDesk(deps: DeskDeps): Desk {
  return {
    async list() {
      const tools = await deps.account.tools()
      return [
        ...tools.map(({ name, component, model }): Tool => ({
          name,
          title: model.title,
          description: model.description,
          inputSchema: model.inputSchema as Tool['inputSchema'],
          ...(model.outputSchema === null
            ? {}
            : { outputSchema: model.outputSchema as NonNullable<Tool['outputSchema']> }),
          // What a stranger's code does is unknown: assume the most.
          annotations: {
            title: model.title,
            readOnlyHint: false,
            destructiveHint: true,
            idempotentHint: false,
            openWorldHint: true,
          },
          _meta: { 'wassette-edge/component': component },
        })),
        ...[...BUILTINS.values()].map(describeBuiltin),
      ]
    },
    async call(name, args) {
      // Checked again here: no transport decides what a token is for.
      if (!deps.principal.scopes.includes(scopeOf(name))) {
        return failure('insufficient-scope', 'The access token is not for this.', {
          scope: scopeOf(name),
        })
      }
      if (BUILTINS.has(name)) return await callBuiltin(name, args, deps)
      const { principal, session, publicUrl } = deps
      const outcome = await call({ principal, session, tool: name, arguments: args }, deps)
      return outcome.tag === 'unknown-tool' ? outcome.tag : toResult(outcome, publicUrl)
    },
  }
}

async function callBuiltin(name: string, args: unknown, deps: DeskDeps): Promise<CallToolResult> {
  const startedAt = deps.now()
  const answered = await runBuiltin(name, args, deps)
  const { principal, session } = deps
  await deps.account.record({
    id: deps.newId(),
    client: principal.client,
    client_name: principal.clientName,
    session,
    tool: name,
    component: null,
    source: null,
    digest: null,
    arguments_digest: await digestOf(JSON.stringify(args ?? null)),
    outcome: answered.outcome,
    reason: answered.reason,
    started_at: startedAt,
    ms: deps.now() - startedAt,
    host_calls: [],
  })
  return answered.result
}

async function runBuiltin(
  name: string,
  args: unknown,
  deps: DeskDeps,
): Promise<{ result: CallToolResult; outcome: string; reason: string | null }> {
  const tool = BUILTINS.get(name)
  if (tool === undefined) throw new Error('not a built-in tool')
  const input = tool.input.safeParse(args ?? {})
  if (!input.success) {
    const issues = input.error.issues.slice(0, 8)
    const told = issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`)
    const result = failure('bad-arguments', told.join('; '), {
      paths: issues.map((i) => i.path.join('.')),
    })
    return { result, outcome: 'bad-arguments', reason: null }
  }
  try {
    const answer = await tool.run(input.data, deps)
    const reason = answer.ok ? null : answer.error.code
    return { result: builtinResult(answer), outcome: answer.ok ? 'answered' : 'refused', reason }
  } catch (cause) {
    console.error('built-in fault', name, cause)
    const result = failure('internal', 'The server failed. Nothing was half-done; try again.')
    return { result, outcome: 'fault', reason: null }
  }
}
