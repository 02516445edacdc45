// Why bytes are not a component we can run, and the sentence for each reason. The sentences are
// fixed: nothing a component says about itself ever stands in them.

/**
 * `detail` is our own words, or a name that passed the name check. For a field, never for a
 * sentence.
 */
export interface ComponentFault {
  readonly reason:
    | 'empty'
    | 'not-wasm'
    | 'core-module'
    | 'wit-package'
    | 'truncated'
    | 'malformed'
    | 'too-large'
    | 'too-deep'
    | 'forbidden-name'
    | 'imported-core-module'
    | 'unsupported'
    | 'bad-labels'
  readonly detail?: string
}

/** What is wrong and what to do about it, for the person who brought the component. */
export function describeFault(fault: ComponentFault): string {
  switch (fault.reason) {
    case 'empty':
      return 'The file is empty. Give the bytes of a WebAssembly component.'
    case 'not-wasm':
      return 'These bytes are not WebAssembly. Give the bytes of a WebAssembly component (.wasm).'
    case 'core-module':
      return (
        'This is a core WebAssembly module, not a component. Turn it into one with ' +
        '`wasm-tools component new`, or build for a component target such as wasm32-wasip2.'
      )
    case 'wit-package':
      return (
        'This is a WIT package: interfaces without code. Build a component that implements ' +
        'them and give that.'
      )
    case 'truncated':
      return 'The component ends in the middle. Fetch or upload it again.'
    case 'malformed':
      return 'The component is not well formed. Check it with `wasm-tools validate`, then rebuild it.'
    case 'too-large':
      return 'The component, or a part of it, is larger than this host accepts. Make it smaller.'
    case 'too-deep':
      return 'The component nests types or components deeper than this host accepts. Flatten it.'
    case 'forbidden-name':
      return (
        'The component uses a name for an import or export that this host does not accept. ' +
        'Rename it to plain kebab-case words that are not reserved in JavaScript.'
      )
    case 'imported-core-module':
      return (
        'The component imports a core module. Link the module into the component, ' +
        'for example with `wasm-tools compose`.'
      )
    case 'unsupported':
      return (
        'The component uses a feature that this host does not support. Rebuild it with a ' +
        'current toolchain for WASI 0.2.'
      )
    case 'bad-labels':
      return (
        'A section wassette-edge:labels of the component holds a word that is no label. Write private, ' +
        'untrusted or outward into it, with spaces between.'
      )
    default:
      return fault.reason satisfies never
  }
}
