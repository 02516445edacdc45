// What bindgen is told of a component, and what is to be found in what it writes.

import { renamedImports, suspendingImports } from '../component/linkable.ts'
import { generatedMember, generatedName } from '../component/reserved.ts'
import type { ComponentModel } from '../component/wit.ts'
import type { MemberCounts } from './glue.ts'

export interface GenerateOptions {
  name: string
  noTypescript: boolean
  instantiation: { tag: 'async' }
  noNodejsCompat: boolean
  base64Cutoff: number
  /** Pairs of an import's full name and the name to ask for. */
  map: [string, string][]
  noComponentErrorWrapping: boolean
  asyncMode: { tag: 'jspi'; val: { imports: string[]; exports: string[] } }
  strict: boolean
}

export function generateOptions(model: ComponentModel): GenerateOptions {
  return {
    name: 'component',
    noTypescript: true,
    instantiation: { tag: 'async' },
    noNodejsCompat: true,
    base64Cutoff: 0,
    map: renamedImports(model),
    noComponentErrorWrapping: true,
    asyncMode: {
      tag: 'jspi',
      val: { imports: suspendingImports(model), exports: suspendable(model) },
    },
    strict: true,
  }
}

/** Every export: whatever the guest calls may suspend. */
function suspendable(model: ComponentModel): string[] {
  return model.exports.map(({ interface: of, name }) =>
    of === null ? generatedName(name) : `${generatedName(of)}#${generatedMember('func', name)}`,
  )
}

export function memberCounts({ exports }: ComponentModel): MemberCounts {
  const count = (kind: string) => exports.filter(({ name }) => name.startsWith(kind)).length
  return { constructors: count('[constructor]'), statics: count('[static]') }
}
