// What one principal's agent can do: list tools and call them. Built-in tools first in authority, component
// tools through `call.ts`. Knows MCP shapes; knows nothing of sessions, transports or eras.

import type {
  CallToolResult,
  GetPromptResult,
  InputRequiredResult,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplateType,
  Tool,
} from '@modelcontextprotocol/server'
import type { Account } from '../account/account.ts'
import type { ListedTool } from '../account/tool-list.ts'
import type { Receipt } from '../account/record.ts'
import type { CallDeps } from '../call.ts'
import type { Outcome } from '../outcome.ts'
import type { Exchange } from '../exchange.ts'
import { call } from '../call.ts'
import type { Page } from './asking.ts'
import { callAsking, longestWaitMsOf } from './asking.ts'
import { digestOf } from '../component/digest.ts'
import type { Ability } from '../policy/questions.ts'
import type { Scope } from '../oauth/scopes.ts'
import type { BuiltinDeps, BuiltinRun } from './builtin.ts'
import { builtinResult, describeBuiltin } from './builtin.ts'
import { BUILTINS } from './builtins.ts'
import { faultOf } from './desk-faults.ts'
import { iconsOf } from './icons.ts'
import type { Completion, Read, Subject } from './providers.ts'
import { Providers } from './providers.ts'
import { failure, META, toFailure, toQuestion, toResult } from './results.ts'

export interface DeskDeps extends Omit<BuiltinDeps, 'listed'>, CallDeps {
  readonly account: BuiltinDeps['account'] &
    CallDeps['account'] &
    Pick<Account, 'begin' | 'giveUp' | 'providers' | 'tools' | 'toolsOf' | 'word'>
}

/** The same for every transport: an object in the Worker, a stub in a `Session`. */
export interface Desk {
  list(): Promise<Tool[]>
  call(
    name: string,
    args: unknown,
    exchange: Exchange,
  ): Promise<CallToolResult | InputRequiredResult | Lacking | 'unknown-tool'>
  resources(): Promise<Resource[]>
  resourceTemplates(): Promise<ResourceTemplateType[]>
  readResource(uri: string, exchange: Exchange): Promise<Fetched<ReadResourceResult>>
  prompts(): Promise<Prompt[]>
  getPrompt(
    name: string,
    args: Readonly<Record<string, string>>,
    exchange: Exchange,
  ): Promise<Fetched<GetPromptResult>>
  /** `null` for a prompt or template that does not exist. */
  complete(
    subject: Subject,
    argument: { readonly name: string; readonly value: string },
    others: Readonly<Record<string, string>>,
  ): Promise<Completion | null>
  /** The address under which each resource is listed; `null` for one that does not exist. */
  resolve(uris: readonly string[]): Promise<(string | null)[]>
}

/** The client lacks what a component needs. `result`: what a tool answers where MCP has no error for it. */
export interface Lacking {
  readonly tag: 'lacks'
  readonly abilities: readonly Ability[]
  readonly result: CallToolResult | null
}

export function isLacking(given: unknown): given is Lacking {
  return typeof given === 'object' && given !== null && 'tag' in given && given.tag === 'lacks'
}

/** A resource or a prompt. `failed` carries what a failed tool call would have answered. */
export type Fetched<T> =
  | { readonly tag: 'found'; readonly value: T }
  | { readonly tag: 'asks'; readonly question: InputRequiredResult }
  | { readonly tag: 'lacks'; readonly lacking: Lacking }
  | { readonly tag: 'unknown' }
  | { readonly tag: 'failed'; readonly result: CallToolResult }

/** Of a request that nobody can be asked in. */
const SILENT: Exchange = {
  notify: null,
  shows: { forms: false, pages: false },
  abilities: [],
  push: null,
  isPatient: false,
  state: null,
  responses: {},
  cancelled: null,
}

/** The scope that a tool of this name needs. */
export function scopeOf(name: string): Scope {
  return BUILTINS.get(name)?.scope ?? 'tools:call'
}

