// A permission is a list of layers, and what it permits is their intersection: every layer has to allow, and
// none may deny. A layer is a host's ceiling or what a person granted. Pure, and of any kind of rule.

import type { LabelSet } from './labels.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

/** A granted rule, named so that its use can be counted. `limited`: it has to be claimed before it is used. */
export interface GrantRef {
  readonly id: string
  readonly limited: boolean
  /** What the person says that using it brings (`labels.ts`); without, the default of its kind. */
  readonly labels?: LabelSet
}

export interface Allowance<R> {
  readonly rule: R
  /** `null`: the rule is no grant, and permits any number of times. */
  readonly grant: GrantRef | null
}

export interface Layer<R> {
  readonly of: 'ceiling' | 'grants'
  readonly allow: readonly Allowance<R>[]
  readonly deny: readonly R[]
}

/**
 * What permitted something: every grant that covers it, those without limits first. Using any one of them
 * is enough. When the first is limited (or all are), one has to be claimed before the use. Empty: what
 * permits it is no grant.
 */
export interface Permit {
  readonly grants: readonly GrantRef[]
}

/** Who refused. Only `not-granted` can be changed by a grant. */
export type LayerRefusal<R> =
  | { readonly by: 'ceiling' }
  | { readonly by: 'person'; readonly rule: R }
  | { readonly by: 'nobody' }

/** How rules of one kind are looked up for one question. */
export interface Lookup<R> {
  readonly allowing: (layer: Layer<R>) => readonly Allowance<R>[]
  readonly denying: (layer: Layer<R>) => R | undefined
}

/** The ceilings are asked first: what a host refuses is not worth a question to the person. */
export function judgeLayers<R>(
  layers: readonly Layer<R>[],
  { allowing, denying }: Lookup<R>,
): Result<Permit, LayerRefusal<R>> {
  const grants: GrantRef[] = []
  const ceilings = layers.filter(({ of }) => of === 'ceiling')
  for (const layer of ceilings) {
    if (denying(layer) !== undefined || allowing(layer).length === 0) return err({ by: 'ceiling' })
  }
  const granted = layers.filter(({ of }) => of === 'grants')
  // An intersection of nothing would permit everything, and a ceiling alone gives nothing.
  if (granted.length === 0) return err({ by: 'nobody' })
  for (const layer of granted) {
    const rule = denying(layer)
    if (rule !== undefined) return err({ by: 'person', rule })
  }
  for (const layer of granted) {
    const allowances = allowing(layer)
    if (allowances.length === 0) return err({ by: 'nobody' })
    for (const { grant } of allowances) if (grant !== null) grants.push(grant)
  }
  return ok({ grants: [...grants.filter((g) => !g.limited), ...grants.filter((g) => g.limited)] })
}

/** Rules that are nobody's grant, as a layer. */
export function layerOf<R>(
  of: Layer<R>['of'],
  allow: readonly R[],
  deny: readonly R[] = [],
): Layer<R> {
  return { of, allow: allow.map((rule) => ({ rule, grant: null })), deny }
}
