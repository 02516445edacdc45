// One version of a component in the place of another, inside a person's `Account`: what was granted goes along
// when the two look the same and no secret and no connection is bound to it; else calls wait until the person has
// seen the difference and said what holds. The same bytes under other words are another version of that kind.

import type { Digest } from '../component/digest.ts'
import type { VersionChange, VersionFace } from '../component/version.ts'
import { changeOf, faceOf } from '../component/version.ts'
import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import type { Install, ShownTool } from '../store/installs.ts'
import type { Held, Holdings } from './holdings.ts'

/** `keep`: what was granted, secrets and connections hold for the new version. `nothing`: they end. */
export type VersionDecision = 'keep' | 'nothing'

export interface VersionView {
  readonly install: Install
  /** The same as of `install`: these bytes are described by other words. */
  readonly before: Digest
  /** What a decision is about, bytes and words; `decideVersion` takes it. */
  readonly seen: string
  /** `null`: they look the same, and secrets or connections are bound to it; or came to look the same after all. */
  readonly change: VersionChange | null
  /** What would be kept: what was granted to either version, and whatever narrows. */
  readonly grants: Held['grants']
  /** What the person has bound to its requests. */
  readonly secrets: Held['secrets']
  readonly connections: Held['connections']
}

/** Statements of the batch that puts `after` in the place of `before`, and whether its calls wait then. */
export function succession(
  held: Held,
  before: Install,
  after: Pick<Install, 'digest' | 'wit'> & { readonly face: VersionFace },
  { grants, waiting }: Holdings,
  at: number,
): { readonly waits: boolean; readonly statements: readonly D1PreparedStatement[] } {
  const { component, source } = before
  const known = held.waiting.find((one) => one.component === component)
  // Under the same text the same bytes look different by another compiler of ours only: that is not theirs to say.
  if (before.digest === after.digest && before.wit === after.wit) {
    return { waits: known !== undefined, statements: [] }
  }
  // Versions that nobody has looked at are skipped: grants are for the last one that was not waiting.
  const origin = known ?? { digest: before.digest, ...faceNow(held, before) }
  const over = known === undefined ? [] : [waiting.removal(component)]
  const settled = [...over, ...grants.settleOn({ source, digest: after.digest }, at)]
  // Also what was granted to this one while it waited: its words may be others by now.
  const isGranted = held.grants.some(
    (g) => g.source === source && (g.digest === origin.digest || g.digest === after.digest),
  )
  // A grant goes along to what looks the same. To act with a person's secret, or as them, takes their word, whatever
  // it looks like.
  const actsAsPerson = [...held.secrets, ...held.connections].some((one) => one.source === source)
  if (!(isGranted || actsAsPerson)) return { waits: false, statements: settled }
  if (changeOf(origin, after.face) === null) {
    if (after.digest === origin.digest) return { waits: false, statements: settled }
    if (!actsAsPerson) {
      const carried = grants.carry(source, origin.digest, after, at)
      return { waits: false, statements: [...over, ...carried] }
    }
  }
  const { digest, imports, tools } = origin
  const entry = waiting.entry({
    component,
    digest,
    imports: [...imports],
    tools: [...tools],
    since: at,
  })
  return { waits: true, statements: [entry] }
}

/** `null`: no such component, or it does not wait. */
export function versionView(held: Held, component: string): VersionView | null {
  const install = held.installs.find((one) => one.component === component)
  const before = held.waiting.find((one) => one.component === component)
  if (install === undefined || before === undefined) return null
  return {
    install,
    before: before.digest,
    seen: seenOf(install),
    change: changeOf(before, faceNow(held, install)),
    grants: held.grants.filter(
      ({ source, digest, effect, permission }) =>
        source === install.source &&
        (digest === before.digest ||
          digest === install.digest ||
          effect === 'deny' ||
          permission === 'limit'),
    ),
    secrets: held.secrets.filter((secret) => secret.source === install.source),
    connections: held.connections.filter((one) => one.source === install.source),
  }
}

/** Bytes and the text that describes them. */
function seenOf({ digest, wit }: Install): string {
  return wit === null ? digest : `${digest} ${wit}`
}

/** `seen`: the version that the person looked at (`VersionView.seen`). Another one may have come since. */
export async function decideVersion(
  component: string,
  seen: string,
  decision: VersionDecision,
  holdings: Holdings,
  at: number,
): Promise<Result<null, 'not-waiting' | 'changed'>> {
  return await holdings.write(async () => {
    const view = versionView(await holdings.held(), component)
    if (view === null) return err('not-waiting' as const)
    const { install, before } = view
    if (view.seen !== seen) return err('changed' as const)
    const { db, grants, waiting, secrets, connections, keys, person } = holdings
    const { source, digest } = install
    const done =
      decision === 'keep'
        ? [
            ...grants.carry(source, before, install, at),
            secrets.carry(source, digest),
            connections.carry(source, digest),
          ]
        : [
            grants.endOfSource(source, 'new-version', at),
            secrets.removal(source, null),
            connections.removalOfSource(source),
            keys.removalIfUnused(person),
          ]
    await db.batch([waiting.removal(component), ...done])
    return ok(null)
  })
}

/** The words of a version that nobody has looked at reach no agent: its name, and that it waits. */
export function veiled(tool: ShownTool): ShownTool {
  return {
    ...tool,
    model: {
      ...tool.model,
      title: tool.name,
      description: WAITS,
      inputSchema: { type: 'object' },
      outputSchema: null,
    },
  }
}

const WAITS =
  'A new version of its component, or another description of it, is loaded and differs from the one that was ' +
  'granted something. Calls are refused, with a link, until the person has looked at it.'

function faceNow(held: Held, { component, imports, labels }: Install): VersionFace {
  const mine = held.tools.filter((tool) => tool.component === component)
  return faceOf(
    imports,
    labels,
    mine.map(({ model }) => model),
  )
}
