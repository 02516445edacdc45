// Gives each export of a component its name in one person's list. A name once given stays with its owner;
// whoever comes later is called `<component>__<name>`. Names carry no authority.

import { shorten } from '../component/shorten.ts'
import type { ToolModel } from '../component/tools.ts'
import type { InstalledTool, ShownTool } from '../store/installs.ts'
import { exportKey } from '../store/installs.ts'

export interface NamedTools {
  readonly tools: InstalledTool[]
  /** Wished name → given name, for those that differ. */
  readonly renamed: Readonly<Record<string, string>>
}

/** `taken` are the tools of the person's other components and the built-in names. */
export function nameTools(
  component: string,
  models: readonly ToolModel[],
  before: readonly InstalledTool[],
  taken: ReadonlySet<string>,
): NamedTools {
  const held = new Map(before.map((tool) => [tool.export, tool.name]))
  const keptBy = (model: ToolModel): string | null => {
    const name = model.provider ? undefined : held.get(exportKey(model))
    return name === undefined || taken.has(name) ? null : name
  }
  // First, as a new export may be listed before one that is called so already.
  const used = new Set([...taken, ...models.flatMap((model) => keptBy(model) ?? [])])
  // As `toolNamed` reads them: one that differs from another component's by its joints alone would take its calls.
  const theirs = new Set([...taken].map(joined))
  const isUsed = (name: string): boolean => used.has(name) || theirs.has(joined(name))
  const renamed: [string, string][] = []
  const tools = models.map((model): InstalledTool => {
    const key = exportKey(model)
    // Not a tool's name: it has a colon, and nobody is shown it.
    if (model.provider) return { name: `${component}:${key}`, component, export: key, model }
    const name = keptBy(model) ?? free(component, model.name, isUsed)
    used.add(name)
    if (name !== model.name) renamed.push([model.name, name])
    return { name, component, export: key, model }
  })
  return { tools, renamed: Object.fromEntries(renamed) }
}

/**
 * The tool of this name, and else the only one that differs from it by `-` and `_`: WIT has no other joint
 * than `-`, and agents write the other one.
 */
export function toolNamed<T extends ShownTool>(tools: readonly T[], name: string): T | undefined {
  const exact = tools.find((tool) => tool.name === name)
  if (exact !== undefined || !name.includes('_')) return exact
  const alike = tools.filter((tool) => !tool.model.provider && joined(tool.name) === joined(name))
  return alike.length === 1 ? alike[0] : undefined
}

function joined(name: string): string {
  return name.replaceAll('-', '_')
}

function free(component: string, wish: string, isUsed: (name: string) => boolean): string {
  if (!isUsed(wish)) return wish
  const prefixed = shorten(`${component}__${wish}`)
  for (let n = 2, name = prefixed; ; n += 1) {
    if (!isUsed(name)) return name
    name = shorten(`${prefixed}-${n}`)
  }
}
