// What a person has loaded, inside their `Account`: one component in the place of another, under which names,
// and what ends with it.

import type { Icon } from '../store/icons.ts'
import type { ToolModel } from '../component/tools.ts'
import { faceOf } from '../component/version.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { Approvals } from '../store/approvals.ts'
import type { Install, InstalledTool } from '../store/installs.ts'
import type { Held, Holdings } from './holdings.ts'
import { nameTools } from './tool-names.ts'
import type { Variables } from './variables.ts'
import { succession } from './versions.ts'

const utf8 = new TextEncoder()

/** Components of one person. */
const MAX_INSTALLS = 200
/**
 * Bytes of the tools of all of them, as their rows keep them: they are read at once, and listed in one message of 32 MiB,
 * where a text may take two bytes a character. Those of 200 honest components have some 4 MiB.
 */
const MAX_TOOLS_BYTES = 8 * 1024 * 1024

export type InstallFault = 'too-many-components' | 'tools-too-large' | 'component-changed'

export interface Loaded {
  readonly component: string
  readonly reloaded: boolean
  readonly tools: readonly string[]
  readonly renamed: Readonly<Record<string, string>>
  /** It differs from what was granted something, by bytes or words: its calls wait for the person. */
  readonly waits: boolean
}

export interface NewInstall extends Omit<Install, 'person' | 'component'> {
  /** The name wished for; another component of that name and another source makes it longer. */
  readonly wish: string
  /** What this version brings, its picture stored; without it, what was there stays. */
  readonly icon?: Icon | null
}

/** What an install was when the work for its successor began. */
export type Replaced = Pick<Install, 'digest' | 'wit'>

export class Components {
  readonly #holdings: Holdings
  readonly #variables: Variables
  readonly #forget: (source: string) => void

  /** `forget`: what is kept of a source outside of D1 ends. */
  constructor(holdings: Holdings, variables: Variables, forget: (source: string) => void) {
    this.#holdings = holdings
    this.#variables = variables
    this.#forget = forget
  }

  /** With `replaced`, only in the place of exactly that: what came in between stays. */
  async install(
    wanted: NewInstall,
    models: readonly ToolModel[],
    reserved: readonly string[],
    replaced: Replaced | null,
    at: number,
  ): Promise<Result<Loaded, InstallFault>> {
    return await this.#holdings.write(async () => {
      const held = await this.#holdings.held()
      const before = held.installs.find((i) => i.source === wanted.source)
      if (before === undefined && held.installs.length >= MAX_INSTALLS) {
        return err('too-many-components' as const)
      }
      const same = before?.digest === replaced?.digest && before?.wit === replaced?.wit
      if (replaced !== null && !same) return err('component-changed' as const)
      // A call that outlived an unloaded component may have written, and an unload may have been cut off behind its
      // batch: a new one starts from nothing.
      if (before === undefined) this.#forget(wanted.source)
      const component = before?.component ?? (await freeName(held, wanted.wish, wanted.source))
      const others = held.tools.filter((t) => t.component !== component)
      const mine = held.tools.filter((t) => t.component === component)
      const bytes = bytesOf(models)
      // What does not grow is taken: who has more from before can still have it compiled again.
      const grows = bytes > bytesOf(mine.map((t) => t.model))
      if (grows && bytes + bytesOf(others.map((t) => t.model)) > MAX_TOOLS_BYTES) {
        return err('tools-too-large' as const)
      }
      const taken = new Set([...reserved, ...others.map((t) => t.name)])
      const named = nameTools(component, models, mine, taken)
      const { wish: _, icon, ...columns } = wanted
      const install = { ...columns, person: this.#holdings.person, component }
      const { digest, wit } = wanted
      const next = { digest, wit, face: faceOf(wanted.imports, wanted.labels, models) }
      const { waits, statements } =
        before === undefined
          ? { waits: false, statements: this.#holdings.grants.settleOn(wanted, at) }
          : succession(held, before, next, this.#holdings, at)
      await this.#holdings.installs.put(install, named.tools, [
        ...statements,
        ...(icon === undefined ? [] : [this.#holdings.icons.bringing(wanted.source, icon)]),
      ])
      const tools = named.tools.filter(isTool).map((t) => t.name)
      return ok({ component, reloaded: before !== undefined, tools, renamed: named.renamed, waits })
    })
  }

  /**
   * False when the person has no such component. What it was allowed, its questions, variables, secrets and entries end
   * with it. What the person denied or limited waits for its source to be loaded again: who unloads it may be an agent.
   */
  async uninstall(component: string, at: number): Promise<boolean> {
    return await this.#holdings.write(async () => {
      const install = await this.#holdings.install(component)
      if (install === undefined) return false
      const { db, installs, grants, waiting, secrets, connections, icons, person } = this.#holdings
      await db.batch([
        installs.removal(person, component),
        waiting.removal(component),
        grants.endAllowedOfSource(install.source, 'unloaded', at),
        new Approvals(db).expireAll(person, install.source, at),
        connections.removalOfSource(install.source),
        secrets.removal(install.source, null),
        icons.removal(install.source),
        ...this.#variables.removal(install.source, null),
      ])
      this.#forget(install.source)
      return true
    })
  }
}

function bytesOf(models: readonly ToolModel[]): number {
  return models.reduce((sum, model) => sum + utf8.encode(JSON.stringify(model)).byteLength, 0)
}

export function isTool({ model }: InstalledTool): boolean {
  return model.provider !== true
}

/** The wished name, or the wish and the start of a digest of the source where another one holds it. */
async function freeName(held: Held, wish: string, source: string): Promise<string> {
  const used = new Set(held.installs.map((i) => i.component))
  if (!used.has(wish)) return wish
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(source))
  const hex = new Uint8Array(bytes).toHex()
  for (let length = 8; ; length += 8) {
    const name = `${wish}-${hex.slice(0, length)}`
    if (!used.has(name)) return name
  }
}
