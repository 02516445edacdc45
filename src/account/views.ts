// A loaded component as its person and the agent see it: what several parts of an `Account` know of it.

import type { Icon } from '../store/icons.ts'
import type { Grant } from '../store/grants.ts'
import type { Install, ShownTool } from '../store/installs.ts'
import { shown } from '../store/installs.ts'
import type { SecretRow } from '../store/secrets.ts'
import type { VariableName } from '../store/variables.ts'
import type { Authorities } from './authorities.ts'
import type { ReadCeiling } from './ceilings.ts'
import { isTool } from './components.ts'
import type { Held } from './holdings.ts'
import { iconOf } from './icons.ts'
import type { ComponentLabels, Labelling } from './labelling.ts'
import type { RecentRefusals, Refusal } from './refusals.ts'
import { seenOf } from './seen.ts'
import { veiled } from './versions.ts'

export interface ComponentView {
  readonly install: Install
  /** In our words while it waits: the person reads those of the new version on its page, and nowhere else. */
  readonly tools: readonly ShownTool[]
  readonly grants: readonly Grant[]
  /** What the host allows at the most; none: the default. */
  readonly ceilings: readonly ReadCeiling[]
  /** A new version of it waits for the person. */
  readonly waits: boolean
  /** What was refused to it lately, newest first. */
  readonly refused: readonly Refusal[]
  /** Names only: values leave the object with an authority, and in no other way. */
  readonly variables: readonly VariableName[]
  readonly secrets: readonly SecretRow[]
  readonly labels: ComponentLabels
  readonly icon: Icon | null
  /** What a form about it names (`seen.ts`). */
  readonly seen: string
}

export interface ViewParts {
  readonly authorities: Authorities
  readonly labelling: Labelling
  readonly refusals: RecentRefusals
}

export async function viewOf(
  { authorities, labelling, refusals }: ViewParts,
  held: Held,
  install: Install,
): Promise<ComponentView> {
  const at = Date.now()
  const ceilings = await authorities.ceilings(install, at)
  const waits = held.waiting.some(({ component }) => component === install.component)
  const tools = held.tools.filter((t) => t.component === install.component && isTool(t)).map(shown)
  return {
    install,
    tools: waits ? tools.map(veiled) : tools,
    grants: authorities.shown(held, install, at),
    ceilings,
    waits,
    refused: refusals.of(install.source),
    variables: held.variables.filter((v) => v.source === install.source),
    secrets: held.secrets.filter((s) => s.source === install.source),
    labels: labelling.of(install, ceilings),
    icon: iconOf(held, install),
    seen: await seenOf(install),
  }
}
