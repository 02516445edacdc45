// Where the items that metering adds are in the index spaces of a module, and how the module's own move.

/** Imports of ours stand behind those of the module, so that only what it defines moves. */
export interface MeteredIndices {
  readonly fuelGlobal: number
  readonly pagesGlobal: number
  readonly tickFunction: number
  readonly functionIndex: (original: number) => number
  readonly globalIndex: (original: number) => number
}

const ADDED_FUNCTIONS = 1
const ADDED_GLOBALS = 2

export function meteredIndices(importedFunctions: number, importedGlobals: number): MeteredIndices {
  return {
    fuelGlobal: importedGlobals,
    pagesGlobal: importedGlobals + 1,
    tickFunction: importedFunctions,
    functionIndex: (original) =>
      original < importedFunctions ? original : original + ADDED_FUNCTIONS,
    globalIndex: (original) => (original < importedGlobals ? original : original + ADDED_GLOBALS),
  }
}
