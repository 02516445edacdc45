// The verbs of a person's `Account` about what they have loaded: components, their tools and pictures, new versions.

import type { ToolModel } from '../../component/tools.ts'
import type { Result } from '../../policy/result.ts'
import type { Icon } from '../../store/icons.ts'
import type { InstalledTool } from '../../store/installs.ts'
import type { InstallFault, Loaded, NewInstall, Replaced } from '../components.ts'
import { isTool } from '../components.ts'
import { giveIcon } from '../icons.ts'
import type { Parts } from '../parts.ts'
import type { ListedTool, Provider } from '../tool-list.ts'
import { providersOf } from '../tool-list.ts'
import type { VersionDecision, VersionView } from '../versions.ts'
import { decideVersion, versionView } from '../versions.ts'
import type { ComponentView } from '../views.ts'
import { viewOf } from '../views.ts'

type Needed = Pick<
  Parts,
  | 'acts'
  | 'audit'
  | 'authorities'
  | 'compiling'
  | 'components'
  | 'connecting'
  | 'holdings'
  | 'labelling'
  | 'listening'
  | 'refusals'
  | 'toolList'
>

export class ComponentVerbs {
  readonly #parts: Needed

  constructor(parts: Needed) {
    this.#parts = parts
  }

  async tools(): Promise<readonly ListedTool[]> {
    return await this.#parts.toolList.all(Date.now())
  }

  /** With their WIT types; none while its version waits for the person. */
  async toolsOf(component: string): Promise<readonly InstalledTool[]> {
    const { tools, waiting } = await this.#parts.holdings.held()
    if (waiting.some((one) => one.component === component)) return []
    return tools.filter((tool) => tool.component === component && isTool(tool))
  }

  /** What answers for resources and prompts of components, under names that no tool has. */
  async providers(): Promise<readonly Provider[]> {
    return providersOf(await this.#parts.holdings.held())
  }

  async components(): Promise<ComponentView[]> {
    const held = await this.#parts.holdings.held()
    return await Promise.all(held.installs.map((install) => viewOf(this.#parts, held, install)))
  }

  /** `null` for a component that the person has not loaded. */
  async component(name: string): Promise<ComponentView | null> {
    const held = await this.#parts.holdings.held()
    const install = held.installs.find((i) => i.component === name)
    return install === undefined ? null : await viewOf(this.#parts, held, install)
  }

  /** False when the person has as many compiles under way as one person may. */
  async beginCompile(id: string): Promise<boolean> {
    return this.#parts.compiling.begin(id, Date.now())
  }

  async endCompile(id: string): Promise<void> {
    this.#parts.compiling.end(id)
  }

  /** With `replaced`, only in the place of exactly that: what came in between stays. */
  async install(
    wanted: NewInstall,
    models: readonly ToolModel[],
    reserved: readonly string[],
    replaced: Replaced | null = null,
  ): Promise<Result<Loaded, InstallFault>> {
    // A token may outlive its person for the moment that its end takes to be known everywhere.
    if (!this.#parts.audit.isOpen()) throw new Error('the person was forgotten')
    const result = await this.#parts.acts.install(wanted, () =>
      this.#parts.components.install(wanted, models, reserved, replaced, Date.now()),
    )
    if (result.ok) await this.#parts.listening.announceTools()
    return result
  }

  /** The person's word: the picture beside its tools, stored already; `null`: none of theirs. */
  async giveIcon(
    component: string,
    icon: Icon | null,
  ): Promise<Result<null, 'unknown-component' | 'nothing-there'>> {
    const given = await this.#parts.acts.iconGiven(component, icon?.digest ?? null, () =>
      giveIcon(component, icon, this.#parts.holdings),
    )
    if (given.ok) await this.#parts.listening.announceTools()
    return given
  }

  /** False when the person has no such component. What it was allowed, its variables and entries end with it. */
  async uninstall(component: string, at: number): Promise<boolean> {
    const { connections } = this.#parts.connecting
    const removed = await connections.ending(
      await connections.of(component),
      { component, because: 'unloaded' },
      () =>
        this.#parts.acts.uninstall(component, () =>
          this.#parts.components.uninstall(component, at),
        ),
      (isRemoved) => isRemoved,
    )
    if (removed) await this.#parts.listening.announceTools()
    return removed
  }

  /** What is new about a version that waits for the person; `null`: none does under this name. */
  async version(component: string): Promise<VersionView | null> {
    return versionView(await this.#parts.holdings.held(), component)
  }

  /** The person's word, for the version that they have `seen`. */
  async decideVersion(
    component: string,
    seen: string,
    decision: VersionDecision,
    at: number,
  ): Promise<Result<null, 'not-waiting' | 'changed'>> {
    const { connections } = this.#parts.connecting
    const before = (await this.version(component))?.connections ?? []
    const decided = await connections.ending(
      decision === 'nothing' ? before : [],
      { component, because: 'new-version' },
      () =>
        this.#parts.acts.version(component, seen, decision, () =>
          decideVersion(component, seen, decision, this.#parts.holdings, at),
        ),
      ({ ok: isDecided }) => isDecided,
    )
    if (decided.ok) await this.#parts.listening.announceTools()
    return decided
  }
}
