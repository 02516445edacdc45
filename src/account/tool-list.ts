// The tools of a person as agents are shown them, inside their `Account`, and whether a grant has changed what
// they were shown: then whoever listens is told.

import { usesHandles } from '../component/handles.ts'
import type { ProviderFunction } from '../component/mcp-types.ts'
import { providerFunction } from '../component/mcp-types.ts'
import type { Effects, Hints } from '../policy/hints.ts'
import { effectsOf, hintsOf } from '../policy/hints.ts'
import type { LabelSet } from '../policy/labels.ts'
import type { Icon } from '../store/icons.ts'
import type { Install, ShownTool } from '../store/installs.ts'
import { shown } from '../store/installs.ts'
import type { Authorities } from './authorities.ts'
import { isTool } from './components.ts'
import { iconOf } from './icons.ts'
import type { Held, Holdings } from './holdings.ts'
import type { Labelling } from './labelling.ts'
import type { Sessions } from './sessions.ts'
import { veiled } from './versions.ts'

/** Part of the object's schema: what agents were told last, so that an eviction forgets no change. */
export const TOLD_SCHEMA = `
  CREATE TABLE IF NOT EXISTS told_effects (
    component TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    effects TEXT NOT NULL
  ) STRICT;
`

/** A tool as an agent is shown it. */
export interface ListedTool extends ShownTool {
  /** The most that a call of it brings by default. */
  readonly labels: LabelSet
  readonly hints: Hints
  readonly icon: Icon | null
  /** Its version waits for the person: what is shown are our words. */
  readonly waits: boolean
}

/** What answers for resources and prompts of a component, under a name that no tool has. */
export interface Provider {
  readonly name: string
  readonly component: string
  readonly answers: ProviderFunction | null
  readonly icon: Icon | null
}

interface Shown {
  readonly install: Install
  readonly effects: Effects
}

export class ToolList {
  readonly #holdings: Holdings
  readonly #authorities: Authorities
  readonly #labelling: Labelling
  readonly #sessions: Sessions
  readonly #sql: SqlStorage
  readonly #goOn: (work: Promise<unknown>) => void
  /** Looks that are due. While one is under way, any number of writes come to one more. */
  #due: 'none' | 'looking' | 'again' = 'none'

  constructor(parts: {
    readonly holdings: Holdings
    readonly authorities: Authorities
    readonly labelling: Labelling
    readonly sessions: Sessions
    readonly sql: SqlStorage
    readonly goOn: (work: Promise<unknown>) => void
  }) {
    this.#holdings = parts.holdings
    this.#authorities = parts.authorities
    this.#labelling = parts.labelling
    this.#sessions = parts.sessions
    this.#sql = parts.sql
    this.#goOn = parts.goOn
  }

  /** In the order of their names, whatever was loaded when. */
  async all(at: number): Promise<readonly ListedTool[]> {
    const held = await this.#holdings.held()
    const waits = new Set(held.waiting.map(({ component }) => component))
    const looks = this.#shown(held, at)
    // Whoever lists first after a change keeps it as told: all others have to hear of it from here.
    if (this.#tell(looks)) this.#goOn(this.#announce().catch(() => {}))
    const labels = new Map<string, { atMost: LabelSet; declared: LabelSet }>()
    for (const { install } of looks.values()) {
      // oxlint-disable-next-line no-await-in-loop -- one look at the ceilings serves all of them
      const ceilings = await this.#authorities.ceilings(install, at)
      labels.set(install.component, this.#labelling.of(install, ceilings))
    }
    return held.tools.filter(isTool).flatMap((tool): ListedTool[] => {
      const of = labels.get(tool.component)
      const its = looks.get(tool.component)
      if (of === undefined || its === undefined) return []
      const { install, effects } = its
      const keepsState = usesHandles(tool.model.function.type)
      const declared = of.declared.includes('untrusted') || of.declared.includes('outward')
      const hints = hintsOf(effects, { keepsState, declared })
      const isWaiting = waits.has(tool.component)
      const icon = iconOf(held, install)
      const look = isWaiting ? veiled(shown(tool)) : shown(tool)
      return [{ ...look, labels: of.atMost, hints, icon, waits: isWaiting }]
    })
  }

  /** Something was written: whoever listens is told if a tool looks different now, and nobody waits for it. */
  async look(now: () => number): Promise<void> {
    if (this.#due !== 'none') {
      this.#due = 'again'
      return
    }
    try {
      do {
        this.#due = 'looking'
        // oxlint-disable-next-line no-await-in-loop -- what came meanwhile is one look more
        await this.#lookOnce(now())
      } while (this.#isDueAgain())
    } finally {
      this.#due = 'none'
    }
  }

  #isDueAgain(): boolean {
    return this.#due === 'again'
  }

  async #lookOnce(at: number): Promise<void> {
    if (!this.#sessions.isAny()) return
    const isChanged = this.#tell(this.#shown(await this.#holdings.held(), at))
    if (isChanged) await this.#announce()
  }

  async #announce(): Promise<void> {
    if (this.#sessions.isAny()) await this.#sessions.announceHints()
  }

  #shown(held: Held, at: number): Map<string, Shown> {
    return new Map(
      held.installs.map((install) => {
        const grants = this.#authorities.shown(held, install, at)
        return [install.component, { install, effects: effectsOf(install.imports, grants) }]
      }),
    )
  }

  /**
   * Keeps what agents are told; true where it differs from before. What was loaded or replaced since is no
   * difference: whoever does that says so.
   */
  #tell(shown: ReadonlyMap<string, Shown>): boolean {
    const rows = this.#sql
      .exec<{ component: string; digest: string; effects: string }>('SELECT * FROM told_effects')
      .toArray()
    const told = new Map(rows.map((row) => [row.component, row]))
    let isChanged = false
    for (const [component, { install, effects }] of shown) {
      const [before, now] = [told.get(component), JSON.stringify(effects)]
      const isSame = before?.digest === install.digest && before.effects === now
      if (before?.digest === install.digest && before.effects !== now) isChanged = true
      if (isSame) continue
      this.#sql.exec(
        'INSERT OR REPLACE INTO told_effects (component, digest, effects) VALUES (?1, ?2, ?3)',
        component,
        install.digest,
        now,
      )
    }
    for (const component of told.keys()) {
      if (!shown.has(component)) {
        this.#sql.exec('DELETE FROM told_effects WHERE component = ?1', component)
      }
    }
    return isChanged
  }
}

export function providersOf(held: Held): readonly Provider[] {
  const installs = new Map(held.installs.map((install) => [install.component, install]))
  return held.tools
    .filter((tool) => !isTool(tool))
    .map(({ name, component, model }) => {
      const install = installs.get(component)
      const icon = install === undefined ? null : iconOf(held, install)
      return { name, component, answers: providerFunction(model.function), icon }
    })
}
