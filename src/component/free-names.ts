// Gives another name to what a component exports under one that JavaScript keeps for itself, inside of
// interfaces and resources. Such a name occurs in many places (types, aliases, arguments, components inside):
// it is written anew in all of them, by one rule, so that whatever fitted together still does.

import { Budget } from './binary.ts'
import type { Entity, Surface } from './instantiate.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { generatedMember } from './reserved.ts'
import { leb128, pieces, rewriteComponent } from './rewrite.ts'
import type { Piece } from './rewrite.ts'
import type { ComponentSyntax, Declaration, Definition, Named, Sort, Span } from './syntax.ts'

/** Whether the generated code would bind any of its names where it may not. */
export function hasReservedNames({ exports }: Surface): boolean {
  const steps = new Budget(COMPONENT_LIMITS.MAX_STEPS, 'members of exports')
  return [...exports].some(([name, entity]) => {
    steps.spend(1)
    // Functions of the world are exports of their own: `surface.ts`.
    if (entity.sort === 'func' && !name.startsWith('[')) return false
    if (entity.sort !== 'instance') return isReserved(name, entity)
    steps.spend(entity.exports.size)
    return [...entity.exports].some(([member, of]) => isReserved(member, of))
  })
}

function isReserved(name: string, entity: Entity): boolean {
  // A type that is no resource becomes nothing in JavaScript.
  if (entity.sort === 'type' && entity.type.form !== 'resource') return false
  return generatedMember(entity.sort, name) !== name
}

/** The tree is that of `bytes`. */
export function withFreeNames(bytes: Uint8Array, tree: ComponentSyntax): Uint8Array {
  const changes = [...changesIn(tree.definitions)].sort((a, b) => a.at.start - b.at.start)
  let next = 0
  return rewriteComponent(bytes, (_, __, body) => {
    const start = body.byteOffset - bytes.byteOffset
    const parts: (Uint8Array | Piece)[] = []
    let from = 0
    for (let change = changes[next]; change !== undefined; change = changes[next]) {
      if (change.at.start >= start + body.length) break
      parts.push(body.subarray(from, change.at.start - start), change.name)
      from = change.at.end - start
      next += 1
    }
    parts.push(body.subarray(from))
    return pieces(parts)
  })
}

interface Change {
  readonly at: Span
  /** With its length before it. */
  readonly name: Uint8Array
}

function* changesIn(items: readonly (Definition | Declaration)[]): Generator<Change> {
  for (const item of items) {
    switch (item.is) {
      case 'component':
        yield* changesIn(item.component.definitions)
        break
      case 'type':
        if ('declarations' in item.type) yield* changesIn(item.type.declarations)
        break
      case 'instantiation':
        for (const argument of item.args) yield* changed(argument.sort, argument)
        break
      case 'inline-instance':
        for (const exported of item.exports) yield* changed(exported.sort, exported)
        break
      case 'export-alias':
        yield* changed(item.sort, item)
        break
      case 'export':
        yield* changed(item.item.sort, item)
        break
      case 'import':
      case 'export-declaration':
        yield* changed(item.type.sort, item)
    }
  }
}

function* changed(sort: Sort, { name, at }: Named): Generator<Change> {
  const free = generatedMember(sort, name)
  if (free === name) return
  const text = new TextEncoder().encode(free)
  yield { at, name: Uint8Array.from([...leb128(text.length), ...text]) }
}
