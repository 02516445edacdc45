// What a component imports and exports, with all types, read from its bytes alone. It does not
// validate code and does not judge what is imported: engines do the one, `linkable.ts` the other.

import type { Result } from '../policy/result.ts'
import { err } from '../policy/result.ts'
import { attempt, Budget, refuse } from './binary.ts'
import { classify } from './classify.ts'
import type { ComponentFault } from './fault.ts'
import { homesOf, housed } from './homes.ts'
import type { Entity, Exports, Surface } from './instantiate.ts'
import { instantiateComponent } from './instantiate.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { splitInterfaceName } from './name-forms.ts'
import { parseComponent } from './parse.ts'
import { partsOf } from './parts.ts'
import type {
  ComponentModel,
  ExportedFunction,
  FunctionType,
  ImportedFunction,
  ImportedInterface,
  WitType,
} from './wit.ts'

/**
 * Never throws, whatever the bytes are; work and memory are bounded by `limits.ts`. A component
 * without a single exported function is a model too: what to think of it is for the caller to say.
 */
export function decodeComponent(bytes: Uint8Array): Result<ComponentModel, ComponentFault> {
  const kind = classify(bytes)
  if (kind !== 'component') return err({ reason: kind })
  return attempt(() => toModel(instantiateComponent(parseComponent(bytes))))
}

function toModel(surface: Surface): ComponentModel {
  const steps = new Budget(COMPONENT_LIMITS.MAX_STEPS, 'members of imports and exports')
  const exports: ExportedFunction[] = []
  const exportedInterfaces: string[] = []
  for (const [name, entity] of surface.exports) {
    steps.spend(1)
    switch (entity.sort) {
      case 'func':
        exports.push({ interface: null, name, type: entity.type })
        break
      case 'instance':
        exportedInterfaces.push(name)
        for (const [member, type] of functionsOf(entity.exports, steps)) {
          exports.push({ interface: name, name: member, type })
        }
        break
      case 'type':
        break
      default:
        refuse('unsupported', `an export that is a ${entity.sort}`)
    }
    if (exports.length > COMPONENT_LIMITS.MAX_FUNCTIONS) refuse('too-large', 'exported functions')
  }
  boundModel(exports)
  const homes = homesOf(surface.exports)
  return {
    imports: toImports(surface, steps),
    exports: exports.map((one) => ({ ...one, type: housed(one.type, homes) })),
    exportedInterfaces,
  }
}

/** Imported types are names for parts of imported interfaces: nothing has to be there for them. */
function toImports(surface: Surface, steps: Budget): (ImportedInterface | ImportedFunction)[] {
  const imports: (ImportedInterface | ImportedFunction)[] = []
  for (const [full, entity] of surface.imports) {
    switch (entity.sort) {
      case 'func':
        imports.push({ kind: 'function', name: full })
        break
      case 'instance': {
        const functions = functionsOf(entity.exports, steps).map(([member]) => member)
        const typesOnly = [...entity.exports.values()].every(isPlainType)
        imports.push({ kind: 'interface', ...splitInterfaceName(full), full, functions, typesOnly })
        break
      }
      case 'type':
        break
      default:
        refuse('unsupported', `an import that is a ${entity.sort}`)
    }
  }
  return imports
}

/** A resource is made and dropped by whoever defines it; every other type is its own definition. */
function isPlainType(entity: Entity): boolean {
  return entity.sort === 'type' && entity.type.form !== 'resource'
}

function functionsOf(exports: Exports, steps: Budget): [name: string, type: FunctionType][] {
  steps.spend(exports.size)
  const functions: [string, FunctionType][] = []
  for (const [name, entity] of exports) {
    if (entity.sort === 'func') functions.push([name, entity.type])
  }
  return functions
}

function boundModel(exports: readonly ExportedFunction[]): void {
  let left: number = COMPONENT_LIMITS.MAX_MODEL_NODES
  const count = (type: WitType | null): void => {
    left -= 1
    if (left < 0) refuse('too-large', 'the types of all exported functions together')
    if (type !== null) partsOf(type).forEach(count)
  }
  for (const { type } of exports) {
    for (const param of type.params) count(param.type)
    count(type.result)
  }
}
