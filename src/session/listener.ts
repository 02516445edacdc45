// A listen stream of 2026-07-28: what its client hears of. It asks for resources by any address that they
// can be read by; changes come by the one that we list.

import type { InMemoryServerEventBus } from '@modelcontextprotocol/server'
import * as z from 'zod'
import { MAX_ADDRESS_CHARS, toPublicUri } from '../mcp/resource-uri.ts'
import type { ComponentChanges } from '../account/sessions.ts'
import type { Principal } from '../principal.ts'

/** A component may bring each of them. A listener gets what it asked for. */
const CHANGED = ['tools_list_changed', 'resources_list_changed', 'prompts_list_changed'] as const
/** Resources that one stream may ask for; the rest of them is not granted. */
export const MAX_ASKED = 200

const Listen = z.looseObject({
  params: z.looseObject({
    notifications: z.looseObject({ resourceSubscriptions: z.array(z.string()).optional() }),
  }),
})

/** A resource by the client's own address, and by the one that we list. */
export type Found = readonly [asked: string, listed: string]

/** The resources that a `subscriptions/listen` asks for, by the client's own addresses. */
export function resourcesAskedFor(message: unknown): readonly string[] {
  const parsed = Listen.safeParse(message)
  if (!parsed.success) return []
  const { resourceSubscriptions } = parsed.data.params.notifications
  const asked = new Set(
    (resourceSubscriptions ?? []).filter(({ length }) => length <= MAX_ADDRESS_CHARS),
  )
  return [...asked].slice(0, MAX_ASKED)
}

/** `listed`: of each that was asked for, in the same order. */
export function foundOf(asked: readonly string[], listed: readonly (string | null)[]): Found[] {
  return asked.flatMap((uri, n): Found[] => {
    const own = listed[n] ?? null
    return own === null ? [] : [[uri, own]]
  })
}

/** The same `subscriptions/listen`, for these resources and no other. */
export function askingOnlyFor(message: unknown, found: readonly Found[]): unknown {
  const { params, ...rest } = Listen.parse(message)
  const resourceSubscriptions = found.map(([asked]) => asked)
  const notifications = { ...params.notifications, resourceSubscriptions }
  return { ...rest, params: { ...params, notifications } }
}

export class Listener {
  readonly person: string
  readonly client: string
  readonly #bus: InMemoryServerEventBus
  readonly #found: readonly Found[]
  /** Ends the stream with its result (MCP 2026-07-28, subscriptions, graceful closure). */
  readonly end: () => Promise<void>

  constructor(
    { person, client }: Pick<Principal, 'person' | 'client'>,
    bus: InMemoryServerEventBus,
    found: readonly Found[],
    end: () => Promise<void>,
  ) {
    this.person = person
    this.client = client
    this.#bus = bus
    this.#found = found
    this.end = end
  }

  listsChanged(lists: 'tools' | 'all'): void {
    for (const kind of lists === 'all' ? CHANGED : CHANGED.slice(0, 1)) this.#bus.publish({ kind })
  }

  changed({ component, listings, resources }: ComponentChanges): void {
    for (const listing of listings) this.#bus.publish({ kind: `${listing}_list_changed` })
    for (const resource of resources) {
      const listed = toPublicUri(component, resource)
      for (const [uri, one] of this.#found) {
        if (one === listed) this.#bus.publish({ kind: 'resource_updated', uri })
      }
    }
  }
}
