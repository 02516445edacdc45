// The `///` comments of a WIT text that is given beside a component. They describe what the binary
// declares and nothing else: no name, type or tool comes from here. Our own parser, for bindgen's
// (`generateTypes`) wants every package that the text mentions and forgets the docs of parameters.

import type { Result } from '../policy/result.ts'
import { err, ok } from '../policy/result.ts'
import { cleaner } from './cleaner.ts'
import type { PackageDocs } from './docs.ts'
import { COMPONENT_LIMITS } from './limits.ts'
import type { WitFault } from './wit-parser.ts'
import { parseWit } from './wit-parser.ts'
import type { FunctionWords, TypeWords, WitText } from './wit-text.ts'
import { WitPlace } from './wit-text.ts'

/** One or several files of a package, one behind the other, as UTF-8. */
export function readWitDocs(bytes: Uint8Array): Result<PackageDocs, WitFault> {
  const most = COMPONENT_LIMITS.MAX_WIT_BYTES
  if (bytes.length > most)
    return err({ reason: 'bad-wit', line: 1, expected: `${most} bytes at most` })
  const text = decoded(bytes)
  if (!text.ok) return text
  const parsed = parseWit(text.value)
  return parsed.ok ? ok(lookups(parsed.value)) : parsed
}

/** How much of a text was found to be of the component: functions, parameters, types' parts. */
export interface Described {
  readonly functions: number
  readonly parameters: number
  readonly types: number
}

/** The same docs, and what was asked of them and found so far. */
export function tallied(docs: PackageDocs): { docs: PackageDocs; described(): Described } {
  const found = { functions: new Set(), parameters: new Set(), types: new Set() }
  const seen = (kind: keyof Described, text: string | null, ...names: (string | null)[]) => {
    if (text !== null) found[kind].add(names.join(' '))
    return text
  }
  return {
    docs: {
      functionDocs: (of, name) => seen('functions', docs.functionDocs(of, name), of, name),
      paramDocs: (of, name, param) =>
        seen('parameters', docs.paramDocs(of, name, param), of, name, param),
      typeDocs: (of, name) => seen('types', docs.typeDocs(of, name), of, name),
      itemDocs: (of, name, item) => seen('types', docs.itemDocs(of, name, item), of, name, item),
    },
    described: () => ({
      functions: found.functions.size,
      parameters: found.parameters.size,
      types: found.types.size,
    }),
  }
}

function decoded(bytes: Uint8Array): Result<string, WitFault> {
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } catch {
    const before = new TextDecoder().decode(bytes).split('\uFFFD', 1)[0] ?? ''
    return err({ reason: 'bad-wit', line: before.split('\n').length, expected: 'UTF-8' })
  }
}

/** How many names a type may have one behind the other; `type a = a` has no end. */
const MAX_ALIASES = 8

const NOWHERE = new WitPlace()

function lookups(wit: WitText): PackageDocs {
  const interfaceOf = interfaces(wit)

  const place = (name: string | null): WitPlace => {
    if (name === null) return wit.world
    const inline = wit.inline.get(name)
    return inline instanceof WitPlace ? inline : interfaceOf(inline ?? name)
  }

  const functionWords = (of: string | null, name: string): FunctionWords | undefined => {
    const { functions } = place(of)
    const before = of === null ? wit.renamed.get(name) : undefined
    return functions.get(name) ?? (before === undefined ? undefined : functions.get(before))
  }

  /** The type itself, then what it is another name for. */
  const typeWords = (of: string | null, name: string): TypeWords[] => {
    const found: TypeWords[] = []
    let here = place(of)
    let words = here.types.get(name)
    while (words !== undefined && found.length < MAX_ALIASES) {
      found.push(words)
      if (words.of === null) break
      if (words.of.interface !== null) here = interfaceOf(words.of.interface)
      words = here.types.get(words.of.name)
    }
    return found
  }

  const description = cleaner(COMPONENT_LIMITS.MAX_DESCRIPTION_CHARS)
  const field = cleaner(COMPONENT_LIMITS.MAX_FIELD_DOCS_CHARS)
  return {
    functionDocs: (of, name) => description(functionWords(of, name)?.docs),
    paramDocs: (of, name, param) => field(functionWords(of, name)?.params.get(param)),
    typeDocs: (of, name) => field(typeWords(of, name).find(({ docs }) => docs !== '')?.docs),
    itemDocs: (of, name, item) => field(typeWords(of, name).at(-1)?.items.get(item)),
  }
}

/** By full name: in that version, in any, or in a text that names no package. */
function interfaces(wit: WitText): (full: string) => WitPlace {
  const anyVersion = new Map<string, WitPlace>()
  for (const [full, place] of wit.interfaces) {
    const name = unversioned(full)
    if (!anyVersion.has(name)) anyVersion.set(name, place)
  }
  const find = (full: string): WitPlace | undefined => {
    const name = unversioned(full)
    return (
      wit.interfaces.get(full) ??
      anyVersion.get(name) ??
      wit.interfaces.get(name.slice(name.indexOf('/') + 1))
    )
  }
  return (full) => {
    const found = find(full)
    const alias = found === undefined ? wit.aliases.get(full) : undefined
    return found ?? (alias === undefined ? undefined : find(alias)) ?? NOWHERE
  }
}

function unversioned(full: string): string {
  const at = full.indexOf('@')
  return at < 0 ? full : full.slice(0, at)
}
