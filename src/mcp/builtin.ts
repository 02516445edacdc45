// What a built-in tool is: data in a file of its own name. Names, inputs and output keys are Wassette's.

import type { CallToolResult, Tool } from '@modelcontextprotocol/server'
import * as z from 'zod'
import type { Account } from '../account/account.ts'
import type { Exchange } from '../exchange.ts'
import type { Hints } from '../policy/hints.ts'
import type { LoadDeps } from '../load.ts'
import type { Scope } from '../oauth/scopes.ts'
import type { Principal } from '../principal.ts'
import type { Catalogue } from '../store/catalogue.ts'
import type { AskedPageDeps, Shown } from './asked-page.ts'

export interface BuiltinDeps extends Pick<AskedPageDeps, 'newId'> {
  readonly principal: Principal
  /** MCP session of the sessionful eras. */
  readonly session: string | null
  readonly account: Pick<
    Account,
    | 'components'
    | 'component'
    | 'uninstall'
    | 'ask'
    | 'bring'
    | 'connections'
    | 'standing'
    | 'standingRules'
    | keyof AskedPageDeps['account']
    | 'revokeEnvironment'
    | 'revokeNetwork'
    | 'revokeStorage'
    | 'reset'
  >
  readonly catalogue: Catalogue
  /** What `tools/list` has, the tools of the server included. */
  readonly listed: () => Promise<readonly Tool[]>
  readonly load: LoadDeps
  readonly publicUrl: string
  readonly now: () => number
}

/** One call of a tool: who is on the other side of it. */
export interface BuiltinRun extends BuiltinDeps {
  readonly exchange: Exchange
}

/** The client is to come back when it has sent the person to a page. */
export type BuiltinPage = Extract<Shown, { readonly tag: 'page' }>

/** `error.sentence` is ours and fixed; whatever came from outside is in `error.details`. */
export type BuiltinAnswer =
  | { readonly ok: true; readonly value: Record<string, unknown> }
  | {
      readonly ok: false
      readonly error: {
        readonly code: string
        readonly sentence: string
        readonly details?: Record<string, unknown>
      }
    }

export interface Builtin<I extends z.ZodType = z.ZodType> {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly scope: Scope
  /** All four are required: a client shows them before a person agrees to a call. */
  readonly annotations: Hints
  readonly input: I
  /** Keys that every answer has; there may be more beside them. */
  readonly output: z.ZodType
  /** It may wait for the person (`ask.ts`). */
  readonly asks?: true
  readonly run: (input: z.infer<I>, deps: BuiltinRun) => Promise<BuiltinAnswer | BuiltinPage>
}

export function builtin<I extends z.ZodType>(definition: Builtin<I>): Builtin {
  return definition as unknown as Builtin
}

export const componentId = z.string().min(1).max(128).describe('Id of a loaded component')

export const UNKNOWN_COMPONENT: BuiltinAnswer = {
  ok: false,
  error: {
    code: 'unknown-component',
    sentence: 'You have no component of that id: list-components shows them.',
  },
}

export function describeBuiltin(tool: Builtin): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(tool.input, { io: 'input' })
  const { $schema: _same, ...outputSchema } = z.toJSONSchema(tool.output)
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    inputSchema: inputSchema as Tool['inputSchema'],
    outputSchema: outputSchema as NonNullable<Tool['outputSchema']>,
    annotations: { title: tool.title, ...tool.annotations },
  }
}

export function builtinResult(answer: BuiltinAnswer): CallToolResult {
  if (answer.ok) {
    return {
      content: [{ type: 'text', text: JSON.stringify(answer.value) }],
      structuredContent: answer.value,
    }
  }
  const { code, sentence, details = {} } = answer.error
  const told = Object.keys(details).length === 0 ? '' : `\n${JSON.stringify(details)}`
  return {
    content: [{ type: 'text', text: `Error: ${sentence}${told}` }],
    isError: true,
    _meta: { 'wassette-edge/error': { code, ...details } },
  }
}
