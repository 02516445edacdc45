// The types and interfaces of `wassette-edge:mcp` (wit/mcp.wit) as they occur in a component: which
// results are MCP content, and which exports are resources, prompts and completions instead of tools.

import type { ExportedFunction, WitType } from './wit.ts'

export type ContentKind = 'tool-result' | 'blocks' | 'block'

const CONTENT = /^wassette-edge:mcp\/content@0\.1\.\d+#(tool-result|block)$/
const PROVIDER = /^wassette-edge:mcp\/(resources|prompts|completions)@0\.1\.\d+$/

/** `null` for a result that is a value like any other. Of a `result`, the ok side counts. */
export function contentKind(type: WitType | null): ContentKind | null {
  switch (type?.kind) {
    case 'result':
      return type.ok?.kind === 'result' ? null : contentKind(type.ok)
    case 'list':
      return type.length === undefined && contentKind(type.element) === 'block' ? 'blocks' : null
    case 'record':
    case 'variant':
      return (CONTENT.exec(type.from ?? '')?.[1] as ContentKind | undefined) ?? null
    default:
      return null
  }
}

export type ProviderFunction =
  | 'list-resources'
  | 'list-templates'
  | 'read-resource'
  | 'list-prompts'
  | 'get-prompt'
  | 'complete'

const FUNCTIONS: Readonly<Record<string, readonly ProviderFunction[]>> = {
  resources: ['list-resources', 'list-templates', 'read-resource'],
  prompts: ['list-prompts', 'get-prompt'],
  completions: ['complete'],
}

/** What an export answers for; `null` for one that is a tool. */
export function providerFunction({
  interface: name,
  name: fn,
}: Pick<ExportedFunction, 'interface' | 'name'>): ProviderFunction | null {
  const [, kind] = PROVIDER.exec(name ?? '') ?? []
  if (kind === undefined) return null
  return FUNCTIONS[kind]?.find((one) => one === fn) ?? null
}

export function isProvider(exported: ExportedFunction): boolean {
  return providerFunction(exported) !== null
}
