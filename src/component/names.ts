// The check before any JavaScript is generated: names become source text there. Core names may hold
// any UTF-8, and a quote in one would run as code in the isolate; component names become
// identifiers.

import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import { attempt, Budget, refuse } from './binary.ts'
import { classify } from './classify.ts'
import { checkCoreModule } from './core-module.ts'
import type { ComponentFault } from './fault.ts'
import type { Entity } from './instantiate.ts'
import { instantiateComponent } from './instantiate.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { parseComponent } from './parse.ts'
import { isFree } from './reserved.ts'
import type { ComponentSyntax } from './syntax.ts'

/**
 * Judges every name of a component at any depth: imports and exports of core modules, core
 * instances, aliases and module types by an allow-list of characters (in the parsers, so none is
 * left out), names of components by WIT's forms, and what is imported at the top also by what
 * JavaScript would make of it: like those of exports, which `surface.ts` replaces, these become
 * identifiers. Never throws.
 */
export function checkNames(bytes: Uint8Array): Result<void, ComponentFault> {
  const kind = classify(bytes)
  if (kind !== 'component') return err({ reason: kind })
  return attempt(() => {
    const component = parseComponent(bytes)
    checkCoreModules(bytes, component)
    // What is exported gets another name where it has to (`surface.ts`).
    const steps = new Budget(COMPONENT_LIMITS.MAX_STEPS, 'members of imports')
    for (const [name, entity] of instantiateComponent(component).imports) {
      checkBindings(name, entity, steps)
    }
  })
}

function checkCoreModules(bytes: Uint8Array, component: ComponentSyntax): void {
  for (const definition of component.definitions) {
    if (definition.is === 'core-module') checkCoreModule(bytes, definition.span)
    if (definition.is === 'component') checkCoreModules(bytes, definition.component)
  }
}

function checkBindings(name: string, entity: Entity, steps: Budget): void {
  steps.spend(1)
  if (entity.sort !== 'instance') return expectFree(name, entity)
  steps.spend(entity.exports.size)
  entity.exports.forEach((member, key) => expectFree(key, member))
}

/** `name` passed the check for WIT's forms, so it may be shown. */
function expectFree(name: string, entity: Entity): void {
  // A type that is no resource becomes nothing in JavaScript.
  if (entity.sort === 'type' && entity.type.form !== 'resource') return
  if (!isFree(entity.sort, name)) refuse('forbidden-name', name)
}
