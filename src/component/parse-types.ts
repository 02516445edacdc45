// Type definitions of a component (Binary.md, "Type Definitions"), read into the tree of
// `syntax.ts`. Indices stay indices: whether they point at something is decided when the tree is
// instantiated.

import type { Reader } from './binary.ts'
import { refuse } from './binary.ts'
import { readCoreType } from './core-types.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import { expectLabel } from './name-forms.ts'
import { readAlias, readExternName, readExternType } from './parse-items.ts'
import type { Declaration, FunctionTypeSyntax, TypeSyntax, ValueRef } from './syntax.ts'
import type { WitPrimitive } from './wit.ts'

const PRIMITIVES: ReadonlyMap<number, WitPrimitive> = new Map([
  [0x7f, 'bool'],
  [0x7e, 's8'],
  [0x7d, 'u8'],
  [0x7c, 's16'],
  [0x7b, 'u16'],
  [0x7a, 's32'],
  [0x79, 'u32'],
  [0x78, 's64'],
  [0x77, 'u64'],
  [0x76, 'f32'],
  [0x75, 'f64'],
  [0x74, 'char'],
  [0x73, 'string'],
  [0x64, 'error-context'],
])

/** `valtype`: a primitive's byte, or a type index. */
export function readValueRef(reader: Reader): ValueRef {
  const primitive = PRIMITIVES.get(reader.peek())
  if (primitive === undefined) return reader.index33()
  reader.byte()
  return primitive
}

/** `depth` counts the instance and component types around this one. */
export function readType(reader: Reader, depth: number): TypeSyntax {
  const opcode = reader.peek()
  switch (opcode) {
    case 0x40:
    case 0x43:
      return readFunctionType(reader)
    case 0x41:
    case 0x42: {
      if (depth >= COMPONENT_LIMITS.MAX_TYPE_DEPTH) refuse('too-deep', 'nested instance types')
      reader.byte()
      const declarations: Declaration[] = []
      reader.vector(() => {
        const declaration = readDeclaration(reader, depth + 1, opcode === 0x41)
        if (declaration !== null) declarations.push(declaration)
      })
      return { form: opcode === 0x41 ? 'component' : 'instance', declarations }
    }
    case 0x3f:
      return readResourceType(reader)
    default:
      return readDefinedType(reader)
  }
}

function readFunctionType(reader: Reader): FunctionTypeSyntax {
  const async = reader.byte() === 0x43
  const params = readLabelled(reader, 'a parameter')
  if (reader.byte() === 0x00) return { form: 'func', params, result: readValueRef(reader), async }
  if (reader.byte() !== 0x00) refuse('unsupported', 'named results')
  return { form: 'func', params, result: null, async }
}

function readResourceType(reader: Reader): TypeSyntax {
  reader.byte()
  if (reader.byte() !== 0x7f) refuse('unsupported', 'a resource that is not an i32')
  if (readPresent(reader)) reader.u32()
  return { form: 'resource' }
}

function readDefinedType(reader: Reader): TypeSyntax {
  const opcode = reader.byte()
  const primitive = PRIMITIVES.get(opcode)
  if (primitive !== undefined) return { form: 'value', kind: 'primitive', primitive }
  switch (opcode) {
    case 0x72:
      return { form: 'value', kind: 'record', fields: readLabelled(reader, 'a field') }
    case 0x71:
      return { form: 'value', kind: 'variant', cases: reader.vector(() => readCase(reader)) }
    case 0x70:
      return { form: 'value', kind: 'list', element: readValueRef(reader), length: null }
    case 0x67:
      return { form: 'value', kind: 'list', element: readValueRef(reader), length: reader.u32() }
    case 0x63:
      return { form: 'value', kind: 'map', key: readValueRef(reader), value: readValueRef(reader) }
    case 0x6f:
      return { form: 'value', kind: 'tuple', types: reader.vector(() => readValueRef(reader)) }
    case 0x6e:
      return { form: 'value', kind: 'flags', names: readLabels(reader, 'a flag') }
    case 0x6d:
      return { form: 'value', kind: 'enum', names: readLabels(reader, 'an enum case') }
    case 0x6b:
      return { form: 'value', kind: 'option', inner: readValueRef(reader) }
    case 0x6a: {
      const ok = readOptionalRef(reader)
      return { form: 'value', kind: 'result', ok, err: readOptionalRef(reader) }
    }
    case 0x69:
      return { form: 'value', kind: 'own', resource: reader.u32() }
    case 0x68:
      return { form: 'value', kind: 'borrow', resource: reader.u32() }
    case 0x66:
      return { form: 'value', kind: 'stream', inner: readOptionalRef(reader) }
    case 0x65:
      return { form: 'value', kind: 'future', inner: readOptionalRef(reader) }
    default:
      return refuse('unsupported', `a type with the code ${opcode}`)
  }
}

function readCase(reader: Reader): { name: string; type: ValueRef | null } {
  const name = expectLabel(reader.name(), 'a variant case')
  const type = readOptionalRef(reader)
  // A case that refines another one was dropped from the model; its byte remained (Binary.md,
  // `case`).
  if (readPresent(reader)) refuse('unsupported', 'a variant case that refines another')
  return { name, type }
}

function readLabelled(reader: Reader, where: string): { name: string; type: ValueRef }[] {
  return reader.vector(() => ({
    name: expectLabel(reader.name(), where),
    type: readValueRef(reader),
  }))
}

function readLabels(reader: Reader, where: string): string[] {
  return reader.vector(() => expectLabel(reader.name(), where))
}

function readOptionalRef(reader: Reader): ValueRef | null {
  return readPresent(reader) ? readValueRef(reader) : null
}

/** The byte before something optional. */
export function readPresent(reader: Reader): boolean {
  const byte = reader.byte()
  if (byte > 1) reader.malformed('an optional part')
  return byte === 1
}

/** Null for a core type, which takes part in nothing here. */
function readDeclaration(reader: Reader, depth: number, mayImport: boolean): Declaration | null {
  switch (reader.byte()) {
    case 0x00:
      readCoreType(reader)
      return null
    case 0x01:
      return { is: 'type', type: readType(reader, depth) }
    case 0x02:
      return readAlias(reader)
    case 0x03:
      if (!mayImport) return reader.malformed('an import in an instance type')
      return { is: 'import', ...readExternName(reader), type: readExternType(reader) }
    case 0x04:
      return {
        is: 'export-declaration',
        ...readExternName(reader),
        type: readExternType(reader),
      }
    default:
      return reader.malformed('a declaration in a type')
  }
}
