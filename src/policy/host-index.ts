// Finds the rules that can concern one target among many: by host, port, method and path. What it finds is judged by the rule
// itself (`host-match.ts`); it leaves out only what cannot cover the target.

import { AddressIndex } from './address-index.ts'
import { isAddress } from './host.ts'
import type { Seen } from './host-match.ts'
import { allowsNames, deniesNames, readAnyWay } from './host-match.ts'
import type { HostRule, Target } from './host-rule.ts'
import { PathIndex } from './path-index.ts'

/** Rules of one host that are read through as fast as they are found. */
const FEW = 8

interface Reading<T> {
  readonly ruleOf: (item: T) => HostRule
  /** A path as rules of this effect read it. */
  readonly pathOf: (path: string) => string
  /** Whether the rule says something of a name by itself. */
  readonly ofNames: (rule: HostRule) => boolean
}

/** Rules of one host, by port, method and path once there are many. */
class Places<T> {
  readonly #reading: Reading<T>
  readonly all: T[] = []
  /** Those that say something of the name by itself. */
  readonly named: T[] = []
  #byPort: Map<HostRule['port'], Map<string | null, PathIndex<T>>> | null = null

  constructor(reading: Reading<T>) {
    this.#reading = reading
  }

  add(item: T): void {
    const { ruleOf, ofNames } = this.#reading
    this.all.push(item)
    if (ofNames(ruleOf(item))) this.named.push(item)
  }

  find({ port, method }: Target, path: string, found: T[]): void {
    if (this.all.length <= FEW) return void found.push(...this.all)
    this.#byPort ??= this.#build()
    // `null`: the standard ports, or, of a denial, all of them.
    for (const at of [port, 'any', null] as const) {
      const byMethod = this.#byPort.get(at)
      if (byMethod === undefined) continue
      byMethod.get(null)?.find(path, found)
      if (method !== null) byMethod.get(method)?.find(path, found)
    }
  }

  #build(): Map<HostRule['port'], Map<string | null, PathIndex<T>>> {
    const byPort = new Map<HostRule['port'], Map<string | null, PathIndex<T>>>()
    const { ruleOf, pathOf } = this.#reading
    for (const item of this.all) {
      const { port, methods, pathPrefix } = ruleOf(item)
      const byMethod = byPort.get(port) ?? new Map<string | null, PathIndex<T>>()
      byPort.set(port, byMethod)
      const text = pathPrefix === null ? '/' : pathOf(pathPrefix)
      for (const method of methods ?? [null]) {
        const paths = byMethod.get(method) ?? new PathIndex<T>(false)
        byMethod.set(method, paths)
        paths.add(text.slice(1).split('/').slice(0, -1), true, item)
      }
    }
    return byPort
  }
}

/** Labels of names from the last to the first. */
interface Label<T> {
  next: Map<string, Label<T>> | null
  exact: Places<T> | null
  below: Places<T> | null
}

export class HostIndex<T> {
  readonly #effect: 'allow' | 'deny'
  readonly #reading: Reading<T>
  readonly #names: Label<T> = labelOf()
  readonly #any: Places<T>
  readonly #addresses = new AddressIndex<Places<T>>()
  /** Addresses that are named as hosts, which only a denial does. */
  readonly #literals = new Map<string, Places<T>>()

  constructor(effect: 'allow' | 'deny', items: readonly T[], ruleOf: (item: T) => HostRule) {
    this.#effect = effect
    this.#reading =
      effect === 'allow'
        ? { ruleOf, pathOf: (path) => path, ofNames: allowsNames }
        : { ruleOf, pathOf: readAnyWay, ofNames: deniesNames }
    this.#any = new Places(this.#reading)
    const prefixes = new Map<string, Places<T>>()
    for (const item of items) this.#placesOf(ruleOf(item), prefixes)?.add(item)
  }

  /** What can cover the target. */
  find(seen: Seen): T[] {
    const found: T[] = []
    for (const places of this.#of(seen)) {
      // A denial by path holds for every path that hides dots.
      if (this.#effect === 'deny' && seen.hidesDots) found.push(...places.all)
      else {
        const paths = this.#effect === 'deny' ? seen.pathsAnyWay : [seen.target.path]
        for (const path of paths) places.find(seen.target, path, found)
      }
    }
    return found
  }

  /** What can say something of the target's host by its name alone. */
  findHost(seen: Seen): T[] {
    return this.#of(seen).flatMap(({ named }) => named)
  }

  #of({ target: { host }, address }: Seen): Places<T>[] {
    const places = [this.#any]
    if (isAddress(host)) {
      const literal = this.#literals.get(host)
      if (literal !== undefined) places.push(literal)
      if (address !== null) this.#addresses.find(address, places)
      return places
    }
    let label: Label<T> | undefined = this.#names
    for (let end = host.length; end > 0 && label !== undefined;) {
      const dot = host.lastIndexOf('.', end - 1)
      if (label.below !== null) places.push(label.below)
      label = label.next?.get(host.slice(dot + 1, end))
      end = dot
    }
    if (label?.exact) places.push(label.exact)
    return places
  }

  #placesOf({ host }: HostRule, prefixes: Map<string, Places<T>>): Places<T> | null {
    switch (host.kind) {
      case 'any':
        return this.#any
      case 'argument':
        return null
      case 'cidr': {
        const { address, length } = host.prefix
        const key = `${address.join('.')}/${length}`
        const known = prefixes.get(key) ?? new Places(this.#reading)
        if (!prefixes.has(key)) this.#addresses.add(host.prefix, known)
        prefixes.set(key, known)
        return known
      }
      case 'below': {
        const label = this.#label(host.suffix)
        label.below ??= new Places(this.#reading)
        return label.below
      }
      case 'exact': {
        if (isAddress(host.name)) {
          const known = this.#literals.get(host.name) ?? new Places(this.#reading)
          this.#literals.set(host.name, known)
          return known
        }
        const label = this.#label(host.name)
        label.exact ??= new Places(this.#reading)
        return label.exact
      }
    }
  }

  #label(name: string): Label<T> {
    let label = this.#names
    for (const text of name.split('.').toReversed()) {
      label.next ??= new Map()
      const next = label.next.get(text) ?? labelOf<T>()
      label.next.set(text, next)
      label = next
    }
    return label
  }
}

function labelOf<T>(): Label<T> {
  return { next: null, exact: null, below: null }
}
