// The shapes that names may have: in core modules, in imports and exports of components, in types.
// The parsers apply them to every name they read, so no tree of ours holds a name that was not
// judged.

import { refuse } from './binary.ts'

/**
 * Names of core imports and exports end up in single-quoted JavaScript strings of the generated
 * code, without escaping. So: printable ASCII that cannot end such a string or escape in it, nor a
 * comment. May be empty: the shim modules of wit-component import from a module named ''. The space
 * and the plus are for its `f [v2]` (a function imported twice) and
 * `[error-context-new-latin1+utf16]`.
 */
const CORE_NAME = /^[A-Za-z0-9_#$./:@[\]|+ -]*$/

/**
 * WIT's `label` (Explainer.md, "Import and Export Definitions"): words of one case, joined by `-`. A word
 * matches in one way only, digits alone too: with two, a stranger's name costs 2^words to refuse.
 */
const FIRST_WORD = '(?:[a-z][a-z0-9]*|[A-Z][A-Z0-9]*)'
const NEXT_WORD = '(?:[0-9]*[a-z][a-z0-9]*|[0-9]*[A-Z][A-Z0-9]*|[0-9]+)'
const LABEL_PATTERN = `${FIRST_WORD}(?:-${NEXT_WORD})*`
const LABEL = new RegExp(`^${LABEL_PATTERN}$`)

const PLAIN_NAME = new RegExp(
  `^(?:${LABEL_PATTERN}|\\[constructor\\]${LABEL_PATTERN}|` +
    `\\[(?:method|static)\\]${LABEL_PATTERN}\\.${LABEL_PATTERN})$`,
)

const PACKAGE_WORD = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*'
const VERSION = '\\d{1,10}\\.\\d{1,10}\\.\\d{1,10}(?:[-+][0-9A-Za-z.+-]+)?'
const INTERFACE_NAME = new RegExp(
  `^(${PACKAGE_WORD}:${PACKAGE_WORD}/${LABEL_PATTERN})(?:@(${VERSION}))?$`,
)

/** Refuses unless `name` can stand in generated JavaScript as it is. `where` is our own words. */
export function expectCoreName(name: string, where: string): string {
  if (!CORE_NAME.test(name)) refuse('forbidden-name', where)
  return name
}

/** A name of a parameter, field, case or flag. */
export function expectLabel(name: string, where: string): string {
  if (!LABEL.test(name)) refuse('forbidden-name', where)
  return name
}

/**
 * A component-level import or export name: plain or of an interface. `url=`, `integrity=`,
 * `locked-dep=` and their kin name things to fetch; there is nobody here who would.
 */
export function expectExternName(name: string, where: string): string {
  if (!PLAIN_NAME.test(name) && !INTERFACE_NAME.test(name)) refuse('forbidden-name', where)
  return name
}

/** `wasi:io/poll@0.2.3` as `wasi:io/poll` and `0.2.3`; a plain name has no version. */
export function splitInterfaceName(full: string): { name: string; version: string | null } {
  const [, name, version] = INTERFACE_NAME.exec(full) ?? []
  return { name: name ?? full, version: version ?? null }
}
