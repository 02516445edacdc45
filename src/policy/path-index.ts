// Finds the rules that cover a path among many: their segments as a tree, walked once along the path. `*` within a
// segment and `**` for any number of segments are patterns where the index is told so.

interface Node<T> {
  readonly isDeep: boolean
  literal: Map<string, Node<T>> | null
  /** By what stands before the `*`, then by what stands behind it. */
  stars: Affixes<Affixes<Node<T>>> | null
  /** Behind a `**`. */
  deep: Node<T> | null
  /** What covers exactly this, and what covers whatever is below as well. */
  readonly exact: T[]
  readonly whole: T[]
  /** The last step of a walk that came here. */
  step: number
}

export class PathIndex<T> {
  readonly #patterns: boolean
  readonly #root: Node<T> = nodeOf(false)
  #step = 0

  /** `patterns`: `*` and `**` are such, and no names. */
  constructor(patterns: boolean) {
    this.#patterns = patterns
  }

  /** `whole`: it covers whatever is below as well. Such an item has no pattern. */
  add(segments: readonly string[], whole: boolean, item: T): void {
    let node = this.#root
    for (const segment of segments) node = this.#child(node, segment)
    ;(whole ? node.whole : node.exact).push(item)
  }

  /** Puts what covers `path` into `found`; of `/a/b`, or of the empty text, which has no segments. */
  find(path: string, found: T[]): void {
    let active: Node<T>[] = []
    this.#step += 1
    this.#enter(this.#root, active, found)
    for (let at = 0; at < path.length && active.length > 0;) {
      const end = endOf(path, at)
      const segment = path.slice(at + 1, end)
      const next: Node<T>[] = []
      this.#step += 1
      for (const node of active) {
        if (node.isDeep) this.#enter(node, next, found)
        eachChild(node, segment, (child) => this.#enter(child, next, found))
      }
      active = next
      at = end
    }
    for (const { exact } of active) for (const item of exact) found.push(item)
  }

  /** Whether something that is covered may lie below `path`, which is given as above. */
  leads(path: string): boolean {
    let active = [this.#root]
    for (let at = 0; at < path.length && active.length > 0;) {
      const end = endOf(path, at)
      const segment = path.slice(at + 1, end)
      const next: Node<T>[] = []
      for (const node of active) {
        if (node.deep !== null) return true
        eachChild(node, segment, (child) => next.push(child))
      }
      active = next
      at = end
    }
    return active.some(({ literal, stars, deep }) => literal ?? stars ?? deep)
  }

  #enter(node: Node<T>, active: Node<T>[], found: T[]): void {
    if (node.step === this.#step) return
    node.step = this.#step
    active.push(node)
    for (const item of node.whole) found.push(item)
    // `**` may stand for nothing.
    if (node.deep !== null) this.#enter(node.deep, active, found)
  }

  #child(node: Node<T>, segment: string): Node<T> {
    const star = this.#patterns ? segment.indexOf('*') : -1
    if (star >= 0 && segment === '**') {
      node.deep ??= nodeOf(true)
      return node.deep
    }
    if (star >= 0) {
      node.stars ??= new Affixes()
      const behind = node.stars.at(segment.slice(0, star), () => new Affixes())
      return behind.at(segment.slice(star + 1), () => nodeOf(false))
    }
    node.literal ??= new Map()
    const known = node.literal.get(segment) ?? nodeOf<T>(false)
    node.literal.set(segment, known)
    return known
  }
}

function nodeOf<T>(isDeep: boolean): Node<T> {
  return { isDeep, literal: null, stars: null, deep: null, exact: [], whole: [], step: 0 }
}

/** Where the segment behind the `/` at `at` ends. */
function endOf(path: string, at: number): number {
  const slash = path.indexOf('/', at + 1)
  return slash < 0 ? path.length : slash
}

function eachChild<T>(node: Node<T>, segment: string, visit: (child: Node<T>) => void): void {
  const child = node.literal?.get(segment)
  if (child !== undefined) visit(child)
  if (node.stars === null) return
  for (const before of node.stars.lengths) {
    const behind = node.stars.get(segment.slice(0, before))
    if (before > segment.length || behind === undefined) continue
    for (const after of behind.lengths) {
      if (before + after > segment.length) continue
      const found = behind.get(segment.slice(segment.length - after))
      if (found !== undefined) visit(found)
    }
  }
}

/** Values by a beginning, or by an end, of texts: there are few lengths to try. */
class Affixes<V> {
  readonly lengths: number[] = []
  readonly #values = new Map<string, V>()

  get(text: string): V | undefined {
    return this.#values.get(text)
  }

  at(text: string, make: () => V): V {
    const known = this.#values.get(text)
    if (known !== undefined) return known
    const made = make()
    this.#values.set(text, made)
    if (!this.lengths.includes(text.length)) this.lengths.push(text.length)
    return made
  }
}
