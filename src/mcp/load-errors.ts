// The fixed sentences for a component that cannot be loaded: what is wrong and what to do.

import { describeFault } from '../component/fault.ts'
import { COMPONENT_LIMITS } from '../component/limits.ts'
import type { DescribeFault, ReferenceFault } from '../load.ts'

const REFERENCES: Record<ReferenceFault, string> = {
  http: 'http:// is not accepted: publish the component under https://.',
  file: 'A remote server reads no files of yours: upload the component with PUT /api/components/<name>.',
  oci: 'oci:// references are not supported yet: use an https:// URL or a catalogue name.',
  scheme: 'The path must be an https:// URL or a name of the catalogue.',
  url: 'The path is not a valid URL.',
  userinfo: 'A URL with a user name or password is not accepted.',
  digest: 'The part after # must be sha256= and 64 lower-case hex digits.',
  name: 'The path must be an https:// URL or a name of the catalogue (see search-components).',
}

const COMPILE_BOUNDS: Record<Extract<DescribeFault, { reason: 'compile-bound' }>['bound'], string> =
  {
    'compile-fuel':
      'Compiling the component takes more work than this host gives to one. Export fewer functions, ' +
      'nest its types and components less, or split it into several.',
    'compile-time':
      'Compiling the component took too long. Try again when the host has less to do, or make it smaller.',
  }

/** Fields beside the sentence; what came from outside is only ever in here. */
export interface LoadError {
  readonly code: string
  readonly sentence: string
  readonly details: Record<string, unknown>
}

export function describeLoadFault(fault: DescribeFault): LoadError {
  const plain = (sentence: string, details: Record<string, unknown> = {}): LoadError => ({
    code: fault.reason,
    sentence,
    details,
  })
  switch (fault.reason) {
    case 'bad-reference':
      return plain(REFERENCES[fault.why], { why: fault.why })
    case 'not-in-catalogue':
      return plain('The catalogue has no component of that name: search-components lists them.')
    case 'digest-mismatch':
      return plain('The bytes do not have the digest stated in #sha256=. Nothing was loaded.', {
        found: fault.found,
      })
    case 'too-many-components':
      return plain('You have as many components as one person may: unload one first.')
    case 'tools-too-large':
      return plain(
        'What your components export is more than one person may have of all together: unload one first, or load one ' +
          'with fewer functions or smaller types.',
      )
    case 'too-many-compiles':
      return plain(
        'As many of your components are being compiled as may be at once. Try again when one of them is done.',
      )
    case 'component-changed':
      return plain('The component was changed or unloaded meanwhile. Nothing was done; try again.')
    case 'wit-too-large':
      return plain(
        `The WIT text is larger than ${COMPONENT_LIMITS.MAX_WIT_BYTES} bytes (256 KiB).`,
        { limit: COMPONENT_LIMITS.MAX_WIT_BYTES },
      )
    case 'bad-wit':
      return plain('The WIT text cannot be read.', { line: fault.line, expected: fault.expected })
    case 'wit-matches-nothing':
      return plain(
        'The WIT text has no doc comment on anything that this component exports. Nothing was changed.',
      )
    case 'refused-host':
      return plain('Components are downloaded from public https hosts on port 443 only.')
    case 'unreachable-url':
      return plain('The URL could not be reached.')
    case 'download-timeout':
      return plain('The download took too long.')
    case 'http-status':
      return plain('The URL did not answer with 200.', { status: fault.status })
    case 'too-many-redirects':
      return plain('The URL redirects too often.')
    case 'unlinkable':
      return plain('The component imports what this server does not offer.', {
        imports: fault.imports.slice(0, 50),
      })
    case 'no-tools':
      return plain('The component exports no function that can be a tool.', {
        skipped: fault.skipped.slice(0, 50),
      })
    case 'not-transpilable':
      return plain('The component could not be compiled.', { detail: fault.detail })
    case 'compile-bound':
      return plain(COMPILE_BOUNDS[fault.bound], { bound: fault.bound })
    case 'file-too-large':
      return plain(
        `The component is larger than ${COMPONENT_LIMITS.MAX_COMPONENT_BYTES} bytes (48 MiB).`,
        { limit: COMPONENT_LIMITS.MAX_COMPONENT_BYTES },
      )
    default:
      return plain(describeFault(fault), fault.detail === undefined ? {} : { detail: fault.detail })
  }
}
