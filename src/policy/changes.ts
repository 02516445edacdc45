// What a component may say has changed, beyond the answer of its call (`changed` and `updated` of
// wassette-edge:mcp): clients of its person are told, and list or read again. It carries nothing else.

import * as z from 'zod'

export const CHANGE_LIMITS = {
  /** Resources that one call may name; with more of them the list has changed. */
  RESOURCES: 32,
  /** Characters of an address. */
  URI_CHARS: 2_048,
} as const

export const Listing = z.enum(['resources', 'prompts'])
export type Listing = z.infer<typeof Listing>

export const ChangedUri = z.string().max(CHANGE_LIMITS.URI_CHARS).refine(URL.canParse)

/** Of one call. Resources by the addresses that the component gives them. */
export interface Changes {
  readonly listings: readonly Listing[]
  readonly resources: readonly string[]
}

export interface ComponentChanges extends Changes {
  readonly component: string
}