export function createDesk(deps: DeskDeps): Desk {
  const { principal, session, publicUrl } = deps
  const run = (tool: string, args: unknown, exchange: Exchange | null): Promise<Outcome | Page> =>
    callAsking(
      { principal, session, tool, arguments: args, exchange: exchange ?? SILENT, before: null },
      (request) => call(request, deps),
      deps,
    )
  const providers = new Providers(
    () => deps.account.providers(),
    run,
    // The words of a version that nobody has looked at reach no agent.
    async () => (await deps.account.tools()).filter(({ waits }) => !waits),
    (component) => deps.account.toolsOf(component),
    publicUrl,
  )
  const fetched = <T, R>(read: Read<T>, wrap: (value: T) => R): Fetched<R> => {
    if (read.tag === 'found') return { tag: 'found', value: wrap(read.value) }
    if (read.tag === 'unknown' || read.outcome.tag === 'unknown-tool') return { tag: 'unknown' }
    if (read.outcome.tag === 'page') return { tag: 'asks', question: read.outcome.question }
    if (read.outcome.tag === 'asks') return { tag: 'asks', question: toQuestion(read.outcome) }
    if (read.outcome.tag === 'lacks') {
      const { abilities } = read.outcome
      return { tag: 'lacks', lacking: { tag: 'lacks', abilities, result: null } }
    }
    return { tag: 'failed', result: toFailure(read.outcome, publicUrl) }
  }
  const list = async (): Promise<Tool[]> => {
    const tools = await deps.account.tools()
    const own = [...BUILTINS.values()].map(describeBuiltin)
    return [...tools.map((tool) => describeTool(tool, publicUrl)), ...own]
  }
  return {
    list,
    async call(name, args, exchange) {
      // Checked again here: no transport decides what a token is for.
      if (!deps.principal.scopes.includes(scopeOf(name))) {
        return failure('insufficient-scope', 'The access token is not for this.', {
          scope: scopeOf(name),
        })
      }
      if (BUILTINS.has(name)) {
        return await callBuiltin(name, args, { ...deps, listed: list, exchange })
      }
      const outcome = await run(name, args, exchange)
      if (outcome.tag === 'page') return outcome.question
      if (outcome.tag === 'asks') return toQuestion(outcome)
      if (outcome.tag === 'unknown-tool') return outcome.tag
      const result = toResult(outcome, publicUrl)
      return outcome.tag === 'lacks'
        ? { tag: 'lacks', abilities: outcome.abilities, result }
        : result
    },
    resources: () => providers.resources(),
    resourceTemplates: () => providers.templates(),
    prompts: () => providers.prompts(),
    complete: (...args) => providers.complete(...args),
    resolve: (uris) => providers.resolve(uris),
    async readResource(uri, exchange) {
      return fetched(await providers.read(uri, exchange), (contents) => ({ contents }))
    },
    async getPrompt(name, args, exchange) {
      return fetched(await providers.prompt(name, args, exchange), (prompt) => prompt)
    },
  }
}

function describeTool(
  { name, component, model, labels, hints, icon }: ListedTool,
  publicUrl: string,
): Tool {
  return {
    name,
    title: model.title,
    description: model.description,
    inputSchema: model.inputSchema as Tool['inputSchema'],
    ...(model.outputSchema === null
      ? {}
      : { outputSchema: model.outputSchema as NonNullable<Tool['outputSchema']> }),
    annotations: { title: model.title, ...hints },
    ...iconsOf(publicUrl, icon),
    _meta: { [META.component]: component, [META.labels]: labels },
  }
}

/** Milliseconds that a built-in tool may work: to download and compile a component, with others before it. */
const BUILTIN_MS = 5 * 60_000

type Ran = CallToolResult | InputRequiredResult

async function callBuiltin(name: string, args: unknown, deps: DeskDeps & BuiltinRun): Promise<Ran> {
  const startedAt = deps.now()
  const { principal, session } = deps
  const begun = {
    id: deps.newId(),
    client: principal.client,
    client_name: principal.clientName,
    session,
    tool: name,
    component: null,
    source: null,
    digest: null,
    arguments_digest: await digestOf(JSON.stringify(args ?? null)),
    started_at: startedAt,
  }
  const waitMs = BUILTINS.get(name)?.asks === true ? longestWaitMsOf(deps.exchange) : 0
  await deps.account.begin(begun, BUILTIN_MS + waitMs)
  const answered = await runBuiltin(name, args, deps)
  const receipt: Receipt = {
    ...begun,
    outcome: answered.outcome,
    reason: answered.reason,
    policy_digest: null,
    variables: [],
    ms: deps.now() - startedAt,
    fuel: null,
    host_calls: [],
    usage: null,
  }
  deps.onReceipt?.(receipt)
  await deps.account.record(receipt)
  return answered.result
}

async function runBuiltin(
  name: string,
  args: unknown,
  deps: BuiltinRun,
): Promise<{ result: Ran; outcome: string; reason: string | null }> {
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
    if ('tag' in answer) return { result: answer.question, outcome: 'asks', reason: null }
    const reason = answer.ok ? null : answer.error.code
    return { result: builtinResult(answer), outcome: answer.ok ? 'answered' : 'refused', reason }
  } catch (cause) {
    console.error('built-in fault', name, cause)
    const { code, message } = faultOf(cause)
    return { result: failure(code, message), outcome: 'fault', reason: code }
  }
}
